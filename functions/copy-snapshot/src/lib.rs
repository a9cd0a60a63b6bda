//! Starts the copies that take a restore's snapshots into another account or Region.
//!
//! Three kinds of hop: a copy within the source account of what cannot be shared as it is, a copy
//! of a shared DB snapshot into the target account, and a copy into the target's Region under the
//! target key. The copying is [`hop`]'s; running the step twice starts each copy once.

use hop::{Request, Response};
use restore::plan::HopStep;
use step::{ErrorName, Sessions, StepError};

/// Starts the copies of the hop that no earlier attempt has started.
///
/// # Errors
///
/// `Restore.Unexpected` for a hop of another kind, before any call; else as [`hop::handle`].
pub async fn handle(sessions: &Sessions, request: Request) -> Result<Response, StepError> {
    refuse_other_hops(request.hop.step)?;
    hop::handle(sessions, request).await
}

fn refuse_other_hops(step: HopStep) -> Result<(), StepError> {
    match step {
        HopStep::StageSnapshot | HopStep::CopyIntoTargetAccount | HopStep::CopySnapshot => Ok(()),
        HopStep::ShareSnapshot | HopStep::ReencryptCopy => Err(StepError::refused(
            ErrorName::Unexpected,
            format!("copy-snapshot was given a hop of another step: {step:?}"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hop_of_another_step_is_refused() {
        for step in [HopStep::ShareSnapshot, HopStep::ReencryptCopy] {
            assert_eq!(refuse_other_hops(step).unwrap_err().name(), ErrorName::Unexpected);
        }
        for step in [HopStep::StageSnapshot, HopStep::CopyIntoTargetAccount, HopStep::CopySnapshot]
        {
            assert!(refuse_other_hops(step).is_ok(), "{step:?}");
        }
    }
}
