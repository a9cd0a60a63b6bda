//! The wire form, against the URLs that botocore 1.44.5 makes of the same requests, credentials
//! and clock.

use aws_config::BehaviorVersion;
use aws_sdk_ec2::operation::copy_snapshot::CopySnapshotInput;
use aws_sdk_ec2::operation::copy_snapshot::builders::CopySnapshotInputBuilder;
use aws_sdk_rds::operation::copy_db_snapshot::CopyDbSnapshotInput;
use aws_sdk_rds::operation::copy_db_snapshot::builders::CopyDbSnapshotInputBuilder;
use aws_smithy_http_client::test_util::{CaptureRequestHandler, capture_request};
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

use super::*;

const SOURCE_REGION: &str = "eu-west-1";
const TARGET_REGION: &str = "eu-central-1";

const EC2_URL: &str = concat!(
    "https://ec2.eu-west-1.amazonaws.com/?Action=CopySnapshot&Version=2016-11-15",
    "&Description=restore%20orders%3A%20copy%20of%20snap-0123456789abcdef0%20from%20eu-west-1",
    "&Encrypted=true",
    "&KmsKeyId=arn%3Aaws%3Akms%3Aeu-central-1%3A444455556666%3Akey%2F",
    "1234abcd-12ab-34cd-56ef-1234567890ab",
    "&SourceRegion=eu-west-1&SourceSnapshotId=snap-0123456789abcdef0",
    "&TagSpecification.1.ResourceType=snapshot",
    "&TagSpecification.1.Tag.1.Key=restore%3Aid&TagSpecification.1.Tag.1.Value=orders",
    "&TagSpecification.1.Tag.2.Key=restore%3Astep&TagSpecification.1.Tag.2.Value=copy-snapshot",
    "&TagSpecification.1.Tag.3.Key=restore%3Asource",
    "&TagSpecification.1.Tag.3.Value=snap-0123456789abcdef0",
    "&DestinationRegion=eu-central-1&X-Amz-Algorithm=AWS4-HMAC-SHA256",
    "&X-Amz-Credential=AKIDEXAMPLE%2F20261123%2Feu-west-1%2Fec2%2Faws4_request",
    "&X-Amz-Date=20261123T100000Z&X-Amz-Expires=3600&X-Amz-SignedHeaders=host",
    "&X-Amz-Security-Token=session%2Btoken%2Fwith%3Dreserved",
    "&X-Amz-Signature=0c91afbf7ba20db2f3919c44dc7e14f043e26676d622a02321d5760d3e137492",
);

const RDS_URL: &str = concat!(
    "https://rds.us-gov-west-1.amazonaws.com/?Action=CopyDBSnapshot&Version=2014-10-31",
    "&SourceDBSnapshotIdentifier=arn%3Aaws-us-gov%3Ards%3Aus-gov-west-1%3A444455556666",
    "%3Asnapshot%3Aorders-copy-into-target-account",
    "&TargetDBSnapshotIdentifier=orders-reencrypt-copy",
    "&KmsKeyId=arn%3Aaws-us-gov%3Akms%3Aus-gov-east-1%3A444455556666%3Akey%2F",
    "1234abcd-12ab-34cd-56ef-1234567890ab",
    "&Tags.Tag.1.Key=restore%3Aid&Tags.Tag.1.Value=orders",
    "&Tags.Tag.2.Key=restore%3Astep&Tags.Tag.2.Value=reencrypt-copy",
    "&Tags.Tag.3.Key=restore%3Asource",
    "&Tags.Tag.3.Value=arn%3Aaws-us-gov%3Ards%3Aus-gov-west-1%3A444455556666",
    "%3Asnapshot%3Aorders-copy-into-target-account",
    "&CopyTags=false&OptionGroupName=orders-options&DestinationRegion=us-gov-east-1",
    "&X-Amz-Algorithm=AWS4-HMAC-SHA256",
    "&X-Amz-Credential=AKIDEXAMPLE%2F20261123%2Fus-gov-west-1%2Frds%2Faws4_request",
    "&X-Amz-Date=20261123T100000Z&X-Amz-Expires=3600&X-Amz-SignedHeaders=host",
    "&X-Amz-Security-Token=session%2Btoken%2Fwith%3Dreserved",
    "&X-Amz-Signature=165528e73dc724275ef50a6146da2290febbe1883960b545218d5a06b9c858b0",
);

