//! What a recovery, its waves and its restores are held against.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::outcome::{outcome, results, ten};
use crate::recovery::examples::{expand_as, expanded, plan_with};
use crate::recovery::{Ledger, Objective, Outcome, Status};

#[test]
fn time_and_age_are_held_against_their_targets() {
    // The last instance could be used at 03:19, the oldest data is of 11:00 on the day before.
    let of = |rto: Value, rpo: Value| {
        let ledger = ten(&json!({ "rtoMinutes": rto, "rpoMinutes": rpo }));
        let summary = outcome(&ledger, results(&ledger, 0, 10)).summary;
        (summary.rto, summary.rpo)
    };
    let reached =
        |target_minutes, seconds, met| Objective { target_minutes, seconds: Some(seconds), met };

    let (time, age) = (19 * 60, 16 * 3600);
    assert_eq!(of(json!(null), json!(null)), (reached(None, time, None), reached(None, age, None)));
    assert_eq!(
        of(json!(19), json!(960)),
        (reached(Some(19), time, Some(true)), reached(Some(960), age, Some(true)))
    );
    assert_eq!(
        of(json!(18), json!(959)),
        (reached(Some(18), time, Some(false)), reached(Some(959), age, Some(false)))
    );
}

#[test]
fn a_target_is_not_told_as_met_where_that_is_not_known() {
    let ledger = ten(&json!({ "rtoMinutes": 1000, "rpoMinutes": 10000 }));
    let mut untold = results(&ledger, 0, 10);
    // An earlier run had finished the first.
    (untold[0].up_at, untold[0].recovery_point) = (None, None);

    let Outcome { summary, restores } = outcome(&ledger, untold);
    assert_eq!((summary.rto.met, summary.rpo.met), (None, None));
    assert_eq!((summary.rto.seconds, summary.rpo.seconds), (Some(19 * 60), Some(16 * 3600)));
    let met = |place: usize| (restores[place].rto.met, restores[place].rpo.met);
    assert_eq!((met(0), met(1)), ((None, None), (Some(true), Some(true))));
    assert_eq!(restores[0].seconds, None);

    // What failed is not recovered, however soon it was.
    let summary = outcome(&ledger, results(&ledger, 1, 9)).summary;
    assert_eq!((summary.rto.met, summary.rpo.met), (Some(false), None));
    let nothing = outcome(&ledger, Vec::new()).summary;
    assert_eq!((nothing.status, nothing.rto.met), (Status::NotStarted, Some(false)));
    assert_eq!((nothing.rto.seconds, nothing.rpo.seconds), (None, None));
}

#[test]
fn a_part_of_a_recovery_and_a_dry_run_can_miss_a_target_and_meet_none() {
    // The last instance could be used at 03:13, the oldest data is of 17:00 on the day before.
    for how in [json!({ "fromWave": "servers" }), json!({ "dryRun": true })] {
        let of = |minutes: u32, age: u32, failed: usize| {
            let plan = plan_with(&json!({ "rtoMinutes": minutes, "rpoMinutes": age }));
            let ledger = Ledger::from(&expand_as(&plan, &how).unwrap());
            let run: BTreeSet<_> = ledger
                .waves
                .iter()
                .filter(|wave| !wave.skipped)
                .flat_map(|wave| &wave.restores)
                .map(|entry| &entry.restore_id)
                .collect();
            let mut results = results(&ledger, failed, 4 - failed);
            results.retain(|result| run.contains(&result.restore_id));
            let summary = outcome(&ledger, results).summary;
            (summary.rto.seconds, summary.rto.met, summary.rpo.seconds, summary.rpo.met)
        };

        let (time, age) = (Some(13 * 60), Some(10 * 3600));
        assert_eq!(of(13, 600, 0), (time, None, age, None), "{how}");
        assert_eq!(of(12, 599, 0), (time, Some(false), age, Some(false)), "{how}");
        // What failed is not recovered; of a dry run nothing was to be.
        let failed = if how["dryRun"] == true { None } else { Some(false) };
        assert_eq!(of(13, 600, 3), (time, failed, age, None), "{how}");
    }
}

#[test]
fn a_drill_counts_until_its_instance_was_looked_at() {
    let drill = json!({ "network": { "subnetId": "subnet-0d0d0d0d", "securityGroupIds": ["sg-0d0d0d0d"] } });
    let ledger = ten(&json!({ "mode": "drill", "rtoMinutes": 20, "defaults": { "drill": drill } }));
    let mut looked_at = results(&ledger, 0, 10);
    looked_at[9].checked_at = "2026-11-23T03:20:00Z".parse().ok();

    let time = outcome(&ledger, looked_at.clone()).summary.rto;
    assert_eq!((time.seconds, time.met), (Some(20 * 60), Some(true)));

    // Its waves wait for each other's tear-down: what is later is not told as missed.
    looked_at[9].checked_at = "2026-11-23T03:20:01Z".parse().ok();
    let time = outcome(&ledger, looked_at).summary.rto;
    assert_eq!((time.seconds, time.met), (Some(20 * 60 + 1), None));
}

#[test]
fn a_wave_tells_its_time_and_the_age_of_its_data_against_the_targets_of_the_whole() {
    let plan = plan_with(&json!({ "rtoMinutes": 12, "rpoMinutes": 600 }));
    let ledger = Ledger::from(&expanded(&plan));
    let mut told = results(&ledger, 0, 4);
    for result in &mut told[2..] {
        result.started_at = "2026-11-23T03:08:00Z".parse().ok();
    }

    let [first, second] = &outcome(&ledger, told).summary.waves[..] else { panic!("two waves") };

    // By itself the second was as fast as the first; the recovery was late by then.
    assert_eq!((first.seconds, second.seconds), (Some(11 * 60), Some(5 * 60)));
    let reached = |target_minutes, seconds, met| Objective {
        target_minutes: Some(target_minutes),
        seconds: Some(seconds),
        met: Some(met),
    };
    assert_eq!((first.rto, second.rto), (reached(12, 11 * 60, true), reached(12, 13 * 60, false)));
    assert_eq!(
        (first.rpo, second.rpo),
        (reached(600, 8 * 3600, true), reached(600, 10 * 3600, true))
    );
    assert_eq!(second.recovery_point, "2026-11-22T17:00:00Z".parse().ok());
    assert!(second.ended_at > "2026-11-23T04:00:00Z".parse().ok(), "{second:?}");
}
