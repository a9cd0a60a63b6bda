//! What AWS's state words mean to somebody who waits: ready, not yet, or never.

use serde::{Deserialize, Serialize};

/// The three outcomes of one look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Availability {
    /// It can be used.
    Ready,
    /// It cannot be used yet.
    Pending {
        /// How far it is, in percent, where AWS tells.
        percent: Option<u8>,
    },
    /// It will never be usable.
    Failed {
        /// AWS's state word, and its own reason where it gives one.
        reason: String,
    },
}

impl Availability {
    const PENDING: Self = Self::Pending { percent: None };

    fn failed(state: &str, message: Option<&str>) -> Self {
        let state = if state.is_empty() { "in no known state" } else { state };
        let reason = match message.filter(|message| !message.is_empty()) {
            Some(message) => format!("{state}: {message}"),
            None => state.to_owned(),
        };
        Self::Failed { reason }
    }

    /// What several things waited for together come to: failed if one has, ready if all are, else
    /// as far as the one that is least far.
    #[must_use]
    pub fn of_all(all: impl IntoIterator<Item = Self>) -> Self {
        all.into_iter().fold(Self::Ready, |worst, next| match (worst, next) {
            (Self::Failed { reason }, _) | (_, Self::Failed { reason }) => Self::Failed { reason },
            (Self::Ready, next) => next,
            (worst, Self::Ready) => worst,
            (Self::Pending { percent: one }, Self::Pending { percent: other }) => {
                Self::Pending { percent: one.zip(other).map(|(one, other)| one.min(other)) }
            }
        })
    }

    /// An EBS snapshot's (BC:ec2.SnapshotState, BC:ec2.Snapshot.Progress as `42%`).
    #[must_use]
    pub fn of_snapshot(state: &str, progress: Option<&str>, message: Option<&str>) -> Self {
        match state {
            "completed" => Self::Ready,
            // `recovering`: on its way back from the Recycle Bin.
            "pending" | "recovering" => Self::Pending { percent: progress.and_then(percent) },
            _ => Self::failed(state, message),
        }
    }

    /// A volume's, waited for until it can be attached (BC:ec2.VolumeState). A volume that is
    /// attached already has been available.
    #[must_use]
    pub fn of_volume(state: &str) -> Self {
        match state {
            "available" | "in-use" => Self::Ready,
            "creating" => Self::PENDING,
            _ => Self::failed(state, None),
        }
    }

    /// A volume's, waited for until it is detached.
    #[must_use]
    pub fn of_detached_volume(state: &str) -> Self {
        match state {
            "available" => Self::Ready,
            "in-use" | "creating" => Self::PENDING,
            _ => Self::failed(state, None),
        }
    }

    /// A volume's, waited for until it is attached: by its state and its attachment's
    /// (BC:ec2.VolumeAttachmentState).
    #[must_use]
    pub fn of_attached_volume(state: &str, attachment: Option<&str>) -> Self {
        match (state, attachment) {
            ("in-use", Some("attached")) => Self::Ready,
            ("available" | "in-use", _) => Self::PENDING,
            _ => Self::failed(state, None),
        }
    }

    /// An instance's, waited for until it is in state `wanted` (BC:ec2.InstanceStateName).
    #[must_use]
    pub fn of_instance(state: &str, wanted: InstanceState, reason: Option<&str>) -> Self {
        match (state, wanted) {
            // One that an earlier run has stopped has run: what waits for it to run is not to wait
            // for ever.
            ("running" | "stopping" | "stopped", InstanceState::Running)
            | ("stopped", InstanceState::Stopped) => Self::Ready,
            // Started again by a later step, or not yet stopped: either is on its way.
            ("pending" | "running" | "stopping" | "stopped", _) => Self::PENDING,
            _ => Self::failed(state, reason),
        }
    }

    /// A running instance's two status checks (BC:ec2.SummaryStatus). An impaired instance is
    /// not yet lost: checks fail while a system boots.
    #[must_use]
    pub fn of_status_checks(system: &str, instance: &str) -> Self {
        if system == "ok" && instance == "ok" { Self::Ready } else { Self::PENDING }
    }

    /// A DB snapshot's (RDS's own waiter `DBSnapshotAvailable` for the states that are final).
    #[must_use]
    pub fn of_db_snapshot(state: &str, percent: Option<u8>) -> Self {
        match state {
            "available" => Self::Ready,
            "deleted"
            | "deleting"
            | "failed"
            | "incompatible-restore"
            | "incompatible-parameters" => Self::failed(state, None),
            _ => Self::Pending { percent },
        }
    }

