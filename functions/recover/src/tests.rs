//! A recovery step by step, on a bucket of its own.

mod bucket;
mod left;
mod memory;
mod reported;
mod room;

use restore::recovery::{Status, Verdict};
use serde_json::{Value, json};
use step::ErrorName;

use self::bucket::Bucket;
use crate::{Objects, Request, Response, handle};

fn database(name: &str) -> Value {
    json!({
        "source": {
            "accountId": "111122223333", "region": "eu-west-1",
            "rds": { "dbInstanceIdentifier": name, "at": "latest" },
        },
        "target": {
            "accountId": "111122223333", "region": "eu-central-1",
            "roleArn": "arn:aws:iam::111122223333:role/restore-target",
            "kmsKeyId": "alias/restore",
            "rds": { "dbInstanceIdentifier": name },
        },
    })
}

/// Two waves of two databases each, with `change`d settings.
fn plan(change: &[(&str, Value)]) -> Value {
    let mut plan = json!({
        "planId": "orders-dr",
        "waves": [
            { "name": "first", "restores": [database("a"), database("b")] },
            { "name": "second", "restores": [database("c"), database("d")] },
        ],
    });
    for (field, value) in change {
        plan[field] = value.clone();
    }
    plan
}

async fn asked(bucket: &Bucket, request: Value) -> Result<Value, (ErrorName, String)> {
    asked_of(&bucket.objects(), request).await
}

/// What is answered in an execution that began at 03:00.
async fn asked_of(objects: &Objects, mut request: Value) -> Result<Value, (ErrorName, String)> {
    if request["do"] != "schedule" {
        request["startedAt"] = "2026-11-23T03:00:00Z".into();
    }
    let request: Request = serde_json::from_value(request).unwrap();
    let answered = handle(objects, request).await;
    let answered = answered.map_err(|error| (error.name(), error.to_string()))?;
    Ok(serde_json::to_value::<Response>(answered).unwrap())
}

async fn planned(bucket: &Bucket, plan: Value) -> Value {
    let input = json!({ "plan": plan, "recoveryId": "orders" });
    asked(bucket, json!({ "do": "plan", "input": input, "executionName": "run-1" })).await.unwrap()
}

/// Writes what Step Functions would of a Map Run over the items at `key`: of each the ending that
/// `ends` says. The place of its manifest.
fn map_run(bucket: &Bucket, key: &str, results: &str, ends: impl Fn(&Value) -> Ending) -> Value {
    let items: Vec<Value> = bucket.json(key);
    let mut files = json!({});
    for status in ["SUCCEEDED", "FAILED", "PENDING"] {
        let mut children = Vec::new();
        for item in &items {
            let mut child = json!({
                "Status": status,
                "Input": item.to_string(),
                "StartDate": "2026-11-23T03:00:00.000Z",
                "StopDate": "2026-11-23T04:00:00.000Z",
            });
            match (status, ends(item)) {
                ("SUCCEEDED", Ending::Answers(answer)) => {
                    child["Output"] = answer.to_string().into();
                }
                ("FAILED", Ending::Fails(error, cause)) => {
                    child["Error"] = error.into();
                    child["Cause"] = cause.into();
                }
                ("PENDING", Ending::NeverBegins) => {}
                _ => continue,
            }
            children.push(child);
        }
        let name = format!("{results}/{status}_0.json");
        files[status] = json!([]);
        if !children.is_empty() {
            files[status] = json!([{ "Key": name, "Size": 1 }]);
            bucket.put(&name, &Value::from(children));
        }
    }
    let manifest = format!("{results}/manifest.json");
    bucket.put(&manifest, &json!({ "DestinationBucket": "recoveries", "ResultFiles": files }));
    json!({ "key": manifest })
}

enum Ending {
    Answers(Value),
    Fails(&'static str, &'static str),
    NeverBegins,
}

fn name(item: &Value) -> &str {
    item["request"]["target"]["rds"]["dbInstanceIdentifier"].as_str().unwrap()
}

/// Planning in which what `fails` cannot be made, and the others are so large as their names say.
fn preflight(bucket: &Bucket, planned: &Value, fails: &[&str]) -> Value {
    let key = planned["preflight"].as_str().unwrap();
    map_run(bucket, key, planned["preflightResults"].as_str().unwrap(), |item| {
        let name = name(item);
        if fails.contains(&name) {
            return Ending::Fails("Restore.AccessDenied", "as told");
        }
        let gib = u32::from(name.as_bytes()[0]);
        Ending::Answers(json!({ "snapshots": [
            { "sizeGib": gib, "takenAt": "2026-11-23T02:00:00Z" },
        ] }))
    })
}

