//! What holds of every plan, whatever it has.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::RestoreId;
use crate::recovery::examples::{db, expand, expanded, plan_with, server};
use crate::recovery::{Counts, Ending, Ledger, Outcome, RestoreResult, Schedule, Size, Sizes};
use crate::request::examples::{TARGET_ACCOUNT, changed, key_arn};
use crate::request::properties::{any_json, places};

/// Restores in waves: of a few sources to a few places, with ids where they are alike.
fn waves() -> impl Strategy<Value = Vec<Vec<Value>>> {
    let restore = (0..4_usize, any::<bool>(), prop::option::of(0..3_usize)).prop_map(
        |(source, elsewhere, size)| {
            let size = size.map(|size| format!("m{size}.large"));
            let restore =
                changed(server(source), &json!({ "target": { "ec2": { "instanceType": size } } }));
            let region = if elsewhere { "us-east-1" } else { "eu-central-1" };
            changed(
                restore,
                &json!({ "target": {
                "region": region, "kmsKeyId": key_arn(region, TARGET_ACCOUNT, 1),
            } }),
            )
        },
    );
    let databases = prop::collection::btree_set("[a-c]{1,2}", 0..4);
    (prop::collection::vec(prop::collection::vec(restore, 1..6), 1..4), databases).prop_map(
        |(mut waves, databases)| {
            name(&mut waves);
            waves[0].extend(databases.iter().map(|name| db(name)));
            waves
        },
    )
}

/// Gives an id to each restore that there is another like.
fn name(waves: &mut [Vec<Value>]) {
    let what = |restore: &Value| {
        let (source, region) = (&restore["source"]["ec2"], &restore["target"]["region"]);
        format!("{source} {region}")
    };
    let mut alike: BTreeMap<String, usize> = BTreeMap::new();
    for restore in waves.iter().flatten() {
        *alike.entry(what(restore)).or_default() += 1;
    }
    for (number, restore) in waves.iter_mut().flatten().enumerate() {
        if alike[&what(restore)] > 1 {
            restore["restoreId"] = format!("restore-{number}").into();
        }
    }
}

fn plan(waves: &[Vec<Value>]) -> Value {
    let waves: Vec<Value> = waves
        .iter()
        .enumerate()
        .map(|(index, restores)| json!({ "name": format!("w{index}"), "restores": restores }))
        .collect();
    plan_with(&json!({ "waves": waves }))
}

/// The ids of a plan, each with what is asked under it.
fn asked(waves: &[Vec<Value>]) -> BTreeMap<RestoreId, Value> {
    let items = expanded(&plan(waves)).waves.into_iter().flat_map(|wave| wave.restores);
    items.map(|item| (item.restore_id, serde_json::to_value(item.request).unwrap())).collect()
}

/// The same restores in any other order, in one wave.
fn shuffled() -> impl Strategy<Value = (Vec<Vec<Value>>, Vec<Value>)> {
    waves().prop_flat_map(|waves| {
        let all = waves.concat();
        (Just(waves), Just(all).prop_shuffle())
    })
}

fn ending() -> impl Strategy<Value = Option<Ending>> {
    let failed = Ending::Failed { error: "Restore.TimedOut".to_owned(), cause: String::new() };
    prop::sample::select(vec![
        None,
        Some(Ending::Succeeded),
        Some(failed),
        Some(Ending::NotStarted),
    ])
}

/// A good plan that has anything at all in one place.
fn damaged() -> impl Strategy<Value = Value> {
    (waves(), any::<prop::sample::Index>(), any_json()).prop_map(|(waves, place, anything)| {
        let mut damaged = changed(
            plan(&waves),
            &json!({
                "profiles": { "a": { "extends": "b", "target": {} }, "b": {} },
                "networkMap": { "keyNames": { "ops": "ops-dr" } },
                "waves": plan(&waves)["waves"],
            }),
        );
        damaged["waves"][0]["profile"] = "a".into();
        let mut all = Vec::new();
        places(&damaged, "", &mut all);
        let place: &String = place.get(&all);
        *damaged.pointer_mut(place).unwrap() = anything;
        damaged
    })
}

