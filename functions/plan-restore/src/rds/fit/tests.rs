//! What a DB instance is refused for.

use aws_sdk_rds::Client;
use aws_sdk_rds::operation::describe_db_engine_versions::DescribeDbEngineVersionsOutput;
use aws_sdk_rds::types::AvailabilityZone;
use aws_smithy_mocks::{RuleMode, mock, mock_client};
use serde_json::{Value, json};

use super::*;
use crate::accounts::tests::clients;

fn snapshot() -> DbSnapshot {
    DbSnapshot::builder().engine("postgres").engine_version("16.4").build()
}

fn asked(more: &Value) -> RdsTarget {
    let mut whole = json!({ "dbInstanceIdentifier": "orders" });
    whole.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    serde_json::from_value(whole).unwrap()
}

fn orderable_in(zone: &str) -> OrderableDbInstanceOption {
    OrderableDbInstanceOption::builder()
        .availability_zones(AvailabilityZone::builder().name(zone).build())
        .storage_type("gp3")
        .multi_az_capable(false)
        .build()
}

/// What is told of the places that `more` asks for, where RDS takes `class` if it names none.
fn misfits(more: &Value, class: Option<&str>, orderable: &Orderable) -> Vec<String> {
    let places = places::all(&asked(more), class);
    let told = places.iter().filter_map(|place| not_orderable(&snapshot(), place, orderable));
    told.map(|obstacle| obstacle.message).collect()
}

#[test]
fn a_class_is_orderable_with_all_that_is_asked_of_it_together() {
    let class = "db.m7g.large";
    let orderable = Orderable::from([(class.to_owned(), vec![orderable_in("eu-west-1a")])]);
    for (more, expected) in [
        (json!({}), None),
        (json!({ "availabilityZone": "eu-west-1a", "storageType": "gp3" }), None),
        (json!({ "availabilityZone": "eu-west-1b" }), Some(" in eu-west-1b")),
        (json!({ "multiAz": true }), Some(" as a Multi-AZ deployment")),
        (json!({ "storageType": "io2" }), Some(" with storage of type io2")),
    ] {
        let mut more = more;
        more["dbInstanceClass"] = json!(class);
        let told = misfits(&more, None, &orderable);
        let expected = expected.map(|with| {
            format!("target.rds.dbInstanceClass: {class} cannot be ordered for postgres 16.4{with}")
        });
        assert_eq!(told, expected.into_iter().collect::<Vec<_>>(), "{more}");
    }
    let named = misfits(&json!({ "dbInstanceClass": class }), None, &Orderable::new());
    assert_eq!(named.len(), 1, "{named:?}");
}

#[test]
fn alternatives_are_orderable_too_and_named_by_what_they_change() {
    let options = |zone| vec![orderable_in(zone)];
    let orderable = Orderable::from([
        ("db.m7g.large".to_owned(), options("eu-west-1a")),
        ("db.m6g.large".to_owned(), options("eu-west-1b")),
    ]);
    let asked = json!({ "dbInstanceClass": "db.m7g.large", "alternatives": [
        { "dbInstanceClass": "db.m6g.large", "availabilityZone": "eu-west-1b" },
        { "availabilityZone": "eu-west-1c" },
        { "dbInstanceClass": "db.z9.large" },
    ] });

    let told = misfits(&asked, None, &orderable);

    let [zone, class] = &told[..] else { panic!("{told:?}") };
    assert_eq!(
        zone,
        "target.rds.alternatives[1].availabilityZone: db.m7g.large cannot be ordered for postgres \
         16.4 in eu-west-1c"
    );
    assert_eq!(
        class,
        "target.rds.alternatives[2].dbInstanceClass: db.z9.large cannot be ordered for postgres 16.4"
    );
}

#[test]
fn a_class_that_the_source_lends_is_held_to_the_same_and_said_to_be_the_sources() {
    let told = misfits(&json!({}), Some("db.m3.large"), &Orderable::new());

    assert_eq!(
        told,
        [
            "target.rds.dbInstanceClass: db.m3.large, the class of the source DB instance, cannot be \
          ordered for postgres 16.4"
        ]
    );
    assert_eq!(misfits(&json!({}), None, &Orderable::new()), Vec::<String>::new());
}

