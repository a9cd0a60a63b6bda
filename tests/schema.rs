//! The JSON Schemas of a request and of a recovery, and the examples of both.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its subject has failed")]

use consistency::{repository, text};
use restore::record::{Ec2Settings, Reach};
use restore::recovery::{Recover, RecoveryPlan};
use restore::translation::Translation;
use restore::{Flow, Request};
use serde_json::{Value, json};

const SCHEMA: &str = "statemachine/input.schema.json";
const RECOVERY_SCHEMA: &str = "statemachine/recovery.schema.json";

fn example(name: &str) -> Value {
    serde_json::from_str(&text(&format!("statemachine/examples/{name}.json"))).unwrap()
}

/// The example of a request, which the schema and the functions accept.
fn accepted(name: &str) -> Request {
    let example = example(name);
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let faults: Vec<String> =
        validator.iter_errors(&example).map(|error| error.to_string()).collect();
    assert!(faults.is_empty(), "{name}: {faults:?}");
    Request::read(&example).map_err(|faults| format!("{name}: {faults:?}")).unwrap()
}

fn schema() -> Value {
    let mut schema = schemars::schema_for!(Request).to_value();
    schema["title"] = "Input of the restore state machine".into();
    schema
}

fn recovery_schema() -> Value {
    let mut schema = schemars::schema_for!(Recover).to_value();
    schema["title"] = "Input of the recovery state machine".into();
    schema
}

#[test]
fn each_schema_is_that_of_the_types() {
    for (path, schema) in [(SCHEMA, schema()), (RECOVERY_SCHEMA, recovery_schema())] {
        let expected = serde_json::to_string_pretty(&schema).unwrap() + "\n";
        if std::env::var_os("UPDATE_DOCUMENTS").is_some() {
            std::fs::write(repository(path), &expected).unwrap();
        }
        assert!(text(path) == expected, "UPDATE_DOCUMENTS=1 writes {path} anew");
    }
}

#[test]
fn every_flow_has_an_example_that_the_schema_and_the_functions_accept() {
    for flow in Flow::ALL {
        assert_eq!(accepted(flow.name()).flow(), flow);
    }
}

#[test]
fn the_example_of_a_drill_is_one_that_fits_the_environment_of_a_function() {
    assert!(accepted("drill").is_drill());
    // LAMBDA/configuration-envvars: 4 KB for all of them; `make deploy` writes it on one line.
    assert!(example("drill").to_string().len() < 3_000);
}

#[test]
fn the_example_of_an_instance_that_cannot_be_asked_names_all_that_is_of_another_place() {
    let request = accepted("recorded");
    let translation = Translation::of(&request);
    let (recorded, target) = (request.source.recorded.as_ref().unwrap(), &request.target);
    let reach = Reach::between(recorded, &target.account_id, &target.region);
    assert_eq!(reach, Reach { account: false, region: false });
    let had: Ec2Settings = serde_json::from_value(json!({
        "instanceId": "i-0a0a0a0a",
        "imageId": "ami-0a0a0a0a",
        "instanceType": "m7g.large",
        "subnetId": "subnet-0a0a0a0a",
        "securityGroupIds": ["sg-0a0a0a0a"],
        "keyName": "ops",
        "iamInstanceProfile": "arn:aws:iam::111122223333:instance-profile/orders",
        "volumes": [],
    }))
    .unwrap();

    let lent = had.lend(target.ec2.as_ref().unwrap(), recorded, reach, &translation).unwrap();

    assert_eq!(lent.target.instance_type.as_deref(), Some("m7g.large"));
}

#[test]
fn the_schema_refuses_what_the_functions_refuse() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let mut unknown = example(Flow::Ec2CrossRegion.name());
    unknown["target"]["ec2"]["instanceSize"] = "large".into();
    let mut malformed = example(Flow::RdsCrossAccount.name());
    malformed["source"]["accountId"] = "1111".into();

    for request in [unknown, malformed] {
        assert!(!validator.is_valid(&request));
        assert!(Request::read(&request).is_err());
    }
}

/// The entries of a network map for this many DB subnet groups.
fn groups(count: usize) -> Value {
    let names: Value = (0..count).map(|number| (format!("data-{number}"), json!("dr"))).collect();
    json!({ "dbSubnetGroups": names })
}

