//! What is looked up for an EC2 restore, against a mocked EC2.

mod gone;
mod network;
mod origin;
mod room;

use aws_sdk_ec2::Client;
use aws_sdk_ec2::error::ErrorMetadata;
use aws_sdk_ec2::operation::describe_images::{DescribeImagesError, DescribeImagesOutput};
use aws_sdk_ec2::operation::describe_instance_attribute::DescribeInstanceAttributeOutput;
use aws_sdk_ec2::operation::describe_instance_type_offerings::DescribeInstanceTypeOfferingsOutput;
use aws_sdk_ec2::operation::describe_instance_types::DescribeInstanceTypesOutput;
use aws_sdk_ec2::operation::describe_instances::DescribeInstancesOutput;
use aws_sdk_ec2::operation::describe_key_pairs::DescribeKeyPairsOutput;
use aws_sdk_ec2::operation::describe_security_groups::DescribeSecurityGroupsOutput;
use aws_sdk_ec2::operation::describe_snapshots::DescribeSnapshotsOutput;
use aws_sdk_ec2::operation::describe_subnets::DescribeSubnetsOutput;
use aws_sdk_ec2::operation::describe_volumes::DescribeVolumesOutput;
use aws_sdk_ec2::types::{
    EbsInstanceBlockDevice, GroupIdentifier, Image, ImageState, Instance,
    InstanceBlockDeviceMapping, InstanceType, InstanceTypeOffering, KeyPairInfo, Reservation,
    SecurityGroup, SnapshotState, Subnet, Tag, TransferType, VolumeState, VolumeType as Kind,
};
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use restore::plan::ObstacleKind;
use serde_json::{Value, json};

use super::*;
use crate::accounts::tests::clients;

const ROOT: &str = "snap-0000000000000000a";
const DATA: &str = "snap-0000000000000000b";

fn request(source: &Value, target: &Value) -> Request {
    Request::read(&json!({
        "source": {
            "accountId": "111122223333", "region": "eu-west-1",
            "roleArn": "arn:aws:iam::111122223333:role/restore-source", "ec2": source,
        },
        "target": {
            "accountId": "444455556666", "region": "eu-central-1",
            "roleArn": "arn:aws:iam::444455556666:role/restore-target",
            "kmsKeyId": "alias/orders", "ec2": target,
        },
    }))
    .unwrap()
}

fn two_volumes() -> Value {
    json!({ "volumes": [
        { "snapshotId": ROOT, "deviceName": "/dev/sda1", "root": true },
        { "snapshotId": DATA, "deviceName": "/dev/sdf" },
    ] })
}

fn whole_target() -> Value {
    json!({
        "imageId": "ami-0123456789abcdef0", "instanceType": "m7g.large",
        "subnetId": "subnet-0123456789abcdef0",
    })
}

fn snapshots(ids: &'static [(&'static str, &'static str)]) -> Rule {
    mock!(Client::describe_snapshots)
        .match_requests(|request| request.owner_ids() == ["111122223333"])
        .then_output(move || {
            let snapshots = ids.iter().map(|(id, volume)| {
                Snapshot::builder()
                    .snapshot_id(*id)
                    .volume_id(*volume)
                    .volume_size(8)
                    .state(SnapshotState::Completed)
                    .start_time(aws_sdk_ec2::primitives::DateTime::from_secs(60))
                    .build()
            });
            DescribeSnapshotsOutput::builder().set_snapshots(Some(snapshots.collect())).build()
        })
}

/// The target: an AMI whose root is /dev/xvda, a subnet, any security group in its VPC, any key pair,
/// and the volumes tagged with `sources`.
fn target(sources: &'static [&'static str]) -> Clients {
    target_with(sources, false)
}

/// The same, and whether an instance that this restore has finished is there.
fn target_with(sources: &'static [&'static str], finished: bool) -> Clients {
    answering(sources, None, &has_finished(finished))
}

