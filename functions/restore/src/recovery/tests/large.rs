//! The largest plans there are, in bounded time and memory.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::recovery::examples::{db, expand, plan_with, recovery_id, refuses, run, server};
use crate::recovery::{MAX_PLAN_BYTES, RecoveryPlan, Schedule, Sizes};
use crate::request::examples::changed;

/// A plan of 10,000 restores in ten waves, with profiles.
fn largest() -> Value {
    let restore = |number: usize| {
        if number.is_multiple_of(2) { server(number) } else { db(&format!("db-{number}")) }
    };
    let waves: Vec<Value> = (0..10)
        .map(|wave| {
            let restores: Vec<Value> =
                (0..1_000).map(|number| restore(wave * 1_000 + number)).collect();
            json!({ "name": format!("w{wave}"), "profile": "tagged", "restores": restores })
        })
        .collect();
    let tags = json!({ "Plan": "orders-dr", "Owner": "operations" });
    plan_with(&json!({
        "profiles": {
            "base": { "target": { "ec2": { "keyName": "ops" } } },
            "tagged": { "extends": "base", "target": {
                "ec2": { "tags": tags }, "rds": { "tags": tags },
            } },
        },
        "waves": waves,
    }))
}

/// How long this thread has been on a processor: what it does is measured, and not what others do
/// on the same machine. Where the system does not tell, how long it has been at all.
fn spent(since: Instant) -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|told| told.split_whitespace().next()?.parse().ok());
    nanoseconds.map_or_else(|| since.elapsed(), Duration::from_nanos)
}

#[test]
#[expect(clippy::print_stderr, reason = "how long it takes is what is to be seen")]
fn ten_thousand_restores_are_read_merged_and_checked_within_two_seconds() {
    let document = serde_json::to_vec(&largest()).unwrap();
    assert!(document.len() < MAX_PLAN_BYTES);

    let begun = Instant::now();
    let start = spent(begun);
    let plan = RecoveryPlan::parse(&document).unwrap();
    let read = spent(begun);
    let recovery = plan.expand(&recovery_id(), &run(&json!({}))).unwrap();
    let expanded = spent(begun);
    let schedule = Schedule::of(recovery, &Sizes::new());
    let scheduled = spent(begun);

    let (read, expanded, scheduled) =
        [read, expanded, scheduled].map(|at| at.abs_diff(start)).into();
    let bytes = document.len();
    eprintln!("{bytes} bytes: read {read:?}, expanded {expanded:?}, scheduled {scheduled:?}");
    let groups = schedule.waves.iter().flat_map(|wave| &wave.groups);
    assert_eq!(groups.map(|group| group.items.len()).sum::<usize>(), 10_000);
    assert!(expanded < Duration::from_secs(2), "{expanded:?}");
}

#[test]
fn a_default_that_is_multiplied_beyond_bounds_is_refused() {
    let user_data = "x".repeat(16 * 1024);
    let restores: Vec<Value> = (0..5_000).map(server).collect();
    let plan = plan_with(&json!({ "waves": [{ "name": "all", "restores": restores }] }));
    let large = json!({ "defaults": { "target": { "ec2": { "userData": user_data } } } });

    refuses(&changed(plan.clone(), &large), &[("waves", "come to more than 67108864 bytes")]);
    assert!(expand(&plan).is_ok());
}
