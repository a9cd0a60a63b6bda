//! The JSON Schema of a request, and the examples that the README shows.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its subject has failed")]

use consistency::{repository, text};
use restore::{Flow, Request};
use serde_json::Value;

const SCHEMA: &str = "statemachine/input.schema.json";

fn example(flow: Flow) -> Value {
    serde_json::from_str(&text(&format!("statemachine/examples/{flow}.json"))).unwrap()
}

fn schema() -> Value {
    let mut schema = schemars::schema_for!(Request).to_value();
    schema["title"] = "Input of the restore state machine".into();
    schema
}

#[test]
fn the_schema_is_that_of_the_types() {
    let expected = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
    if std::env::var_os("UPDATE_DOCUMENTS").is_some() {
        std::fs::write(repository(SCHEMA), &expected).unwrap();
    }
    assert!(text(SCHEMA) == expected, "UPDATE_DOCUMENTS=1 writes {SCHEMA} anew");
}

#[test]
fn every_flow_has_an_example_that_the_schema_and_the_functions_accept() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    for flow in Flow::ALL {
        let example = example(flow);
        let faults: Vec<String> =
            validator.iter_errors(&example).map(|error| error.to_string()).collect();
        assert!(faults.is_empty(), "{flow}: {faults:?}");
        let request = Request::read(&example).unwrap_or_else(|faults| panic!("{flow}: {faults:?}"));
        assert_eq!(request.flow(), flow);
    }
}

#[test]
fn the_schema_refuses_what_the_functions_refuse() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let mut unknown = example(Flow::Ec2CrossRegion);
    unknown["target"]["ec2"]["instanceSize"] = "large".into();
    let mut malformed = example(Flow::RdsCrossAccount);
    malformed["source"]["accountId"] = "1111".into();

    for request in [unknown, malformed] {
        assert!(!validator.is_valid(&request));
        assert!(Request::read(&request).is_err());
    }
}
