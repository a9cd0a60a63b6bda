use aws_sdk_rds::error::ErrorMetadata;
use aws_sdk_rds::operation::delete_db_instance::DeleteDbInstanceOutput;
use aws_sdk_rds::operation::describe_db_instances::{
    DescribeDBInstancesError, DescribeDbInstancesOutput,
};
use aws_sdk_rds::operation::restore_db_instance_from_db_snapshot::{
    RestoreDBInstanceFromDBSnapshotError, RestoreDbInstanceFromDbSnapshotOutput,
};
use aws_sdk_rds::types::Endpoint;
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use serde_json::json;

use super::*;
use crate::example::{KEY, SNAPSHOT, db_launch, restore_id, session};

const SOURCE: &str = "arn:aws:rds:eu-west-1:111122223333:snapshot:orders-final";

fn snapshot() -> PathSnapshot {
    PathSnapshot {
        source: SOURCE.to_owned(),
        current: SNAPSHOT.to_owned(),
        kms_key_id: None,
        size_gib: 20,
        taken_at: None,
        shared_with: None,
    }
}

fn db_instance(of: &str, key: &str, status: &str) -> DbInstance {
    DbInstance::builder()
        .db_instance_identifier("orders")
        .kms_key_id(key)
        .db_instance_status(status)
        .tag_list(Tag::builder().key(tag::ID).value(of).build())
        .tag_list(Tag::builder().key(tag::SOURCE).value(SOURCE).build())
        .build()
}

fn of(owner: &'static str) -> DescribeDbInstancesOutput {
    DescribeDbInstancesOutput::builder().db_instances(db_instance(owner, KEY, "creating")).build()
}

fn nothing() -> DescribeDBInstancesError {
    DescribeDBInstancesError::generic(ErrorMetadata::builder().code("DBInstanceNotFound").build())
}

fn restores() -> Rule {
    mock!(Client::restore_db_instance_from_db_snapshot)
        .match_requests(|request| {
            request.db_instance_identifier() == Some("orders")
                && request.db_snapshot_identifier() == Some("orders-copy-snapshot")
        })
        .then_output(|| RestoreDbInstanceFromDbSnapshotOutput::builder().build())
}

fn refused(code: &'static str) -> Rule {
    mock!(Client::restore_db_instance_from_db_snapshot).then_error(move || {
        let error = ErrorMetadata::builder().code(code).message("no").build();
        RestoreDBInstanceFromDBSnapshotError::generic(error)
    })
}

#[test]
fn every_parameter_of_the_request_that_the_call_takes_is_given() {
    let launch = db_launch(&json!({
        "dbInstanceClass": "db.m7g.large",
        "dbSubnetGroupName": "data",
        "vpcSecurityGroupIds": ["sg-0123456789abcdef0"],
        "dbParameterGroupName": "orders-16",
        "optionGroupName": "orders-options",
        "multiAz": true,
        "availabilityZone": "eu-central-1a",
        "storageType": "gp3",
        "iops": 12000,
        "storageThroughput": 500,
        "allocatedStorage": 400,
        "port": 5544,
        "publiclyAccessible": false,
        "enableIamDatabaseAuthentication": true,
        "deletionProtection": true,
        "caCertificateIdentifier": "rds-ca-rsa2048-g1",
        "engineLifecycleSupport": "open-source-rds-extended-support-disabled",
        "backupRetentionPeriod": 14,
        "copyTagsToSnapshot": true,
        "licenseModel": "bring-your-own-license",
        "networkType": "DUAL",
        "enableCloudwatchLogsExports": ["postgresql"],
        "tags": { "team": "orders" },
    }));

    let input = input(&restore_id(), &session(), &launch, &snapshot()).build().unwrap();

    let tag = |key: &str, value: &str| Tag::builder().key(key).value(value).build();
    let expected = RestoreDbInstanceFromDbSnapshotInput::builder()
        .db_instance_identifier("orders")
        .db_snapshot_identifier("orders-copy-snapshot")
        .db_instance_class("db.m7g.large")
        .db_subnet_group_name("data")
        .vpc_security_group_ids("sg-0123456789abcdef0")
        .db_parameter_group_name("orders-16")
        .option_group_name("orders-options")
        .multi_az(true)
        .availability_zone("eu-central-1a")
        .storage_type("gp3")
        .iops(12000)
        .storage_throughput(500)
        .allocated_storage(400)
        .port(5544)
        .publicly_accessible(false)
        .enable_iam_database_authentication(true)
        .ca_certificate_identifier("rds-ca-rsa2048-g1")
        .engine_lifecycle_support("open-source-rds-extended-support-disabled")
        .backup_retention_period(14)
        .copy_tags_to_snapshot(true)
        .license_model("bring-your-own-license")
        .network_type("DUAL")
        .enable_cloudwatch_logs_exports("postgresql")
        .tags(tag("team", "orders"))
        .tags(tag("restore:id", "orders"))
        .tags(tag("restore:step", "create-instance"))
        .tags(tag("restore:source", SOURCE));
    assert_eq!(input, expected.build().unwrap());
    assert!(launch.settings.asks_to_modify(), "protected once it is available");
}

