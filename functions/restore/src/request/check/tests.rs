//! Every fault that the request alone shows, by its exact path and its words.

mod db_figures;
mod ec2;
mod keys;
mod places;
mod rds;
mod reading;
mod recorded;
mod volumes;

use serde_json::{Value, json};

use crate::Flow;
use crate::request::examples::{changed, of_flow};
use crate::request::{Fault, Request};

/// The path of a fault, and words that its problem has.
type Expected<'a> = (&'a str, &'a str);

/// Reads the example of `flow` with `change`, which is to show `expected` and nothing else.
#[track_caller]
fn refuses(flow: Flow, change: &Value, expected: &[Expected<'_>]) {
    let Err(faults) = Request::read(&changed(of_flow(flow), change)) else {
        panic!("{flow} with {change} was accepted")
    };
    let paths: Vec<&str> = faults.iter().map(|fault| fault.path.as_str()).collect();
    let expected_paths: Vec<&str> = expected.iter().map(|(path, _)| *path).collect();
    assert_eq!(paths, expected_paths, "{flow} with {change}: {faults:?}");
    for (Fault { problem, .. }, (_, words)) in faults.iter().zip(expected) {
        assert!(problem.contains(words), "{flow} with {change}: {problem}");
    }
}

/// Reads the example of `flow` with `change`, which nothing is to be wrong with.
#[track_caller]
fn accepts(flow: Flow, change: &Value) {
    if let Err(faults) = Request::read(&changed(of_flow(flow), change)) {
        panic!("{flow} with {change}: {faults:?}");
    }
}

#[test]
fn one_service_is_asked_for_and_the_same_on_both_sides() {
    let ec2 = || of_flow(Flow::Ec2CrossAccount);
    let rds = || of_flow(Flow::RdsCrossAccount);
    let (ec2_source, ec2_target) = (&ec2()["source"]["ec2"], &ec2()["target"]["ec2"]);
    let rds_target = &rds()["target"]["rds"];
    for (change, expected) in [
        (json!({ "source": { "rds": null } }), ("source", "give one of `ec2` and `rds`")),
        (json!({ "source": { "ec2": ec2_source } }), ("source", "not both")),
        (json!({ "target": { "rds": null } }), ("target", "give `rds` and only that")),
        (json!({ "target": { "ec2": ec2_target } }), ("target", "give `rds` and only that")),
        (
            json!({ "target": { "rds": null, "ec2": ec2_target } }),
            ("target", "give `rds` and only that"),
        ),
    ] {
        refuses(Flow::RdsCrossAccount, &change, &[expected]);
    }
    refuses(
        Flow::Ec2CrossAccount,
        &json!({ "target": { "ec2": null, "rds": rds_target } }),
        &[("target", "give `ec2` and only that")],
    );
}

#[test]
fn a_deadline_is_more_than_nothing_and_at_most_a_week() {
    for hours in [json!(0), json!(-1), json!(-0.5), json!(168.01), json!(169)] {
        let change = json!({ "options": { "timeoutHours": hours } });
        refuses(
            Flow::Ec2CrossRegion,
            &change,
            &[("options.timeoutHours", "is not more than 0 and at most 168")],
        );
    }
    for hours in [json!(0.25), json!(168)] {
        accepts(Flow::Ec2CrossRegion, &json!({ "options": { "timeoutHours": hours } }));
    }
}

#[test]
fn a_prefix_that_is_reserved_begins_no_tag_whatever_its_case() {
    for (flow, service, path) in [
        (Flow::Ec2CrossRegion, "ec2", "target.ec2.tags"),
        (Flow::RdsCrossRegion, "rds", "target.rds.tags"),
    ] {
        let tagged = |tags: Value| json!({ "target": { service: { "tags": tags } } });
        refuses(
            flow,
            &tagged(json!({ "AWS:stack": "a", "Restore:id": "b", "restore": "c" })),
            &[
                (path, "`AWS:stack`: the prefix `aws:` is reserved"),
                (path, "`Restore:id`: the prefix `restore:` is reserved"),
            ],
        );
        accepts(flow, &tagged(json!({ "Name": "orders", "my:aws:tag": "a" })));
    }
}

#[test]
fn every_fault_is_reported_not_the_first() {
    let change = json!({
        "source": { "roleArn": null, "ec2": { "at": "latest" } },
        "target": {
            "roleArn": "arn:aws:iam::999999999999:role/restore-target",
            "ec2": { "securityGroupIds": [], "tags": { "restore:id": "mine" } },
        },
        "options": { "timeoutHours": 0 },
    });
    refuses(
        Flow::Ec2CrossAccountCrossRegion,
        &change,
        &[
            ("source.roleArn", "required"),
            ("target.roleArn", "999999999999"),
            ("source.ec2.at", "goes with `instanceId`"),
            ("target.ec2.tags", "reserved"),
            ("target.ec2.securityGroupIds", "is empty"),
            ("options.timeoutHours", "at most 168"),
        ],
    );
}
