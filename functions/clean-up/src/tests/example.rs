//! A restore to clean up after.

use std::collections::BTreeMap;

use aws_smithy_mocks::{Rule, RuleMode, mock_client};
use restore::plan::Plan;
use restore::poll::SETTLED_SECONDS;
use restore::{Flow, Session};
use serde_json::{Value, json};

use crate::place::{Part, Place};
use crate::request::{Reason, Request, Response};

pub(crate) const TARGET: &str = "444455556666";
const SOURCE: &str = "111122223333";

/// The plan of the restore `orders`, which takes `flow`.
pub(crate) fn plan(flow: Flow) -> Plan {
    serde_json::from_value(json!({
        "restoreId": "orders",
        "flow": flow,
        "deadline": "2026-11-25T10:00:00Z",
        "source": session(SOURCE, "eu-west-1"),
        "target": session(TARGET, "eu-central-1"),
        "snapshots": [],
        "hops": [],
        "dryRun": false,
        "keepCopies": false,
        "onFailure": "cleanUp",
        "notRestored": [],
    }))
    .unwrap()
}

/// A call after `flow`, once AWS must list all that was made.
pub(crate) fn request(flow: Flow, reason: Reason) -> Request {
    Request {
        restore_id: "orders".try_into().unwrap(),
        plan: plan(flow),
        reason,
        instance_id: None,
        elapsed_seconds: SETTLED_SECONDS,
        cleaned_up: vec![],
        refused_since: BTreeMap::new(),
    }
}

/// The call after `request`, so many seconds later: it knows what the answer says is refused.
pub(crate) fn later(request: &mut Request, answer: &Response, seconds: u32) {
    request.elapsed_seconds += seconds;
    if let Response::Pending { refused_since, .. } = answer {
        request.refused_since.clone_from(refused_since);
    }
}

/// The target, as `ec2` and `rds` answer for it.
pub(crate) fn target(ec2: aws_sdk_ec2::Client, rds: aws_sdk_rds::Client) -> Place {
    place(Part::Target, session(TARGET, "eu-central-1"), ec2, rds)
}

/// The source, as `ec2` and `rds` answer for it.
pub(crate) fn source(ec2: aws_sdk_ec2::Client, rds: aws_sdk_rds::Client) -> Place {
    place(Part::Source, session(SOURCE, "eu-west-1"), ec2, rds)
}

fn place(part: Part, session: Value, ec2: aws_sdk_ec2::Client, rds: aws_sdk_rds::Client) -> Place {
    let session: Session = serde_json::from_value(session).unwrap();
    let kms = mock_client!(aws_sdk_kms, RuleMode::MatchAny, [] as [&Rule; 0]);
    Place { part, session, ec2, kms, rds }
}

fn session(account: &str, region: &str) -> Value {
    json!({
        "accountId": account,
        "region": region,
        "roleArn": format!("arn:aws:iam::{account}:role/restore"),
    })
}
