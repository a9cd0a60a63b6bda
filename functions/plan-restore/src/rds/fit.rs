//! Whether the target has what the DB instance asks for: what `RestoreDBInstanceFromDBSnapshot`
//! would refuse, as far as reads tell.

mod class;
mod network;
mod storage;
mod version;

use std::collections::BTreeSet;

use aws_sdk_rds::types::{
    DbEngineVersion, DbParameterGroup, DbSnapshot, OptionGroup, OrderableDbInstanceOption,
};
use restore::facts::DefaultGroups;
use restore::plan::{Obstacle, ObstacleKind};
use restore::request::{RdsTarget, StorageType};
use step::{CallContext as _, StepError};

use self::network::Network;
use crate::accounts::Clients;
use crate::obstacles::Obstacles;

const VERSIONS: &str = "rds:DescribeDBEngineVersions";
const ORDERABLE: &str = "rds:DescribeOrderableDBInstanceOptions";
const PARAMETER_GROUPS: &str = "rds:DescribeDBParameterGroups";
const OPTION_GROUPS: &str = "rds:DescribeOptionGroups";

/// Notes what the target does not have, or has otherwise than the snapshot at `path` needs it; the
/// groups that a DB instance of its version falls back on.
///
/// # Errors
///
/// Only what trying again may mend: a read that the role may not make is noted as such.
pub(super) async fn check(
    target: &Clients,
    obstacles: &mut Obstacles,
    path: &str,
    snapshot: &DbSnapshot,
    asked: &RdsTarget,
) -> Result<DefaultGroups, StepError> {
    let (versions, orderable, parameters, options, network) = tokio::join!(
        versions(target, snapshot),
        orderable(target, snapshot, asked),
        parameter_group(target, asked),
        option_group(target, asked),
        network::read(target, asked),
    );
    let network = network.noted(target, obstacles)?;
    obstacles.extend(network.misfits(asked));
    let session = &target.session;
    let place = format!("account {} and Region {}", session.account_id, session.region);
    let versions = obstacles.ask(target, VERSIONS, versions)?;
    if versions.as_ref().is_some_and(Vec::is_empty) {
        let problem = format!("{} is not available in {}", engine(snapshot), session.region);
        obstacles.extend([Obstacle::at(ObstacleKind::Invalid, path, problem)]);
    }
    if let Some(orderable) = obstacles.ask(target, ORDERABLE, orderable)?.flatten() {
        obstacles.extend(not_orderable(snapshot, asked, &orderable));
        obstacles.extend(class::misfits(snapshot, asked, &fitting(asked, &orderable)));
    }
    let version = versions.unwrap_or_default().into_iter().next();
    obstacles.extend(version::misfits(snapshot, asked, version.as_ref()));
    obstacles.extend(storage::misfits(snapshot, asked));
    match obstacles.ask(target, PARAMETER_GROUPS, parameters)? {
        Some(Found::Nothing(name)) => {
            obstacles.extend([missing("dbParameterGroupName", &name, &place)]);
        }
        Some(Found::One(group)) => obstacles.extend(other_family(&group, version.as_ref())),
        Some(Found::NotAsked) | None => {}
    }
    match obstacles.ask(target, OPTION_GROUPS, options)? {
        Some(Found::Nothing(name)) => obstacles.extend([missing("optionGroupName", &name, &place)]),
        Some(Found::One(group)) => {
            obstacles.extend(other_options(&group, snapshot, version.as_ref(), &network));
        }
        Some(Found::NotAsked) | None => {}
    }
    Ok(version.as_ref().map(defaults).unwrap_or_default())
}

/// The names of an engine version's default groups.
fn defaults(version: &DbEngineVersion) -> DefaultGroups {
    let family = version.db_parameter_group_family();
    let options = version.engine().zip(version.major_engine_version());
    DefaultGroups {
        parameters: family.map(|family| format!("default.{family}")),
        options: options
            .map(|(engine, major)| format!("default:{engine}-{}", major.replace('.', "-"))),
    }
}

/// What there is under a name.
#[derive(Debug)]
enum Found<T> {
    /// The request names none.
    NotAsked,
    /// Nothing is called this.
    Nothing(String),
    /// This.
    One(T),
}

impl<T> Found<T> {
    /// What a call for `name` found, which AWS answers with `not_found` where there is nothing.
    fn of(
        name: &str,
        answered: Result<Option<Vec<T>>, StepError>,
        not_found: &str,
    ) -> Result<Self, StepError> {
        match answered {
            Ok(found) => Ok(found
                .unwrap_or_default()
                .into_iter()
                .next()
                .map_or_else(|| Self::Nothing(name.to_owned()), Self::One)),
            Err(error) if error.code() == Some(not_found) => Ok(Self::Nothing(name.to_owned())),
            Err(error) => Err(error),
        }
    }
}

fn field(name: &str, problem: String) -> Obstacle {
    Obstacle::at(ObstacleKind::Invalid, format!("target.rds.{name}"), problem)
}

fn missing(name: &str, value: &str, place: &str) -> Obstacle {
    field(name, format!("`{value}` is not found in {place}"))
}

fn engine(snapshot: &DbSnapshot) -> String {
    let (engine, version) = (snapshot.engine(), snapshot.engine_version());
    format!("{} {}", engine.unwrap_or("the engine"), version.unwrap_or_default())
}

