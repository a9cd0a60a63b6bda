//! Damages real requests at random, for as long as it is told to, and reads what comes of them:
//! `mutate [SECONDS] [SEED]`.
//!
//! Whatever it is given, the parser must end in a request that reads the same again, or in faults
//! that name their fields; nothing may panic. For what it accepts, every policy statement is
//! written that its roles may be found to lack, and read: whatever names the request gives, it is
//! JSON of the right form, and allows what is needed and nothing else. It prints how many of each
//! there were and by which seed, so that a failure can be had again, and its request.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::panic,
    reason = "a tool of the checks, run by a person or by make"
)]

mod facts;
mod statements;
mod wanted;

use std::time::{Duration, Instant};

use fastrand::Rng;
use restore::request::Request;
use serde_json::Value;

macro_rules! example {
    ($flow:literal) => {
        include_str!(concat!("../../statemachine/examples/", $flow, ".json"))
    };
}

const EXAMPLES: [&str; 10] = [
    example!("drill"),
    example!("recorded"),
    example!("ec2-same-location"),
    example!("ec2-cross-region"),
    example!("ec2-cross-account"),
    example!("ec2-cross-account-cross-region"),
    example!("rds-same-location"),
    example!("rds-cross-region"),
    example!("rds-cross-account"),
    example!("rds-cross-account-cross-region"),
];

/// What stands where something else is expected, beside pieces of other requests.
const ODD: [&str; 21] = [
    "null",
    "true",
    "0",
    "-1",
    "1e308",
    "18446744073709551616",
    "\"\"",
    "\" \"",
    "\"\\u0000\"",
    "\"*\"",
    "\"a?b\"",
    "\"${aws:username}\"",
    "\"\\\"}, {\\\"Sid\\\": \\\"\"",
    "\": add to : {\\\"Sid\\\":\"",
    "\"latest\"",
    "\"aws:reserved\"",
    "\"arn:aws:kms:eu-west-1:111122223333:key/\"",
    "\"2026-02-30T25:00:00Z\"",
    "[]",
    "{}",
    "[[[[[[[[]]]]]]]]",
];

fn main() {
    let mut arguments = std::env::args().skip(1);
    let seconds = arguments.next().map_or(10, |it| number(&it));
    let seed = arguments.next().map_or_else(|| fastrand::u64(..), |it| number(&it));
    let mut rng = Rng::with_seed(seed);
    let requests = EXAMPLES.map(str::to_owned);
    println!("requests damaged by seed {seed}, for {seconds} s");

    let end = Instant::now() + Duration::from_secs(seconds);
    let mut read = Tally::default();
    while Instant::now() < end {
        // The clock is asked now and then.
        for _ in 0..256 {
            let damaged = damage(&mut rng, &requests);
            read.request(&damaged);
        }
    }
    println!(
        "{} requests read: {} accepted, {} refused by field, {} no JSON",
        read.accepted + read.refused + read.no_json,
        read.accepted,
        read.refused,
        read.no_json
    );
    println!("{} policy statements written for the accepted, and read", read.statements);
    assert!(read.accepted > 0 && read.refused > 0, "the damage is too small or too great to tell");
    assert!(read.statements > 0, "no policy statement was written");
}

fn number(argument: &str) -> u64 {
    argument
        .parse()
        .unwrap_or_else(|_| panic!("`{argument}` is no number: mutate [SECONDS] [SEED]"))
}

/// What came of the requests.
#[derive(Debug, Default)]
struct Tally {
    accepted: u64,
    refused: u64,
    no_json: u64,
    statements: usize,
}

impl Tally {
    fn request(&mut self, damaged: &str) {
        let _culprit = Culprit(damaged);
        let Ok(input) = serde_json::from_str::<Value>(damaged) else {
            self.no_json += 1;
            return;
        };
        match Request::read(&input) {
            Ok(request) => {
                self.statements += statements::written(&request);
                let again = serde_json::to_value(&request).ok().map(|it| Request::read(&it));
                assert_eq!(again, Some(Ok(request)), "reads differently again: {damaged}");
                self.accepted += 1;
            }
            Err(faults) => {
                let named = |fault: &restore::request::Fault| {
                    !fault.path.is_empty() && !fault.problem.is_empty()
                };
                assert!(!faults.is_empty(), "refused for nothing: {damaged}");
                assert!(
                    faults.iter().all(named),
                    "a fault without its field: {faults:?}: {damaged}"
                );
                self.refused += 1;
            }
        }
    }
}

/// A request, which is printed if what is done with it ends in a panic.
struct Culprit<'a>(&'a str);

impl Drop for Culprit<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the request: {}", self.0);
        }
    }
}

/// One of `requests`, damaged in one to four places.
fn damage(rng: &mut Rng, requests: &[String]) -> String {
    let mut damaged = pick(rng, requests).clone();
    for _ in 0..rng.usize(1..=4) {
        damaged = match rng.u8(0..16) {
            0 => bytes(rng, damaged),
            1 => {
                let other = pick(rng, requests);
                piece(rng, &damaged, other.as_str())
            }
            _ => value(rng, &damaged, requests).unwrap_or(damaged),
        };
    }
    damaged
}

fn pick<'a, T>(rng: &mut Rng, from: &'a [T]) -> &'a T {
    &from[rng.usize(..from.len())]
}

/// A character taken out, doubled or exchanged.
fn bytes(rng: &mut Rng, text: String) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    if characters.is_empty() {
        return text;
    }
    let at = rng.usize(..characters.len());
    match rng.u8(0..3) {
        0 => drop(characters.remove(at)),
        1 => characters.insert(at, characters[at]),
        _ => characters[at] = rng.char(..),
    }
    characters.into_iter().collect()
}

/// A stretch of `text` replaced by a stretch of `other`.
fn piece(rng: &mut Rng, text: &str, other: &str) -> String {
    let stretch = |rng: &mut Rng, of: &str| {
        let characters: Vec<char> = of.chars().collect();
        let from = rng.usize(..=characters.len());
        let to = rng.usize(from..=characters.len().min(from + 40));
        (characters, from, to)
    };
    let (mut characters, from, to) = stretch(rng, text);
    let (donor, donor_from, donor_to) = stretch(rng, other);
    characters.splice(from..to, donor[donor_from..donor_to].iter().copied());
    characters.into_iter().collect()
}

/// A value replaced, removed or moved, so that what comes of it is still JSON.
fn value(rng: &mut Rng, text: &str, requests: &[String]) -> Option<String> {
    let mut input: Value = serde_json::from_str(text).ok()?;
    let mut places = Vec::new();
    list(&input, String::new(), &mut places);
    let place = pick(rng, &places).clone();
    let other = match rng.u8(0..3) {
        0 => serde_json::from_str(ODD[rng.usize(..ODD.len())]).ok()?,
        1 => {
            let donor: Value = serde_json::from_str(pick(rng, requests).as_str()).ok()?;
            let mut places = Vec::new();
            list(&donor, String::new(), &mut places);
            donor.pointer(pick(rng, &places).as_str())?.clone()
        }
        _ => input.pointer(pick(rng, &places).as_str())?.clone(),
    };
    *input.pointer_mut(&place)? = other;
    Some(input.to_string())
}

/// The places in `value`, as JSON pointers (RFC 6901).
fn list(value: &Value, at: String, places: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                let name = name.replace('~', "~0").replace('/', "~1");
                list(field, format!("{at}/{name}"), places);
            }
        }
        Value::Array(elements) => {
            for (index, element) in elements.iter().enumerate() {
                list(element, format!("{at}/{index}"), places);
            }
        }
        _ => {}
    }
    places.push(at);
}
