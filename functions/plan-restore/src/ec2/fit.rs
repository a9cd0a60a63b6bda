//! Whether an instance of the type can start from the AMI in its place: what `RunInstances` would
//! refuse, as far as reads tell (`aws-facts.md`, H.7), and what would not start the root volume.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::types::{ArchitectureType, BootModeType, Filter, InstanceTypeInfo, LocationType};
use restore::SubnetId;
use restore::boot::Boot;
use restore::facts::{ImageFacts, Origin};
use restore::plan::{Obstacle, ObstacleKind, Place, Room, Scarce};
use step::{CallContext as _, StepError};

use super::place::{Alternative, Subnet};
use crate::accounts::Clients;
use crate::obstacles::Obstacles;

const OFFERINGS: &str = "ec2:DescribeInstanceTypeOfferings";
const TYPES: &str = "ec2:DescribeInstanceTypes";
const KEY_PAIRS: &str = "ec2:DescribeKeyPairs";

/// What is held against each other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Launch<'a> {
    pub(super) image: &'a ImageFacts,
    /// The request's own place, and its alternatives.
    pub(super) places: &'a [Place],
    pub(super) key_name: Option<&'a str>,
    /// What is known of the instance that the root volume is of.
    pub(super) origin: Option<&'a Origin>,
}

/// What AWS says of instance types, by their names.
pub(super) type Types = BTreeMap<String, InstanceTypeInfo>;

/// Notes what does not fit; returns what is known of the types, that of the source instance among
/// them where the Region has it.
///
/// # Errors
///
/// Only what trying again may mend: a read that the role may not make is noted as such, since the
/// restore itself does without.
pub(super) async fn check(
    clients: &Clients,
    obstacles: &mut Obstacles,
    Launch { image, places, key_name, origin }: Launch<'_>,
) -> Result<Types, StepError> {
    let types: BTreeSet<&str> = places.iter().map(|place| place.instance_type.as_str()).collect();
    let with_source: BTreeSet<&str> = types.iter().copied().chain(source_type(origin)).collect();
    let (offered, described, key_pair) = tokio::join!(
        offerings(clients, places, &types),
        described(clients, &with_source),
        has_key_pair(clients, key_name),
    );
    if let Some(offered) = obstacles.ask(clients, OFFERINGS, offered)? {
        obstacles.extend(not_offered(places, &offered));
    }
    let described = obstacles.ask(clients, TYPES, described)?.unwrap_or_default();
    obstacles.extend(misfits(image, places, &described));
    let root = origin.and_then(|origin| origin.boot.as_ref());
    let wrong = root.into_iter().flat_map(|root| in_other_mode(image, root, places, &described));
    obstacles.extend(wrong);
    if let (Some(name), Some(false)) = (key_name, obstacles.ask(clients, KEY_PAIRS, key_pair)?) {
        let session = &clients.session;
        let problem = format!(
            "key pair `{name}` is not found in account {} and Region {}",
            session.account_id, session.region
        );
        obstacles.extend([Obstacle::at(ObstacleKind::Invalid, "target.ec2.keyName", problem)]);
    }
    Ok(described)
}

/// What is known of the type of the source instance alone, where an earlier run has launched the
/// restored one already.
///
/// # Errors
///
/// As of [`check`].
pub(super) async fn of_source(
    clients: &Clients,
    obstacles: &mut Obstacles,
    origin: Option<&Origin>,
) -> Result<Types, StepError> {
    let Some(source) = source_type(origin) else { return Ok(Types::new()) };
    let described = described(clients, &BTreeSet::from([source])).await;
    Ok(obstacles.ask(clients, TYPES, described)?.unwrap_or_default())
}

fn source_type(origin: Option<&Origin>) -> Option<&str> {
    origin.and_then(|origin| origin.instance_type.as_deref())
}

type Offerings = BTreeSet<(String, String)>;

/// The types that the zones have: pairs of type and zone.
async fn offerings(
    clients: &Clients,
    places: &[Place],
    types: &BTreeSet<&str>,
) -> Result<Offerings, StepError> {
    let zones: BTreeSet<&str> =
        places.iter().map(|place| place.availability_zone.as_str()).collect();
    let offered = clients
        .ec2
        .describe_instance_type_offerings()
        .location_type(LocationType::AvailabilityZone)
        .filters(one_of("instance-type", types))
        .filters(one_of("location", &zones))
        .into_paginator()
        .items()
        .send()
        .collect::<Result<Vec<_>, _>>()
        .await
        .during(OFFERINGS)?;
    Ok(offered
        .into_iter()
        .filter_map(|it| Some((it.instance_type?.as_str().to_owned(), it.location?)))
        .collect())
}

async fn described(clients: &Clients, types: &BTreeSet<&str>) -> Result<Types, StepError> {
    let described = clients
        .ec2
        .describe_instance_types()
        .filters(one_of("instance-type", types))
        .into_paginator()
        .items()
        .send()
        .collect::<Result<Vec<_>, _>>()
        .await
        .during(TYPES)?;
    Ok(described
        .into_iter()
        .filter_map(|it| Some((it.instance_type()?.as_str().to_owned(), it)))
        .collect())
}

async fn has_key_pair(clients: &Clients, name: Option<&str>) -> Result<bool, StepError> {
    let Some(name) = name else { return Ok(true) };
    let found = clients
        .ec2
        .describe_key_pairs()
        .filters(one_of("key-name", &BTreeSet::from([name])))
        .send()
        .await
        .during(KEY_PAIRS)?;
    Ok(!found.key_pairs().is_empty())
}