async fn scheduled(bucket: &Bucket, planned: &Value, fails: &[&str]) -> Value {
    let preflight = preflight(bucket, planned, fails);
    let request = json!({ "do": "schedule", "layout": planned["layout"], "preflight": preflight });
    asked(bucket, request).await.unwrap()
}

/// The wave, run so that what `fails` fails: what became of it.
async fn run(bucket: &Bucket, planned: &Value, wave: &Value, fails: &[&str]) -> Value {
    let mut groups = Vec::new();
    for group in wave["groups"].as_array().unwrap() {
        let key = group["items"].as_str().unwrap();
        groups.push(map_run(bucket, key, &format!("{key}-results"), |item| match name(item) {
            name if fails.contains(&name) => Ending::Fails("Restore.ResourceFailed", "as told"),
            "never" => Ending::NeverBegins,
            _ => Ending::Answers(json!({
                "left": [], "recoveryPoint": "2026-11-23T02:00:00Z",
                "upAt": "2026-11-23T03:30:00Z", "checkedAt": null,
            })),
        }));
    }
    let request = json!({
        "do": "wave", "layout": planned["layout"], "wave": wave["wave"], "groups": groups,
    });
    asked(bucket, request).await.unwrap()
}

async fn outcome(bucket: &Bucket, planned: &Value, waves: &[usize]) -> Value {
    let request = json!({
        "do": "outcome", "layout": planned["layout"], "waves": waves,
    });
    asked(bucket, request).await.unwrap()
}

#[tokio::test]
async fn every_restore_is_planned_first_and_changes_nothing() {
    let bucket = Bucket::default();

    let planned = planned(&bucket, plan(&[])).await;

    assert_eq!((&planned["restores"], &planned["planId"]), (&json!(4), &json!("orders-dr")));
    let items: Vec<Value> = bucket.json(planned["preflight"].as_str().unwrap());
    assert_eq!(items.iter().map(name).collect::<Vec<_>>(), ["a", "b", "c", "d"]);
    assert!(items.iter().all(|item| item["request"]["options"]["dryRun"] == true));
}

#[tokio::test]
async fn what_is_planned_twice_is_laid_out_alike() {
    let bucket = Bucket::default();
    let first = planned(&bucket, plan(&[])).await;
    let before = bucket.all();

    assert_eq!(planned(&bucket, plan(&[])).await, first);
    assert_eq!(bucket.all(), before);
}

#[tokio::test]
async fn a_bad_plan_is_refused_with_every_fault() {
    let mut bad = plan(&[("maxConcurrency", json!(0))]);
    bad["waves"][1]["restores"][0]["source"]["accountId"] = "1111".into();
    let input = json!({ "plan": bad });

    let bucket = Bucket::default();
    let refused = asked(&bucket, json!({ "do": "plan", "input": input, "executionName": "r" }));

    let (name, words) = refused.await.unwrap_err();
    assert_eq!(name, ErrorName::InvalidInput);
    for part in ["maxConcurrency", "waves[1].restores[0].source.accountId"] {
        assert!(words.contains(part), "{words}");
    }
}

#[tokio::test]
async fn a_plan_can_lie_in_s3() {
    let bucket = Bucket::default();
    bucket.put("plans/orders.json", &plan(&[]));
    let at = json!({ "bucket": "recoveries", "key": "plans/orders.json" });
    let input = json!({ "planObject": at });

    let planned = asked(&bucket, json!({ "do": "plan", "input": input, "executionName": "r" }));

    assert_eq!(planned.await.unwrap()["restores"], 4);
}

#[tokio::test]
async fn a_plan_object_that_is_none_is_named_with_what_is_wrong() {
    let bucket = Bucket::default();
    bucket.put_bytes("empty", b"");
    bucket.put_bytes("words", b"no plan");
    bucket.put("faulty", &plan(&[("maxConcurrency", json!(0))]));
    bucket.put("misspelt", &plan(&[("wave", json!([]))]));
    bucket.put_large("large", 300 << 20);
    for (key, words) in [
        ("missing", "planObject: s3://recoveries/missing is not there"),
        ("empty", "planObject: s3://recoveries/empty: plan: is empty"),
        ("words", "planObject: s3://recoveries/words: plan: is not JSON"),
        ("misspelt", "planObject: s3://recoveries/misspelt: wave: unknown field `wave`"),
        ("faulty", "planObject: s3://recoveries/faulty: maxConcurrency: 0 would mean"),
        ("large", "planObject: s3://recoveries/large has 314572800 bytes"),
    ] {
        let input = json!({ "planObject": { "bucket": "recoveries", "key": key } });
        let asked = asked(&bucket, json!({ "do": "plan", "input": input, "executionName": "r" }));
        let (name, told) = asked.await.unwrap_err();
        assert_eq!(name, ErrorName::InvalidInput, "{key}: {told}");
        assert!(told.starts_with(words), "{key}: {told}");
    }
}