async fn versions(
    target: &Clients,
    snapshot: &DbSnapshot,
) -> Result<Vec<DbEngineVersion>, StepError> {
    let described = target
        .rds
        .describe_db_engine_versions()
        .set_engine(snapshot.engine().map(str::to_owned))
        .set_engine_version(snapshot.engine_version().map(str::to_owned))
        // A version that is no longer offered can still be restored.
        .include_all(true)
        .send()
        .await
        .during(VERSIONS)?;
    Ok(described.db_engine_versions.unwrap_or_default())
}

/// The options for the class that the request names; that of the source is not in a snapshot.
async fn orderable(
    target: &Clients,
    snapshot: &DbSnapshot,
    asked: &RdsTarget,
) -> Result<Option<Vec<OrderableDbInstanceOption>>, StepError> {
    let Some(class) = &asked.db_instance_class else { return Ok(None) };
    target
        .rds
        .describe_orderable_db_instance_options()
        .engine(snapshot.engine().unwrap_or_default())
        .set_engine_version(snapshot.engine_version().map(str::to_owned))
        .db_instance_class(class)
        .vpc(true)
        .into_paginator()
        .items()
        .send()
        .collect::<Result<Vec<_>, _>>()
        .await
        .during(ORDERABLE)
        .map(Some)
}

/// The options that fit the zone, the deployment and the storage type that are asked for.
fn fitting<'a>(
    asked: &RdsTarget,
    options: &'a [OrderableDbInstanceOption],
) -> Vec<&'a OrderableDbInstanceOption> {
    let has_zone = |option: &OrderableDbInstanceOption, wanted: &str| {
        option.availability_zones().iter().any(|zone| zone.name() == Some(wanted))
    };
    let storage = asked.storage_type.map(StorageType::name);
    let fits = |option: &&OrderableDbInstanceOption| {
        asked.availability_zone.as_deref().is_none_or(|zone| has_zone(option, zone))
            && (asked.multi_az != Some(true) || option.multi_az_capable() != Some(false))
            && storage.is_none_or(|kind| option.storage_type() == Some(kind))
    };
    options.iter().filter(fits).collect()
}

fn not_orderable(
    snapshot: &DbSnapshot,
    asked: &RdsTarget,
    options: &[OrderableDbInstanceOption],
) -> Option<Obstacle> {
    let class = asked.db_instance_class.as_deref()?;
    if !fitting(asked, options).is_empty() {
        return None;
    }
    let mut with: Vec<String> = Vec::new();
    if !options.is_empty() {
        let storage = asked.storage_type.map(StorageType::name);
        with.extend(asked.availability_zone.as_ref().map(|zone| format!("in {zone}")));
        with.extend(asked.multi_az.filter(|it| *it).map(|_| "as a Multi-AZ deployment".to_owned()));
        with.extend(storage.map(|kind| format!("with storage of type {kind}")));
    }
    let with = if with.is_empty() { String::new() } else { format!(" {}", with.join(" ")) };
    let problem = format!("{class} cannot be ordered for {}{with}", engine(snapshot));
    Some(field("dbInstanceClass", problem))
}

async fn parameter_group(
    target: &Clients,
    asked: &RdsTarget,
) -> Result<Found<DbParameterGroup>, StepError> {
    let Some(name) = &asked.db_parameter_group_name else { return Ok(Found::NotAsked) };
    let described = target.rds.describe_db_parameter_groups().db_parameter_group_name(name);
    let answered = described.send().await.during(PARAMETER_GROUPS);
    Found::of(name, answered.map(|it| it.db_parameter_groups), "DBParameterGroupNotFound")
}

fn other_family(group: &DbParameterGroup, version: Option<&DbEngineVersion>) -> Option<Obstacle> {
    let family = group.db_parameter_group_family()?;
    let wanted = version?.db_parameter_group_family()?;
    (family != wanted).then(|| {
        let name = group.db_parameter_group_name().unwrap_or_default();
        field("dbParameterGroupName", format!("`{name}` is of family {family}, not {wanted}"))
    })
}

async fn option_group(
    target: &Clients,
    asked: &RdsTarget,
) -> Result<Found<OptionGroup>, StepError> {
    let Some(name) = &asked.option_group_name else { return Ok(Found::NotAsked) };
    let described = target.rds.describe_option_groups().option_group_name(name);
    let answered = described.send().await.during(OPTION_GROUPS);
    Found::of(name, answered.map(|it| it.option_groups_list), "OptionGroupNotFoundFault")
}

/// An option group is of one engine and major version, and of one VPC once it is used in one
/// (BC:rds.OptionGroup.VpcId).
fn other_options(
    group: &OptionGroup,
    snapshot: &DbSnapshot,
    version: Option<&DbEngineVersion>,
    network: &Network,
) -> Option<Obstacle> {
    let name = group.option_group_name().unwrap_or_default();
    let of = (group.engine_name()?, group.major_engine_version()?);
    let wanted =
        (snapshot.engine()?, version.and_then(|it| it.major_engine_version()).unwrap_or(of.1));
    if of != wanted {
        let problem = format!("`{name}` is for {} {}, not {} {}", of.0, of.1, wanted.0, wanted.1);
        return Some(field("optionGroupName", problem));
    }
    let vpc = group.vpc_id().filter(|vpc| !vpc.is_empty())?;
    let wanted = network.vpc_id()?;
    (vpc != wanted && group.allows_vpc_and_non_vpc_instance_memberships() != Some(true)).then(
        || {
            let problem = format!("`{name}` is of VPC {vpc}, but the DB subnet group of {wanted}");
            field("optionGroupName", problem)
        },
    )
}

/// The distinct values of `all`.
fn distinct<'a>(all: impl Iterator<Item = &'a str>) -> BTreeSet<&'a str> {
    all.collect()
}

#[cfg(test)]
mod tests;
