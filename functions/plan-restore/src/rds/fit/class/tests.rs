//! What a class is not ordered with.

use serde_json::{Value, json};

use super::*;

fn told(asked: &Value, options: &[Orderable]) -> Vec<String> {
    let snapshot =
        DbSnapshot::builder().engine("postgres").engine_version("16.4").allocated_storage(100);
    let mut whole = json!({ "dbInstanceIdentifier": "orders", "dbInstanceClass": "db.t3.micro" });
    whole.as_object_mut().unwrap().extend(asked.as_object().unwrap().clone());
    let asked: RdsTarget = serde_json::from_value(whole).unwrap();
    let options: Vec<&Orderable> = options.iter().collect();
    let found = misfits(&snapshot.build(), &asked, &options);
    found.into_iter().map(|obstacle| obstacle.message).collect()
}

#[track_caller]
fn only(asked: &Value, options: &[Orderable]) -> String {
    let told = told(asked, options);
    let [only] = &told[..] else { panic!("{asked}: {told:?}") };
    only.clone()
}

#[test]
fn a_feature_is_one_that_some_option_has() {
    let role = "arn:aws:iam::444455556666:role/monitoring";
    let without = Orderable::builder()
        .supports_iam_database_authentication(false)
        .supports_performance_insights(false)
        .supports_enhanced_monitoring(false)
        .supports_storage_autoscaling(false)
        .supports_iops(false)
        .supports_storage_throughput(false)
        .build();
    let open = Orderable::builder().build();
    for (asked, name) in [
        (json!({ "enableIamDatabaseAuthentication": true }), "enableIamDatabaseAuthentication"),
        (json!({ "enablePerformanceInsights": true }), "enablePerformanceInsights"),
        (json!({ "monitoringInterval": 60, "monitoringRoleArn": role }), "monitoringInterval"),
        (json!({ "maxAllocatedStorage": 200 }), "maxAllocatedStorage"),
        (json!({ "iops": 3000 }), "iops"),
        (json!({ "storageThroughput": 250 }), "storageThroughput"),
    ] {
        let told_of = only(&asked, std::slice::from_ref(&without));
        let expected = format!("target.rds.{name}: db.t3.micro for postgres 16.4 does not have it");
        assert_eq!(told_of, expected);
        assert_eq!(told(&asked, &[without.clone(), open.clone()]), Vec::<String>::new());
    }
    let none = json!({
        "enableIamDatabaseAuthentication": false, "enablePerformanceInsights": false,
        "monitoringInterval": 0, "iops": 0,
    });
    assert_eq!(told(&none, &[without]), Vec::<String>::new());
}

#[test]
fn a_network_and_a_license_are_the_class_s_own() {
    let option = Orderable::builder()
        .supported_network_types("IPV4")
        .license_model("postgresql-license")
        .build();
    let options = [option];

    assert!(only(&json!({ "networkType": "DUAL" }), &options).contains("does not have DUAL"));
    assert_eq!(told(&json!({ "networkType": "IPV4" }), &options), Vec::<String>::new());
    let license = |it: &str| told(&json!({ "licenseModel": it }), &options);
    assert_eq!(license("postgresql-license"), Vec::<String>::new());
    // Whatever the class, it is none of the engine's.
    assert_eq!(license("license-included"), Vec::<String>::new());
}

#[test]
fn the_size_that_is_asked_for_or_the_snapshot_s_is_one_of_the_class() {
    let sized =
        |least, most| [Orderable::builder().min_storage_size(least).max_storage_size(most).build()];

    let told_of = only(&json!({ "storageType": "io1" }), &sized(101, 65_536));
    assert_eq!(
        told_of,
        "target.rds.allocatedStorage: db.t3.micro for postgres 16.4 with io1 has 101 to 65536 GiB, \
         not 100"
    );
    assert_eq!(told(&json!({}), &sized(100, 100)), Vec::<String>::new());
    let told_of = only(&json!({ "allocatedStorage": 201 }), &sized(20, 200));
    assert!(told_of.ends_with("has 20 to 200 GiB, not 201"), "{told_of}");
}

#[test]
fn iops_and_throughput_are_within_what_the_class_has_for_the_size() {
    let option = Orderable::builder()
        .min_iops_per_db_instance(1000)
        .max_iops_per_db_instance(12_000)
        .max_iops_per_gib(50.0)
        .max_storage_throughput_per_db_instance(500)
        .max_storage_throughput_per_iops(0.25)
        .build();
    let options = [option];
    let of = |asked: &Value| told(asked, &options);
    let none: Vec<String> = Vec::new();

    assert_eq!(of(&json!({ "storageType": "io1", "iops": 5000 })), none);
    let told_of = only(&json!({ "storageType": "io1", "iops": 5001 }), &options);
    assert!(
        told_of.ends_with("has 1000 to 12000 and at most 50 for each GiB, not 5001"),
        "{told_of}"
    );
    let small = json!({ "storageType": "io1", "iops": 999 });
    assert!(only(&small, &options).starts_with("target.rds.iops: "));
    // The least of gp3 is not what it may have.
    assert_eq!(of(&json!({ "storageType": "gp3", "iops": 999 })), none);
    let large = json!({ "allocatedStorage": 1000, "iops": 12_001 });
    assert!(only(&large, &options).starts_with("target.rds.iops: "));
    assert_eq!(of(&json!({ "storageThroughput": 500 })), none);
    let fast = json!({ "storageThroughput": 501 });
    assert!(only(&fast, &options).starts_with("target.rds.storageThroughput: "));
    let faster_than_its_iops = json!({ "iops": 1000, "storageThroughput": 251 });
    assert!(only(&faster_than_its_iops, &options).starts_with("target.rds.storageThroughput: "));
}

#[test]
fn without_a_class_or_an_option_there_is_nothing_to_hold_it_against() {
    let asked: RdsTarget =
        serde_json::from_value(json!({ "dbInstanceIdentifier": "orders", "iops": 1000 })).unwrap();
    let without = Orderable::builder().supports_iops(false).build();
    let snapshot = DbSnapshot::builder().engine("postgres").build();

    assert_eq!(misfits(&snapshot, &asked, &[&without]), []);
    assert_eq!(told(&json!({ "iops": 1000 }), &[]), Vec::<String>::new());
}
