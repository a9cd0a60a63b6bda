//! From what was seen to what the state machine is told.

use restore::availability::Availability;
use restore::poll::next_look;
use restore::{KeyArn, Session};
use serde::Serialize;
use step::keys::class_of;
use step::{ErrorName, StepError};

use crate::SETTLED_SECONDS;

/// The most resources that one message names.
const NAMED: usize = 3;

/// Whose look it is, under which keys, and how long after the wait began.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look<'a> {
    pub(crate) session: &'a Session,
    /// The keys that AWS uses for what is looked at, where they are known.
    pub(crate) keys: &'a [KeyArn],
    pub(crate) elapsed_seconds: u32,
}

impl Look<'_> {
    /// Whether AWS has had the time to know of its own changes.
    pub(crate) const fn is_settled(self) -> bool {
        self.elapsed_seconds >= SETTLED_SECONDS
    }
}

/// What one look has come to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Response {
    /// Everything that was waited for is there.
    Available {
        /// Where it can be reached: a DB instance, and an instance of which that was asked.
        #[serde(skip_serializing_if = "Option::is_none")]
        endpoint: Option<Endpoint>,
    },
    /// Something is not.
    Pending {
        /// How far it is, in percent, where AWS tells.
        #[serde(skip_serializing_if = "Option::is_none")]
        percent: Option<u8>,
        /// The seconds until the next look.
        wait_seconds: u32,
        /// What is waited for, in words.
        waiting_for: String,
    },
}

/// Where something can be reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Endpoint {
    /// A name, or an address within the VPC.
    pub address: String,
    /// The port of a DB instance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<i32>,
}

/// One resource as it was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    /// What it is, such as `copy snap-1`.
    pub(crate) what: String,
    /// Its state in words, such as `is pending`.
    pub(crate) state: String,
    /// What that means to this wait.
    pub(crate) availability: Availability,
    /// Whether, if it has failed, that is most likely for want of a KMS key.
    pub(crate) lacks_key: bool,
    /// Where it can be reached, where that is known.
    pub(crate) endpoint: Option<Endpoint>,
}

impl Seen {
    /// `what` in AWS's state word `state`.
    pub(crate) fn new(what: String, state: &str, availability: Availability) -> Self {
        Self { what, state: format!("is {state}"), availability, lacks_key: false, endpoint: None }
    }

    /// The same, which can be reached at `endpoint`.
    pub(crate) fn at(self, endpoint: Option<Endpoint>) -> Self {
        Self { endpoint, ..self }
    }

    /// `what`, of which AWS does not know: not yet, or, once it is `settled`, not any more, and
    /// then for the reason that `why` tells.
    pub(crate) fn absent(what: String, settled: bool, why: impl FnOnce() -> String) -> Self {
        let availability = if settled {
            Availability::Failed { reason: why() }
        } else {
            Availability::Pending { percent: None }
        };
        let state = "is not visible yet".to_owned();
        Self { what, state, availability, lacks_key: false, endpoint: None }
    }

    /// The same, where a failure of it is most likely one of its key.
    pub(crate) fn for_want_of_a_key(self) -> Self {
        Self { lacks_key: true, ..self }
    }

    /// The same, with what `hint` says of its key added to the reason where it has failed: most
    /// likely for want of it.
    pub(crate) fn hinting(self, hint: impl FnOnce(&str) -> Option<String>) -> Self {
        let Availability::Failed { reason } = &self.availability else { return self };
        let Some(hint) = hint(reason) else { return self };
        self.evidence(|_| Some(hint)).for_want_of_a_key()
    }

    /// The same, with what is `known` of such a reason added to it where it has failed.
    pub(crate) fn evidence(self, known: impl FnOnce(&str) -> Option<String>) -> Self {
        let Availability::Failed { reason } = &self.availability else { return self };
        let Some(known) = known(reason) else { return self };
        let reason = format!("{reason}; {known}");
        Self { availability: Availability::Failed { reason }, ..self }
    }

    fn words(&self) -> String {
        match self.availability {
            Availability::Pending { percent: Some(percent) } => {
                format!("{} is {percent} % done", self.what)
            }
            _ => format!("{} {}", self.what, self.state),
        }
    }
}

