//! House rules of `statemachine/restore.asl.json`.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its subject has failed")]

use std::collections::BTreeSet;

use consistency::{Definition, text};
use restore::Flow;
use serde_json::Value;
use step::ErrorName;

/// The functions of the workspace: folders with a `main.rs`.
fn functions() -> BTreeSet<String> {
    std::fs::read_dir(consistency::repository("functions"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|folder| folder.join("src/main.rs").exists())
        .map(|folder| folder.file_name().unwrap().to_string_lossy().into_owned())
        .collect()
}

/// `copy-snapshot` as `CopySnapshotArn`.
fn substitution(function: &str) -> String {
    let words = function.split('-').map(|word| word[..1].to_uppercase() + &word[1..]);
    words.chain(["Arn".to_owned()]).collect()
}

/// Everything of the form `Restore.Word` in `source`.
fn names(source: &str) -> BTreeSet<String> {
    source
        .match_indices("Restore.")
        .map(|(at, _)| {
            let word: String = source[at + "Restore.".len()..]
                .chars()
                .take_while(char::is_ascii_alphabetic)
                .collect();
            format!("Restore.{word}")
        })
        .collect()
}

#[test]
fn every_state_exists_and_can_be_reached() {
    let definition = Definition::read();
    let all: BTreeSet<&str> = definition.order.iter().map(String::as_str).collect();

    assert_eq!(definition.reachable(), all);
}

#[test]
fn every_task_has_a_comment_a_timeout_the_standard_retries_and_a_catch() {
    let definition = Definition::read();
    let mut tasks = definition.of_type("Task");
    let (_, first) = tasks.next().unwrap();
    for (name, task) in definition.of_type("Task") {
        assert!(task["Comment"].is_string(), "{name} has no comment");
        assert_eq!(task["TimeoutSeconds"], 90, "{name}");
        assert_eq!(task["Retry"], first["Retry"], "{name} retries in its own way");
        assert_eq!(task["Catch"][0]["ErrorEquals"][0], "States.ALL", "{name}");
    }
    for retry in first["Retry"].as_array().unwrap() {
        assert_eq!(retry["JitterStrategy"], "FULL", "{retry}");
    }
}

#[test]
fn every_failure_is_cleaned_up_after_once_something_may_have_been_made() {
    let definition = Definition::read();
    for (name, task) in definition.of_type("Task") {
        let after = task["Catch"][0]["Next"].as_str().unwrap();
        let expected = match name {
            "Plan restore" | "Clean up after failure" => "Restore failed",
            "Clean up" => "Which outcome?",
            _ => "Begin clean-up after failure",
        };
        assert_eq!(after, expected, "{name}");
    }
}

#[test]
fn every_function_is_used_and_every_substitution_is_in_the_template() {
    let definition = Definition::read();
    let used: BTreeSet<String> = definition
        .of_type("Task")
        .map(|(_, task)| task["Resource"].as_str().unwrap().replace("${", "").replace('}', ""))
        .collect();
    let expected: BTreeSet<String> = functions().iter().map(|name| substitution(name)).collect();
    assert_eq!(used, expected);

    let template = text("infra/template.yaml");
    let substitutions = template.split("DefinitionSubstitutions:").nth(1).unwrap();
    for name in used {
        assert!(substitutions.contains(&format!("{name}:")), "{name} is not substituted");
    }
}

#[test]
fn every_error_name_is_of_the_vocabulary() {
    let vocabulary: BTreeSet<String> =
        ErrorName::ALL.into_iter().map(|name| name.as_str().to_owned()).collect();

    assert!(names(&text("statemachine/restore.asl.json")).is_subset(&vocabulary));
    let documented = names(&text("statemachine/README.md"));
    let missing: Vec<_> = vocabulary.difference(&documented).collect();
    assert!(missing.is_empty(), "statemachine/README.md does not explain {missing:?}");
    let unknown: Vec<_> = documented.difference(&vocabulary).collect();
    assert!(
        unknown.is_empty(),
        "statemachine/README.md explains {unknown:?}, which no step raises"
    );
}

#[test]
fn every_loop_waits() {
    assert_eq!(Definition::read().restless(), [""; 0]);
}

#[test]
fn every_flow_ends_in_its_outcome() {
    let definition = Definition::read();
    for flow in Flow::ALL {
        let path = definition.path(flow.name());
        let service = if flow.name().starts_with("ec2") { "EC2" } else { "RDS" };
        assert_eq!(
            path.last().copied(),
            Some(format!("Report {service} outcome").as_str()),
            "{flow}"
        );
    }
}

#[test]
fn only_what_crosses_accounts_is_shared() {
    let definition = Definition::read();
    for flow in Flow::ALL {
        let shares = definition.path(flow.name()).contains(&"Share snapshots");
        assert_eq!(shares, flow.crosses_accounts(), "{flow}");
    }
}

#[test]
fn the_whole_has_a_backstop_longer_than_any_deadline() {
    let seconds = Definition::read().root["TimeoutSeconds"].as_f64().unwrap();

    assert!(seconds > restore::request::MAX_TIMEOUT_HOURS * 3600.0);
}

#[test]
fn every_state_speaks_jsonata_alone() {
    let definition = Definition::read();
    assert_eq!(definition.root["QueryLanguage"], "JSONata");
    for name in &definition.order {
        let state = definition.state(name);
        for jsonpath in ["Parameters", "ResultPath", "ResultSelector", "InputPath", "OutputPath"] {
            assert_eq!(state[jsonpath], Value::Null, "{name} has {jsonpath}");
        }
    }
}
