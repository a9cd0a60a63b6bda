//! Gives the target account, and only it, permission on each snapshot of a restore.
//!
//! What the step does is written down before it is done: a snapshot carries a tag that says
//! whether this restore gave the permission or found it, so that `clean-up` withdraws what was
//! given and never a share that was there before. Running the step twice shares once.

mod ec2;
mod plan;
mod rds;

use restore::plan::{Hop, HopStep, PathSnapshot};
use restore::{AccountId, RestoreId, Service, Session};
use serde::{Deserialize, Serialize};
use step::{ErrorName, Sessions, StepError};

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
/// `Restore.Unexpected` for a hop of another kind, before any call, and for a permission that AWS
/// does not show after it took it; else AWS's refusals, as [`step::classify`] sorts them.
pub async fn handle(sessions: &Sessions, request: Request) -> Result<Response, StepError> {
    let share = Share::of(&request)?;
    let config = sessions.assume(share.session, share.restore_id).await?;
    match request.hop.service {
        Service::Ec2 => ec2::share(&aws_sdk_ec2::Client::new(&config), &share).await?,
        Service::Rds => rds::share(&aws_sdk_rds::Client::new(&config), &share).await?,
    }
    Ok(Response { snapshots: request.snapshots })
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

    /// AWS took a permission and does not show it: the target account would wait in vain.
    fn not_shown(&self, snapshot: &str) -> StepError {
        StepError::refused(
            ErrorName::Unexpected,
            format!("{snapshot} was shared with account {}, and AWS does not show it", self.with),
        )
    }
}

#[cfg(test)]
mod example;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::request;

    #[test]
    fn a_hop_of_another_step_is_refused() {
        let mut request = request(Service::Ec2, &["snap-1"]);
        request.hop.step = HopStep::CopySnapshot;

        assert_eq!(Share::of(&request).unwrap_err().name(), ErrorName::Unexpected);
    }

    #[test]
    fn a_share_with_nobody_is_refused() {
        let mut request = request(Service::Ec2, &["snap-1"]);
        request.hop.share_with = None;

        assert_eq!(Share::of(&request).unwrap_err().name(), ErrorName::Unexpected);
    }

    #[test]
    fn what_is_shared_is_where_the_path_has_come_to() {
        let mut request = request(Service::Ec2, &["snap-1", "snap-2"]);
        "snap-staged".clone_into(&mut request.snapshots[0].current);

        assert_eq!(Share::of(&request).unwrap().snapshots, ["snap-staged", "snap-2"]);
    }
}