/// What stands in the way of the snapshot where the Region has `versions` of its engine's version.
async fn of_versions(versions: &[&'static str]) -> Vec<String> {
    let found: Vec<DbEngineVersion> = versions
        .iter()
        .map(|status| DbEngineVersion::builder().engine("postgres").status(*status).build())
        .collect();
    let described = mock!(Client::describe_db_engine_versions)
        .match_requests(|asked| {
            (asked.engine(), asked.engine_version(), asked.include_all())
                == (Some("postgres"), Some("16.4"), Some(true))
        })
        .then_output(move || {
            let found = Some(found.clone());
            DescribeDbEngineVersionsOutput::builder().set_db_engine_versions(found).build()
        });
    let rds = mock_client!(aws_sdk_rds, RuleMode::MatchAny, [&described]);
    let (target, mut obstacles) = (Clients { rds, ..clients() }, Obstacles::default());
    let snapshot = snapshot();
    let path = "source.rds.dbSnapshotIdentifier";
    let restored = Restored { path, snapshot: &snapshot, lasting: &[], class: None };
    let asked = asked(&json!({}));
    Box::pin(check(&target, &mut obstacles, restored, &asked)).await.unwrap();
    obstacles.into_parts().0.into_iter().map(|obstacle| obstacle.message).collect()
}

#[tokio::test]
async fn a_version_that_the_target_region_does_not_have_is_named_by_the_snapshots_field() {
    let told = of_versions(&[]).await;

    let why = "postgres 16.4 is not available in eu-west-1";
    assert_eq!(told, [format!("source.rds.dbSnapshotIdentifier: {why}")]);
    assert_eq!(of_versions(&["available"]).await, [""; 0]);
    // It can still be restored.
    assert_eq!(of_versions(&["deprecated"]).await, [""; 0]);
}

#[test]
fn a_version_is_retired_once_rds_makes_no_new_db_instance_of_it() {
    let version = |status: &str| DbEngineVersion::builder().status(status).build();

    assert!(is_retired(&[version("deprecated")]));
    assert!(!is_retired(&[version("available")]));
    assert!(!is_retired(&[version("deprecated"), version("available")]));
    assert!(!is_retired(&[DbEngineVersion::builder().build()]));
    assert!(!is_retired(&[]));
}

#[test]
fn an_option_group_has_the_options_that_stay_with_the_snapshot() {
    let group = |options: &[&str]| {
        let options = options
            .iter()
            .map(|name| aws_sdk_rds::types::Option::builder().option_name(*name).build());
        OptionGroup::builder()
            .option_group_name("orders-there")
            .set_options(Some(options.collect()))
            .build()
    };
    let lasting = ["TDE", "Timezone"].map(str::to_owned);

    assert_eq!(without_lasting(&group(&["Timezone", "APEX", "TDE"]), &lasting), None);
    assert_eq!(without_lasting(&group(&[]), &[]), None);
    let told = without_lasting(&group(&["Timezone"]), &lasting).unwrap().message;
    assert!(told.starts_with("target.rds.optionGroupName: `orders-there` lacks TDE: "), "{told}");
}

#[test]
fn a_parameter_group_is_of_the_versions_family() {
    let version = DbEngineVersion::builder().db_parameter_group_family("postgres16").build();
    let group = |family: &str| {
        DbParameterGroup::builder()
            .db_parameter_group_name("orders")
            .db_parameter_group_family(family)
            .build()
    };

    assert_eq!(other_family(&group("postgres16"), Some(&version)), None);
    let told = other_family(&group("postgres15"), Some(&version)).unwrap().message;
    assert_eq!(
        told,
        "target.rds.dbParameterGroupName: `orders` is of family postgres15, not postgres16"
    );
}

#[test]
fn the_default_groups_are_named_after_the_version() {
    let version = DbEngineVersion::builder()
        .engine("sqlserver-se")
        .major_engine_version("15.00")
        .db_parameter_group_family("sqlserver-se-15.0")
        .build();

    let groups = defaults(&version);

    assert_eq!(groups.parameters.as_deref(), Some("default.sqlserver-se-15.0"));
    assert_eq!(groups.options.as_deref(), Some("default:sqlserver-se-15-00"));
    assert_eq!(defaults(&DbEngineVersion::builder().build()), DefaultGroups::default());
}

#[test]
fn an_option_group_is_of_the_engine_and_its_major_version() {
    let version = DbEngineVersion::builder().major_engine_version("16").build();
    let group = |engine: &str, major: &str| {
        OptionGroup::builder()
            .option_group_name("orders")
            .engine_name(engine)
            .major_engine_version(major)
            .build()
    };
    let told = |group: &OptionGroup| {
        other_options(group, &snapshot(), Some(&version), &Network::default())
            .map(|obstacle| obstacle.message)
    };

    assert_eq!(told(&group("postgres", "16")), None);
    assert!(told(&group("postgres", "15")).unwrap().contains("is for postgres 15"));
    assert!(told(&group("mysql", "16")).unwrap().contains("is for mysql 16"));
}

#[test]
fn an_option_group_is_of_the_vpc_of_the_subnet_group() {
    let version = DbEngineVersion::builder().major_engine_version("16").build();
    let group = |vpc: Option<&str>, allows_others: bool| {
        OptionGroup::builder()
            .option_group_name("orders")
            .engine_name("postgres")
            .major_engine_version("16")
            .set_vpc_id(vpc.map(str::to_owned))
            .allows_vpc_and_non_vpc_instance_memberships(allows_others)
            .build()
    };
    let told = |group: &OptionGroup, network: &Network| {
        other_options(group, &snapshot(), Some(&version), network).map(|obstacle| obstacle.message)
    };
    let here = network::tests::network(&["eu-west-1a"]);

    for allows_others in [false, true] {
        let elsewhere = group(Some("vpc-2"), allows_others);
        assert_eq!(
            told(&elsewhere, &here).unwrap(),
            "target.rds.optionGroupName: `orders` is of VPC vpc-2, but the DB subnet group of vpc-1"
        );
        for fits in [Some("vpc-1"), Some(""), None] {
            assert_eq!(told(&group(fits, allows_others), &here), None, "{fits:?}");
        }
        // Where no DB subnet group is named, or it could not be looked at, nothing is known.
        assert_eq!(told(&elsewhere, &Network::default()), None);
    }
}
