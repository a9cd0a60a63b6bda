//! The shares that the tests ask for.

use restore::Service;
use serde_json::json;

use crate::Request;

/// The account that receives the permission.
pub(crate) const TARGET: &str = "444455556666";

/// A share of `snapshots` with [`TARGET`].
pub(crate) fn request(service: Service, snapshots: &[&str]) -> Request {
    let path = snapshots.iter().map(|id| json!({ "source": id, "current": id, "sizeGib": 8 }));
    serde_json::from_value(json!({
        "restoreId": "orders",
        "deadline": "2026-11-25T10:00:00Z",
        "hop": {
            "step": "share-snapshot",
            "service": service,
            "session": {
                "accountId": "111122223333",
                "region": "eu-west-1",
                "roleArn": "arn:aws:iam::111122223333:role/restore-source",
            },
            "sourceRegion": "eu-west-1",
            "snapshots": snapshots,
            "shareWith": TARGET,
        },
        "snapshots": path.collect::<Vec<_>>(),
    }))
    .unwrap()
}
