//! What DB snapshot is chosen, against a mocked RDS.

use aws_sdk_rds::Client;
use aws_sdk_rds::error::ErrorMetadata;
use aws_sdk_rds::operation::describe_db_instances::{
    DescribeDBInstancesError, DescribeDbInstancesOutput,
};
use aws_sdk_rds::operation::describe_db_snapshots::{
    DescribeDBSnapshotsError, DescribeDbSnapshotsOutput,
};
use aws_sdk_rds::primitives::DateTime;
use aws_sdk_rds::types::Tag;
use aws_sdk_rds::types::builders::DbSnapshotBuilder;
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use restore::plan::Obstacle;

use super::*;
use crate::accounts::tests::clients;

const OWN: &str = "db-OWN";
const OTHER: &str = "db-OTHER";
const THERE: Lives<'_> = Lives::As(OWN);
const GONE: Lives<'_> = Lives::NoMore { made: None };

/// An available snapshot that was taken at that second.
fn taken(id: &str, seconds: i64) -> DbSnapshotBuilder {
    DbSnapshot::builder()
        .db_snapshot_identifier(id)
        .dbi_resource_id(OWN)
        .status("available")
        .snapshot_create_time(DateTime::from_secs(seconds))
        .original_snapshot_create_time(DateTime::from_secs(seconds))
}

/// A copy that was made at one second of a snapshot that was taken at another.
fn copied(id: &str, made: i64, taken_at: i64) -> DbSnapshotBuilder {
    taken(id, taken_at).snapshot_create_time(DateTime::from_secs(made))
}

/// A copy of a snapshot of another Region.
fn from_afar(id: &str, seconds: i64) -> DbSnapshotBuilder {
    let source = format!("arn:aws:rds:us-east-1:111122223333:snapshot:{id}");
    taken(id, seconds).source_db_snapshot_identifier(source)
}

fn tagged(snapshot: DbSnapshotBuilder, restore_id: &str) -> DbSnapshotBuilder {
    snapshot.tag_list(Tag::builder().key(tag::ID).value(restore_id).build())
}

fn instant(seconds: i64) -> At {
    At::Instant(Timestamp::from_second(seconds).unwrap())
}

/// The identifier of the one that is chosen, or what is wrong.
fn chosen(
    lives: Lives<'_>,
    at: At,
    snapshots: impl IntoIterator<Item = DbSnapshotBuilder>,
) -> Result<String, String> {
    chosen_to_share(false, lives, at, snapshots)
}

fn chosen_to_share(
    shared_as_it_is: bool,
    lives: Lives<'_>,
    at: At,
    snapshots: impl IntoIterator<Item = DbSnapshotBuilder>,
) -> Result<String, String> {
    let wanted = Wanted {
        identifier: "orders",
        session: &clients().session,
        lives,
        at,
        shared_as_it_is,
        restore_id: &RestoreId::try_from("orders-1").unwrap(),
    };
    let all = snapshots.into_iter().map(DbSnapshotBuilder::build).collect();
    wanted.choose(all).map(|it| it.db_snapshot_identifier().unwrap().to_owned())
}

#[track_caller]
fn refused(found: Result<String, String>, words: &[&str]) {
    let problem = found.unwrap_err();
    for word in words {
        assert!(problem.contains(word), "{problem}");
    }
}

#[test]
fn the_newest_snapshot_at_or_before_an_instant_is_taken() {
    let all = || {
        [
            taken("old", 100),
            taken("wanted", 200),
            taken("unfinished", 250).status("creating"),
            taken("new", 300),
        ]
    };

    for (at, expected) in [(At::Latest, "new"), (instant(299), "wanted"), (instant(200), "wanted")]
    {
        assert_eq!(chosen(THERE, at, all()).as_deref(), Ok(expected), "{at}");
    }
    let words = ["no available snapshot of DB instance orders (db-OWN) at", "111122223333"];
    refused(chosen(THERE, instant(99), all()), &words);
}

#[test]
fn a_copy_counts_by_when_its_original_was_taken() {
    let all = || [taken("old", 100), copied("kept", 400, 100), taken("new", 300)];

    assert_eq!(chosen(THERE, At::Latest, all()).as_deref(), Ok("new"));
    // It was made later, of data that is old enough.
    let copy = || [copied("kept", 400, 100)];
    assert_eq!(chosen(THERE, instant(150), copy()).as_deref(), Ok("kept"));
}

#[test]
fn a_snapshot_that_tells_no_instant_of_its_data_counts_by_its_own() {
    let of = |id: &str, seconds| {
        let made = DateTime::from_secs(seconds);
        DbSnapshot::builder()
            .db_snapshot_identifier(id)
            .status("available")
            .snapshot_create_time(made)
    };

    let all = [of("new", 200).dbi_resource_id(OWN), of("old", 100).dbi_resource_id(OWN)];
    assert_eq!(chosen(THERE, At::Latest, all).as_deref(), Ok("new"));
}

