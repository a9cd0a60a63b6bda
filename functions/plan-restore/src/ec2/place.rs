//! Where the instance goes, and what it starts from.

use std::collections::BTreeMap;

use aws_sdk_ec2::types::{self, DeviceType, Filter, ImageState, SecurityGroup};
use restore::facts::{ImageFacts, SubnetFacts};
use restore::plan::{Obstacle, Place};
use restore::record::Ec2Settings;
use restore::request::{Ec2Target, Fault, Request};
use restore::translation::{Ec2Network, Translation};
use restore::{ImageId, SecurityGroupId, SubnetId};
use step::{CallContext as _, StepError};

use crate::accounts::Clients;
use crate::invalid;
use crate::obstacles::Obstacles;

const DESCRIBE_IMAGES: &str = "ec2:DescribeImages";
const DESCRIBE_SUBNETS: &str = "ec2:DescribeSubnets";
const DESCRIBE_GROUPS: &str = "ec2:DescribeSecurityGroups";

/// What the instance is to be: what the request says, else what the source instance has and
/// what means the same at the target.
#[derive(Debug)]
pub(super) struct Settings {
    /// The AMI, and whether it is the source instance's own, which another Region may not have.
    pub(super) image_id: Option<(ImageId, bool)>,
    pub(super) instance_type: Option<String>,
    pub(super) network: Ec2Network,
    pub(super) iam_instance_profile: Option<String>,
    pub(super) user_data: Option<String>,
    pub(super) tags: BTreeMap<String, String>,
    /// Whether all that could lend a setting was read: else what is absent is not known to be
    /// missing.
    complete: bool,
}

impl Settings {
    /// The settings, of the request and of the source instance where it can be read.
    ///
    /// A subnet, a security group and a key pair are of one account and Region, and translated by the
    /// request's map; an instance profile is of one account.
    pub(super) fn of(
        request: &Request,
        to: &Ec2Target,
        instance: Option<&Ec2Settings>,
        complete: bool,
    ) -> Self {
        let same_account = request.source.account_id == request.target.account_id;
        Self {
            image_id: to.image_id.clone().map(|id| (id, false)).or_else(|| {
                instance.and_then(|instance| instance.image_id.clone()).map(|id| (id, true))
            }),
            instance_type: to
                .instance_type
                .clone()
                .or_else(|| instance.and_then(|instance| instance.instance_type.clone())),
            network: Translation::of(request).ec2(to, instance),
            iam_instance_profile: to.iam_instance_profile.clone().or_else(|| {
                let instance = instance.filter(|_| same_account)?;
                instance.iam_instance_profile.clone()
            }),
            user_data: to
                .user_data
                .clone()
                .or_else(|| instance.and_then(|instance| instance.user_data.clone())),
            tags: to
                .tags
                .clone()
                .or_else(|| instance.map(|instance| instance.tags.clone()))
                .unwrap_or_default(),
            complete,
        }
    }

    /// The instance type, where it is known.
    pub(super) fn instance_type(&self) -> Result<Option<String>, StepError> {
        match &self.instance_type {
            Some(instance_type) => Ok(Some(instance_type.clone())),
            None => self.missing(
                "target.ec2.instanceType",
                "required, since there is no source instance to take it from",
            ),
        }
    }

    /// What follows from a setting that is not there: that it is missing, where nothing could
    /// still lend it.
    fn missing<T>(&self, path: &str, why: &str) -> Result<Option<T>, StepError> {
        if self.complete { Err(invalid(vec![Fault::new(path, why)])) } else { Ok(None) }
    }
}

/// A subnet, with how many addresses it has left.
#[derive(Debug, Clone)]
pub(super) struct Subnet {
    pub(super) facts: SubnetFacts,
    pub(super) free_addresses: Option<i32>,
}

/// The AMI to start from, as the target sees it.
pub(super) async fn image(
    target: &Clients,
    settings: &Settings,
) -> Result<Option<ImageFacts>, StepError> {
    const PATH: &str = "target.ec2.imageId";
    let Some((id, of_source)) = settings.image_id.clone() else {
        return settings.missing(
            PATH,
            "required, since there is no source instance to take it from: an AMI of the root volume's architecture, boot \
             mode and platform",
        );
    };
    let described =
        target.ec2.describe_images().image_ids(id.as_str()).send().await.during(DESCRIBE_IMAGES);
    let found = match described {
        Ok(described) => described.images.unwrap_or_default().into_iter().next(),
        Err(error) if error.code().is_some_and(|code| code.starts_with("InvalidAMIID")) => None,
        Err(error) => return Err(error.by(&target.session, id.as_str())),
    };
    let Some(image) = found else {
        let session = &target.session;
        let place = format!("account {} and Region {}", session.account_id, session.region);
        return Err(invalid(vec![Fault::new(
            PATH,
            if of_source {
                format!("required: the source instance's own AMI {id} is not found in {place}")
            } else {
                format!("{id} is not found in {place}")
            },
        )]));
    };
    image_facts(id, &image).map(Some)
}

