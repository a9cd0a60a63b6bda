//! What is told of times, and kept.

use restore::recovery::Status;
use serde_json::{Value, json};

use super::bucket::Bucket;
use super::{Ending, asked, map_run, outcome, plan, planned, run, scheduled};

#[tokio::test]
async fn a_recovery_that_succeeds_tells_its_times_and_the_age_of_its_data() {
    let bucket = Bucket::default();
    let targets = [("rtoMinutes", json!(30)), ("rpoMinutes", json!(30))];
    let planned = planned(&bucket, plan(&targets)).await;
    let scheduled = scheduled(&bucket, &planned, &[]).await;
    let time = json!({ "targetMinutes": 30, "seconds": 1800, "met": true });
    let age = json!({ "targetMinutes": 30, "seconds": 3600, "met": false });
    for wave in scheduled["waves"].as_array().unwrap() {
        let told = run(&bucket, &planned, wave, &[]).await;
        let summary = &told["summary"];
        assert_eq!((&summary["rto"], &summary["rpo"]), (&time, &age));
    }

    let reported = outcome(&bucket, &planned, &[0, 1]).await;

    // The clean-up of each ended half an hour after its instance could be used.
    let summary = &reported["summary"];
    assert_eq!(summary["status"], json!(Status::Succeeded));
    assert_eq!(summary["endedAt"], "2026-11-23T04:00:00Z");
    assert_eq!((&summary["rto"], &summary["rpo"]), (&time, &age));
    let written: Value = bucket.json(reported["key"].as_str().unwrap());
    let restore = &written["restores"][3];
    assert_eq!(
        (&restore["upAt"], &restore["endedAt"]),
        (&json!("2026-11-23T03:30:00Z"), &json!("2026-11-23T04:00:00Z"))
    );
    assert_eq!((&restore["rto"], &restore["rpo"]), (&time, &age));
}

/// A wave of which each restore has answered this: what is told of it.
async fn answered(bucket: &Bucket, planned: &Value, wave: &Value, answer: &Value) -> Value {
    let items = wave["groups"][0]["items"].as_str().unwrap();
    let group = map_run(bucket, items, "results", |_| Ending::Answers(answer.clone()));
    let request = json!({
        "do": "wave", "layout": planned["layout"], "wave": wave["wave"], "groups": [group],
    });
    asked(bucket, request).await.unwrap()["summary"].clone()
}

#[tokio::test]
async fn a_drill_counts_until_it_was_looked_at_and_what_was_finished_before_is_not_measured() {
    let bucket = Bucket::default();
    let planned = planned(&bucket, plan(&[("rtoMinutes", json!(60))])).await;
    let scheduled = scheduled(&bucket, &planned, &[]).await;
    let wave = &scheduled["waves"][0];

    let drilled = json!({
        "left": [], "upAt": "2026-11-23T03:30:00Z", "checkedAt": "2026-11-23T03:40:00Z",
    });
    let drilled = answered(&bucket, &planned, wave, &drilled).await;
    assert_eq!(drilled["rto"], json!({ "targetMinutes": 60, "seconds": 2400, "met": true }));
    assert_eq!(drilled["counts"]["foundFinished"], 0);

    let adopted = json!({ "left": [], "recoveryPoint": null, "upAt": null, "checkedAt": null });
    let adopted = answered(&bucket, &planned, wave, &adopted).await;
    assert_eq!(adopted["rto"], json!({ "targetMinutes": 60 }));
    assert_eq!(adopted["endedAt"], "2026-11-23T04:00:00Z");
    let counts = &adopted["counts"];
    assert_eq!((&counts["foundFinished"], &counts["succeeded"]), (&json!(2), &json!(2)));
}

#[tokio::test]
async fn an_outcome_is_never_written_over() {
    let bucket = Bucket::default();
    let planned = planned(&bucket, plan(&[])).await;
    let scheduled = scheduled(&bucket, &planned, &[]).await;
    run(&bucket, &planned, &scheduled["waves"][0], &[]).await;
    let first = outcome(&bucket, &planned, &[0]).await;
    let key = first["key"].as_str().unwrap();
    assert_eq!(key, "recoveries/orders/20261123T030000Z-run-1/outcome.json");
    let before: Value = bucket.json(key);

    // A lost answer is asked for again, and is the same.
    assert_eq!(outcome(&bucket, &planned, &[0]).await, first);
    outcome(&bucket, &planned, &[]).await;

    assert_eq!(bucket.json::<Value>(key), before);
}

#[tokio::test]
async fn an_execution_of_a_name_that_is_free_again_has_objects_of_its_own() {
    let bucket = Bucket::default();
    let input = json!({ "plan": plan(&[]), "recoveryId": "orders" });
    let of = async |started_at: &str| {
        let request = json!({
            "do": "plan", "input": input, "executionName": "run-1", "startedAt": started_at,
        });
        let request = serde_json::from_value(request).unwrap();
        let planned = crate::handle(&bucket.objects(), request).await.unwrap();
        serde_json::to_value(planned).unwrap()
    };

    let (first, later) = (of("2026-08-01T03:00:00Z").await, of("2026-11-23T03:00:00Z").await);

    assert_ne!(first["layout"], later["layout"]);
    let later = later["layout"].as_str().unwrap();
    assert!(bucket.all().keys().any(|key| !key.starts_with(later)));
}
