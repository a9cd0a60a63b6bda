//! What is learned of the instance that the snapshots are of, beside what it lends.

use aws_sdk_ec2::types::{
    ArchitectureValues, BootModeValues, InstanceBootModeValues, InstanceTypeInfo,
};
use restore::boot::Boot;

use super::*;

const STORES: &str = "instance store volumes: their data is in no snapshot";

/// An instance of one volume, of Intel with instance stores, that routes traffic.
fn source() -> Clients {
    let instances = mock!(Client::describe_instances).then_output(|| {
        let ebs = EbsInstanceBlockDevice::builder().volume_id("vol-a").build();
        let root = InstanceBlockDeviceMapping::builder().device_name("/dev/sda1").ebs(ebs);
        let instance = Instance::builder()
            .instance_type(InstanceType::M5dLarge)
            .architecture(ArchitectureValues::X8664)
            .current_instance_boot_mode(InstanceBootModeValues::LegacyBios)
            .source_dest_check(false)
            .root_device_name("/dev/sda1")
            .block_device_mappings(root.build());
        let reservation = Reservation::builder().instances(instance.build()).build();
        DescribeInstancesOutput::builder().reservations(reservation).build()
    });
    let volumes =
        mock!(Client::describe_volumes).then_output(|| DescribeVolumesOutput::builder().build());
    let user_data = mock!(Client::describe_instance_attribute)
        .then_output(|| DescribeInstanceAttributeOutput::builder().build());
    let snapshots = snapshots(&[(ROOT, "vol-a")]);
    let rules = [&instances, &volumes, &user_data, &snapshots];
    Clients { ec2: mock_client!(aws_sdk_ec2, RuleMode::MatchAny, rules), ..clients() }
}

/// A target with an AMI of Graviton, which is asked about `types` and has volumes tagged with
/// `sources`.
fn target(types: &'static [&'static str], sources: &'static [&'static str]) -> Clients {
    let images = mock!(Client::describe_images).then_output(|| {
        let image = Image::builder()
            .state(ImageState::Available)
            .root_device_name("/dev/xvda")
            .architecture(ArchitectureValues::Arm64)
            .boot_mode(BootModeValues::Uefi);
        DescribeImagesOutput::builder().images(image.build()).build()
    });
    let asked = mock!(Client::describe_instance_types)
        .match_requests(move |asked| asked.filters()[0].values() == types)
        .then_output(|| {
            let stores = InstanceTypeInfo::builder()
                .instance_type(InstanceType::M5dLarge)
                .instance_storage_supported(true);
            DescribeInstanceTypesOutput::builder().instance_types(stores.build()).build()
        });
    let volumes = mock!(Client::describe_volumes).then_output(move || {
        let volumes = sources.iter().map(|source| {
            let tag = Tag::builder().key(tag::SOURCE).value(*source).build();
            Volume::builder().state(VolumeState::InUse).tags(tag).build()
        });
        DescribeVolumesOutput::builder().set_volumes(Some(volumes.collect())).build()
    });
    let subnets = mock!(Client::describe_subnets).then_output(|| {
        let subnet = Subnet::builder().vpc_id("vpc-1").availability_zone("eu-central-1a").build();
        DescribeSubnetsOutput::builder().subnets(subnet).build()
    });
    let offerings = mock!(Client::describe_instance_type_offerings).then_output(|| {
        let offered = InstanceTypeOffering::builder()
            .instance_type(InstanceType::M7gLarge)
            .location("eu-central-1a")
            .build();
        DescribeInstanceTypeOfferingsOutput::builder().instance_type_offerings(offered).build()
    });
    let instances = mock!(Client::describe_instances)
        .then_output(|| DescribeInstancesOutput::builder().build());
    let rules = [&images, &asked, &volumes, &subnets, &offerings, &instances];
    Clients { ec2: mock_client!(aws_sdk_ec2, RuleMode::MatchAny, rules), ..clients() }
}

fn by_instance() -> Request {
    let from = json!({ "instanceId": "i-0123456789abcdef0", "at": "latest" });
    request(&from, &whole_target())
}

#[tokio::test]
async fn the_instance_and_the_ami_tell_what_they_boot_by() {
    let target = target(&["m5d.large", "m7g.large"], &[]);
    let found = found(source(), target, &by_instance()).await.unwrap().target;

    let told = |boot: &Boot| (boot.architecture.clone().unwrap(), boot.boot_mode.clone().unwrap());
    let source = told(&found.source_boot.unwrap());
    assert_eq!(source, ("x86_64".to_owned(), "legacy-bios".to_owned()));
    assert_eq!(told(&found.image.boot), ("arm64".to_owned(), "uefi".to_owned()));
}

#[tokio::test]
async fn of_listed_snapshots_nothing_tells_what_their_instance_booted_by() {
    let both = snapshots(&[(ROOT, "vol-a"), (DATA, "vol-b")]);
    let request = request(&two_volumes(), &whole_target());

    let found = found(listing(&both), target(&["m7g.large"], &[]), &request).await.unwrap();

    assert_eq!(found.target.source_boot, None);
    assert_eq!(found.not_restored, [""; 0]);
}

#[tokio::test]
async fn what_the_instance_had_beside_its_volumes_is_told_by_every_run() {
    let first: (&[&str], &[&str]) = (&["m5d.large", "m7g.large"], &[]);
    // One that goes on where another has made the volumes asks about no other type.
    let again: (&[&str], &[&str]) = (&["m5d.large"], &["snap-0000000000000000a:/dev/xvda"]);
    for (types, sources) in [first, again] {
        let found = found(source(), target(types, sources), &by_instance()).await.unwrap();

        let [stores, routes] = &found.not_restored[..] else { panic!("{:?}", found.not_restored) };
        assert_eq!(stores, STORES);
        assert!(routes.starts_with("source/destination check off: "), "{routes}");
    }
}

#[tokio::test]
async fn what_was_recorded_of_the_instance_stands_for_it() {
    let both = snapshots(&[(ROOT, "vol-a"), (DATA, "vol-b")]);
    let request = request(&two_volumes(), &whole_target());
    let boot = Boot { architecture: Some("x86_64".to_owned()), ..Boot::default() };
    let recorded = Origin {
        boot: Some(boot.clone()),
        instance_type: Some("m5d.large".to_owned()),
        cpu_options: None,
    };
    let target = target(&["m5d.large", "m7g.large"], &[]);

    let found = found_besides(Some(&recorded), listing(&both), target, &request).await.unwrap();

    assert_eq!(found.target.source_boot, Some(boot));
    assert_eq!(found.not_restored, [STORES]);
}