fn image_facts(id: ImageId, image: &types::Image) -> Result<ImageFacts, StepError> {
    let unusable = if image.state() != Some(&ImageState::Available) {
        Some(format!("is in state {}", image.state().map_or("unknown", ImageState::as_str)))
    } else if image.root_device_type() == Some(&DeviceType::InstanceStore) {
        Some("is backed by instance store, whose root volume cannot be replaced".to_owned())
    } else {
        None
    };
    let root_device_name = match (image.root_device_name(), &unusable) {
        (Some(name), _) => name.to_owned(),
        (None, Some(_)) => String::new(),
        (None, None) => return Err(StepError::missing(DESCRIBE_IMAGES, "rootDeviceName")),
    };
    Ok(ImageFacts {
        id,
        other_device_names: image
            .block_device_mappings()
            .iter()
            .filter_map(|mapping| mapping.device_name())
            .filter(|name| *name != root_device_name)
            .map(str::to_owned)
            .collect(),
        root_device_name,
        boot: settings::ec2::boot_of_image(image),
        unusable,
    })
}

/// A place to try, with how many addresses its subnet has left.
#[derive(Debug, Clone)]
pub(super) struct Alternative {
    pub(super) place: Place,
    pub(super) free_addresses: Option<i32>,
}

/// The types and subnets to try where AWS has no capacity.
///
/// An instance that is in a security group can only be in its VPC, so all subnets are of one: each
/// that is not, or is not there, is noted.
pub(super) async fn alternatives(
    target: &Clients,
    obstacles: &mut Obstacles,
    to: &Ec2Target,
    instance_type: &str,
    first: &Subnet,
) -> Result<Vec<Alternative>, StepError> {
    let mut places = Vec::new();
    for (index, alternative) in to.alternatives.iter().flatten().enumerate() {
        let path = format!("target.ec2.alternatives[{index}].subnetId");
        let Subnet { facts: subnet, free_addresses } = match &alternative.subnet_id {
            Some(id) if *id != first.facts.id => {
                let found = look_for_subnet(target, &path, id.clone()).await;
                let Some(found) = obstacles.note(found)? else { continue };
                found
            }
            _ => first.clone(),
        };
        if subnet.vpc_id != first.facts.vpc_id {
            let problem = format!(
                "{} is in {}, but {} is in {}",
                subnet.id, subnet.vpc_id, first.facts.id, first.facts.vpc_id
            );
            obstacles.extend([Obstacle::from(Fault::new(path, problem))]);
            continue;
        }
        let instance_type = alternative.instance_type.as_deref().unwrap_or(instance_type);
        let place = Place {
            instance_type: instance_type.to_owned(),
            subnet_id: subnet.id,
            availability_zone: subnet.availability_zone,
        };
        places.push(Alternative { place, free_addresses });
    }
    Ok(places)
}

/// The subnet to start in, as the target sees it.
pub(super) async fn subnet(
    target: &Clients,
    settings: &Settings,
) -> Result<Option<Subnet>, StepError> {
    const PATH: &str = "target.ec2.subnetId";
    let Some(id) = settings.network.subnet_id.clone() else {
        if settings.network.faults.iter().any(|fault| fault.path == PATH) {
            return Ok(None);
        }
        let why = "required, since there is no source instance in this account and Region to take it from";
        return settings.missing(PATH, why);
    };
    look_for_subnet(target, PATH, id).await.map(Some)
}

async fn look_for_subnet(target: &Clients, path: &str, id: SubnetId) -> Result<Subnet, StepError> {
    let described =
        target.ec2.describe_subnets().subnet_ids(id.as_str()).send().await.during(DESCRIBE_SUBNETS);
    let found = match described {
        Ok(described) => described.subnets.unwrap_or_default().into_iter().next(),
        Err(error) if error.code().is_some_and(|code| code.starts_with("InvalidSubnetI")) => None,
        Err(error) => return Err(error.by(&target.session, id.as_str())),
    };
    let Some(subnet) = found else {
        return Err(invalid(vec![Fault::new(
            path,
            format!(
                "{id} is not found in account {} and Region {}",
                target.session.account_id, target.session.region
            ),
        )]));
    };
    let missing = |field| StepError::missing(DESCRIBE_SUBNETS, field);
    Ok(Subnet {
        free_addresses: subnet.available_ip_address_count(),
        facts: SubnetFacts {
            id,
            vpc_id: subnet.vpc_id().ok_or_else(|| missing("vpcId"))?.to_owned(),
            availability_zone: subnet
                .availability_zone()
                .ok_or_else(|| missing("availabilityZone"))?
                .to_owned(),
        },
    })
}

