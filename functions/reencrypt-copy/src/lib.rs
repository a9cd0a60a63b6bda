//! Starts the copy that brings a restore's DB snapshot under the target key.
//!
//! `RestoreDBInstanceFromDBSnapshot` takes no key (BC:rds.RestoreDBInstanceFromDBSnapshotMessage):
//! a DB instance keeps its snapshot's, so the key must have changed before. EBS snapshots never
//! come here, since `CreateVolume` takes a key. The copying is [`hop`]'s; running the step twice
//! starts one copy.

use hop::{Request, Response};
use restore::Service;
use restore::plan::HopStep;
use step::{ErrorName, Sessions, StepError};

/// Starts the copy, unless an earlier attempt did.
///
/// # Errors
///
/// `Restore.Unexpected` for anything but the re-encryption of a DB snapshot, before any call; else
/// as [`hop::handle`].
pub async fn handle(sessions: &Sessions, request: Request) -> Result<Response, StepError> {
    refuse_other_hops(request.hop.step, request.hop.service)?;
    hop::handle(sessions, request).await
}

fn refuse_other_hops(step: HopStep, service: Service) -> Result<(), StepError> {
    match (step, service) {
        (HopStep::ReencryptCopy, Service::Rds) => Ok(()),
        _ => Err(StepError::refused(
            ErrorName::Unexpected,
            format!("reencrypt-copy was given another hop: {step:?} of {service:?}"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_db_snapshot_is_re_encrypted_by_a_copy() {
        assert!(refuse_other_hops(HopStep::ReencryptCopy, Service::Rds).is_ok());
        for (step, service) in [
            (HopStep::ReencryptCopy, Service::Ec2),
            (HopStep::CopySnapshot, Service::Rds),
            (HopStep::ShareSnapshot, Service::Rds),
        ] {
            let error = refuse_other_hops(step, service).unwrap_err();
            assert_eq!(error.name(), ErrorName::Unexpected, "{step:?} of {service:?}");
        }
    }
}