fn one_of(name: &str, values: &BTreeSet<&str>) -> Filter {
    let values = values.iter().map(|value| (*value).to_owned()).collect();
    Filter::builder().name(name).set_values(Some(values)).build()
}

/// The field of the type of the place at `index`: the first is the request's own.
fn field(index: usize) -> String {
    match index.checked_sub(1) {
        None => "target.ec2.instanceType".to_owned(),
        Some(alternative) => format!("target.ec2.alternatives[{alternative}].instanceType"),
    }
}

fn not_offered(places: &[Place], offered: &Offerings) -> Vec<Obstacle> {
    let is_offered = |place: &Place| {
        offered.contains(&(place.instance_type.clone(), place.availability_zone.clone()))
    };
    places
        .iter()
        .enumerate()
        .filter(|(_, place)| !is_offered(place))
        .map(|(index, place)| {
            let problem = format!(
                "{} is not offered in {}, the zone of {}",
                place.instance_type, place.availability_zone, place.subnet_id
            );
            Obstacle::at(ObstacleKind::Invalid, field(index), problem)
        })
        .collect()
}

/// The types that cannot run the AMI: of another architecture, or without its boot mode. Those that
/// AWS does not know are not offered either.
fn misfits(image: &ImageFacts, places: &[Place], described: &Types) -> Vec<Obstacle> {
    places
        .iter()
        .enumerate()
        .filter_map(|(index, place)| {
            let why = misfit(image, described.get(&place.instance_type)?)?;
            let problem = format!("{} cannot run {}: {why}", place.instance_type, image.id);
            Some(Obstacle::at(ObstacleKind::Invalid, field(index), problem))
        })
        .collect()
}

fn misfit(image: &ImageFacts, info: &InstanceTypeInfo) -> Option<String> {
    let architectures: Vec<&str> = info
        .processor_info()
        .map(|info| info.supported_architectures().iter().map(ArchitectureType::as_str).collect())
        .unwrap_or_default();
    if let Some(wanted) = &image.boot.architecture
        && !architectures.is_empty()
        && !architectures.contains(&wanted.as_str())
    {
        return Some(format!("the AMI is {wanted}, the type {}", architectures.join(", ")));
    }
    // `uefi-preferred` starts in either mode (EC2/ami-boot), though not the root volume in both.
    let modes = boot_modes(info);
    let wanted = image.boot.boot_mode.as_deref();
    let wanted = wanted.filter(|mode| matches!(*mode, "uefi" | "legacy-bios"))?;
    if modes.is_empty() || modes.contains(&wanted) {
        return None;
    }
    Some(format!("the AMI boots in mode {wanted}, the type in {}", modes.join(", ")))
}

/// The types that start an AMI of either boot mode in the one in which the root volume, booted by
/// `root`, was not.
fn in_other_mode(
    image: &ImageFacts,
    root: &Boot,
    places: &[Place],
    described: &Types,
) -> Vec<Obstacle> {
    places
        .iter()
        .filter_map(|place| {
            let modes = boot_modes(described.get(&place.instance_type)?);
            let (starts, booted) = image.boot.other_mode(root, &modes)?;
            let problem = format!(
                "{} boots {} in mode {starts} instead of {booted}, in which the root volume of the \
                 source instance was booted; choose an AMI of boot mode {booted}",
                image.id, place.instance_type
            );
            Some(Obstacle::at(ObstacleKind::Invalid, "target.ec2.imageId", problem))
        })
        .collect()
}

fn boot_modes(info: &InstanceTypeInfo) -> Vec<&str> {
    info.supported_boot_modes().iter().map(BootModeType::as_str).collect()
}

/// That no place has an address for the instance, neither the request's own nor one `elsewhere`.
/// Where another has, the launch goes on there, as it does for want of capacity.
pub(super) fn full(subnet: &Subnet, elsewhere: &[Alternative]) -> Option<Obstacle> {
    let is_full = |free: Option<i32>| free.is_some_and(|free| free < 1);
    let all_full = is_full(subnet.free_addresses)
        && elsewhere.iter().all(|other| is_full(other.free_addresses));
    all_full.then(|| {
        let own = &subnet.facts.id;
        let others: BTreeSet<&SubnetId> =
            elsewhere.iter().map(|other| &other.place.subnet_id).filter(|id| *id != own).collect();
        let others: Vec<String> =
            others.into_iter().map(|id| format!(", nor has its alternative {id}")).collect();
        let problem = format!("{own} has no free address{}", others.join(""));
        Obstacle::at(ObstacleKind::NoCapacity, "target.ec2.subnetId", problem)
    })
}

/// The address that an instance takes of the subnet; nothing where AWS does not tell how many are
/// free, or where it may go to another one.
pub(super) fn room(clients: &Clients, subnet: &Subnet, alternatives: &[Place]) -> Option<Room> {
    if alternatives.iter().any(|place| place.subnet_id != subnet.facts.id) {
        return None;
    }
    Some(Room {
        account_id: clients.session.account_id.clone(),
        region: clients.session.region.clone(),
        of: Scarce::AddressesOf(subnet.facts.id.clone()),
        needed: 1,
        free: u64::try_from(subnet.free_addresses?).unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests;