/// What all that was `seen` comes to.
///
/// # Errors
///
/// `Restore.ResourceFailed`, `Restore.InsufficientCapacity` or `Restore.KeyNotUsable`, with the
/// reason of each resource that has failed.
pub(crate) fn conclude(seen: &[Seen], look: Look<'_>) -> Result<Response, StepError> {
    let failures = seen.iter().filter_map(|one| match &one.availability {
        Availability::Failed { reason } => Some((one.lacks_key, format!("{}: {reason}", one.what))),
        Availability::Ready | Availability::Pending { .. } => None,
    });
    let (lack_keys, failures): (Vec<bool>, Vec<String>) = failures.unzip();
    if !failures.is_empty() {
        let session = look.session;
        return Err(StepError::refused(
            name_of(&failures, &lack_keys),
            format!(
                "{} (in {} {}, seen by {})",
                failures.join("; "),
                session.account_id,
                session.region,
                session.role_arn
            ),
        ));
    }
    match Availability::of_all(seen.iter().map(|one| one.availability.clone())) {
        Availability::Pending { percent } => Ok(Response::Pending {
            percent,
            wait_seconds: next_look(percent, look.elapsed_seconds),
            waiting_for: waiting_for(seen),
        }),
        Availability::Ready | Availability::Failed { .. } => {
            Ok(Response::Available { endpoint: seen.iter().find_map(|one| one.endpoint.clone()) })
        }
    }
}

/// What the state machine is told: what all that failed are, else that resources have failed.
fn name_of(failures: &[String], lack_keys: &[bool]) -> ErrorName {
    let classes = failures.iter().zip(lack_keys);
    let mut classes = classes.map(|(failure, lacks_key)| class_of(failure, *lacks_key));
    let first = classes.next().unwrap_or(ErrorName::ResourceFailed);
    if classes.all(|other| other == first) { first } else { ErrorName::ResourceFailed }
}

