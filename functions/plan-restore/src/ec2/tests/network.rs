//! The network of a source instance, as the request's map has it.

use aws_sdk_ec2::types::{BlockDeviceMapping, EbsBlockDevice};
use restore::SecurityGroupId;

use super::*;

/// A request that leaves the network open, of the instance, with this map.
fn mapped(map: &Value) -> Request {
    let from = json!({ "instanceId": "i-0123456789abcdef0", "at": "latest" });
    let mut request = request(&from, &json!({ "imageId": "ami-0123456789abcdef0" }));
    request.target.network_map = Some(serde_json::from_value(map.clone()).unwrap());
    request
}

fn map() -> Value {
    json!({
        "subnets": { "subnet-0fedcba9876543210": "subnet-0123456789abcdef0" },
        "securityGroups": {
            "sg-0fedcba9876543210": "sg-0123456789abcdef0",
            "sg-0fedcba9876543211": "sg-0123456789abcdef1",
        },
        "keyNames": { "ops": "ops-dr" },
    })
}

async fn found_with(map: &Value) -> Result<Whole, Vec<Obstacle>> {
    found(source_with_instance(), target(&[]), &mapped(map)).await
}

#[tokio::test]
async fn a_network_that_is_left_open_is_what_the_map_makes_of_the_instances() {
    let Whole { target, not_restored } = found_with(&map()).await.unwrap();

    assert_eq!(target.subnet.id.as_str(), "subnet-0123456789abcdef0");
    let groups: Vec<&str> = target.security_group_ids.iter().map(SecurityGroupId::as_str).collect();
    assert_eq!(groups, ["sg-0123456789abcdef0", "sg-0123456789abcdef1"]);
    assert_eq!(target.key_name.as_deref(), Some("ops-dr"));
    // But for the reserved tags of the instance.
    assert_eq!(not_restored.len(), 1, "{not_restored:?}");
}

#[tokio::test]
async fn what_the_request_names_is_not_translated() {
    let mut request = mapped(&map());
    let to = request.target.ec2.as_mut().unwrap();
    to.subnet_id = Some("subnet-0fedcba9876543210".try_into().unwrap());
    to.key_name = Some("ops".to_owned());

    let found = found(source_with_instance(), target(&[]), &request).await.unwrap();

    assert_eq!(found.target.subnet.id.as_str(), "subnet-0fedcba9876543210");
    assert_eq!(found.target.key_name.as_deref(), Some("ops"));
}

#[tokio::test]
async fn all_that_the_map_has_no_entry_for_is_told_at_once() {
    let other = json!({
        "subnets": { "subnet-00000001": "subnet-00000002" },
        "securityGroups": { "sg-0fedcba9876543210": "sg-0123456789abcdef0" },
    });

    let obstacles = found_with(&other).await.unwrap_err();

    let told: Vec<&str> = obstacles.iter().map(|it| it.message.as_str()).collect();
    let [subnet, groups] = &told[..] else { panic!("{told:?}") };
    assert!(
        subnet.starts_with(
            "target.ec2.subnetId: required: `subnet-0fedcba9876543210` has no entry in \
             `target.networkMap.subnets`"
        ),
        "{subnet}"
    );
    assert!(
        groups.starts_with(
            "target.ec2.securityGroupIds: required: `sg-0fedcba9876543211` has no entry in \
             `target.networkMap.securityGroups`"
        ),
        "{groups}"
    );
    assert!(obstacles.iter().all(|it| it.kind == ObstacleKind::Invalid));
}

#[tokio::test]
async fn a_key_pair_without_an_entry_is_told_as_not_restored() {
    let mut other = map();
    other["keyNames"] = json!({ "dev": "dev-dr" });

    let Whole { target, not_restored } = found_with(&other).await.unwrap();

    assert_eq!(target.key_name, None);
    assert_eq!(not_restored[0], "key pair: `ops` has no entry in `target.networkMap.keyNames`");
}

/// The source account, with an AMI of the instance that is not there any more.
fn source_with_ami() -> Clients {
    let gone = mock!(Client::describe_instances)
        .then_output(|| DescribeInstancesOutput::builder().build());
    let images = mock!(Client::describe_images).then_output(|| {
        let root = EbsBlockDevice::builder().snapshot_id(ROOT).build();
        let root = BlockDeviceMapping::builder().device_name("/dev/xvda").ebs(root).build();
        let image = Image::builder()
            .state(ImageState::Available)
            .root_device_name("/dev/xvda")
            .block_device_mappings(root)
            .build();
        DescribeImagesOutput::builder().images(image).build()
    });
    let snapshots = snapshots(&[(ROOT, "vol-gone")]);
    let rules = [&gone, &images, &snapshots];
    Clients { ec2: mock_client!(aws_sdk_ec2, RuleMode::MatchAny, rules), ..clients() }
}

#[tokio::test]
async fn an_instance_that_is_gone_has_nothing_to_translate_which_is_told() {
    let mut request = mapped(&map());
    let to = request.target.ec2.as_mut().unwrap();
    to.instance_type = Some("m7g.large".to_owned());
    let open = found(source_with_ami(), target(&[]), &request).await;
    assert!(only(open).starts_with("target.ec2.subnetId: required"));

    let to = request.target.ec2.as_mut().unwrap();
    to.subnet_id = Some("subnet-0123456789abcdef0".try_into().unwrap());
    let Whole { target, not_restored } =
        found(source_with_ami(), target(&[]), &request).await.unwrap();

    assert_eq!((target.security_group_ids, target.key_name), (vec![], None));
    assert_eq!(
        not_restored,
        ["what `target.networkMap` would translate of instance i-0123456789abcdef0, which is \
             not there any more"]
    );
}
