//! What a DB instance is refused for.

use aws_sdk_rds::types::AvailabilityZone;
use serde_json::{Value, json};

use super::*;

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

#[test]
fn a_class_is_orderable_with_all_that_is_asked_of_it_together() {
    let class = "db.m7g.large";
    let options = [orderable_in("eu-west-1a")];
    for (more, expected) in [
        (json!({}), None),
        (json!({ "availabilityZone": "eu-west-1a", "storageType": "gp3" }), None),
        (json!({ "availabilityZone": "eu-west-1b" }), Some(" in eu-west-1b")),
        (json!({ "multiAz": true }), Some(" as a Multi-AZ deployment")),
        (json!({ "storageType": "io2" }), Some(" with storage of type io2")),
    ] {
        let mut more = more;
        more["dbInstanceClass"] = json!(class);
        let found = not_orderable(&snapshot(), &asked(&more), &options);
        let told = found.map(|obstacle| obstacle.message);
        let expected = expected.map(|with| {
            format!("target.rds.dbInstanceClass: {class} cannot be ordered for postgres 16.4{with}")
        });
        assert_eq!(told, expected, "{more}");
    }
    let named = asked(&json!({ "dbInstanceClass": class }));
    assert!(not_orderable(&snapshot(), &named, &[]).is_some());
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