fn at() -> SystemTime {
    DateTime::from_str("2026-11-23T10:00:00Z", Format::DateTime).unwrap().try_into().unwrap()
}

impl Presigner {
    /// Of the credentials that the tests sign with.
    pub(crate) fn example() -> Self {
        let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
        let token = Some("session+token/with=reserved".to_owned());
        Self { credentials: Credentials::new("AKIDEXAMPLE", secret, token, None, "test") }
    }
}

fn region(name: &str) -> Region {
    name.try_into().unwrap()
}

fn ec2_copy() -> CopySnapshotInputBuilder {
    use aws_sdk_ec2::types::{ResourceType, Tag, TagSpecification};

    let tags = [
        ("restore:id", "orders"),
        ("restore:step", "copy-snapshot"),
        ("restore:source", "snap-0123456789abcdef0"),
    ];
    CopySnapshotInput::builder()
        .description("restore orders: copy of snap-0123456789abcdef0 from eu-west-1")
        .encrypted(true)
        .kms_key_id(
            "arn:aws:kms:eu-central-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        )
        .source_region(SOURCE_REGION)
        .source_snapshot_id("snap-0123456789abcdef0")
        .tag_specifications(
            TagSpecification::builder()
                .resource_type(ResourceType::Snapshot)
                .set_tags(Some(
                    tags.map(|(key, value)| Tag::builder().key(key).value(value).build()).into(),
                ))
                .build(),
        )
}

fn rds_copy() -> CopyDbSnapshotInputBuilder {
    use aws_sdk_rds::types::Tag;

    let source =
        "arn:aws-us-gov:rds:us-gov-west-1:444455556666:snapshot:orders-copy-into-target-account";
    let tags =
        [("restore:id", "orders"), ("restore:step", "reencrypt-copy"), ("restore:source", source)];
    CopyDbSnapshotInput::builder()
        .source_db_snapshot_identifier(source)
        .target_db_snapshot_identifier("orders-reencrypt-copy")
        .kms_key_id(
            "arn:aws-us-gov:kms:us-gov-east-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        )
        .set_tags(Some(
            tags.map(|(key, value)| Tag::builder().key(key).value(value).build()).into(),
        ))
        .copy_tags(false)
        .option_group_name("orders-options")
}

async fn presigned_ec2(from: &str, to: &str) -> CopySnapshotInputBuilder {
    ec2(&Presigner::example(), ec2_copy(), &region(from), &region(to), at()).await.unwrap()
}

async fn presigned_rds() -> CopyDbSnapshotInputBuilder {
    let (from, to) = (region("us-gov-west-1"), region("us-gov-east-1"));
    rds(&Presigner::example(), rds_copy(), &from, &to, at()).await.unwrap()
}

/// A URL's endpoint and its query, still encoded, in an order of its own: a signature is made
/// over the sorted parameters.
fn parts(url: &str) -> (&str, Vec<&str>) {
    let (endpoint, query) = url.split_once('?').unwrap();
    let mut query: Vec<&str> = query.split('&').collect();
    query.sort_unstable();
    (endpoint, query)
}

/// The parameters of `body` without the one that carries the URL, or of `url` without those that
/// sign it and the one that only the URL has.
fn unsigned_parameters(parameters: &str) -> Vec<&str> {
    let added = ["PresignedUrl=", "PreSignedUrl=", "X-Amz-", "DestinationRegion="];
    parameters
        .split('&')
        .filter(|parameter| !added.iter().any(|name| parameter.starts_with(name)))
        .collect()
}

#[tokio::test]
async fn an_ebs_copy_is_presigned_as_botocore_does() {
    let copy = presigned_ec2(SOURCE_REGION, TARGET_REGION).await;

    assert_eq!(parts(copy.get_presigned_url().as_deref().unwrap()), parts(EC2_URL));
    assert_eq!(copy.get_destination_region().as_deref(), Some(TARGET_REGION));
}

#[tokio::test]
async fn a_db_snapshots_copy_is_presigned_as_botocore_does() {
    let copy = presigned_rds().await;

    assert_eq!(parts(copy.get_pre_signed_url().as_deref().unwrap()), parts(RDS_URL));
}

#[tokio::test]
async fn a_url_is_addressed_to_the_source_regions_own_endpoint() {
    for (from, to, endpoint) in [
        ("eu-west-1", "us-east-1", "https://ec2.eu-west-1.amazonaws.com/"),
        ("cn-north-1", "cn-northwest-1", "https://ec2.cn-north-1.amazonaws.com.cn/"),
        ("us-gov-west-1", "us-gov-east-1", "https://ec2.us-gov-west-1.amazonaws.com/"),
    ] {
        let copy = presigned_ec2(from, to).await;

        assert_eq!(parts(copy.get_presigned_url().as_deref().unwrap()).0, endpoint);
    }
}

#[tokio::test]
async fn a_url_says_all_that_the_ebs_request_says() {
    let copy = presigned_ec2(SOURCE_REGION, TARGET_REGION).await;
    let url = copy.get_presigned_url().clone().unwrap();
    let (http, sent) = capture_request(None);
    let ec2 = aws_sdk_ec2::Client::new(&config(http).await);

    // Nothing answers; what was sent is all that matters.
    let _ = copy.send_with(&ec2).await;

    let request = sent.expect_request();
    let body = std::str::from_utf8(request.body().bytes().unwrap()).unwrap();
    let (_, query) = url.split_once('?').unwrap();
    assert_eq!(unsigned_parameters(query), unsigned_parameters(body));
}

#[tokio::test]
async fn a_url_says_all_that_the_db_snapshots_request_says() {
    let copy = presigned_rds().await;
    let url = copy.get_pre_signed_url().clone().unwrap();
    let (http, sent) = capture_request(None);
    let rds = aws_sdk_rds::Client::new(&config(http).await);

    // Nothing answers; what was sent is all that matters.
    let _ = copy.send_with(&rds).await;

    let request = sent.expect_request();
    let body = std::str::from_utf8(request.body().bytes().unwrap()).unwrap();
    let (_, query) = url.split_once('?').unwrap();
    assert_eq!(unsigned_parameters(query), unsigned_parameters(body));
}

async fn config(http: CaptureRequestHandler) -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest())
        .region(aws_config::Region::new(TARGET_REGION))
        .endpoint_url("https://aws.example")
        .credentials_provider(Presigner::example().credentials)
        .http_client(http)
        .load()
        .await
}

#[tokio::test]
async fn a_presigner_signs_with_the_sessions_own_credentials() {
    let presigner = Presigner::of(&config(capture_request(None).0).await).await.unwrap();

    assert_eq!(presigner.credentials.access_key_id(), "AKIDEXAMPLE");
}

#[tokio::test]
async fn a_session_without_credentials_signs_nothing() {
    let error = Presigner::of(&SdkConfig::builder().build()).await.unwrap_err();

    assert_eq!(error.name(), ErrorName::Unexpected);
}

#[tokio::test]
async fn a_url_never_shows() {
    let url = PresignedUrl(EC2_URL.to_owned());
    let ec2 = presigned_ec2(SOURCE_REGION, TARGET_REGION).await;
    let rds = presigned_rds().await;

    let shown = [
        format!("{url:?}"),
        format!("{ec2:?}"),
        format!("{:?}", ec2.build().unwrap()),
        format!("{rds:?}"),
        format!("{:?}", rds.build().unwrap()),
        format!("{:?}", Presigner::example()),
    ];

    for shown in shown {
        assert!(!shown.contains("X-Amz-") && !shown.contains("EXAMPLEKEY"), "{shown}");
    }
}
