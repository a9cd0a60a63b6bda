//! How much memory the largest plan takes.
//!
//! What is measured is the most that the process has ever held, with what the test itself holds. So it
//! is a test that has its process for itself, as `cargo nextest` gives one to each.

use std::fs;

use serde_json::{Value, json};

use crate::recovery::examples::{plan_with, recovery_id, run, server};
use crate::recovery::{
    MAX_EXPANDED_BYTES, MAX_PLAN_BYTES, MAX_RESTORES, Recovery, RecoveryPlan, Schedule, Sizes,
};
use crate::request::examples::changed;

/// The memory that the function `Recover` is given, in MiB.
fn given() -> usize {
    let template = concat!(env!("CARGO_MANIFEST_DIR"), "/../../infra/template.yaml");
    let template = fs::read_to_string(template).unwrap();
    let (_, function) = template.split_once("\n  Recover:\n").unwrap();
    number_after(function, "MemorySize:")
}

/// The most memory that this process has held, in MiB (`proc_pid_status(5)`).
fn peak() -> usize {
    number_after(&fs::read_to_string("/proc/self/status").unwrap(), "VmHWM:") / 1024
}

fn number_after(text: &str, name: &str) -> usize {
    let (_, rest) = text.split_once(name).unwrap();
    rest.split_whitespace().next().unwrap().parse().unwrap()
}

/// A plan as it is stored, of as many restores as may be. It is nearly as long as may be, and with its
/// defaults comes to nearly as much as may be.
fn largest() -> Vec<u8> {
    let own = json!({ "target": { "ec2": { "tags": { "Note": "x".repeat(1_450) } } } });
    let restores: Vec<Value> =
        (0..MAX_RESTORES).map(|number| changed(server(number), &own)).collect();
    let plan = plan_with(&json!({
        "defaults": { "target": { "ec2": { "userData": "x".repeat(4_300) } } },
        "waves": [{ "name": "all", "restores": restores }],
    }));
    serde_json::to_vec(&plan).unwrap()
}

#[test]
#[expect(clippy::print_stderr, reason = "how much it takes is what is to be seen")]
fn the_largest_plan_takes_no_more_than_half_of_the_memory_of_the_function() {
    let document = largest();
    assert!((MAX_PLAN_BYTES * 9 / 10..MAX_PLAN_BYTES).contains(&document.len()));

    // As the function plans: its requests once in the recovery, and once more to be planned.
    let plan = RecoveryPlan::parse(&document).unwrap();
    let recovery = plan.expand(&recovery_id(), &run(&json!({}))).unwrap();
    let to_plan = recovery.waves[0].restores.clone();
    let written = serde_json::to_vec(&recovery).unwrap();
    let planned = peak();
    assert!((MAX_EXPANDED_BYTES * 9 / 10..MAX_EXPANDED_BYTES).contains(&written.len()));
    drop((plan, recovery, to_plan));

    // As it schedules: read again, put in order, and written group by group.
    let recovery: Recovery = serde_json::from_slice(&written).unwrap();
    let schedule = Schedule::of(recovery, &Sizes::new());
    let items = serde_json::to_vec(&schedule.waves[0].groups[0].items).unwrap();
    let scheduled = peak();

    eprintln!("{} bytes: planned within {planned} MiB, scheduled {scheduled} MiB", items.len());
    assert_eq!(schedule.waves[0].groups[0].items.len(), MAX_RESTORES);
    assert!(scheduled < given() / 2, "{scheduled} MiB of {}", given());
}