#[test]
fn the_map_of_a_request_has_a_hundred_entries_of_a_kind_and_that_of_a_plan_more() {
    let request = |map: Value| {
        let mut request = example(Flow::RdsCrossRegion.name());
        request["target"]["networkMap"] = map;
        request
    };
    let plan = |map: Value| {
        let mut recover = example("recovery");
        recover["plan"]["networkMap"] = map;
        recover
    };
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let of_recovery = jsonschema::validator_for(&recovery_schema()).unwrap();

    assert!(validator.is_valid(&request(groups(100))));
    assert!(!validator.is_valid(&request(groups(101))));
    assert!(Request::read(&request(groups(101))).is_err());
    assert!(!validator.is_valid(&request(json!({ "dbSubnetGroup": {} }))));
    assert!(of_recovery.is_valid(&plan(groups(101))));
    assert!(!of_recovery.is_valid(&plan(groups(10_001))));
}

#[test]
fn the_schema_has_the_ranges_and_choices_of_the_functions() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let (volumes, rds) =
        (example(Flow::Ec2CrossRegion.name()), example(Flow::RdsCrossRegion.name()));
    let cases = [
        (&volumes, "/source/ec2/volumes/1/iops", [json!(256_001), json!(3999)]),
        (&volumes, "/source/ec2/volumes/1/size", [json!(65_537), json!(500)]),
        (&volumes, "/source/ec2/volumes/1/throughput", [json!(124), Value::Null]),
        (&rds, "/target/rds/port", [json!(1149), json!(1150)]),
        (&rds, "/target/rds/iops", [json!(-1), json!(0)]),
        (&rds, "/target/rds/storageThroughput", [json!(0), json!(1)]),
        (&rds, "/target/rds/allocatedStorage", [json!(19), json!(20)]),
        (&rds, "/target/rds/maxAllocatedStorage", [json!(19), Value::Null]),
        (&rds, "/target/rds/backupRetentionPeriod", [json!(36), json!(35)]),
        (&rds, "/target/rds/networkType", [json!("ipv4"), json!("DUAL")]),
        (&rds, "/target/rds/licenseModel", [json!("free"), Value::Null]),
        (&rds, "/target/rds/engineLifecycleSupport", [json!("none"), Value::Null]),
        (&rds, "/target/rds/monitoringInterval", [json!(7), json!(0)]),
        (
            &rds,
            "/target/rds/preferredMaintenanceWindow",
            [json!("sunday night"), json!("Sun:03:00-Sun:04:00")],
        ),
    ];
    for (example, pointer, [refused, accepted]) in cases {
        let (place, name) = pointer.rsplit_once('/').unwrap();
        for (value, is_good) in [(refused, false), (accepted, true)] {
            let mut request = example.clone();
            request.pointer_mut(place).unwrap()[name] = value;
            assert_eq!(validator.is_valid(&request), is_good, "{pointer}: {request}");
            assert_eq!(Request::read(&request).is_ok(), is_good, "{pointer}: {request}");
        }
    }
}

#[test]
fn the_example_of_a_recovery_is_accepted_by_the_schema_and_the_functions() {
    let validator = jsonschema::validator_for(&recovery_schema()).unwrap();
    let example = example("recovery");

    let faults: Vec<String> =
        validator.iter_errors(&example).map(|error| error.to_string()).collect();
    assert!(faults.is_empty(), "{faults:?}");

    let recover = Recover::read(&example).unwrap_or_else(|faults| panic!("{faults}"));
    let plan = RecoveryPlan::read(&example["plan"]).unwrap_or_else(|faults| panic!("{faults}"));
    let recovery = plan
        .expand(&recover.id("orders-2026-11-23"), &recover)
        .unwrap_or_else(|faults| panic!("{faults}"));
    let restores: Vec<usize> = recovery.waves.iter().map(|wave| wave.restores.len()).collect();
    assert_eq!(restores, [2, 2]);
    // An AMI is of one Region: in another, the source instance's own is none.
    let mut servers = recovery.waves[1].restores.iter().map(|item| &item.request);
    assert!(servers.all(|request| request.source.region == request.target.region
        || request.target.ec2.as_ref().is_some_and(|ec2| ec2.image_id.is_some())));
}

