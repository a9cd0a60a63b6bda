//! How a plan is run this time.

use serde_json::json;

use crate::recovery::OnWaveFailure;
use crate::recovery::examples::{expand_as, expanded, plan, plan_with};
use crate::recovery::{Ledger, Schedule, Sizes};

#[test]
fn a_wave_has_its_own_settings_or_the_plans_or_the_usual() {
    let usual = expanded(&plan());
    let wave = &usual.waves[0];
    assert_eq!((wave.max_concurrency, wave.on_wave_failure), (20, OnWaveFailure::Stop));
    assert!(wave.tolerated_failure_percentage.abs() < f64::EPSILON);

    let mut plan = plan_with(&json!({
        "maxConcurrency": 7, "toleratedFailurePercentage": 12.5, "onWaveFailure": "continue",
    }));
    plan["waves"][1]["maxConcurrency"] = 3.into();
    plan["waves"][1]["onWaveFailure"] = "stop".into();
    let waves = expanded(&plan).waves;

    assert_eq!((waves[0].max_concurrency, waves[1].max_concurrency), (7, 3));
    assert_eq!(waves[0].on_wave_failure, OnWaveFailure::Continue);
    assert_eq!(waves[1].on_wave_failure, OnWaveFailure::Stop);
    assert!((waves[1].tolerated_failure_percentage - 12.5).abs() < f64::EPSILON);
}

#[test]
fn a_recovery_is_dry_in_all_its_requests_as_its_input_says_else_as_its_plan() {
    for (of_plan, of_input, dry) in [
        (json!(null), json!(null), false),
        (json!(true), json!(null), true),
        (json!(true), json!(false), false),
        (json!(false), json!(true), true),
    ] {
        let plan = plan_with(&json!({ "options": { "dryRun": of_plan } }));

        let recovery = expand_as(&plan, &json!({ "dryRun": of_input })).unwrap();

        assert_eq!(recovery.dry_run, dry, "{of_plan} {of_input}");
        let mut restores = recovery.waves.iter().flat_map(|wave| &wave.restores);
        assert!(restores.all(|item| item.request.options.dry_run == dry));
    }
}

#[test]
fn a_recovery_goes_on_from_a_wave_under_the_ids_it_had() {
    let whole = expanded(&plan());

    let later = expand_as(&plan(), &json!({ "fromWave": "servers" })).unwrap();

    let skipped: Vec<bool> = later.waves.iter().map(|wave| wave.skipped).collect();
    assert_eq!(skipped, [true, false]);
    assert_eq!(later.waves[1].restores, whole.waves[1].restores);
    let scheduled = Schedule::of(later, &Sizes::new()).waves;
    assert_eq!(scheduled.len(), 1);
    assert_eq!(scheduled[0].name.as_str(), "servers");
}

#[test]
fn what_is_handed_on_is_read_again_unchanged() {
    let recovery = expanded(&plan_with(&json!({ "rtoMinutes": 240, "rpoMinutes": 1440 })));
    let ledger = Ledger::from(&recovery);
    let schedule = Schedule::of(recovery.clone(), &Sizes::new());

    let text = serde_json::to_string(&(&recovery, &ledger, &schedule)).unwrap();

    assert_eq!(serde_json::from_str::<(_, _, _)>(&text).ok(), Some((recovery, ledger, schedule)));
}
