//! What a recovery comes to.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::recovery::examples::{expand_as, expanded, plan_with, server};
use crate::recovery::{
    Counts, Entry, Ledger, Outcome, RestoreResult, Status, Unaccounted, Verdict, WaveSummary,
};
use crate::request::examples::changed;

const START: &str = "2026-11-23T03:00:00Z";

/// A ledger of one wave of ten restores, as `change` has it.
pub(super) fn ten(change: &Value) -> Ledger {
    let restores: Vec<Value> = (0..10).map(server).collect();
    let plan = plan_with(&json!({ "waves": [{ "name": "all", "restores": restores }] }));
    Ledger::from(&expanded(&changed(plan, change)))
}

/// The results of the first restores of `ledger`: so many failed, then so many succeeded. Each ends
/// an hour after its instance could be used.
pub(super) fn results(ledger: &Ledger, failed: usize, succeeded: usize) -> Vec<RestoreResult> {
    let entries = ledger.waves.iter().flat_map(|wave| &wave.restores).take(failed + succeeded);
    let result = |(index, entry): (usize, &Entry)| {
        let told = json!({
            "restoreId": entry.restore_id,
            "status": if index < failed { "failed" } else { "succeeded" },
            "error": "Restore.AccessDenied",
            "cause": "kms:Decrypt is denied",
            "startedAt": START,
            "upAt": (index >= failed).then(|| format!("2026-11-23T03:{:02}:00Z", 10 + index % 10)),
            "endedAt": format!("2026-11-23T04:{:02}:00Z", 10 + index % 10),
            "recoveryPoint": format!("2026-11-22T{:02}:00:00Z", 20 - index % 10),
            "left": if index < failed { json!(["arn:aws:ec2:::snapshot/a"]) } else { json!([]) },
        });
        serde_json::from_value(told).unwrap()
    };
    entries.enumerate().map(result).collect()
}

pub(super) fn outcome(ledger: &Ledger, results: Vec<RestoreResult>) -> Outcome {
    Outcome::of(ledger, START.parse::<Timestamp>().unwrap(), results).unwrap()
}

/// What became of the first wave alone.
fn wave(ledger: &Ledger, results: Vec<RestoreResult>) -> Result<WaveSummary, Unaccounted> {
    WaveSummary::of(ledger, &ledger.waves[0], START.parse().unwrap(), results)
}

#[test]
fn a_wave_fails_when_more_fail_than_are_tolerated_and_not_when_as_many_do() {
    for (tolerated, failed, status) in [
        (0.0, 0, Status::Succeeded),
        (0.0, 1, Status::Failed),
        (10.0, 1, Status::Tolerated),
        (9.9, 1, Status::Failed),
        (10.0, 2, Status::Failed),
        (100.0, 10, Status::Tolerated),
    ] {
        let ledger = ten(&json!({ "toleratedFailurePercentage": tolerated }));

        let summary = outcome(&ledger, results(&ledger, failed, 10 - failed)).summary;

        assert_eq!((summary.status, summary.waves[0].status), (status, status), "{tolerated}");
        assert_eq!((summary.counts.failed, summary.left), (failed, failed));
    }
}

#[test]
fn the_next_wave_is_begun_unless_this_one_failed_and_the_plan_says_stop() {
    for (policy, failed, verdict) in [
        ("stop", 0, Verdict::Continue),
        ("stop", 1, Verdict::Stop),
        ("continue", 1, Verdict::Continue),
    ] {
        let ledger = ten(&json!({ "onWaveFailure": policy }));

        let wave = wave(&ledger, results(&ledger, failed, 10 - failed));

        assert_eq!(wave.unwrap().verdict, verdict, "{policy} {failed}");
    }
}

#[test]
fn a_wave_that_was_cut_off_has_failed_and_one_never_begun_was_not_started() {
    let ledger = ten(&json!({ "toleratedFailurePercentage": 100 }));
    let of = |succeeded| wave(&ledger, results(&ledger, 0, succeeded)).unwrap();

    assert_eq!((of(9).status, of(9).verdict), (Status::Failed, Verdict::Stop));
    assert_eq!((of(0).status, of(0).verdict), (Status::NotStarted, Verdict::Stop));
    assert_eq!(of(9).counts.not_started, 1);
}

#[test]
fn a_result_that_is_not_of_the_recovery_or_told_twice_is_an_error() {
    let ledger = ten(&json!({}));
    let start = START.parse::<Timestamp>().unwrap();
    let mut doubled = results(&ledger, 0, 10);
    doubled.push(doubled[3].clone());
    let id = doubled[3].restore_id.clone();
    assert_eq!(Outcome::of(&ledger, start, doubled), Err(Unaccounted::Doubled(id)));

    let mut unknown = results(&ledger, 0, 10);
    unknown[3].restore_id = "another".try_into().unwrap();
    let id = unknown[3].restore_id.clone();
    assert_eq!(Outcome::of(&ledger, start, unknown.clone()), Err(Unaccounted::Unknown(id)));
    assert!(wave(&ledger, unknown).is_err());
}