#[test]
fn of_the_same_data_the_original_is_taken_and_not_a_copy() {
    for all in [
        [copied("later", 300, 100), taken("original", 100), copied("copy", 200, 100)],
        [taken("original", 100), copied("copy", 200, 100), copied("later", 300, 100)],
    ] {
        assert_eq!(chosen(THERE, At::Latest, all).as_deref(), Ok("original"));
    }
}

#[test]
fn where_an_original_cannot_be_shared_a_copy_of_the_same_data_is_taken() {
    let original = || taken("rds:original", 200).snapshot_type("automated");
    let copy = || copied("copy", 300, 200).snapshot_type("manual");
    let to_share = |all: Vec<DbSnapshotBuilder>| chosen_to_share(true, THERE, At::Latest, all);

    assert_eq!(to_share(vec![original(), copy()]).as_deref(), Ok("copy"));
    assert_eq!(chosen(THERE, At::Latest, [original(), copy()]).as_deref(), Ok("rds:original"));
    // Of older data there is none that would do instead, nor is one that another restore has made.
    let older = copied("older", 300, 100).snapshot_type("manual");
    let foreign = tagged(copy(), "orders-2");
    assert_eq!(to_share(vec![original(), older, foreign]).as_deref(), Ok("rds:original"));
    // Of those that can be shared it is the original, too.
    let manual = taken("manual", 200).snapshot_type("manual");
    assert_eq!(to_share(vec![copy(), manual]).as_deref(), Ok("manual"));
}

#[test]
fn what_this_restore_has_copied_is_not_its_source() {
    let all =
        |restore_id: &str| [taken("original", 100), tagged(copied("staged", 300, 200), restore_id)];

    assert_eq!(chosen(THERE, At::Latest, all("orders-1")).as_deref(), Ok("original"));
    assert_eq!(chosen(THERE, At::Latest, all("orders-2")).as_deref(), Ok("staged"));
}

#[test]
fn of_another_db_instance_of_that_name_nothing_is_taken() {
    let all = || [taken("own", 100), from_afar("other", 200).dbi_resource_id(OTHER)];

    assert_eq!(chosen(THERE, At::Latest, all()).as_deref(), Ok("own"));
    // One that had the name before, and that only has snapshots as old as that.
    let found = chosen(Lives::As("db-NEW"), At::Latest, all());
    let names = ["own (db-OWN, of ", "other (db-OTHER, of ", "source.rds.dbSnapshotIdentifier"];
    refused(found, &names);
}

#[test]
fn a_copy_that_came_back_is_of_its_db_instance() {
    let back = || [from_afar("back", 200)];

    assert_eq!(chosen(THERE, At::Latest, back()).as_deref(), Ok("back"));
    let all = [taken("own", 100), from_afar("other", 300).dbi_resource_id(OTHER)];
    let found = chosen(GONE, At::Latest, all.into_iter().chain(back()));
    assert_eq!(found.as_deref(), Ok("back"));
}

#[test]
fn of_one_that_is_gone_those_count_that_were_taken_where_it_was() {
    let copy = || from_afar("other", 200).dbi_resource_id(OTHER);

    let found = chosen(GONE, At::Latest, [taken("own", 100), copy()]);
    assert_eq!(found.as_deref(), Ok("own"));
    let found = chosen(GONE, instant(250), [taken("own", 300), copy()]);
    refused(found, &["no available snapshot", "other (db-OTHER, of "]);
    // What lived elsewhere alone is known by its copies.
    assert_eq!(chosen(GONE, At::Latest, [copy()]).as_deref(), Ok("other"));
}

#[test]
fn several_that_are_gone_are_told_and_none_is_taken() {
    let all = || [taken("first", 100), taken("second", 200).dbi_resource_id(OTHER)];

    let words = ["orders is not there", "first (db-OWN, of ", "second (db-OTHER, of ", "2 DB"];
    refused(chosen(GONE, At::Latest, all()), &words);
    // Before the second one there was one alone.
    assert_eq!(chosen(GONE, instant(150), all()).as_deref(), Ok("first"));
}

#[test]
fn of_what_this_restore_has_made_in_its_place_nothing_is_taken() {
    let all = || [taken("own", 100), taken("rds:made", 200).dbi_resource_id(OTHER)];

    let made = Lives::NoMore { made: Some(OTHER) };
    assert_eq!(chosen(made, At::Latest, all()).as_deref(), Ok("own"));
}

#[test]
fn an_automated_snapshot_is_looked_for_as_one() {
    let arn = "arn:aws:rds:eu-west-1:111122223333:snapshot:rds:orders-2026-11-23";
    for (identifier, expected) in [
        ("orders-final", None),
        ("rds:orders-2026-11-23", Some("automated")),
        (arn, Some("automated")),
        ("awsbackup:job-1", Some("awsbackup")),
    ] {
        assert_eq!(snapshot_type(identifier), expected, "{identifier}");
    }
}

