//! DB instances recorded.

use aws_sdk_rds::types::DbInstance;

use super::bucket::Bucket;
use super::example::{There, database};

const AT: &str = "2026-11-23T03:00:00Z";

#[tokio::test]
async fn only_what_has_the_tag_is_recorded() {
    let bucket = Bucket::default();
    let other = DbInstance::builder().db_instance_identifier("other").build();
    let there = There::with(Vec::new(), vec![database("orders").build(), other]);

    let report = there.recorded(&bucket, AT).await.unwrap();

    assert_eq!(report.written, 1);
    let [key] = &bucket.keys()[..] else { panic!("{:?}", bucket.keys()) };
    assert_eq!(*key, format!("settings/111122223333/eu-west-1/rds/orders/{AT}.json"));
    assert_eq!(bucket.json(key)["rds"]["settings"]["dbInstanceClass"], "db.m7g.large");
}

#[tokio::test]
async fn what_cannot_be_restored_or_is_not_whole_is_passed_over_by_name() {
    let bucket = Bucket::default();
    let member = database("member").db_cluster_identifier("aurora").build();
    let young = database("young").db_instance_status("creating").build();

    let report = There::with(Vec::new(), vec![member, young]).recorded(&bucket, AT).await.unwrap();

    assert_eq!((report.written, bucket.keys().len()), (0, 0));
    let [member, young] = &report.passed_over[..] else { panic!("{report:?}") };
    assert!(member.contains("member") && member.contains("DB cluster aurora"), "{member}");
    assert!(young.contains("young") && young.contains("is creating"), "{young}");
}
