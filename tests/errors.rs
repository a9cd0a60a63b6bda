//! The vocabulary of errors means what the definitions do by it.
//!
//! The table in `statemachine/README.md` is written from the vocabulary itself (`documents.rs`).
//! What of it the definitions show is held against them here: which names there are, which are
//! tried again and how, and which have a way of their own.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot read its subject has failed"
)]

use std::collections::BTreeSet;
use std::time::Duration;

use consistency::{Definition, text};
use restore::request::MAX_TIMEOUT_HOURS;
use serde_json::Value;
use step::ErrorName;

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
fn every_error_name_is_of_the_vocabulary() {
    let vocabulary: BTreeSet<String> =
        ErrorName::ALL.into_iter().map(|name| name.as_str().to_owned()).collect();

    for definition in Definition::NAMES {
        let used = names(&text(&format!("statemachine/{definition}.asl.json")));
        assert!(used.is_subset(&vocabulary), "{definition}: {used:?}");
    }
    let documented = names(&text("statemachine/README.md"));
    let unknown: Vec<_> = documented.difference(&vocabulary).collect();
    assert!(
        unknown.is_empty(),
        "statemachine/README.md explains {unknown:?}, which no step raises"
    );
}

/// What of `field` of the states, a list of `Retry` or `Catch`, names `error`.
fn naming<'a>(definition: &'a Definition, field: &str, error: &str) -> Vec<&'a Value> {
    let states = definition.order.iter().map(|name| definition.state(name));
    let all = states.filter_map(|state| state[field].as_array()).flatten();
    all.filter(|one| one["ErrorEquals"].as_array().unwrap().iter().any(|it| it == error)).collect()
}

/// How a `Retry` tries again, in the table's words.
fn words(retry: &Value) -> String {
    let figure = |field: &str| retry[field].as_u64();
    let (first, longest) = (figure("IntervalSeconds").unwrap(), figure("MaxDelaySeconds"));
    let (times, doubles) = (figure("MaxAttempts").unwrap(), retry["BackoffRate"] == 2);
    match (retry["JitterStrategy"].as_str().unwrap(), longest) {
        ("FULL", Some(longest)) if doubles => {
            format!("{first} s doubling to {longest} s, {times} times, full jitter")
        }
        ("FULL", None) if doubles => format!("{first} s doubling, {times} times, full jitter"),
        // Not by their number do they end, but by the deadline, which every attempt looks at.
        ("FULL", Some(longest)) if outlasts(times, longest) => {
            format!("every {first} to {longest} s, full jitter, until the deadline")
        }
        ("NONE", Some(longest)) if doubles && longest == 2 * first => {
            format!("{first} s, then {longest} s, without")
        }
        ("NONE", None) if doubles => format!("{first} s doubling, without"),
        _ => panic!("the table has no words for {retry}"),
    }
}

/// How a `Catch` tries again, after a wait, in the table's words; nothing of one that does not.
fn wait_words(definition: &Definition, catch: &Value) -> Option<String> {
    let (least, longest) = definition.waits_at_random(catch["Next"].as_str()?)?;
    Some(format!("{least} to {longest} s after each refusal"))
}

/// Whether so many attempts, at random times at most so many seconds apart, go on for longer than
/// any deadline.
fn outlasts(times: u64, seconds: u64) -> bool {
    Duration::from_secs(times * seconds / 2) > Duration::from_secs_f64(MAX_TIMEOUT_HOURS * 3600.0)
}

#[test]
fn what_is_tried_again_and_how_is_what_the_definitions_do() {
    let definitions = Definition::all();
    for name in ErrorName::ALL {
        let told = name.what_the_machine_does();
        let retries: Vec<&Value> =
            definitions.iter().flat_map(|it| naming(it, "Retry", name.as_str())).collect();
        let waits = definitions.iter().flat_map(|it| {
            naming(it, "Catch", name.as_str())
                .into_iter()
                .filter_map(move |one| wait_words(it, one))
        });
        let ways: BTreeSet<String> =
            retries.iter().map(|retry| words(retry)).chain(waits).collect();

        let says_so = told.contains("tries again") || told.contains("tried again");
        assert_eq!(says_so, !ways.is_empty(), "{name:?} is tried again so: {ways:?}");
        // A number that is of no definition would be left over.
        let rest = ways.iter().fold(told.to_owned(), |rest, way| {
            assert!(rest.contains(way), "{name:?} is tried again {way}, and told as: {told}");
            rest.replacen(way, "", 1)
        });
        assert!(!rest.contains(|it: char| it.is_ascii_digit()), "{name:?}: {told}");
        // The table tells once how many times, whatever the way.
        let times: BTreeSet<u64> =
            retries.iter().map(|retry| retry["MaxAttempts"].as_u64().unwrap()).collect();
        assert!(times.len() <= 1, "{name:?} is tried again so many times: {times:?}");
    }
}

#[test]
fn what_is_neither_tried_again_nor_has_a_way_of_its_own_stops_the_restore() {
    let definition = Definition::read();
    let mut own_ways = Vec::new();
    for name in ErrorName::ALL {
        let told = name.what_the_machine_does();
        let mut caught = naming(&definition, "Catch", name.as_str());
        // Tried again, after a wait.
        caught.retain(|catch| wait_words(&definition, catch).is_none());
        let is_tried_again = !naming(&definition, "Retry", name.as_str()).is_empty();

        if caught.is_empty() && !is_tried_again {
            assert!(told.contains("stops"), "{name:?}: {told}");
        }
        assert_eq!(!caught.is_empty(), told.contains("`alternatives`"), "{name:?}: {told}");
        own_ways.extend(caught.iter().map(|catch| catch["Next"].as_str().unwrap()));
    }
    own_ways.sort_unstable();
    own_ways.dedup();
    assert_eq!(own_ways, ["Another DB place left?", "Another place left?"]);
    for question in own_ways {
        let asked = definition.state(question)["Choices"][0]["Condition"].as_str().unwrap();
        assert!(asked.contains(".alternatives) > 0"), "{question}: {asked}");
        assert_eq!(definition.state(question)["Default"], "Begin clean-up after failure");
    }
}