    /// A DB instance's (RDS/accessing-monitoring: the states that do not pass by themselves).
    #[must_use]
    pub fn of_db_instance(state: &str) -> Self {
        match state {
            "available" => Self::Ready,
            "deleted"
            | "deleting"
            | "failed"
            | "inaccessible-encryption-credentials"
            | "inaccessible-encryption-credentials-recoverable"
            | "incompatible-create"
            | "incompatible-network"
            | "incompatible-option-group"
            | "incompatible-parameters"
            | "incompatible-restore"
            | "insufficient-capacity"
            | "restore-error"
            | "stopped"
            | "storage-full" => Self::failed(state, None),
            _ => Self::PENDING,
        }
    }
}

/// Whether a DB instance in `state` was made in vain: it has failed for good
/// (RDS/accessing-monitoring), and nobody can ever have `reached` it. One that could be reached may
/// hold what was written since, and is never taken for one.
#[must_use]
pub fn is_made_in_vain(state: &str, reached: bool) -> bool {
    let may_pass = matches!(
        state,
        "deleted"
            | "deleting"
            | "inaccessible-encryption-credentials-recoverable"
            | "stopped"
            | "storage-full"
    );
    let failed = matches!(Availability::of_db_instance(state), Availability::Failed { .. });
    failed && !may_pass && !reached
}

/// A state to wait for an instance to be in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum InstanceState {
    /// Running, whatever its status checks say; or run and stopped again.
    Running,
    /// Stopped, so that its root volume can be detached.
    Stopped,
    /// Running with both status checks passed.
    Checked,
}

/// `42%` as 42.
fn percent(progress: &str) -> Option<u8> {
    progress.trim_end_matches('%').parse().ok().filter(|percent| *percent <= 100)
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests {
    use super::*;

    fn pending(percent: u8) -> Availability {
        Availability::Pending { percent: Some(percent) }
    }

    #[test]
    fn a_copy_in_error_says_what_aws_says() {
        let seen = Availability::of_snapshot("error", None, Some("Given key ID is not accessible"));
        let reason = "error: Given key ID is not accessible".to_owned();
        assert_eq!(seen, Availability::Failed { reason });
    }

    #[test]
    fn progress_is_read_as_aws_writes_it() {
        assert_eq!(Availability::of_snapshot("pending", Some("42%"), None), pending(42));
        assert_eq!(
            Availability::of_snapshot("pending", Some(""), None),
            Availability::Pending { percent: None }
        );
    }

    #[test]
    fn several_are_as_far_as_the_last_of_them() {
        let failed = Availability::Failed { reason: "error".to_owned() };
        for (all, together) in [
            (vec![], Availability::Ready),
            (vec![Availability::Ready, pending(30), pending(60)], pending(30)),
            (vec![pending(30), Availability::PENDING], Availability::PENDING),
            (vec![pending(30), failed.clone(), Availability::Ready], failed),
        ] {
            assert_eq!(Availability::of_all(all), together);
        }
    }

    #[test]
    fn a_volume_in_error_is_never_ready() {
        assert!(matches!(Availability::of_volume("error"), Availability::Failed { .. }));
        assert!(matches!(Availability::of_volume("deleting"), Availability::Failed { .. }));
    }

    #[test]
    fn an_instance_that_an_earlier_run_stopped_is_not_waited_for_to_run() {
        for (state, wanted, seen) in [
            ("pending", InstanceState::Running, Availability::PENDING),
            ("running", InstanceState::Running, Availability::Ready),
            ("stopped", InstanceState::Running, Availability::Ready),
            ("stopping", InstanceState::Stopped, Availability::PENDING),
            ("stopped", InstanceState::Stopped, Availability::Ready),
            ("stopped", InstanceState::Checked, Availability::PENDING),
        ] {
            assert_eq!(Availability::of_instance(state, wanted, None), seen, "{state} {wanted:?}");
        }
    }

    #[test]
    fn an_instance_that_ends_while_it_launches_has_failed() {
        let seen = Availability::of_instance(
            "terminated",
            InstanceState::Running,
            Some("Client.InternalError: Client error on launch"),
        );
        let reason = "terminated: Client.InternalError: Client error on launch".to_owned();
        assert_eq!(seen, Availability::Failed { reason });
    }
}