/// The snapshots of each listing, by its type.
fn listed(snapshot_type: Option<&'static str>, snapshots: &[DbSnapshotBuilder]) -> Rule {
    let found: Vec<DbSnapshot> = snapshots.iter().cloned().map(DbSnapshotBuilder::build).collect();
    mock!(Client::describe_db_snapshots)
        .match_requests(move |asked| {
            (asked.db_instance_identifier(), asked.snapshot_type())
                == (Some("orders"), snapshot_type)
        })
        .then_output(move || {
            DescribeDbSnapshotsOutput::builder().set_db_snapshots(Some(found.clone())).build()
        })
}

fn there(instance: DbInstance) -> Rule {
    mock!(Client::describe_db_instances)
        .match_requests(|asked| asked.db_instance_identifier() == Some("orders"))
        .then_output(move || {
            DescribeDbInstancesOutput::builder().db_instances(instance.clone()).build()
        })
}

fn refusing(code: &'static str) -> Rule {
    mock!(Client::describe_db_instances).then_error(move || {
        DescribeDBInstancesError::generic(ErrorMetadata::builder().code(code).build())
    })
}

/// What is found by the DB instance, with the obstacles and how many reads were denied.
async fn found(rules: &[&Rule]) -> (Option<String>, Vec<Obstacle>, usize) {
    let rds = mock_client!(aws_sdk_rds, RuleMode::MatchAny, rules.iter().copied());
    let source = Clients { rds, ..clients() };
    let request = Request::read(&serde_json::json!({
        "source": {
            "accountId": "111122223333", "region": "eu-west-1",
            "rds": { "dbInstanceIdentifier": "Orders", "at": "latest" },
        },
        "target": {
            "accountId": "111122223333", "region": "eu-west-1",
            "roleArn": "arn:aws:iam::111122223333:role/restore-target",
            "kmsKeyId": "alias/orders", "rds": { "dbInstanceIdentifier": "orders-2" },
        },
    }))
    .unwrap();
    let asked = request.source.rds.as_ref().unwrap();
    let restore_id = RestoreId::try_from("orders-1").unwrap();
    let mut obstacles = Obstacles::default();
    let found = find(&source, &mut obstacles, &request, asked, &restore_id).await.unwrap();
    let found = found.map(|(path, snapshot)| {
        assert_eq!(path, "source.rds.dbInstanceIdentifier");
        snapshot.db_snapshot_identifier().unwrap().to_owned()
    });
    let (obstacles, denied) = obstacles.into_parts();
    (found, obstacles, denied.len())
}

#[tokio::test]
async fn what_aws_backup_has_taken_is_found_beside_all_else() {
    let own = there(DbInstance::builder().dbi_resource_id(OWN).build());
    let all = listed(None, &[taken("manual", 100), taken("rds:orders", 200)]);
    let backups = listed(Some("awsbackup"), &[taken("awsbackup:job-1", 300)]);

    assert_eq!(
        found(&[&own, &all, &backups]).await,
        (Some("awsbackup:job-1".to_owned()), vec![], 0)
    );
}

#[tokio::test]
async fn a_db_instance_that_is_gone_is_found_by_its_snapshots() {
    let gone = refusing("DBInstanceNotFound");
    let (all, backups) = (listed(None, &[taken("final", 100)]), listed(Some("awsbackup"), &[]));

    assert_eq!(found(&[&gone, &all, &backups]).await, (Some("final".to_owned()), vec![], 0));
}

#[tokio::test]
async fn what_a_restore_has_made_is_not_the_db_instance_that_it_restores() {
    let tag = |restore_id: &str| Tag::builder().key(tag::ID).value(restore_id).build();
    let all = listed(None, &[taken("own", 100), taken("rds:made", 200).dbi_resource_id(OTHER)]);
    let backups = listed(Some("awsbackup"), &[]);
    for (restore_id, expected) in [("orders-1", "own"), ("orders-2", "rds:made")] {
        let made = DbInstance::builder().dbi_resource_id(OTHER).tag_list(tag(restore_id));
        let made = there(made.build());

        let (chosen, obstacles, _) = found(&[&made, &all, &backups]).await;

        assert_eq!((chosen.as_deref(), obstacles), (Some(expected), vec![]), "{restore_id}");
    }
}

#[tokio::test]
async fn a_member_of_a_db_cluster_is_refused_by_the_name_of_that() {
    let member = DbInstance::builder().dbi_resource_id(OWN).db_cluster_identifier("aurora");
    let rules = [there(member.build()), listed(None, &[]), listed(Some("awsbackup"), &[])];

    let (none, obstacles, _) = found(&rules.each_ref()).await;

    assert_eq!(none, None);
    let [only] = &obstacles[..] else { panic!("{obstacles:?}") };
    for words in ["source.rds.dbInstanceIdentifier: ", "DB cluster aurora", "not supported yet"] {
        assert!(only.message.contains(words), "{}", only.message);
    }
}

#[tokio::test]
async fn every_read_that_is_denied_is_told_and_nothing_is_chosen() {
    let denied = refusing("AccessDenied");
    let snapshots = mock!(Client::describe_db_snapshots).then_error(|| {
        DescribeDBSnapshotsError::generic(ErrorMetadata::builder().code("AccessDenied").build())
    });

    assert_eq!(found(&[&denied, &snapshots]).await, (None, vec![], 2));
}