/// Whether an instance that this restore has finished is there, which every EC2 restore is asked.
fn has_finished(is: bool) -> Rule {
    mock!(Client::describe_instances)
        .match_requests(|asked| {
            let asked = asked.filters().iter().map(|it| (it.name(), it.values()));
            let (id, step) = (["orders-1".to_owned()], ["finished".to_owned()]);
            let expected =
                [(Some("tag:restore:id"), &id[..]), (Some("tag:restore:step"), &step[..])];
            asked.take(2).eq(expected)
        })
        .then_output(move || {
            let found = is.then(|| Instance::builder().instance_id("i-1").build());
            let found = Reservation::builder().set_instances(found.map(|it| vec![it])).build();
            DescribeInstancesOutput::builder().reservations(found).build()
        })
}

/// The same, each of whose subnets has so many addresses `free`; `instances` answers for instances,
/// none of which is finished.
fn answering(sources: &'static [&'static str], free: Option<i32>, instances: &Rule) -> Clients {
    let images = mock!(Client::describe_images).then_output(|| {
        let image =
            Image::builder().state(ImageState::Available).root_device_name("/dev/xvda").build();
        DescribeImagesOutput::builder().images(image).build()
    });
    let subnets = mock!(Client::describe_subnets).then_output(move || {
        let subnet = Subnet::builder()
            .vpc_id("vpc-1")
            .availability_zone("eu-central-1a")
            .set_available_ip_address_count(free)
            .build();
        DescribeSubnetsOutput::builder().subnets(subnet).build()
    });
    let volumes = mock!(Client::describe_volumes).then_output(move || {
        let volumes = sources.iter().map(|source| {
            let tag = Tag::builder().key(tag::SOURCE).value(*source).build();
            Volume::builder().state(VolumeState::InUse).tags(tag).build()
        });
        DescribeVolumesOutput::builder().set_volumes(Some(volumes.collect())).build()
    });
    let offerings = mock!(Client::describe_instance_type_offerings).then_output(|| {
        let offered = [InstanceType::M7gLarge, InstanceType::M6gLarge].map(|it| {
            InstanceTypeOffering::builder().instance_type(it).location("eu-central-1a").build()
        });
        DescribeInstanceTypeOfferingsOutput::builder()
            .set_instance_type_offerings(Some(offered.into()))
            .build()
    });
    let types = mock!(Client::describe_instance_types)
        .then_output(|| DescribeInstanceTypesOutput::builder().build());
    let groups = mock!(Client::describe_security_groups).then_compute_output(|asked| {
        let ids = asked.filters().iter().flat_map(Filter::values);
        let groups = ids.map(|id| SecurityGroup::builder().group_id(id).vpc_id("vpc-1").build());
        DescribeSecurityGroupsOutput::builder().set_security_groups(Some(groups.collect())).build()
    });
    let keys = mock!(Client::describe_key_pairs).then_compute_output(|asked| {
        let names = asked.filters().iter().flat_map(Filter::values);
        let keys = names.map(|name| KeyPairInfo::builder().key_name(name).build());
        DescribeKeyPairsOutput::builder().set_key_pairs(Some(keys.collect())).build()
    });
    let unfinished = has_finished(false);
    let rules =
        [&images, &subnets, &volumes, &offerings, &types, instances, &unfinished, &groups, &keys];
    Clients { ec2: mock_client!(aws_sdk_ec2, RuleMode::MatchAny, rules), ..clients() }
}

/// What is found, where nothing stands in the way.
#[derive(Debug)]
struct Whole {
    target: Ec2Facts,
    not_restored: Vec<String>,
}

async fn found(
    source: Clients,
    target: Clients,
    request: &Request,
) -> Result<Whole, Vec<Obstacle>> {
    found_besides(None, source, target, request).await
}