#[tokio::test]
async fn the_version_of_a_plan_object_is_named_with_what_is_wrong() {
    let bucket = Bucket::default();
    bucket.put_bytes("empty", b"");
    let at = json!({ "bucket": "recoveries", "key": "empty", "versionId": "3" });
    let request = json!({ "do": "plan", "input": { "planObject": at }, "executionName": "r" });

    let (_, told) = asked(&bucket, request).await.unwrap_err();

    assert_eq!(told, "planObject: s3://recoveries/empty (version 3): plan: is empty");
}

#[tokio::test]
async fn what_s3_refuses_keeps_its_class_and_names_the_object() {
    let planned = planned(&Bucket::default(), plan(&[])).await;
    let at = json!({ "bucket": "plans", "key": "orders.json" });
    let read = json!({ "do": "plan", "input": { "planObject": at }, "executionName": "r" });
    let run = json!({ "key": "results/manifest.json" });
    let schedule = json!({ "do": "schedule", "layout": planned["layout"], "preflight": run });
    let inline = json!({ "do": "plan", "input": { "plan": plan(&[]) }, "executionName": "r" });
    for (code, name) in
        [("SlowDown", ErrorName::Throttled), ("AccessDenied", ErrorName::AccessDenied)]
    {
        for (request, object) in
            [(&read, "orders.json"), (&schedule, "recovery.json"), (&inline, "ledger.json")]
        {
            let refused = asked_of(&bucket::refusing(code), request.clone()).await;
            let (told, words) = refused.unwrap_err();
            assert_eq!(told, name, "{code}: {words}");
            assert!(words.contains(object), "{words}");
        }
    }
}

#[tokio::test]
async fn a_plan_in_another_region_is_refused_with_the_region_that_s3_tells() {
    let at = json!({ "bucket": "plans", "key": "orders.json" });
    let request = json!({ "do": "plan", "input": { "planObject": at }, "executionName": "r" });
    for (told, words) in
        [(Some("eu-west-1"), "in a bucket of Region eu-west-1"), (None, "of another Region")]
    {
        let (name, said) = asked_of(&bucket::redirecting(told), request.clone()).await.unwrap_err();

        assert_eq!(name, ErrorName::InvalidInput);
        assert!(said.starts_with("planObject: s3://plans/orders.json is "), "{said}");
        assert!(said.contains(words), "{said}");
    }
}

