//! The largest plans there are, in bounded time and memory.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::Request;
use crate::recovery::examples::{
    db, expand, items, plan_of, plan_with, recovery_id, refuses, run, server,
};
use crate::recovery::{MAX_PLAN_BYTES, NetworkKind, NetworkMap, RecoveryPlan, Schedule, Sizes};
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

#[test]
#[expect(clippy::print_stderr, reason = "how long it takes is what is to be seen")]
fn a_map_that_goes_with_every_restore_is_held_within_the_same_bounds() {
    let restores: Vec<Value> = (0..10_000).map(server).collect();
    let plan = plan_with(&json!({ "waves": [{ "name": "all", "restores": restores }] }));
    let with = |entries: usize| {
        let ids = |prefix: &str| -> Value {
            let id = |number: usize| format!("{prefix}-{number:08x}");
            (0..entries).map(|number| (id(number), json!(id(number)))).collect()
        };
        let map = json!({ "subnets": ids("subnet"), "securityGroups": ids("sg") });
        changed(plan.clone(), &json!({ "networkMap": map }))
    };
    refuses(&with(100), &[("waves", "come to more than 67108864 bytes")]);
    let plan = RecoveryPlan::read(&with(5)).unwrap();

    let begun = Instant::now();
    let start = spent(begun);
    let recovery = plan.expand(&recovery_id(), &run(&json!({}))).unwrap();
    let expanded = spent(begun).abs_diff(start);

    eprintln!("{expanded:?}");
    assert_eq!(recovery.waves[0].restores.len(), 10_000);
    assert!(expanded < Duration::from_secs(2), "{expanded:?}");
}

#[test]
#[expect(clippy::print_stderr, reason = "how long it takes is what is to be seen")]
fn the_largest_map_is_looked_up_in_without_going_through_it_for_each_name() {
    let groups: Value =
        (0..10_000).map(|number| (format!("data-{number:08}"), json!("data-dr"))).collect();
    let map: NetworkMap = serde_json::from_value(json!({ "dbSubnetGroups": groups })).unwrap();
    let names: Vec<String> = (0..10_000).map(|number| format!("Name-{number:08}")).collect();

    let begun = Instant::now();
    let start = spent(begun);
    let lookup = map.lookup();
    let known =
        names.iter().filter(|name| lookup.mapped(NetworkKind::DbSubnetGroup, name).is_some());
    assert_eq!(known.count(), 0);
    let taken = spent(begun).abs_diff(start);

    eprintln!("{taken:?}");
    assert!(taken < Duration::from_millis(500), "{taken:?}");
}

#[test]
#[expect(clippy::print_stderr, reason = "how long it takes is what is to be seen")]
fn security_groups_are_named_once_however_many_there_are() {
    let groups: Vec<String> = (0..30_000).map(|number| format!("sg-{number:08x}")).collect();
    let target = json!({ "target": { "ec2": { "securityGroupIds": groups } } });
    let request = items(&plan_of(&json!([server(1)]))).remove(0).request;
    let request = changed(serde_json::to_value(&request).unwrap(), &target);
    let mut request = Request::read(&request).unwrap();
    let map = NetworkMap::default();

    let begun = Instant::now();
    let start = spent(begun);
    map.lookup().apply(&mut request);
    let taken = spent(begun).abs_diff(start);

    eprintln!("{taken:?}");
    let left = request.target.ec2.and_then(|target| target.security_group_ids);
    assert_eq!(left.map(|groups| groups.len()), Some(30_000));
    assert!(taken < Duration::from_millis(500), "{taken:?}");
}
