//! Every field of a request: whether a plan with another value of it is another plan.
//!
//! The fields are those of the schema, which is generated from the types: one that is added there
//! and not here fails the test.

mod rows;

use serde_json::{Value, json};

use self::rows::rows;
use crate::PlanHash;
use crate::plan::examples::Case;

/// A request that has a field, with a change merged into it.
type Base = fn(&Value) -> Case;

/// A field, another value of it, and what of the hash that changes.
struct Row {
    field: String,
    base: Base,
    change: Value,
    changes: Changes,
}

/// What of the hash is another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Changes {
    /// The part of the snapshots' path.
    Path,
    /// The part of the instance.
    Instance,
    Both,
    /// Neither, for this reason.
    Nothing(&'static str),
}

impl Changes {
    const fn parts(self) -> (bool, bool) {
        match self {
            Self::Path => (true, false),
            Self::Instance => (false, true),
            Self::Both => (true, true),
            Self::Nothing(_) => (false, false),
        }
    }
}

#[test]
fn every_field_that_changes_what_is_done_changes_the_hash() {
    for Row { field, base, change, changes } in rows() {
        let hash = |change: &Value| base(change).plan().hash.unwrap();
        let (one, other): (PlanHash, PlanHash) = (hash(&json!({})), hash(&change));

        let ((path, instance), (path_then, instance_then)) = (one.parts(), other.parts());
        let differ = (path != path_then, instance != instance_then);
        assert_eq!(differ, changes.parts(), "{field}: {changes:?} by {change}");
    }
}

#[test]
fn every_field_of_a_request_is_among_them_once() {
    let schema = include_str!("../../../../../../statemachine/input.schema.json");
    let schema: Value = serde_json::from_str(schema).unwrap();
    let mut fields = Vec::new();
    walk(&schema, &schema, "", &mut fields);

    let mut listed: Vec<String> = rows().into_iter().map(|row| row.field).collect();
    listed.sort();
    fields.sort();
    assert_eq!(listed, fields);
}

/// Adds the paths of all fields under `node`, of which nothing is said further down.
fn walk(schema: &Value, node: &Value, path: &str, fields: &mut Vec<String>) {
    let node = resolved(schema, node);
    if let Some(properties) = node["properties"].as_object() {
        for (name, inner) in properties {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            walk(schema, inner, &path, fields);
        }
    } else if node["items"].is_object() {
        walk(schema, &node["items"], &format!("{path}[]"), fields);
    } else {
        fields.push(path.to_owned());
    }
}

/// What `node` refers to, be it optional or not.
fn resolved<'a>(schema: &'a Value, node: &'a Value) -> &'a Value {
    let any = node["anyOf"].as_array().into_iter().flatten();
    let mut all = std::iter::once(node).chain(any);
    match all.find_map(|node| node["$ref"].as_str()) {
        Some(reference) => resolved(schema, schema.pointer(&reference[1..]).unwrap()),
        None => node,
    }
}
