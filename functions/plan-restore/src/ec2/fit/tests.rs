//! What an instance type is refused for.

use aws_sdk_ec2::types::{InstanceType, ProcessorInfo};
use restore::SubnetId;
use restore::facts::SubnetFacts;

use super::*;

fn image(architecture: &str, boot_mode: Option<&str>) -> ImageFacts {
    ImageFacts {
        id: "ami-0123456789abcdef0".try_into().unwrap(),
        root_device_name: "/dev/xvda".to_owned(),
        other_device_names: Vec::new(),
        boot: boot(architecture, boot_mode),
        unusable: None,
    }
}

fn boot(architecture: &str, boot_mode: Option<&str>) -> Boot {
    Boot {
        architecture: Some(architecture.to_owned()),
        boot_mode: boot_mode.map(str::to_owned),
        ..Boot::default()
    }
}

fn place(instance_type: &str, zone: &str) -> Place {
    Place {
        instance_type: instance_type.to_owned(),
        subnet_id: subnet_id(),
        availability_zone: zone.to_owned(),
    }
}

fn subnet_id() -> SubnetId {
    "subnet-0123456789abcdef0".try_into().unwrap()
}

fn graviton() -> Types {
    let processor = ProcessorInfo::builder().supported_architectures(ArchitectureType::Arm64);
    let info = InstanceTypeInfo::builder()
        .instance_type(InstanceType::M7gLarge)
        .processor_info(processor.build())
        .supported_boot_modes(BootModeType::Uefi)
        .build();
    Types::from([("m7g.large".to_owned(), info)])
}

/// One type that boots in the older mode alone, and one that boots in either.
fn intel() -> Types {
    let info = |modes: Vec<BootModeType>| {
        InstanceTypeInfo::builder().set_supported_boot_modes(Some(modes)).build()
    };
    Types::from([
        ("m4.large".to_owned(), info(vec![BootModeType::LegacyBios])),
        ("m5.large".to_owned(), info(vec![BootModeType::LegacyBios, BootModeType::Uefi])),
    ])
}

fn told(obstacles: impl IntoIterator<Item = Obstacle>) -> Vec<String> {
    obstacles.into_iter().map(|obstacle| obstacle.message).collect()
}

#[test]
fn a_type_that_a_zone_does_not_have_is_named_by_the_field_that_asks_for_it() {
    let places = [
        place("m7g.large", "eu-central-1a"),
        place("m9x.large", "eu-central-1a"),
        place("m7g.large", "eu-central-1b"),
    ];
    let offered = Offerings::from([("m7g.large".to_owned(), "eu-central-1a".to_owned())]);

    let told = told(not_offered(&places, &offered));

    let [unknown, elsewhere] = &told[..] else { panic!("{told:?}") };
    assert!(unknown.starts_with("target.ec2.alternatives[0].instanceType: m9x.large"), "{unknown}");
    assert!(elsewhere.contains("is not offered in eu-central-1b"), "{elsewhere}");
}

#[test]
fn a_type_runs_amis_of_its_architecture_and_boot_mode_alone() {
    let places = [place("m7g.large", "eu-central-1a")];
    for (image, expected) in [
        (image("arm64", None), None),
        (image("arm64", Some("uefi")), None),
        (image("arm64", Some("uefi-preferred")), None),
        (image("x86_64", None), Some("the AMI is x86_64, the type arm64")),
        (image("arm64", Some("legacy-bios")), Some("the AMI boots in mode legacy-bios")),
    ] {
        let told = told(misfits(&image, &places, &graviton()));
        match expected {
            None => assert_eq!(told, Vec::<String>::new(), "{image:?}"),
            Some(why) => {
                let [only] = &told[..] else { panic!("{image:?}: {told:?}") };
                assert!(only.starts_with("target.ec2.instanceType: "), "{only}");
                assert!(only.contains(why), "{only}");
            }
        }
    }
}

#[test]
fn a_type_that_starts_an_ami_in_another_mode_than_the_root_volumes_is_told_of_the_ami() {
    let places = [place("m4.large", "eu-central-1a"), place("m5.large", "eu-central-1a")];
    let either = image("x86_64", Some("uefi-preferred"));
    for (root, expected) in [
        ("legacy-bios", Some("boots m5.large in mode uefi instead of legacy-bios")),
        ("uefi", Some("boots m4.large in mode legacy-bios instead of uefi")),
        ("uefi-preferred", None),
    ] {
        let root = boot("x86_64", Some(root));
        let told = told(in_other_mode(&either, &root, &places, &intel()));
        match expected {
            None => assert_eq!(told, [""; 0]),
            Some(words) => {
                let [only] = &told[..] else { panic!("{root:?}: {told:?}") };
                assert!(only.starts_with("target.ec2.imageId: ami-0123456789abcdef0"), "{only}");
                assert!(only.contains(words), "{only}");
            }
        }
    }
}

#[test]
fn a_restore_is_refused_only_where_every_place_is_without_a_free_address() {
    let other: SubnetId = "subnet-0fedcba9876543210".try_into().unwrap();
    let own = |free_addresses| Subnet {
        facts: SubnetFacts {
            id: subnet_id(),
            vpc_id: "vpc-1".to_owned(),
            availability_zone: "eu-central-1a".to_owned(),
        },
        free_addresses,
    };
    let elsewhere = |free_addresses| {
        let place = Place { subnet_id: other.clone(), ..place("m7g.large", "eu-central-1b") };
        vec![Alternative { place, free_addresses }]
    };
    for (free, others, is_refused) in [
        (Some(0), vec![], true),
        (Some(1), vec![], false),
        (None, vec![], false),
        (Some(0), elsewhere(Some(0)), true),
        (Some(0), elsewhere(Some(1)), false),
        (Some(0), elsewhere(None), false),
        (Some(1), elsewhere(Some(0)), false),
    ] {
        let refused = full(&own(free), &others);
        assert_eq!(refused.is_some(), is_refused, "{free:?} and {others:?}");
    }
    let refused = full(&own(Some(0)), &elsewhere(Some(0))).unwrap();
    assert_eq!(refused.kind, ObstacleKind::NoCapacity);
    assert_eq!(
        refused.message,
        "target.ec2.subnetId: subnet-0123456789abcdef0 has no free address, nor has its alternative \
         subnet-0fedcba9876543210"
    );
}