/// The same where the instance is recorded so.
async fn found_besides(
    recorded: Option<&Origin>,
    source: Clients,
    target: Clients,
    request: &Request,
) -> Result<Whole, Vec<Obstacle>> {
    let (Some(from), Some(to)) = (&request.source.ec2, &request.target.ec2) else {
        panic!("no EC2 request")
    };
    let restore_id = RestoreId::try_from("orders-1").unwrap();
    let accounts = Accounts { source: Some(source), target: Some(target), restore_at_source: None };
    let (book, mut obstacles) = (KeyBook::default(), Obstacles::default());
    let asked = Asked { request, from, to, recorded };
    let found = gather(&accounts, &book, &mut obstacles, asked, &restore_id);
    let Found { target, not_restored, .. } = Box::pin(found).await.unwrap();
    let obstacles = obstacles.into_parts().0;
    if obstacles.is_empty() {
        Ok(Whole { target: target.unwrap(), not_restored })
    } else {
        Err(obstacles)
    }
}

/// The one obstacle, which is the request's.
#[track_caller]
fn only(found: Result<Whole, Vec<Obstacle>>) -> String {
    match &found.unwrap_err()[..] {
        [only] if only.kind == ObstacleKind::Invalid => only.message.clone(),
        other => panic!("not one of the request's: {other:?}"),
    }
}

/// An account whose volumes are gone and which answers `rule` besides.
fn listing(rule: &Rule) -> Clients {
    let no_volumes =
        mock!(Client::describe_volumes).then_output(|| DescribeVolumesOutput::builder().build());
    Clients { ec2: mock_client!(aws_sdk_ec2, RuleMode::MatchAny, [rule, &no_volumes]), ..clients() }
}

#[tokio::test]
async fn a_snapshot_that_is_not_there_is_named_by_its_field() {
    let only_root = snapshots(&[(ROOT, "vol-a")]);

    let found =
        found(listing(&only_root), target(&[]), &request(&two_volumes(), &whole_target())).await;

    assert_eq!(
        only(found),
        "source.ec2.volumes[1].snapshotId: snap-0000000000000000b is not a snapshot of account \
         111122223333 in Region eu-west-1"
    );
}

#[tokio::test]
async fn volumes_that_an_earlier_run_made_are_recognised_by_snapshot_and_device() {
    let both = || snapshots(&[(ROOT, "vol-a"), (DATA, "vol-b")]);
    let request = request(&two_volumes(), &whole_target());
    // The root volume is tagged with the AMI's root device, where it is attached.
    let all: &[&str] = &["snap-0000000000000000a:/dev/xvda", "snap-0000000000000000b:/dev/sdf"];

    let made = found(listing(&both()), target(all), &request).await.unwrap();
    let half_made = found(listing(&both()), target(&all[..1]), &request).await.unwrap();

    assert!(made.target.volumes_made);
    assert!(!half_made.target.volumes_made);
}

#[tokio::test]
async fn what_neither_the_request_nor_a_source_instance_tells_is_asked_for_by_its_field() {
    for (field, path) in [
        ("imageId", "target.ec2.imageId"),
        ("instanceType", "target.ec2.instanceType"),
        ("subnetId", "target.ec2.subnetId"),
    ] {
        let both = snapshots(&[(ROOT, "vol-a"), (DATA, "vol-b")]);
        let mut to = whole_target();
        to.as_object_mut().unwrap().remove(field);

        let told = only(found(listing(&both), target(&[]), &request(&two_volumes(), &to)).await);

        assert!(told.starts_with(path), "{told}");
    }
}

