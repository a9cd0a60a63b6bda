//! What stands in the way, collected while the rest is still looked for.

use restore::plan::Obstacle;
use restore::preflight::{BelongsIn, Half, Need, Proof, Row};
use restore::{KeyArn, Service, Session};
use step::{ErrorName, StepError};

use crate::accounts::Clients;
use crate::keys::DESCRIBE;

/// The obstacles found so far, and what could not be looked at.
#[derive(Debug, Default)]
pub(crate) struct Obstacles {
    found: Vec<Obstacle>,
    unseen: Vec<Row>,
}

impl Obstacles {
    /// What was found; nothing, where what kept it from being found is an obstacle: that is noted.
    /// A read that a role's policies deny becomes a row of the table, with what would allow it.
    ///
    /// # Errors
    ///
    /// What trying again may mend, or nobody knows the meaning of.
    pub(crate) fn note<T>(&mut self, found: Result<T, StepError>) -> Result<Option<T>, StepError> {
        match found {
            Ok(found) => Ok(Some(found)),
            Err(error) => {
                match error.denied() {
                    // Of keys the table tells which of two policies it is.
                    Some((action, session)) if !action.starts_with("kms:") => {
                        let (need, why) = (read(session, action), error.to_string());
                        self.unseen
                            .push(Row::new(&need, Proof::denied(&need, BelongsIn::Role, why)));
                    }
                    _ => self.found.push(error.into_obstacle()?),
                }
                Ok(None)
            }
        }
    }

    /// What the read `action` found; nothing, where it was refused: what it would have told then
    /// cannot be proven, and the restore itself does without.
    ///
    /// # Errors
    ///
    /// Only what trying again may mend.
    pub(crate) fn ask<T>(
        &mut self,
        clients: &Clients,
        action: &'static str,
        found: Result<T, StepError>,
    ) -> Result<Option<T>, StepError> {
        let error = match found {
            Ok(found) => return Ok(Some(found)),
            Err(error) if error.name() == ErrorName::Throttled => return Err(error),
            Err(error) => error,
        };
        let need = read(&clients.session, action);
        self.unseen.push(Row::new(&need, Proof::cannot(error.to_string())));
        Ok(None)
    }

    /// Notes what no read tells of the call `action`, which `step` will make: a warning.
    pub(crate) fn doubt(
        &mut self,
        clients: &Clients,
        action: &'static str,
        step: &str,
        why: impl Into<String>,
    ) {
        let need = Need { needed_for: vec![step.to_owned()], ..read(&clients.session, action) };
        self.unseen.push(Row::new(&need, Proof::cannot(why)));
    }

    /// Notes a denied look at a key, with the statement for the policy that AWS's words name, else for
    /// the role's; of a key that is named otherwise than by its ARN for any key, since a policy of a
    /// role names it by nothing else.
    pub(crate) fn deny_look_at_key(&mut self, key: &str, session: &Session, why: &str) {
        let need = Need { resource: key.to_owned(), ..read(session, DESCRIBE) };
        let proof = match Half::of(why) {
            Half::KeyPolicy => Proof::denied(&need, BelongsIn::KeyPolicy, why),
            Half::Role | Half::Unsaid => {
                let named = KeyArn::try_from(key).is_ok();
                let resource = if named { key } else { "*" }.to_owned();
                Proof::denied(&Need { resource, ..need.clone() }, BelongsIn::Role, why)
            }
        };
        self.unseen.push(Row::new(&need, proof));
    }

    /// Adds more.
    pub(crate) fn extend(&mut self, more: impl IntoIterator<Item = Obstacle>) {
        self.found.extend(more);
    }

    /// All of them, and the rows of what could not be looked at.
    pub(crate) fn into_parts(self) -> (Vec<Obstacle>, Vec<Row>) {
        (self.found, self.unseen)
    }
}

/// The need of a read, which the plan itself makes: of anything, since later steps look for all that
/// the restore has made.
fn read(session: &Session, action: &'static str) -> Need {
    Need {
        service: if action.starts_with("rds:") { Service::Rds } else { Service::Ec2 },
        session: session.clone(),
        action,
        resource: "*".to_owned(),
        made: false,
        own_grant: None,
        granted: false,
        needed_for: vec!["plan-restore".to_owned()],
    }
}