#[test]
fn the_example_of_a_recovery_runs_on_the_day_on_which_its_source_is_lost() {
    let validator = jsonschema::validator_for(&recovery_schema()).unwrap();
    let (lost, plan) = (example("recovery-source-lost"), &example("recovery")["plan"]);
    assert!(validator.is_valid(&lost));
    let recover = Recover::read(&lost).unwrap_or_else(|faults| panic!("{faults}"));
    let plan = RecoveryPlan::read(plan).unwrap_or_else(|faults| panic!("{faults}"));

    let recovery = plan
        .expand(&recover.id("orders-2026-11-23"), &recover)
        .unwrap_or_else(|faults| panic!("{faults}"));

    let mut requests =
        recovery.waves.iter().flat_map(|wave| &wave.restores).map(|item| &item.request);
    assert!(requests.all(|request| request.source.recorded.is_some()));
}

#[test]
fn the_schema_of_a_recovery_refuses_what_the_functions_refuse() {
    let validator = jsonschema::validator_for(&recovery_schema()).unwrap();
    let at = |pointer: &str, value: Value| {
        let mut recover = example("recovery");
        let (place, name) = pointer.rsplit_once('/').unwrap();
        recover.pointer_mut(place).unwrap()[name] = value;
        recover
    };
    let recorded = |part: Value| json!({ "recorded": part });
    for (recover, accepted) in [
        (at("/plan/waves", json!([])), false),
        (at("/plan/maxConcurrency", json!(0)), false),
        (at("/plan/toleratedFailurePercentage", json!(101)), false),
        (at("/plan/defaults/source/regoin", json!("eu-west-1")), false),
        (at("/plan/defaults/restoreId", json!("orders")), false),
        (at("/plan/profiles/large/target/rds/port", json!("5432")), false),
        (at("/planObject", json!({ "bucket": "plans", "key": "orders.json" })), false),
        (json!({}), false),
        (at("/sourceLost", json!({})), false),
        (at("/sourceLost", json!({ "leaveOut": ["keyName"] })), false),
        (at("/sourceLost", json!({ "region": "eu-west-1", "leaveOut": ["keyNames"] })), false),
        (at("/sourceLost", json!({ "region": "eu-west-1", "leaveOut": ["keyName"] })), true),
        (at("/sourceLost", json!({ "accountId": "111122223333" })), true),
        (at("/plan/profiles/large/target/rds/tags", json!({ "Owner": 1 })), false),
        (at("/plan/profiles/large/target/networkMap", json!({ "subnet": {} })), false),
        (at("/plan/profiles/large/target/networkMap", json!({ "keyNames": { "a": 1 } })), false),
        (at("/plan/profiles/large/source", recorded(json!({ "leaveOut": ["keyNames"] }))), false),
        (at("/plan/profiles/large/source", recorded(json!({ "account": "1" }))), false),
        // Each layer may say a part of where an instance lived.
        (at("/plan/profiles/large/source", recorded(json!({ "leaveOut": ["keyName"] }))), true),
        (at("/plan/profiles/large/source", recorded(json!({ "region": "eu-west-1" }))), true),
        (at("/plan/profiles/large/source", json!({ "recorded": null })), true),
        // A default may be taken away, and so may a single tag.
        (at("/plan/profiles/large/target/kmsKeyId", Value::Null), true),
        (at("/plan/profiles/large/target/rds/tags", json!({ "Owner": null })), true),
        (at("/plan/defaults/target/ec2/tags", json!({ "Owner": null })), true),
        (at("/plan/defaults/target/ec2/start", Value::Null), true),
        (at("/plan/profiles/large/target/networkMap", Value::Null), true),
        (
            at(
                "/plan/profiles/large/target/networkMap",
                json!({ "optionGroups": null, "subnets": { "subnet-0a0a0a0a": null } }),
            ),
            true,
        ),
    ] {
        assert_eq!(validator.is_valid(&recover), accepted, "{recover}");
        let plan = recover.get("plan").unwrap_or(&Value::Null);
        let read = Recover::read(&recover).and_then(|recover| {
            RecoveryPlan::read(plan)?.expand(&recover.id("orders"), &recover).map(drop)
        });
        if !accepted {
            assert!(read.is_err(), "{recover}");
        }
    }
}