#[test]
fn what_an_earlier_run_had_finished_has_succeeded_and_is_counted_besides() {
    let ledger = ten(&json!({}));
    let mut all = results(&ledger, 0, 10);
    for found in &mut all[..3] {
        found.found_finished = true;
    }

    let summary = outcome(&ledger, all).summary;

    assert_eq!(summary.status, Status::Succeeded);
    let counts = Counts { restores: 10, succeeded: 10, found_finished: 3, ..Counts::default() };
    assert_eq!((summary.counts, summary.waves[0].counts), (counts, counts));
}

#[test]
fn skipped_waves_are_accounted_for_and_have_no_results() {
    let plan = plan_with(&json!({ "rtoMinutes": 60, "rpoMinutes": 1440 }));
    let whole = Ledger::from(&expanded(&plan));
    let ledger = Ledger::from(&expand_as(&plan, &json!({ "fromWave": "servers" })).unwrap());
    let all = results(&whole, 0, 4);

    let outcome = outcome(&ledger, all[2..].to_vec());

    let summary = outcome.summary;
    assert_eq!(summary.status, Status::Succeeded);
    assert_eq!(summary.waves[0].status, Status::Skipped);
    let counts = Counts { restores: 4, succeeded: 2, skipped: 2, ..Counts::default() };
    assert_eq!(summary.counts, counts);
    assert_eq!((summary.rto.met, summary.rpo.met), (None, None), "only a part was measured");
    let written = serde_json::to_value(&outcome.restores).unwrap();
    let statuses: Vec<&Value> =
        written.as_array().unwrap().iter().map(|restore| &restore["status"]).collect();
    assert_eq!(statuses, ["skipped", "skipped", "succeeded", "succeeded"]);
    let start = START.parse::<Timestamp>().unwrap();
    let skipped = all[1].restore_id.clone();
    assert_eq!(Outcome::of(&ledger, start, all[1..].to_vec()), Err(Unaccounted::Unknown(skipped)));
}

#[test]
fn the_outcome_of_a_restore_says_what_was_told_and_what_follows() {
    let ledger = ten(&json!({ "rtoMinutes": 11, "rpoMinutes": 480 }));
    let mut told = results(&ledger, 1, 8);
    told[1].started_at = "2026-11-23T03:05:00Z".parse().ok();

    let outcome = outcome(&ledger, told);

    let written = serde_json::to_value(&outcome.restores).unwrap();
    assert_eq!(
        written[0],
        json!({
            "wave": "all",
            "path": "waves[0].restores[0]",
            "restoreId": ledger.waves[0].restores[0].restore_id,
            "status": "failed",
            "error": "Restore.AccessDenied",
            "cause": "kms:Decrypt is denied",
            "startedAt": START,
            "endedAt": "2026-11-23T04:10:00Z",
            "recoveryPoint": "2026-11-22T20:00:00Z",
            "left": ["arn:aws:ec2:::snapshot/a"],
            "rto": { "targetMinutes": 11, "met": false },
            "rpo": { "targetMinutes": 480 },
        })
    );
    assert_eq!(
        written[1],
        json!({
            "wave": "all",
            "path": "waves[0].restores[1]",
            "restoreId": ledger.waves[0].restores[1].restore_id,
            "status": "succeeded",
            "startedAt": "2026-11-23T03:05:00Z",
            "upAt": "2026-11-23T03:11:00Z",
            "endedAt": "2026-11-23T04:11:00Z",
            "recoveryPoint": "2026-11-22T19:00:00Z",
            "seconds": 360,
            "rto": { "targetMinutes": 11, "seconds": 660, "met": true },
            "rpo": { "targetMinutes": 480, "seconds": 8 * 3600, "met": true },
        })
    );
    assert_eq!(written[2]["rto"]["met"], false);
    assert_eq!(written[2]["rpo"]["met"], false);
    assert_eq!(written[9]["status"], "notStarted");
    assert_eq!(written[9]["rto"]["met"], false);
    let again: Outcome = serde_json::from_str(&serde_json::to_string(&outcome).unwrap()).unwrap();
    assert_eq!(again, outcome);
}

#[test]
fn a_summary_is_small_whatever_the_recovery_is() {
    let waves: Vec<Value> = (0..100)
        .map(|number| {
            let name = format!("{number:03}{}", "x".repeat(61));
            json!({ "name": name, "restores": [server(number)] })
        })
        .collect();
    let targets = json!({ "waves": waves, "rtoMinutes": 100_000, "rpoMinutes": 100_000 });
    let ledger = Ledger::from(&expanded(&plan_with(&targets)));

    let summary = outcome(&ledger, results(&ledger, 0, 100)).summary;

    // SFN/service-quotas: a payload has at most 256 KiB.
    assert!(serde_json::to_string(&summary).unwrap().len() < 64 * 1024);
}
