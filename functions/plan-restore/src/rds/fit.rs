//! Whether the target has what the DB instance asks for: what `RestoreDBInstanceFromDBSnapshot`
//! would refuse, as far as reads tell.

mod class;
mod network;
mod places;
mod storage;
mod version;

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_rds::types::{
    DbEngineVersion, DbParameterGroup, DbSnapshot, OptionGroup, OrderableDbInstanceOption,
};
use futures_util::future::try_join_all;
use restore::facts::DefaultGroups;
use restore::plan::{Obstacle, ObstacleKind};
use restore::request::{RdsTarget, StorageType};
use step::{CallContext as _, StepError};

use self::network::Network;
use self::places::Place;
use crate::accounts::Clients;
use crate::obstacles::Obstacles;

const VERSIONS: &str = "rds:DescribeDBEngineVersions";
const ORDERABLE: &str = "rds:DescribeOrderableDBInstanceOptions";
const PARAMETER_GROUPS: &str = "rds:DescribeDBParameterGroups";
const OPTION_GROUPS: &str = "rds:DescribeOptionGroups";
const RESTORE: &str = "rds:RestoreDBInstanceFromDBSnapshot";

/// The step that makes the DB instance.
const CREATE: &str = "create-instance";

/// What is restored.
#[derive(Debug)]
pub(super) struct Restored<'a> {
    /// The path of the field that names the snapshot.
    pub(super) path: &'a str,
    pub(super) snapshot: &'a DbSnapshot,
    /// The options that it cannot be without.
    pub(super) lasting: &'a [String],
    /// The class of its DB instance, where the request names none and that one is there to tell.
    pub(super) class: Option<String>,
}

/// Notes what the target does not have, or has otherwise than what is restored needs it; the groups
/// that a DB instance of its version falls back on.
///
/// # Errors
///
/// Only what trying again may mend: a read that the role may not make is noted as such.
pub(super) async fn check(
    target: &Clients,
    obstacles: &mut Obstacles,
    restored: Restored<'_>,
    asked: &RdsTarget,
) -> Result<DefaultGroups, StepError> {
    let Restored { path, snapshot, lasting, class } = restored;
    let places = places::all(asked, class.as_deref());
    let (versions, orderable, parameters, options, network) = tokio::join!(
        versions(target, snapshot),
        orderable(target, snapshot, &places),
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
    let is_retired = versions.as_deref().is_some_and(is_retired);
    if is_retired {
        obstacles.doubt(target, RESTORE, CREATE, retired(snapshot, session.region.as_str()));
    }
    if let Some(orderable) = obstacles.ask(target, ORDERABLE, orderable)? {
        // Of a version that is not offered any more, AWS lists no class.
        let is_told = |place: &&Place| !is_retired || !place.options(&orderable).is_empty();
        let told = places.iter().filter(is_told);
        for place in told {
            obstacles.extend(not_orderable(snapshot, place, &orderable));
        }
        let own = places.first().into_iter();
        obstacles.extend(own.flat_map(|place| {
            class::misfits(
                snapshot,
                &place.asked,
                &fitting(&place.asked, place.options(&orderable)),
            )
        }));
    }
    if places.iter().any(|place| place.asked.db_instance_class.is_none()) {
        obstacles.doubt(target, RESTORE, CREATE, unknown_class(snapshot, session.region.as_str()));
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
            obstacles.extend(without_lasting(&group, lasting));
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

/// Whether RDS makes no new DB instance of any of the versions found: a version is `available` or
/// `deprecated` (BC:rds.DBEngineVersion.Status).
fn is_retired(versions: &[DbEngineVersion]) -> bool {
    !versions.is_empty() && versions.iter().all(|version| version.status() == Some("deprecated"))
}

/// What is not known of a version that is retired. That its snapshots cannot be restored is said
/// nowhere: of major versions they can, by Extended Support or by an upgrade
/// (`RDS/extended-support-restoring-db-instance`).
fn retired(snapshot: &DbSnapshot, region: &str) -> String {
    format!(
        "{} is deprecated in {region}: RDS makes no new DB instance of it, and tells neither whether it restores a snapshot of \
         it as it is nor which classes it has for it",
        engine(snapshot)
    )
}

/// What is not known where nothing tells the class.
fn unknown_class(snapshot: &DbSnapshot, region: &str) -> String {
    format!(
        "target.rds.dbInstanceClass is not given, and DB instance {} is not there to tell its class, which RDS takes then: \
         whether it can be ordered in {region} is not known",
        snapshot.db_instance_identifier().unwrap_or("of the snapshot")
    )
}

/// The options for each class that one of the places has.
async fn orderable(
    target: &Clients,
    snapshot: &DbSnapshot,
    places: &[Place],
) -> Result<Orderable, StepError> {
    let classes = distinct(places.iter().filter_map(|it| it.asked.db_instance_class.as_deref()));
    let all = classes.iter().map(async |class| of_class(target, snapshot, class).await);
    let all = try_join_all(all).await?;
    Ok(classes.into_iter().map(str::to_owned).zip(all).collect())
}

/// What can be ordered, by its class.
type Orderable = BTreeMap<String, Vec<OrderableDbInstanceOption>>;

async fn of_class(
    target: &Clients,
    snapshot: &DbSnapshot,
    class: &str,
) -> Result<Vec<OrderableDbInstanceOption>, StepError> {
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

fn not_orderable(snapshot: &DbSnapshot, place: &Place, orderable: &Orderable) -> Option<Obstacle> {
    let (asked, options) = (&place.asked, place.options(orderable));
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
    let lent = if place.is_lent { ", the class of the source DB instance," } else { "" };
    let problem = format!("{class}{lent} cannot be ordered for {}{with}", engine(snapshot));
    Some(Obstacle::at(ObstacleKind::Invalid, &place.path, problem))
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

/// An option group is of one engine and major version, and of one VPC once it is used in one: it "can
/// only be applied to instances that are in the VPC indicated", whatever else it allows
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
    (vpc != wanted).then(|| {
        let problem = format!("`{name}` is of VPC {vpc}, but the DB subnet group of {wanted}");
        field("optionGroupName", problem)
    })
}

/// An option that stays with what is restored has to be in its group, here as in the source
/// (GH:cloud-custodian/cloud-custodian#4955).
fn without_lasting(group: &OptionGroup, lasting: &[String]) -> Option<Obstacle> {
    let has = |option: &str| group.options().iter().any(|it| it.option_name() == Some(option));
    let missing: Vec<&str> =
        lasting.iter().map(String::as_str).filter(|option| !has(option)).collect();
    (!missing.is_empty()).then(|| {
        let name = group.option_group_name().unwrap_or_default();
        let problem = format!(
            "`{name}` lacks {}: permanent or persistent options of the snapshot, without which AWS makes neither a copy nor \
             a DB instance of it",
            missing.join(", ")
        );
        field("optionGroupName", problem)
    })
}

/// The distinct values of `all`.
fn distinct<'a>(all: impl Iterator<Item = &'a str>) -> BTreeSet<&'a str> {
    all.collect()
}

#[cfg(test)]
mod tests;
