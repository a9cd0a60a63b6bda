//! In which order restores are begun, and how many at a time.

use serde_json::{Value, json};

use crate::recovery::examples::{db, expanded, plan_of, server};
use crate::recovery::{Recovery, Schedule, Size, Sizes};
use crate::request::examples::{SOURCE_ACCOUNT, SOURCE_REGION, TARGET_ACCOUNT, changed, key_arn};

fn to_region(region: &str) -> Value {
    json!({ "target": { "region": region, "kmsKeyId": key_arn(region, TARGET_ACCOUNT, 1) } })
}

/// Sizes in the order of the plan; those that are nothing are not known.
fn sizes(recovery: &Recovery, sizes: &[Option<(u32, u32)>]) -> Sizes {
    let items = recovery.waves.iter().flat_map(|wave| &wave.restores);
    let known = items.zip(sizes).filter_map(|(item, size)| {
        let (gib, snapshots) = (*size)?;
        Some((item.restore_id.clone(), Size { gib, snapshots }))
    });
    known.collect()
}

#[test]
fn restores_are_together_that_draw_on_one_quota() {
    let mut at_home = server(5);
    at_home["source"]["roleArn"] = Value::Null;
    at_home["target"] = json!({
        "accountId": SOURCE_ACCOUNT,
        "roleArn": format!("arn:aws:iam::{SOURCE_ACCOUNT}:role/restore-target"),
        "region": SOURCE_REGION,
        "kmsKeyId": key_arn(SOURCE_REGION, SOURCE_ACCOUNT, 1),
    });
    let plan = plan_of(&json!([
        server(1),
        db("orders"),
        changed(server(2), &to_region("us-east-1")),
        server(3),
        changed(server(4), &to_region(SOURCE_REGION)),
        at_home,
    ]));

    let schedule = Schedule::of(expanded(&plan), &Sizes::new());

    let groups: Vec<(&str, &str, String, bool, usize)> = schedule.waves[0]
        .groups
        .iter()
        .map(|it| {
            let service = serde_json::to_value(it.service).unwrap();
            let service = service.as_str().unwrap().to_owned();
            (it.account_id.as_str(), it.region.as_str(), service, it.copied, it.items.len())
        })
        .collect();
    let group = |account, region, service: &str, copied, restores| {
        (account, region, service.to_owned(), copied, restores)
    };
    assert_eq!(
        groups,
        [
            group(SOURCE_ACCOUNT, SOURCE_REGION, "ec2", false, 1),
            group(TARGET_ACCOUNT, "eu-central-1", "ec2", true, 2),
            group(TARGET_ACCOUNT, "eu-central-1", "rds", true, 1),
            group(TARGET_ACCOUNT, SOURCE_REGION, "ec2", false, 1),
            group(TARGET_ACCOUNT, "us-east-1", "ec2", true, 1),
        ]
    );
}

#[test]
fn the_largest_is_begun_first_and_before_it_what_may_be_larger_still() {
    let recovery =
        expanded(&plan_of(&json!([server(1), server(2), server(3), server(4), server(5)])));
    let sizes = sizes(&recovery, &[Some((8, 1)), None, Some((500, 2)), Some((8, 1)), None]);

    let schedule = Schedule::of(recovery, &sizes);

    let begun: Vec<(&str, Option<u32>)> = schedule.waves[0].groups[0]
        .items
        .iter()
        .map(|item| (item.path.as_str(), item.size_gib))
        .collect();
    assert_eq!(
        begun,
        [
            ("waves[0].restores[1]", None),
            ("waves[0].restores[4]", None),
            ("waves[0].restores[2]", Some(500)),
            ("waves[0].restores[0]", Some(8)),
            ("waves[0].restores[3]", Some(8)),
        ]
    );
}

#[test]
fn no_more_run_at_a_time_than_asked_for_and_than_aws_copies() {
    for (asked, snapshots, expected) in [
        (5, None, 5),
        (100, None, 20),
        (100, Some(1), 20),
        (100, Some(2), 10),
        (5, Some(2), 5),
        (100, Some(30), 1),
    ] {
        let servers: Vec<Value> = (1..=30).map(server).collect();
        let recovery =
            expanded(&changed(plan_of(&json!(servers)), &json!({ "maxConcurrency": asked })));
        let sizes = sizes(&recovery, &[snapshots.map(|snapshots| (8, snapshots)); 30]);

        let schedule = Schedule::of(recovery, &sizes);

        assert_eq!(running(&schedule), [(true, expected, 30)], "{asked} {snapshots:?}");
    }
}

#[test]
fn those_of_many_copies_leave_room_to_the_others_and_each_is_begun_by_size() {
    let servers: Vec<Value> = (1..=50).map(server).collect();
    let plan = plan_of(&json!(servers));
    let recovery = expanded(&changed(plan, &json!({ "maxConcurrency": 100 })));
    let size = |index: u32| Some((index, if index.is_multiple_of(10) { 10 } else { 1 }));
    let sizes = sizes(&recovery, &(0..50).map(size).collect::<Vec<_>>());

    let schedule = Schedule::of(recovery, &sizes);

    assert_eq!(running(&schedule), [(true, 10, 45), (true, 1, 5)]);
    let begun = |group: usize| -> Vec<Option<u32>> {
        schedule.waves[0].groups[group].items.iter().map(|item| item.size_gib).collect()
    };
    assert_eq!(begun(0)[..3], [Some(49), Some(48), Some(47)]);
    assert_eq!(begun(1), [Some(40), Some(30), Some(20), Some(10), Some(0)]);
}

#[test]
fn listed_volumes_are_as_many_copies_and_what_is_not_copied_has_no_quota() {
    let volume = |server: u32, number: u32| {
        json!({
            "snapshotId": format!("snap-{:08x}", server * 16 + number), "root": number == 0,
            "deviceName": format!("/dev/sd{}", ["a", "f", "g", "h", "i"][number as usize]),
        })
    };
    let restore = |server: u32| {
        let volumes: Vec<Value> = (0..5).map(|number| volume(server, number)).collect();
        json!({ "source": { "ec2": { "volumes": volumes } } })
    };
    let near = |server: u32| changed(restore(server), &to_region(SOURCE_REGION));
    let restores: Vec<Value> = (0..6).map(restore).chain((0..6).map(near)).collect();
    let plan = plan_of(&json!(restores));
    let recovery = expanded(&changed(plan, &json!({ "maxConcurrency": 100 })));

    let schedule = Schedule::of(recovery, &Sizes::new());

    assert_eq!(running(&schedule), [(true, 4, 6), (false, 100, 6)]);
}

/// Of each group of the first wave whether it is copied, how many run at a time and how many there
/// are.
fn running(schedule: &Schedule) -> Vec<(bool, u32, usize)> {
    let groups = schedule.waves[0].groups.iter();
    groups.map(|group| (group.copied, group.concurrency, group.items.len())).collect()
}
