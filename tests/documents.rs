//! What the documents show of the state machine is what it is.
//!
//! `UPDATE_DOCUMENTS=1 make test` writes the generated parts anew.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot read its subject has failed"
)]

use std::fmt::Write as _;
use std::ops::Range;

use consistency::{Definition, repository, text};
use restore::Flow;
use step::ErrorName;

/// Where in `document` the part between the marks of `section` stands.
fn generated(document: &str, section: &str) -> Range<usize> {
    let begin = format!("<!-- {section}: generated -->\n");
    let end = format!("<!-- {section}: end -->");
    let from =
        document.find(&begin).unwrap_or_else(|| panic!("no section {section}")) + begin.len();
    let length = document[from..].find(&end).unwrap_or_else(|| panic!("no end of {section}"));
    from..from + length
}

fn assert_generated(path: &str, section: &str, expected: &str) {
    let mut document = text(path);
    let part = generated(&document, section);
    if document[part.clone()] == *expected {
        return;
    }
    if std::env::var_os("UPDATE_DOCUMENTS").is_some() {
        document.replace_range(part, expected);
        std::fs::write(repository(path), document).unwrap();
        return;
    }
    panic!("{path}, {section}: UPDATE_DOCUMENTS=1 writes it anew. Expected:\n{expected}");
}

/// The tasks by which an execution holds its id: the same for every flow.
const FOR_THE_ID: [&str; 4] = ["Name restore", "Take lease", "Record plan", "Release lease"];

/// The tasks of a flow's path, without those for its id and the looks of its waits.
fn tasks<'a>(definition: &'a Definition, flow: &str) -> Vec<&'a str> {
    let mut path = definition.path(flow);
    path.retain(|name| {
        definition.state(name)["Type"] == "Task"
            && !FOR_THE_ID.contains(name)
            && !name.starts_with("Look at")
    });
    path
}

/// One test for all parts of the file: each is written anew in its turn.
#[test]
fn what_the_readme_shows_is_the_definitions_and_the_vocabularys_own() {
    let definition = Definition::read();
    for (section, expected) in
        [("flows", table(&definition)), ("picture", picture(&definition)), ("errors", vocabulary())]
    {
        assert_generated("statemachine/README.md", section, &expected);
    }
}

#[test]
fn the_request_that_the_readme_shows_is_an_example() {
    let example = text("statemachine/examples/ec2-cross-account-cross-region.json");
    assert_generated("README.md", "request", &format!("```json\n{example}```\n"));
}

fn table(definition: &Definition) -> String {
    let mut table = String::from("| flow | states |\n| --- | --- |\n");
    for flow in Flow::ALL {
        writeln!(table, "| `{flow}` | {} |", tasks(definition, flow.name()).join(" → ")).unwrap();
    }
    table
}

/// What each name means, as it says itself.
fn vocabulary() -> String {
    let mut table = String::from(
        "| name | when | what the state machine does | what a person does |\n\
         | --- | --- | --- | --- |\n",
    );
    for name in ErrorName::ALL {
        let (when, machine) = (name.when(), name.what_the_machine_does());
        let (name, person) = (name.as_str(), name.what_a_person_does());
        writeln!(table, "| `{name}` | {when} | {machine} | {person} |").unwrap();
    }
    table
}

/// The happy paths of all flows as one Mermaid flowchart: a wait with its look and its question
/// is one node.
fn picture(definition: &Definition) -> String {
    let mut edges: Vec<(&str, &str, Vec<&str>)> = Vec::new();
    for flow in Flow::ALL {
        let steps = tasks(definition, flow.name());
        for pair in steps.windows(2) {
            match edges.iter_mut().find(|(from, to, _)| (*from, *to) == (pair[0], pair[1])) {
                Some((_, _, flows)) => flows.push(flow.name()),
                None => edges.push((pair[0], pair[1], vec![flow.name()])),
            }
        }
    }
    let leaving = |from: &str| edges.iter().filter(|(other, _, _)| *other == from).count();
    let mut picture = String::from("```mermaid\nflowchart TD\n");
    for (from, to, flows) in &edges {
        let label =
            if leaving(from) > 1 { format!("|{}|", flows.join("<br>")) } else { String::new() };
        writeln!(picture, "  {}[{from}] -->{label} {}[{to}]", node(from), node(to)).unwrap();
    }
    picture.push_str("```\n");
    picture
}

/// `Copy snapshots` as `copy_snapshots`.
fn node(name: &str) -> String {
    name.to_lowercase().replace(|letter: char| !letter.is_ascii_alphanumeric(), "_")
}
