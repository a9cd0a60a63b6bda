//! Restores that have room each, and not beside each other.

use super::*;

/// One DB instance of so many that there are `free`.
fn one_of(free: u64) -> Value {
    json!([{
        "accountId": "111122223333", "region": "eu-central-1", "quota": "DBInstances",
        "needed": 1, "free": free,
    }])
}

/// What is scheduled once planning has told of each restore the room that it needs; `null` of one
/// that cannot be made.
async fn scheduled(bucket: &Bucket, planned: &Value, room: impl Fn(&str) -> Value) -> Value {
    let key = planned["preflight"].as_str().unwrap();
    let results = planned["preflightResults"].as_str().unwrap();
    let preflight = map_run(bucket, key, results, |item| match room(name(item)) {
        Value::Null => Ending::Fails("Restore.AccessDenied", "the role may not"),
        room => Ending::Answers(json!({ "snapshots": [], "room": room })),
    });
    let request = json!({ "do": "schedule", "layout": planned["layout"], "preflight": preflight });
    asked(bucket, request).await.unwrap()
}

fn restores(bucket: &Bucket, wave: &Value) -> Vec<String> {
    let items: Vec<Value> = bucket.json(wave["groups"][0]["items"].as_str().unwrap());
    items.iter().map(|item| name(item).to_owned()).collect()
}

#[tokio::test]
async fn a_restore_that_those_before_it_leave_no_room_keeps_all_from_beginning() {
    for dry_run in [false, true] {
        let bucket = Bucket::default();
        let options = json!({ "dryRun": dry_run });
        let planned = planned(&bucket, plan(&[("options", options)])).await;

        let scheduled = scheduled(&bucket, &planned, |_| one_of(3)).await;

        assert_eq!((&scheduled["waves"], &scheduled["obstacles"]), (&json!([]), &json!(1)));
        let refusal = &scheduled["refusal"];
        assert_eq!(refusal["error"], "Restore.LimitReached");
        let cause = refusal["cause"].as_str().unwrap();
        let expected = "waves[1].restores[1]: Restore.LimitReached: the plan needs 4 DB instances \
                        in account 111122223333 and Region eu-central-1, quota DBInstances leaves \
                        3, the restores before this one take 3";
        assert!(cause.starts_with(expected), "{cause}");
        let known: Value = bucket.json(scheduled["planned"].as_str().unwrap());
        let obstacles = known.as_object().unwrap().values().filter(|it| it["obstacle"].is_object());
        let told: Vec<_> = obstacles.map(|it| (&it["path"], &it["obstacle"]["error"])).collect();
        assert_eq!(told, [(&json!("waves[1].restores[1]"), &json!("Restore.LimitReached"))]);
    }
}

#[tokio::test]
async fn what_has_room_is_begun_where_the_rest_is_tolerated_and_the_rest_is_accounted_for() {
    let bucket = Bucket::default();
    let tolerant = [("toleratedFailurePercentage", json!(50))];
    let planned = planned(&bucket, plan(&tolerant)).await;

    let scheduled = scheduled(&bucket, &planned, |_| one_of(3)).await;

    let waves = scheduled["waves"].as_array().unwrap();
    assert_eq!(restores(&bucket, &waves[0]), ["a", "b"]);
    assert_eq!(restores(&bucket, &waves[1]), ["c"]);
    let accounted = run(&bucket, &planned, &waves[1], &[]).await;
    assert_eq!(accounted["summary"]["counts"]["failed"], 1, "{accounted}");
    assert_eq!(accounted["summary"]["counts"]["succeeded"], 1, "{accounted}");
}

#[tokio::test]
async fn a_restore_that_cannot_be_made_leaves_its_room_to_those_after_it() {
    let bucket = Bucket::default();
    let going_on = [("onWaveFailure", json!("continue"))];
    let planned = planned(&bucket, plan(&going_on)).await;

    let room = |name: &str| if name == "b" { Value::Null } else { one_of(2) };
    let scheduled = scheduled(&bucket, &planned, room).await;

    let waves = scheduled["waves"].as_array().unwrap();
    assert_eq!(restores(&bucket, &waves[0]), ["a"]);
    assert_eq!(restores(&bucket, &waves[1]), ["c"]);
    assert_eq!(scheduled["obstacles"], 2);
}

#[tokio::test]
async fn the_restores_of_a_drill_are_not_there_all_at_once() {
    let bucket = Bucket::default();
    let network = json!({ "dbSubnetGroupName": "drills", "vpcSecurityGroupIds": ["sg-0e0e0e0e"] });
    let defaults = json!({ "drill": { "network": network } });
    let drill = [("mode", json!("drill")), ("defaults", defaults)];
    let planned = planned(&bucket, plan(&drill)).await;

    let scheduled = scheduled(&bucket, &planned, |_| one_of(1)).await;

    assert_eq!((&scheduled["obstacles"], &scheduled["refusal"]), (&json!(0), &Value::Null));
    let waves = scheduled["waves"].as_array().unwrap();
    assert_eq!(restores(&bucket, &waves[1]), ["c", "d"]);
}
