//! One hop of a restore's snapshots: starts a copy of each, in one invocation.
//!
//! The copies are started and not awaited: the state machine polls them with
//! `wait-until-available`. A hop that runs twice makes its copies once, because it looks for them
//! before it makes any: EBS copies by their tags, DB snapshots by the identifier that follows from
//! the restore's id. `copy-snapshot` and `reencrypt-copy` are this library, each for its own kinds
//! of hop.

mod ec2;
mod presign;
mod rds;

use std::collections::{BTreeMap, BTreeSet};

use restore::plan::{Hop, PathSnapshot};
use restore::tag::Made;
use restore::{KeyArn, RestoreId, Service};
use serde::{Deserialize, Serialize};
use step::{ErrorName, Sessions, StepError, keys};

use crate::presign::Presigner;

/// The copies to start.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// The restore that they are for.
    pub restore_id: RestoreId,
    /// From where to where, by whom and under which key.
    pub hop: Hop,
    /// The restore's snapshots, each where the path has come to.
    pub snapshots: Vec<PathSnapshot>,
}

/// The copies, which exist but need not be complete.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// The restore's snapshots, those of the hop now being their copies.
    pub snapshots: Vec<PathSnapshot>,
    /// The copies of this hop: ids of EBS snapshots, ARNs of DB snapshots.
    pub copies: Vec<String>,
    /// The keys that AWS needs for it, each once: those that the copies are read with and the one
    /// that they are written with.
    pub keys: Vec<KeyArn>,
}

/// The copy of each snapshot, by [`PathSnapshot::source`].
type Copies = BTreeMap<String, String>;

/// Starts the copies of the hop that no earlier attempt has started.
///
/// # Errors
///
/// AWS's refusals, as [`step::classify`] sorts them. What was copied until then is found by its
/// tags, by the next attempt as well as by `clean-up`.
pub async fn handle(sessions: &Sessions, request: Request) -> Result<Response, StepError> {
    let config = sessions.assume(&request.hop.session, &request.restore_id).await?;
    let presigner = Presigner::of(&config).await?;
    let copies = match request.hop.service {
        Service::Ec2 => ec2::copy(&aws_sdk_ec2::Client::new(&config), &presigner, &request).await?,
        Service::Rds => rds::copy(&aws_sdk_rds::Client::new(&config), &presigner, &request).await?,
    };
    Ok(Response::of(&request.hop, request.snapshots, &copies))
}

impl Request {
    /// What the copies are to the restore.
    fn made(&self) -> Result<Made, StepError> {
        self.hop.step.makes().ok_or_else(|| {
            StepError::refused(ErrorName::Unexpected, "a hop that only shares makes no copy")
        })
    }

    /// Whether the hop leaves the Region of the snapshots.
    fn crosses_regions(&self) -> bool {
        self.hop.source_region != self.hop.session.region
    }

    /// What an error of the copy of `snapshot` is said to be about: a missing permission can be
    /// the role's, or its use of the key.
    fn subject(&self, snapshot: &PathSnapshot) -> String {
        let under = keys::under(self.hop.kms_key_id.as_ref(), snapshot.kms_key_id.as_ref());
        format!("copy of {} from {}{under}", snapshot.current, self.hop.source_region)
    }
}

impl Response {
    fn of(hop: &Hop, path: Vec<PathSnapshot>, copies: &Copies) -> Self {
        let keys: BTreeSet<&KeyArn> = path
            .iter()
            .filter(|snapshot| copies.contains_key(&snapshot.source))
            .filter_map(|snapshot| snapshot.kms_key_id.as_ref())
            .chain(&hop.kms_key_id)
            .collect();
        let keys = keys.into_iter().cloned().collect();
        let snapshots = path
            .into_iter()
            .map(|snapshot| match copies.get(&snapshot.source) {
                Some(copy) => {
                    let kms_key_id = hop.kms_key_id.clone();
                    PathSnapshot { current: copy.clone(), kms_key_id, ..snapshot }
                }
                None => snapshot,
            })
            .collect();
        Self { snapshots, copies: copies.values().cloned().collect(), keys }
    }
}

/// Whether a snapshot that AWS says is under the key `found` can serve where `wanted` was asked
/// for. AWS not saying is no reason to make another.
fn is_under(found: Option<&str>, wanted: Option<&KeyArn>) -> bool {
    match (found, wanted) {
        (Some(found), Some(wanted)) => found == wanted.as_str(),
        _ => true,
    }
}

#[cfg(test)]
mod example;

#[cfg(test)]
mod tests {
    use restore::plan::HopStep;

    use super::*;
    use crate::example::{KEY, OTHER_KEY, SOURCE_KEY, on_path, request};

    #[test]
    fn a_snapshot_outside_the_hop_stays_where_it_was() {
        let path = vec![on_path("snap-1"), on_path("snap-2"), on_path("snap-1")];
        let copies = Copies::from([("snap-1".to_owned(), "snap-copy".to_owned())]);

        let response = Response::of(&copying(), path, &copies);

        let current: Vec<&str> =
            response.snapshots.iter().map(|snapshot| snapshot.current.as_str()).collect();
        assert_eq!(current, ["snap-copy", "snap-2", "snap-copy"]);
        assert_eq!(response.copies, ["snap-copy"]);
    }

    #[test]
    fn a_copy_is_under_the_key_of_the_hop_and_needs_that_of_what_it_is_read_from() {
        let other = PathSnapshot {
            kms_key_id: Some(OTHER_KEY.try_into().unwrap()),
            ..on_path("not-of-this-hop")
        };
        let path = vec![on_path("snap-1"), on_path("snap-2"), other];
        let copies = ["snap-1", "snap-2"].map(|of| (of.to_owned(), format!("{of}-copy")));

        let response = Response::of(&copying(), path, &Copies::from(copies));

        let keys = |of: &[Option<KeyArn>]| -> Vec<String> {
            of.iter().flatten().map(ToString::to_string).collect()
        };
        let now: Vec<Option<KeyArn>> =
            response.snapshots.iter().map(|snapshot| snapshot.kms_key_id.clone()).collect();
        assert_eq!(keys(&now), [KEY, KEY, OTHER_KEY]);
        let needed: Vec<Option<KeyArn>> = response.keys.into_iter().map(Some).collect();
        assert_eq!(keys(&needed), [KEY, SOURCE_KEY]);
    }

    #[test]
    fn a_copy_that_is_refused_is_told_with_both_keys() {
        let request = request(Service::Ec2, HopStep::CopySnapshot, &["snap-1"]);

        let subject = request.subject(&request.snapshots[0]);

        let said =
            format!("copy of snap-1 from eu-west-1 under key {KEY}, read with key {SOURCE_KEY}");
        assert_eq!(subject, said);
    }

    fn copying() -> Hop {
        request(Service::Ec2, HopStep::CopySnapshot, &["snap-1", "snap-2"]).hop
    }

    #[test]
    fn a_share_makes_no_copy() {
        let mut request = request(Service::Ec2, HopStep::ShareSnapshot, &["snap-1"]);
        request.hop.share_with = Some("444455556666".try_into().unwrap());

        assert_eq!(request.made().unwrap_err().name(), ErrorName::Unexpected);
    }
}
