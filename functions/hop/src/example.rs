//! The hops that the tests take.

use restore::plan::{HopStep, PathSnapshot};
use restore::{KeyArn, Service};
use serde_json::json;

use crate::Request;

/// The target key.
pub(crate) const KEY: &str =
    "arn:aws:kms:eu-central-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab";

/// A key of an earlier request under the same restore id.
pub(crate) const OTHER_KEY: &str =
    "arn:aws:kms:eu-central-1:444455556666:key/ffffffff-12ab-34cd-56ef-1234567890ab";

/// The key of the snapshots before the hop.
pub(crate) const SOURCE_KEY: &str =
    "arn:aws:kms:eu-west-1:111122223333:key/eeeeeeee-12ab-34cd-56ef-1234567890ab";

/// A hop of `snapshots` from Ireland to Frankfurt, into the target account and under [`KEY`].
pub(crate) fn request(service: Service, step: HopStep, snapshots: &[&str]) -> Request {
    serde_json::from_value(json!({
        "restoreId": "orders",
        "deadline": "2026-11-25T10:00:00Z",
        "hop": {
            "step": step,
            "service": service,
            "session": {
                "accountId": "444455556666",
                "region": "eu-central-1",
                "roleArn": "arn:aws:iam::444455556666:role/restore-target",
            },
            "sourceRegion": "eu-west-1",
            "kmsKeyId": KEY,
            "snapshots": snapshots,
        },
        "snapshots": snapshots.iter().map(|source| on_path(source)).collect::<Vec<_>>(),
    }))
    .unwrap()
}

/// The same hop without leaving its Region.
pub(crate) fn within_region(mut request: Request) -> Request {
    request.hop.source_region = request.hop.session.region.clone();
    request
}

/// The same hop between two Regions of another partition.
pub(crate) fn in_partition(mut request: Request, from: &str, to: &str) -> Request {
    request.hop.source_region = from.try_into().unwrap();
    request.hop.session.region = to.try_into().unwrap();
    let partition = request.hop.session.region.partition();
    let key = KEY.replace("arn:aws:", &format!("arn:{partition}:")).replace("eu-central-1", to);
    request.hop.kms_key_id = Some(KeyArn::try_from(key).unwrap());
    request
}

/// A snapshot that no hop has moved yet.
pub(crate) fn on_path(source: &str) -> PathSnapshot {
    PathSnapshot {
        source: source.to_owned(),
        current: source.to_owned(),
        kms_key_id: Some(SOURCE_KEY.try_into().unwrap()),
        size_gib: 8,
        taken_at: None,
        shared_with: None,
    }
}
