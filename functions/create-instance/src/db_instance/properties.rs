//! Any DB instance, brought back twice, is made and changed by the first run alone, whatever was
//! there before.

use aws_sdk_rds::types::{Endpoint, MasterUserSecret};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::*;
use crate::example::{KEY, SNAPSHOT, db_launch, restore_id, session};
use crate::model::{Rds, Shared, World, wait_for};
use crate::modify::{Elapsed, Modified, modify};

const OTHER_KEY: &str =
    "arn:aws:kms:eu-central-1:444455556666:key/00000000-0000-0000-0000-000000000000";
const OTHER_SNAPSHOT: &str = "arn:aws:rds:eu-central-1:444455556666:snapshot:orders-of-yesterday";
const ROLES: [&str; 2] =
    ["arn:aws:iam::444455556666:role/monitoring", "arn:aws:iam::444455556666:role/watching"];
const WINDOWS: [&str; 3] = ["mon:01:00-mon:01:30", "Sun:03:00-Sun:04:00", "sun:03:00-sun:04:00"];

/// What a request may ask for that only a modification brings, and the size.
fn settings() -> impl Strategy<Value = Value> {
    let monitored = (select(vec![15, 60]), select(&ROLES[..])).prop_map(
        |(interval, role)| json!({ "monitoringInterval": interval, "monitoringRoleArn": role }),
    );
    let field = |name: &'static str, values: Vec<Value>| {
        select(values).prop_map(move |value| json!({ name: value }))
    };
    let all = vec![
        field("allocatedStorage", vec![json!(200)]).boxed(),
        field("deletionProtection", vec![json!(true), json!(false)]).boxed(),
        field("maxAllocatedStorage", vec![json!(100), json!(200), json!(1000)]).boxed(),
        prop_oneof![Just(json!({ "monitoringInterval": 0 })), monitored].boxed(),
        field("enablePerformanceInsights", vec![json!(true), json!(false)]).boxed(),
        field("preferredMaintenanceWindow", WINDOWS.map(Value::from).to_vec()).boxed(),
        field("manageMasterUserPassword", vec![json!(true), json!(false)]).boxed(),
    ];
    all.into_iter().map(option::of).collect::<Vec<_>>().prop_map(|fields| {
        let fields = fields.into_iter().flatten();
        fields.flat_map(|it| it.as_object().unwrap().clone()).collect()
    })
}

prop_compose! {
    /// A DB instance of the identifier: of this restore or not, usable or not, set up anyhow.
    fn left()(
        whose in select(vec!["orders", "orders", "orders", "billing"]),
        made in select(vec![Made::Instance, Made::Instance, Made::Finished]),
        key in select(vec![KEY, KEY, KEY, OTHER_KEY]),
        source in select(vec![SNAPSHOT, SNAPSHOT, SNAPSHOT, OTHER_SNAPSHOT]),
        status in status(),
        is_reached in any::<bool>(),
        size in select(vec![20, 100]),
        limit in option::of(select(vec![200, 1000])),
        monitored in option::of((select(vec![15, 60]), select(&ROLES[..]))),
        has_insights in option::of(any::<bool>()),
        is_protected in option::of(any::<bool>()),
        window in select(vec![WINDOWS[0], WINDOWS[2]]),
        has_secret in any::<bool>(),
    ) -> DbInstance {
        let tag = |key: &str, value: &str| Tag::builder().key(key).value(value).build();
        let (interval, role) = monitored.unzip();
        DbInstance::builder()
            .db_instance_identifier("orders")
            .tag_list(tag(tag::ID, whose))
            .tag_list(tag(tag::STEP, made.name()))
            .tag_list(tag(tag::SOURCE, source))
            .kms_key_id(key)
            .db_instance_status(status)
            .set_endpoint(is_reached.then(|| Endpoint::builder().address("orders.example").build()))
            .allocated_storage(size)
            .set_max_allocated_storage(limit)
            .set_monitoring_interval(interval)
            .set_monitoring_role_arn(role.map(str::to_owned))
            .set_performance_insights_enabled(has_insights)
            .set_deletion_protection(is_protected)
            .preferred_maintenance_window(window)
            .set_master_user_secret(has_secret.then(|| MasterUserSecret::builder().build()))
            .build()
    }
}

/// A state word of AWS, or one that no API model has.
fn status() -> impl Strategy<Value = String> {
    let known = [
        "available",
        "backing-up",
        "creating",
        "deleting",
        "failed",
        "incompatible-restore",
        "modifying",
        "restore-error",
        "stopped",
        "storage-full",
    ];
    prop_oneof![9 => select(known.map(str::to_owned).to_vec()), 1 => "[a-z]{3,8}"]
}

/// The DB instance, made and as asked for: whether an earlier run had finished it.
async fn run(rds: &Shared<Rds>, launch: &DbLaunch) -> Result<bool, String> {
    let (client, restore_id, session) = (rds.client(), restore_id(), session());
    let snapshot = PathSnapshot {
        source: SNAPSHOT.to_owned(),
        current: SNAPSHOT.to_owned(),
        kms_key_id: None,
        size_gib: 100,
        taken_at: None,
        shared_with: None,
    };
    let create = async || Box::pin(create(&client, &restore_id, &session, launch, &snapshot)).await;
    let is_finished = rds.done(create).await?;
    if !is_finished && rds.now().status() != "available" {
        return Err("nobody goes on with what does not become available".to_owned());
    }
    let mut since_asked = None;
    for _ in 0..5 {
        let elapsed = Elapsed { seconds: 0, since_asked };
        let modify =
            async || Box::pin(modify(&client, &restore_id, &session, launch, elapsed)).await;
        match rds.done(modify).await? {
            Modified::Done => return Ok(is_finished),
            Modified::Pending { asked: true, .. } => since_asked = Some(0),
            Modified::Pending { .. } => {}
        }
    }
    Err("what was asked for never comes".to_owned())
}

proptest! {
    #[test]
    fn a_second_run_of_any_db_instance_makes_and_changes_nothing(
        asked in settings(),
        there in option::of(left()),
    ) {
        let launch = db_launch(&asked);
        let rds = Shared::new(Rds::holding(there));

        let first = wait_for(run(&rds, &launch));
        let after = rds.now();
        // What was in the way may have gone by itself: then there is more to do than before.
        prop_assume!(first.is_ok() || after.status() != "");
        let second = wait_for(run(&rds, &launch));

        prop_assert_eq!(rds.now(), after);
        prop_assert_eq!(second, first);
    }

    #[test]
    fn a_run_after_one_that_has_succeeded_leaves_the_db_instance_as_its_owner_has_it(
        asked in settings(),
        there in left(),
    ) {
        let launch = db_launch(&asked);
        let tags = tag::all(&restore_id(), Made::Finished, SNAPSHOT);
        let tags = tags.map(|(key, value)| Tag::builder().key(key).value(value).build());
        let mut there = there;
        there.tag_list = Some(tags.into());
        there.kms_key_id = Some(KEY.to_owned());
        prop_assume!(there.db_instance_status() != Some("deleting"));
        let rds = Shared::new(Rds::holding(Some(there)));
        rds.with(World::time_passes);
        let before = rds.now();

        let answer = wait_for(run(&rds, &launch));

        prop_assert_eq!(rds.now(), before);
        prop_assert_eq!(answer, Ok(true));
    }
}
