//! Gives the target account, and only it, permission on each snapshot of a restore.
//!
//! What the step does is written down before it is done: a snapshot carries a tag that says
//! whether this restore gave the permission or found it, so that `clean-up` withdraws what was
//! given and never a share that was there before. Running the step twice shares once. How several
//! restores share one permission is decided by [`restore::share`].
//!
//! Where the plan has grants, the restore role is given them on the snapshots' keys. They need no
//! trace of their own: the plan says on which keys, under which name and to whom, and by that the
//! clean-up looks for them, whatever this step came to.

use permission::{Permission, Snapshot, grant};
use restore::plan::{Hop, HopStep, KeyGrant, PathSnapshot};
use restore::share::Arrived;
use restore::{AccountId, RestoreId, Service, Session};
use serde::{Deserialize, Serialize};
use step::{ErrorName, Sessions, StepError};
use tracing::info;

/// The snapshots to share.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// The restore that needs the share.
    pub restore_id: RestoreId,
    /// By whom, with whom.
    pub hop: Hop,
    /// The restore's snapshots, each where the path has come to.
    pub snapshots: Vec<PathSnapshot>,
    /// The grants to give on the snapshots' keys.
    #[serde(default)]
    pub grants: Vec<KeyGrant>,
}

/// The snapshots, shared. The target account may need a moment to see them.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// The restore's snapshots, as they were: a share moves none.
    pub snapshots: Vec<PathSnapshot>,
}

/// Shares the snapshots of the hop that are not shared yet.
///
/// # Errors
///
/// `Restore.DefaultKeyNotShareable` for a snapshot that AWS does not let be shared;
/// `Restore.Unexpected` for a hop of another kind, before any call; `Restore.Throttled` for a
/// permission that AWS took and does not show yet; else AWS's refusals, as [`step::classify`] sorts
/// them.
pub async fn handle(sessions: &Sessions, request: Request) -> Result<Response, StepError> {
    let share = Share::of(&request)?;
    let config = sessions.assume(share.session, share.restore_id).await?;
    // First, so that they spread while the snapshots are shared, and a grant that may not be given
    // leaves no share behind.
    give(&aws_sdk_kms::Client::new(&config), share.session, &request.grants).await?;
    match request.hop.service {
        Service::Ec2 => {
            let ec2 = aws_sdk_ec2::Client::new(&config);
            share.all(|id| Snapshot::Ebs(&ec2, id)).await?;
        }
        Service::Rds => {
            let rds = aws_sdk_rds::Client::new(&config);
            share.all(|arn| Snapshot::Db(&rds, arn)).await?;
        }
    }
    Ok(Response { snapshots: request.snapshots })
}

/// Gives `grants`, each of which is there once however often it is given.
async fn give(
    kms: &aws_sdk_kms::Client,
    session: &Session,
    grants: &[KeyGrant],
) -> Result<(), StepError> {
    for one in grants {
        let key = one.kms_key_id.as_str();
        grant::give(kms, one).await.map_err(|error| error.by(session, key))?;
        info!(key, to = %one.grantee_principal, name = one.name, "grant given");
    }
    Ok(())
}

/// What is to be shared with whom.
#[derive(Debug)]
struct Share<'a> {
    restore_id: &'a RestoreId,
    session: &'a Session,
    /// The one account that receives the permission.
    with: &'a AccountId,
    /// An EBS snapshot's id or a DB snapshot's ARN, each once.
    snapshots: Vec<&'a str>,
}

impl<'a> Share<'a> {
    fn of(request: &'a Request) -> Result<Self, StepError> {
        let (HopStep::ShareSnapshot, Some(with)) = (request.hop.step, &request.hop.share_with)
        else {
            return Err(StepError::refused(
                ErrorName::Unexpected,
                format!("share-snapshot was given another hop: {:?}", request.hop.step),
            ));
        };
        let snapshots = request.hop.concerned(&request.snapshots)?;
        Ok(Self {
            restore_id: &request.restore_id,
            session: &request.hop.session,
            with,
            snapshots: snapshots.into_iter().map(|snapshot| snapshot.current.as_str()).collect(),
        })
    }

    /// Shares every snapshot, each found in AWS by `at`.
    async fn all<'b>(&self, at: impl Fn(&'b str) -> Snapshot<'b>) -> Result<(), StepError>
    where
        'a: 'b,
    {
        let mut hidden = None;
        for id in &self.snapshots {
            let permission =
                Permission { snapshot: at(id), account: self.with, restore_id: self.restore_id };
            let arrived = permission.arrive().await.map_err(|error| error.by(self.session, id))?;
            match arrived {
                Arrived::Shared { given } => {
                    info!(snapshot = id, with = %self.with, given, "snapshot shared");
                }
                // The others do not wait for it: all are shown by the time of one more attempt.
                Arrived::NotShown => hidden = hidden.or(Some(id)),
            }
        }
        hidden.map_or(Ok(()), |id| Err(self.not_shown().by(self.session, id)))
    }

    /// That AWS took a permission and does not show it is a matter of moments
    /// (EC2API/eventual-consistency): the step is tried again.
    fn not_shown(&self) -> StepError {
        StepError::refused(
            ErrorName::Throttled,
            format!("it was shared with account {}, and AWS does not show it yet", self.with),
        )
    }
}

#[cfg(test)]
mod example;

#[cfg(test)]
mod tests;