proptest! {
    #[test]
    fn a_plan_with_anything_in_one_place_is_expanded_whole_or_refused_by_name(plan in damaged()) {
        match expand(&plan) {
            Ok(recovery) => {
                let restores: usize = recovery.waves.iter().map(|wave| wave.restores.len()).sum();
                let waves = plan["waves"].as_array().unwrap().iter();
                let asked = waves.map(|wave| wave["restores"].as_array().unwrap().len());
                prop_assert_eq!(restores, asked.sum::<usize>());
            }
            Err(faults) => {
                prop_assert!(!faults.is_empty(), "refused for nothing");
                for fault in faults.first() {
                    prop_assert!(!fault.path.is_empty() && !fault.problem.is_empty(), "{fault:?}");
                }
            }
        }
    }

    #[test]
    fn ids_do_not_depend_on_the_order_of_the_plan((waves, other) in shuffled()) {
        let here = asked(&waves);

        prop_assert_eq!(here.len(), waves.concat().len());
        prop_assert_eq!(here, asked(&[other]));
    }

    #[test]
    fn every_restore_is_scheduled_once_and_the_larger_before_the_smaller(
        waves in waves(),
        sizes in prop::collection::vec(prop::option::of((0..500_u32, 1..30_u32)), 30),
    ) {
        let recovery = expanded(&plan(&waves));
        let ids: BTreeSet<RestoreId> = Ledger::from(&recovery)
            .waves.into_iter().flat_map(|wave| wave.restores).map(|entry| entry.restore_id).collect();
        let sizes: Sizes = ids.iter().cloned().zip(sizes)
            .filter_map(|(id, size)| size.map(|(gib, snapshots)| (id, Size { gib, snapshots })))
            .collect();

        let schedule = Schedule::of(recovery, &sizes);

        let mut scheduled = Vec::new();
        for group in schedule.waves.iter().flat_map(|wave| &wave.groups) {
            prop_assert!((1..=20).contains(&group.concurrency));
            let rank = |size: Option<u32>| size.map_or(u32::MAX, |size| size);
            prop_assert!(group.items.is_sorted_by(|a, b| rank(a.size_gib) >= rank(b.size_gib)));
            for item in &group.items {
                prop_assert_eq!(&item.request.target.region, &group.region);
                prop_assert_eq!(item.request.service(), group.service);
                scheduled.push(item.restore_id.clone());
            }
        }
        prop_assert_eq!(scheduled.len(), ids.len());
        prop_assert_eq!(scheduled.into_iter().collect::<BTreeSet<_>>(), ids);
    }

    #[test]
    fn every_restore_is_accounted_for_once(
        waves in waves(), endings in prop::collection::vec(ending(), 30), seed in any::<u64>(),
    ) {
        let ledger = Ledger::from(&expanded(&plan(&waves)));
        let entries: Vec<_> = ledger.waves.iter().flat_map(|wave| &wave.restores).collect();
        let mut told: BTreeMap<RestoreId, Ending> = entries.iter().zip(endings)
            .filter_map(|(entry, ending)| Some((entry.restore_id.clone(), ending?))).collect();
        let ended = |(id, ending): (&RestoreId, &Ending)| {
            RestoreResult::nothing(id.clone(), ending.clone())
        };
        let mut results: Vec<RestoreResult> = told.iter().map(ended).collect();
        // Children of a Map Run end in any order.
        let length = results.len().max(1);
        results.rotate_left(usize::try_from(seed).unwrap_or_default() % length);

        let outcome = Outcome::of(&ledger, Timestamp::UNIX_EPOCH, results).unwrap();

        prop_assert_eq!(outcome.restores.len(), entries.len());
        for (restore, entry) in outcome.restores.iter().zip(&entries) {
            prop_assert_eq!(&restore.result.restore_id, &entry.restore_id);
            let ending = told.remove(&entry.restore_id).unwrap_or(Ending::NotStarted);
            prop_assert_eq!(&restore.result.ending, &ending);
        }
        prop_assert!(told.is_empty());
        let Counts { restores, succeeded, found_finished, failed, not_started, skipped } =
            outcome.summary.counts;
        prop_assert!(found_finished <= succeeded);
        prop_assert_eq!(restores, entries.len());
        prop_assert_eq!(succeeded + failed + not_started + skipped, restores);
        let waves: usize = outcome.summary.waves.iter().map(|wave| wave.counts.restores).sum();
        prop_assert_eq!(waves, restores);
    }
}