#[test]
fn what_the_request_leaves_out_is_left_to_aws() {
    let launch = db_launch(&json!({}));
    let input = input(&restore_id(), &session(), &launch, &snapshot()).build().unwrap();

    assert_eq!(input.vpc_security_group_ids, None);
    assert_eq!(input.enable_cloudwatch_logs_exports, None);
    assert_eq!((input.multi_az, input.port, input.storage_type), (None, None, None));
}

#[test]
fn an_own_snapshot_goes_by_its_identifier_and_a_shared_one_by_its_arn() {
    let shared = "arn:aws:rds:eu-central-1:111122223333:snapshot:orders";
    let automated = "arn:aws:rds:eu-central-1:444455556666:snapshot:rds:orders-2026-11-23";
    for (given, taken) in [
        (SNAPSHOT, "orders-copy-snapshot"),
        (automated, "rds:orders-2026-11-23"),
        (shared, shared),
        ("rds:orders-2026-11-23", "rds:orders-2026-11-23"),
        ("orders", "orders"),
    ] {
        assert_eq!(reference(&session(), given), taken);
    }
}

#[test]
fn only_what_this_restore_made_under_this_key_is_adopted() {
    let launch = db_launch(&json!({}));
    for (found, expected) in [
        (db_instance("orders", KEY, "creating"), Ok(())),
        (db_instance("orders", KEY, "available"), Ok(())),
        (db_instance("orders", "arn:other", "available"), Err(ErrorName::AlreadyExists)),
        (db_instance("other", KEY, "available"), Err(ErrorName::AlreadyExists)),
        (db_instance("orders", KEY, "deleting"), Err(ErrorName::QuotaExceeded)),
    ] {
        let adopted = adopt(&restore_id(), &launch, &found).map_err(|error| error.name());
        assert_eq!(adopted, expected, "{found:?}");
    }
}

#[tokio::test]
async fn a_db_instance_is_restored_where_there_is_none() {
    let describe = mock!(Client::describe_db_instances).then_error(nothing);
    let restores = restores();
    let rds = mock_client!(aws_sdk_rds, RuleMode::MatchAny, [&describe, &restores]);

    create(&rds, &restore_id(), &session(), &db_launch(&json!({})), &snapshot()).await.unwrap();

    assert_eq!(restores.num_calls(), 1);
}

#[tokio::test]
async fn a_retry_adopts_the_db_instance_that_the_first_attempt_made() {
    let describe = mock!(Client::describe_db_instances).then_output(|| of("orders"));
    let restores = restores();
    let rds = mock_client!(aws_sdk_rds, RuleMode::MatchAny, [&describe, &restores]);

    create(&rds, &restore_id(), &session(), &db_launch(&json!({})), &snapshot()).await.unwrap();

    assert_eq!(restores.num_calls(), 0);
}