/// The security groups asked for, of those there are.
///
/// They are looked for by filter, so that every one that is missing can be named.
pub(super) async fn groups(
    target: &Clients,
    wanted: &[SecurityGroupId],
) -> Result<Vec<SecurityGroup>, StepError> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let ids = wanted.iter().map(ToString::to_string).collect();
    target
        .ec2
        .describe_security_groups()
        .filters(Filter::builder().name("group-id").set_values(Some(ids)).build())
        .into_paginator()
        .items()
        .send()
        .collect::<Result<Vec<_>, _>>()
        .await
        .during(DESCRIBE_GROUPS)
        .map_err(|error| error.by(&target.session, "target.ec2.securityGroupIds"))
}

/// The groups that the instance could not be in: it can only be in those of its subnet's VPC
/// (BC:ec2.RunInstancesRequest.SecurityGroupIds).
pub(super) fn foreign_groups(
    wanted: &[SecurityGroupId],
    found: &[SecurityGroup],
    subnet: &SubnetFacts,
) -> Vec<Fault> {
    let vpc = |id: &SecurityGroupId| {
        let group = found.iter().find(|group| group.group_id() == Some(id.as_str()))?;
        group.vpc_id()
    };
    wanted
        .iter()
        .enumerate()
        .filter(|(_, id)| vpc(id) != Some(subnet.vpc_id.as_str()))
        .map(|(index, id)| {
            let problem = match vpc(id) {
                Some(other) => {
                    format!("{id} is in VPC {other}, but subnet {} in {}", subnet.id, subnet.vpc_id)
                }
                None => format!("{id} is not found in the VPC of subnet {}", subnet.id),
            };
            Fault::new(format!("target.ec2.securityGroupIds[{index}]"), problem)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::BlockDeviceMapping;

    use super::*;

    fn of(image: aws_sdk_ec2::types::builders::ImageBuilder) -> ImageFacts {
        let id = ImageId::try_from("ami-0123456789abcdef0").unwrap();
        image_facts(id, &image.build()).unwrap()
    }

    fn image() -> aws_sdk_ec2::types::builders::ImageBuilder {
        types::Image::builder().state(ImageState::Available).root_device_name("/dev/xvda")
    }

    #[test]
    fn every_mapping_but_the_root_is_suppressed() {
        let mapping = |name: &str| BlockDeviceMapping::builder().device_name(name).build();

        let image = of(image()
            .block_device_mappings(mapping("/dev/xvda"))
            .block_device_mappings(mapping("/dev/sdb")));

        assert_eq!(image.root_device_name, "/dev/xvda");
        assert_eq!(image.other_device_names, ["/dev/sdb"]);
    }

    #[test]
    fn a_group_that_is_missing_or_of_another_vpc_is_named_by_its_place_in_the_list() {
        let id =
            |last: char| SecurityGroupId::try_from(format!("sg-0123456789abcde{last}")).unwrap();
        let group = |last, vpc: &str| {
            SecurityGroup::builder().group_id(id(last).as_str()).vpc_id(vpc).build()
        };
        let subnet = SubnetFacts {
            id: SubnetId::try_from("subnet-0123456789abcdef0").unwrap(),
            vpc_id: "vpc-1".to_owned(),
            availability_zone: "eu-central-1a".to_owned(),
        };

        let faults = foreign_groups(
            &[id('a'), id('b'), id('c')],
            &[group('a', "vpc-1"), group('b', "vpc-2")],
            &subnet,
        );

        let paths: Vec<&str> = faults.iter().map(|fault| fault.path.as_str()).collect();
        assert_eq!(paths, ["target.ec2.securityGroupIds[1]", "target.ec2.securityGroupIds[2]"]);
        assert!(faults[0].problem.contains("vpc-2"), "{}", faults[0]);
    }

    #[test]
    fn an_image_on_instance_store_is_refused() {
        let image = of(image().root_device_type(DeviceType::InstanceStore));

        assert!(image.unusable.unwrap().contains("instance store"));
    }
}