#[tokio::test]
async fn a_result_that_is_none_is_told_with_its_object_and_its_place() {
    let input = r#"{\"restoreId\":\"a\",\"path\":\"waves[0].restores[0]\"}"#;
    let good = format!(r#"{{"Status":"SUCCEEDED","Input":"{input}"}}"#);
    for (file, words) in [
        ("[".to_owned(), "is no JSON array, or ends before its end"),
        (format!("[{good},{{}}]"), "[1]: missing field `Status`"),
        (format!("[{good},{}]", good.replace("path", "place")), "[1]: missing field `path`"),
        (format!("[{}]", good.replace("SUCCEEDED\"", r#"SUCCEEDED","Output":"{}""#)), "[0]: "),
    ] {
        let bucket = Bucket::default();
        let planned = planned(&bucket, plan(&[])).await;
        let preflight = preflight(&bucket, &planned, &[]);
        let results = planned["preflightResults"].as_str().unwrap();
        let key = format!("{results}/SUCCEEDED_0.json");
        bucket.put_bytes(&key, file.as_bytes());

        let request =
            json!({ "do": "schedule", "layout": planned["layout"], "preflight": preflight });
        let (name, told) = asked(&bucket, request).await.unwrap_err();

        assert_eq!(name, ErrorName::Unexpected);
        let expected = format!("s3://recoveries/{key} is not as it was written: {words}");
        assert!(told.starts_with(&expected), "{told}");
    }
}

#[tokio::test]
async fn waves_are_run_in_order_the_largest_restore_of_each_first() {
    let bucket = Bucket::default();
    let planned = planned(&bucket, plan(&[])).await;

    let scheduled = scheduled(&bucket, &planned, &[]).await;

    let waves = scheduled["waves"].as_array().unwrap();
    assert_eq!(waves.iter().map(|it| &it["name"]).collect::<Vec<_>>(), ["first", "second"]);
    let items: Vec<Value> = bucket.json(waves[0]["groups"][0]["items"].as_str().unwrap());
    assert_eq!(items.iter().map(name).collect::<Vec<_>>(), ["b", "a"]);
    assert_eq!((&scheduled["obstacles"], &scheduled["refusal"]), (&json!(0), &Value::Null));
}

#[tokio::test]
async fn an_obstacle_that_a_wave_does_not_tolerate_keeps_all_from_beginning() {
    let bucket = Bucket::default();
    let planned = planned(&bucket, plan(&[])).await;

    let scheduled = scheduled(&bucket, &planned, &["d"]).await;

    assert_eq!(scheduled["waves"], json!([]));
    let refusal = &scheduled["refusal"];
    assert_eq!(refusal["error"], "Restore.AccessDenied");
    let cause = refusal["cause"].as_str().unwrap();
    assert!(cause.starts_with("waves[1].restores[1]: Restore.AccessDenied: as told; "), "{cause}");
    let planned = scheduled["planned"].as_str().unwrap();
    assert!(cause.contains(&format!("s3://recoveries/{planned} ")), "{cause}");
    let known: Value = bucket.json(planned);
    let obstacles = known.as_object().unwrap().values().filter(|it| it["obstacle"].is_object());
    assert_eq!(obstacles.map(|it| &it["path"]).collect::<Vec<_>>(), ["waves[1].restores[1]"]);
}

#[tokio::test]
async fn what_planning_could_not_tell_keeps_nothing_from_beginning() {
    let bucket = Bucket::default();
    let planned = planned(&bucket, plan(&[])).await;
    let key = planned["preflight"].as_str().unwrap();
    let results = planned["preflightResults"].as_str().unwrap();
    let preflight = map_run(&bucket, key, results, |item| match name(item) {
        "a" => Ending::Fails("Restore.Throttled", "as told"),
        "b" => Ending::NeverBegins,
        _ => Ending::Answers(json!({ "snapshots": [] })),
    });

    let request = json!({ "do": "schedule", "layout": planned["layout"], "preflight": preflight });
    let scheduled = asked(&bucket, request).await.unwrap();

    assert_eq!((&scheduled["obstacles"], &scheduled["refusal"]), (&json!(0), &Value::Null));
    let items: Vec<Value> =
        bucket.json(scheduled["waves"][0]["groups"][0]["items"].as_str().unwrap());
    assert_eq!(items.iter().map(name).collect::<Vec<_>>(), ["a", "b"]);
}

#[tokio::test]
async fn what_goes_on_whatever_fails_begins_without_what_cannot_be_made() {
    for (field, value) in
        [("onWaveFailure", json!("continue")), ("toleratedFailurePercentage", json!(50))]
    {
        let bucket = Bucket::default();
        let planned = planned(&bucket, plan(&[(field, value)])).await;
        let scheduled = scheduled(&bucket, &planned, &["d"]).await;
        let second = &scheduled["waves"][1];

        let items: Vec<Value> = bucket.json(second["groups"][0]["items"].as_str().unwrap());
        assert_eq!(items.iter().map(name).collect::<Vec<_>>(), ["c"]);
        let accounted = run(&bucket, &planned, second, &[]).await;
        assert_eq!(accounted["summary"]["counts"]["failed"], 1, "{accounted}");
        assert_eq!(accounted["summary"]["counts"]["succeeded"], 1, "{accounted}");
    }
}

#[tokio::test]
async fn a_wave_of_which_more_fail_than_are_tolerated_stops_the_recovery() {
    let bucket = Bucket::default();
    let planned = planned(&bucket, plan(&[])).await;
    let scheduled = scheduled(&bucket, &planned, &[]).await;

    let accounted = run(&bucket, &planned, &scheduled["waves"][0], &["a"]).await;
    assert_eq!(accounted["summary"]["verdict"], json!(Verdict::Stop));

    let reported = outcome(&bucket, &planned, &[0]).await;
    let summary = &reported["summary"];
    assert_eq!(summary["status"], json!(Status::Failed));
    assert_eq!(
        summary["counts"],
        json!({
            "restores": 4, "succeeded": 1, "foundFinished": 0, "failed": 1, "notStarted": 2,
            "skipped": 0,
        })
    );
    let written: Value = bucket.json(reported["key"].as_str().unwrap());
    assert_eq!(written["restores"].as_array().unwrap().len(), 4);
    assert_eq!(written["summary"], *summary);
}