#[tokio::test]
async fn all_that_is_not_there_is_named_by_its_field() {
    let both = snapshots(&[(ROOT, "vol-a"), (DATA, "vol-b")]);
    let images = mock!(Client::describe_images).then_error(|| {
        let error = ErrorMetadata::builder().code("InvalidAMIID.NotFound").build();
        DescribeImagesError::generic(error)
    });

    let subnets =
        mock!(Client::describe_subnets).then_output(|| DescribeSubnetsOutput::builder().build());
    let no_volumes =
        mock!(Client::describe_volumes).then_output(|| DescribeVolumesOutput::builder().build());
    let unfinished = has_finished(false);
    let rules = [&images, &subnets, &no_volumes, &unfinished];
    let empty = Clients { ec2: mock_client!(aws_sdk_ec2, RuleMode::MatchAny, rules), ..clients() };

    let found = found(listing(&both), empty, &request(&two_volumes(), &whole_target())).await;

    let told: Vec<String> = found.unwrap_err().into_iter().map(|it| it.message).collect();
    let [image, subnet] = &told[..] else { panic!("not both are told: {told:?}") };
    assert!(image.starts_with("target.ec2.imageId: ami-0123456789abcdef0"), "{image}");
    assert!(subnet.starts_with("target.ec2.subnetId: subnet-0123456789abcdef0"), "{subnet}");
}

#[tokio::test]
async fn what_an_unreadable_source_instance_would_have_lent_is_not_asked_for() {
    let gone = mock!(Client::describe_instances)
        .then_output(|| DescribeInstancesOutput::builder().build());
    let no_ami =
        mock!(Client::describe_images).then_output(|| DescribeImagesOutput::builder().build());
    let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, [&gone, &no_ami]);
    let source = Clients { ec2, ..clients() };
    let from = json!({ "instanceId": "i-0123456789abcdef0", "at": "latest" });

    let told = only(found(source, target(&[]), &request(&from, &json!({}))).await);

    assert!(told.starts_with("source.ec2.instanceId: "), "{told}");
}

#[tokio::test]
async fn a_listed_snapshot_takes_what_is_left_open_from_its_source_volume() {
    let both = snapshots(&[(ROOT, "vol-a"), (DATA, "vol-gone")]);
    let volumes = mock!(Client::describe_volumes).then_output(|| {
        let volume = Volume::builder().volume_id("vol-a").volume_type(Kind::Gp3);
        let volume = volume.size(20).iops(4000).throughput(250).build();
        DescribeVolumesOutput::builder().volumes(volume).build()
    });
    let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, [&both, &volumes]);
    let mut from = two_volumes();
    from["volumes"][0]["size"] = 30.into();

    let request = request(&from, &whole_target());
    let found = found(Clients { ec2, ..clients() }, target(&[]), &request).await.unwrap();

    let [root, data] = found.target.volumes.as_slice() else { panic!("not two volumes") };
    assert_eq!((root.size, root.iops, root.throughput), (Some(30), Some(4000), Some(250)));
    assert_eq!((data.size, data.volume_type, data.iops), (None, None, None));
}

#[test]
fn the_data_of_a_snapshot_is_of_its_start_and_that_of_a_copy_of_an_unknown_instant() {
    let started = aws_sdk_ec2::primitives::DateTime::from_secs(60);
    for (volume, transfer, data) in [
        ("vol-0123456789abcdef0", None, Timestamp::from_second(60).ok()),
        ("vol-ffffffff", None, None),
        ("vol-0123456789abcdef0", Some(TransferType::Standard), None),
    ] {
        let snapshot = Snapshot::builder().snapshot_id(ROOT).volume_id(volume).start_time(started);
        let snapshot = snapshot.set_transfer_type(transfer).build();

        let facts = snapshot_facts(INSTANCE.to_owned(), &snapshot, None).unwrap();

        assert_eq!(facts.taken_at, data, "{snapshot:?}");
    }
}