/// What is not there yet, the least far first.
fn waiting_for(seen: &[Seen]) -> String {
    let mut pending: Vec<(Option<u8>, &Seen)> = seen
        .iter()
        .filter_map(|one| match one.availability {
            Availability::Pending { percent } => Some((percent, one)),
            Availability::Ready | Availability::Failed { .. } => None,
        })
        .collect();
    pending.sort_by_key(|(percent, _)| *percent);
    let named: Vec<String> = pending.iter().take(NAMED).map(|(_, one)| one.words()).collect();
    match pending.len().saturating_sub(NAMED) {
        0 => named.join(", "),
        more => format!("{}, and {more} more", named.join(", ")),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use restore::Session;

    use super::*;

    /// The restore role's session.
    pub(crate) fn session() -> Session {
        serde_json::from_value(serde_json::json!({
            "accountId": "444455556666",
            "region": "eu-central-1",
            "roleArn": "arn:aws:iam::444455556666:role/restore-target",
        }))
        .unwrap()
    }

    /// A look of `session`, `elapsed_seconds` after the wait began.
    pub(crate) fn after(elapsed_seconds: u32, session: &Session) -> Look<'_> {
        Look { session, keys: &[], elapsed_seconds }
    }

    /// The key of a copy, and that of the snapshot it is a copy of.
    pub(crate) fn both_keys() -> [KeyArn; 2] {
        [
            "arn:aws:kms:eu-central-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            "arn:aws:kms:eu-west-1:111122223333:key/eeeeeeee-12ab-34cd-56ef-1234567890ab",
        ]
        .map(|key| KeyArn::try_from(key).unwrap())
    }

    fn copy(id: &str, availability: Availability) -> Seen {
        Seen::new(format!("copy {id}"), "pending", availability)
    }

    fn done(percent: u8) -> Availability {
        Availability::Pending { percent: Some(percent) }
    }

    #[test]
    fn nothing_to_wait_for_is_there() {
        assert_eq!(
            conclude(&[], after(0, &session())).unwrap(),
            Response::Available { endpoint: None }
        );
    }

    #[test]
    fn a_wait_says_what_for_and_when_to_look_again() {
        let seen = [copy("snap-1", done(42)), copy("snap-2", Availability::Ready)];

        let response = conclude(&seen, after(42, &session())).unwrap();

        let pending = Response::Pending {
            percent: Some(42),
            wait_seconds: 58,
            waiting_for: "copy snap-1 is 42 % done".to_owned(),
        };
        assert_eq!(response, pending);
    }

    #[test]
    fn a_long_wait_names_the_least_far_and_counts_the_rest() {
        let seen: Vec<Seen> =
            (1..=5).map(|n| copy(&format!("snap-{n}"), done(100 - 10 * n))).collect();

        assert_eq!(
            waiting_for(&seen),
            "copy snap-5 is 50 % done, copy snap-4 is 60 % done, copy snap-3 is 70 % done, \
             and 2 more"
        );
    }

    #[test]
    fn every_failure_is_told_with_whose_and_where() {
        let failed = |reason: &str| Availability::Failed { reason: reason.to_owned() };
        let seen =
            [copy("snap-1", failed("error")), copy("snap-2", done(9)), copy("snap-3", failed("x"))];

        let error = conclude(&seen, after(0, &session())).unwrap_err();

        assert_eq!(error.name(), ErrorName::ResourceFailed);
        assert_eq!(
            error.to_string(),
            "copy snap-1: error; copy snap-3: x (in 444455556666 eu-central-1, \
             seen by arn:aws:iam::444455556666:role/restore-target)"
        );
    }

    #[test]
    fn a_lack_of_capacity_is_told_from_other_failures() {
        let ended = "terminated: Server.InsufficientInstanceCapacity: no capacity";
        for (reasons, name) in [
            (&[ended] as &[_], ErrorName::InsufficientCapacity),
            (&["insufficient-capacity"], ErrorName::InsufficientCapacity),
            (&["terminated: Client.InternalError"], ErrorName::ResourceFailed),
            (&[ended, "error"], ErrorName::ResourceFailed),
        ] {
            let failed = |reason: &&str| Availability::Failed { reason: (*reason).to_owned() };
            let seen: Vec<Seen> =
                reasons.iter().map(|reason| copy("snap-1", failed(reason))).collect();

            assert_eq!(conclude(&seen, after(0, &session())).unwrap_err().name(), name);
        }
    }

    #[test]
    fn a_lack_of_keys_is_told_from_other_failures() {
        let failed = |reason: &str| {
            let reason = reason.to_owned();
            copy("snap-1", Availability::Failed { reason })
        };
        let hint = |reason: &str| (reason == "key").then(|| "open the key".to_owned());
        let name = |reasons: &[&str]| {
            let seen: Vec<Seen> =
                reasons.iter().map(|reason| failed(reason).hinting(hint)).collect();
            conclude(&seen, after(0, &session())).unwrap_err().name()
        };

        assert_eq!(name(&["key", "key"]), ErrorName::KeyNotUsable);
        assert_eq!(name(&["key", "error"]), ErrorName::ResourceFailed);
    }

    #[test]
    fn what_is_absent_has_failed_only_once_aws_must_know_of_it() {
        let session = session();
        let absent = |elapsed| {
            let settled = after(elapsed, &session).is_settled();
            Seen::absent("volume vol-1".into(), settled, || "gone".into())
        };

        assert_eq!(absent(119).availability, Availability::Pending { percent: None });
        assert_eq!(absent(119).words(), "volume vol-1 is not visible yet");
        assert_eq!(absent(120).availability, Availability::Failed { reason: "gone".into() });
    }

    #[test]
    fn a_look_is_told_as_the_state_machine_reads_it() {
        let pending = Response::Pending {
            percent: None,
            wait_seconds: 5,
            waiting_for: "instance i-1 is pending".to_owned(),
        };

        assert_eq!(
            serde_json::to_value(pending).unwrap(),
            serde_json::json!({
                "state": "pending", "waitSeconds": 5, "waitingFor": "instance i-1 is pending",
            })
        );
        assert_eq!(
            serde_json::to_value(Response::Available { endpoint: None }).unwrap(),
            serde_json::json!({ "state": "available" })
        );
    }
}