/// `db_instance` as one that was made from `source`, as far as its tags tell.
fn made_from(source: Option<&str>, mut db_instance: DbInstance) -> DbInstance {
    let tags = db_instance.tag_list.get_or_insert_default();
    tags.retain(|tag| tag.key() != Some(tag::SOURCE));
    tags.extend(source.map(|source| Tag::builder().key(tag::SOURCE).value(source).build()));
    db_instance
}

fn finished(mut db_instance: DbInstance) -> DbInstance {
    let finished = Tag::builder().key(tag::STEP).value(Made::Finished.name()).build();
    db_instance.tag_list.get_or_insert_default().push(finished);
    db_instance
}

#[tokio::test]
async fn a_db_instance_of_another_snapshot_is_refused_unless_it_is_finished() {
    const OTHER: &str = "arn:aws:rds:eu-west-1:111122223333:snapshot:orders-of-yesterday";
    let there = || db_instance("orders", KEY, "available");
    let broken = || db_instance("orders", KEY, "incompatible-restore");
    for (found, expected) in [
        (made_from(Some(SOURCE), there()), Ok(false)),
        (made_from(Some(OTHER), there()), Err(ErrorName::AlreadyExists)),
        (made_from(None, there()), Err(ErrorName::AlreadyExists)),
        (made_from(Some(OTHER), finished(there())), Ok(true)),
        // One that has failed for good goes, and is made anew from the right one.
        (made_from(Some(OTHER), broken()), Err(ErrorName::QuotaExceeded)),
    ] {
        let described = || DescribeDbInstancesOutput::builder().db_instances(found.clone()).build();
        let once = described();
        let looks = mock!(Client::describe_db_instances).then_output(move || once.clone());
        let late = described();
        let appears = mock!(Client::describe_db_instances)
            .sequence()
            .error(nothing)
            .output(move || late.clone())
            .build();
        let deletes = mock!(Client::delete_db_instance)
            .then_output(|| DeleteDbInstanceOutput::builder().build());
        let exists = refused("DBInstanceAlreadyExists");
        // Found at the look; and, but for a broken one, by a call that comes second.
        for (describe, is_late) in [(looks, false), (appears, true)] {
            if is_late && expected == Err(ErrorName::QuotaExceeded) {
                continue;
            }
            let rules = [&describe, &deletes, &exists];
            let rds = mock_client!(aws_sdk_rds, RuleMode::MatchAny, rules);
            let launch = db_launch(&json!({}));

            let created = create(&rds, &restore_id(), &session(), &launch, &snapshot()).await;

            if let Err(error) = &created
                && error.name() == ErrorName::AlreadyExists
                && found.tag_list().len() > 1
            {
                let told = error.to_string();
                assert!(told.contains(OTHER) && told.contains(SOURCE), "{told}");
                assert!(told.contains("onFailure `cleanUp`"), "{told}");
            }
            assert_eq!(created.map_err(|error| error.name()), expected, "{found:?}");
        }
    }
}

#[tokio::test]
async fn what_an_earlier_run_made_in_vain_is_deleted_and_what_was_ever_reached_is_not() {
    let in_vain = db_instance("orders", KEY, "incompatible-restore");
    let mut reached = in_vain.clone();
    reached.endpoint = Some(Endpoint::builder().address("orders.example").build());
    let full = db_instance("orders", KEY, "storage-full");
    for (found, deletions) in [(in_vain, 1), (reached, 0), (full, 0)] {
        let described = DescribeDbInstancesOutput::builder().db_instances(found.clone()).build();
        let describe = mock!(Client::describe_db_instances).then_output(move || described.clone());
        let deletes = mock!(Client::delete_db_instance)
            .match_requests(|asked| asked.skip_final_snapshot() == Some(true))
            .then_output(|| DeleteDbInstanceOutput::builder().build());
        let restores = restores();
        let rds = mock_client!(aws_sdk_rds, RuleMode::MatchAny, [&describe, &deletes, &restores]);
        let launch = db_launch(&json!({}));

        let created = create(&rds, &restore_id(), &session(), &launch, &snapshot()).await;

        let waits = created.is_err_and(|error| error.name() == ErrorName::QuotaExceeded);
        assert_eq!(waits, deletions == 1, "{found:?}");
        assert_eq!((deletes.num_calls(), restores.num_calls()), (deletions, 0), "{found:?}");
    }
}