/// The source account: an instance of two volumes in two security groups, its snapshots, its user
/// data.
fn source_with_instance() -> Clients {
    let instances = mock!(Client::describe_instances).then_output(|| {
        let mapping = |device: &str, volume: &str| {
            let ebs = EbsInstanceBlockDevice::builder().volume_id(volume).build();
            InstanceBlockDeviceMapping::builder().device_name(device).ebs(ebs).build()
        };
        let tag = |key: &str, value: &str| Tag::builder().key(key).value(value).build();
        let group = |id: &str| GroupIdentifier::builder().group_id(id).build();
        let instance = Instance::builder()
            .instance_id("i-0123456789abcdef0")
            .image_id("ami-0fedcba9876543210")
            .instance_type(InstanceType::M7gLarge)
            .subnet_id("subnet-0fedcba9876543210")
            .security_groups(group("sg-0fedcba9876543210"))
            .security_groups(group("sg-0fedcba9876543211"))
            .key_name("ops")
            .root_device_name("/dev/sda1")
            .block_device_mappings(mapping("/dev/sda1", "vol-a"))
            .block_device_mappings(mapping("/dev/sdf", "vol-b"))
            .tags(tag("Name", "orders"))
            .tags(tag("aws:autoscaling:groupName", "orders"))
            .build();
        let reservation = Reservation::builder().instances(instance).build();
        DescribeInstancesOutput::builder().reservations(reservation).build()
    });
    let volumes = mock!(Client::describe_volumes).then_output(|| {
        let volume = |id: &str, kind: Kind| {
            Volume::builder().volume_id(id).volume_type(kind).size(10).iops(100).build()
        };
        DescribeVolumesOutput::builder()
            .volumes(volume("vol-a", Kind::Gp2))
            .volumes(volume("vol-b", Kind::Io2))
            .build()
    });
    let user_data = mock!(Client::describe_instance_attribute)
        .then_output(|| DescribeInstanceAttributeOutput::builder().build());
    let snapshots = snapshots(&[(DATA, "vol-b"), (ROOT, "vol-a")]);
    let rules = [&instances, &volumes, &user_data, &snapshots];
    Clients { ec2: mock_client!(aws_sdk_ec2, RuleMode::MatchAny, rules), ..clients() }
}

#[tokio::test]
async fn a_source_instance_lends_what_means_the_same_at_the_target() {
    let from = json!({ "instanceId": "i-0123456789abcdef0", "at": "latest" });
    let to = json!({ "subnetId": "subnet-0123456789abcdef0", "imageId": "ami-0123456789abcdef0" });

    let found = found(source_with_instance(), target(&[]), &request(&from, &to)).await.unwrap();

    assert_eq!(found.target.instance_type, "m7g.large");
    // Another account: its key pair is not there.
    assert_eq!(found.target.key_name, None);
    assert_eq!(found.target.tags.keys().collect::<Vec<_>>(), ["Name"]);
    assert_eq!(
        found.not_restored,
        ["tags reserved by AWS or by restores: aws:autoscaling:groupName"]
    );
}

#[tokio::test]
async fn an_instance_that_is_finished_needs_no_snapshot_whatever_names_them() {
    let from = json!({ "instanceId": "i-0123456789abcdef0", "at": "latest" });
    let both = snapshots(&[(ROOT, "vol-a"), (DATA, "vol-b")]);
    for finished in [false, true] {
        for (from, source) in
            [(from.clone(), source_with_instance()), (two_volumes(), listing(&both))]
        {
            let target = target_with(&[], finished);
            let request = request(&from, &whole_target());

            let found = found(source, target, &request).await.unwrap();

            assert_eq!(found.target.volumes_made, finished, "{from}");
        }
    }
}

#[tokio::test]
async fn the_volumes_of_a_source_instance_keep_their_devices_and_settings() {
    let from = json!({ "instanceId": "i-0123456789abcdef0", "at": "latest" });

    let found =
        found(source_with_instance(), target(&[]), &request(&from, &whole_target())).await.unwrap();

    let volumes: Vec<_> = found
        .target
        .volumes
        .iter()
        .map(|volume| {
            let device = volume.device_name.as_str();
            (volume.snapshot_id.as_str(), device, volume.root, volume.iops, volume.size)
        })
        .collect();
    // A gp2 volume's IOPS follow from its size and are not provisioned.
    assert_eq!(
        volumes,
        [(ROOT, "/dev/sda1", true, None, Some(10)), (DATA, "/dev/sdf", false, Some(100), Some(10)),]
    );
}