#[tokio::test]
async fn a_finished_db_instance_is_known_as_one() {
    let finished = || {
        let tag = |key, value| Tag::builder().key(key).value(value).build();
        let instance = DbInstance::builder()
            .db_instance_identifier("orders")
            .kms_key_id(KEY)
            .tag_list(tag("restore:id", "orders"))
            .tag_list(tag("restore:step", "finished"))
            .build();
        DescribeDbInstancesOutput::builder().db_instances(instance).build()
    };
    for (described, expected) in [(finished as fn() -> _, true), (|| of("orders"), false)] {
        let describe = mock!(Client::describe_db_instances).then_output(described);
        let rds = mock_client!(aws_sdk_rds, RuleMode::MatchAny, [&describe]);

        let launch = db_launch(&json!({}));
        let created = create(&rds, &restore_id(), &session(), &launch, &snapshot()).await;

        assert_eq!(created.unwrap(), expected);
    }
}

#[tokio::test]
async fn somebody_elses_db_instance_is_never_overwritten() {
    let describe = mock!(Client::describe_db_instances).then_output(|| of("other"));
    let restores = restores();
    let rds = mock_client!(aws_sdk_rds, RuleMode::MatchAny, [&describe, &restores]);
    let launch = db_launch(&json!({}));

    let error = create(&rds, &restore_id(), &session(), &launch, &snapshot()).await.unwrap_err();

    assert_eq!((error.name(), restores.num_calls()), (ErrorName::AlreadyExists, 0));
}

#[tokio::test]
async fn a_db_instance_that_appears_between_look_and_call_is_adopted_or_refused() {
    for (owner, expected) in [("orders", Ok(false)), ("other", Err(ErrorName::AlreadyExists))] {
        let describe = mock!(Client::describe_db_instances)
            .sequence()
            .error(nothing)
            .output(move || of(owner))
            .build();
        let exists = refused("DBInstanceAlreadyExists");
        let rds = mock_client!(aws_sdk_rds, RuleMode::MatchAny, [&describe, &exists]);
        let launch = db_launch(&json!({}));

        let created = create(&rds, &restore_id(), &session(), &launch, &snapshot()).await;

        assert_eq!(created.map_err(|error| error.name()), expected, "{owner}");
    }
}

#[tokio::test]
async fn a_refused_restore_names_the_call_the_snapshot_and_the_role() {
    for (code, name) in [
        ("KMSKeyNotAccessibleFault", ErrorName::KeyNotUsable),
        ("InvalidDBSnapshotState", ErrorName::ResourceFailed),
        ("InsufficientDBInstanceCapacity", ErrorName::InsufficientCapacity),
        ("DBSubnetGroupNotFoundFault", ErrorName::InvalidInput),
        ("AccessDenied", ErrorName::AccessDenied),
    ] {
        let describe = mock!(Client::describe_db_instances).then_error(nothing);
        let restores = refused(code);
        let rds = mock_client!(aws_sdk_rds, RuleMode::MatchAny, [&describe, &restores]);
        let launch = db_launch(&json!({}));

        let error =
            create(&rds, &restore_id(), &session(), &launch, &snapshot()).await.unwrap_err();

        let words = error.to_string();
        assert_eq!(error.name(), name);
        assert!(words.starts_with(&format!("rds:RestoreDBInstanceFromDBSnapshot: {code}")));
        assert!(words.contains(SNAPSHOT) && words.contains("role/restore-target"), "{words}");
    }
}
