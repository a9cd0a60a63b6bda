//! Which DB snapshot is restored: the one that the request names, or one of a DB instance.

mod choice;
#[cfg(test)]
mod tests;

use std::str::FromStr as _;

use aws_sdk_rds::types::{DbInstance, DbSnapshot, Tag};
use futures_util::future::try_join_all;
use jiff::Timestamp;
use restore::record::complete::DB_INSTANCE;
use restore::request::{At, Fault, RdsSource, Request};
use restore::{RestoreId, tag};
use step::{CallContext as _, StepError};

use self::choice::{Lives, Wanted};
use super::{DESCRIBE_INSTANCES, DESCRIBE_SNAPSHOTS, instance};
use crate::accounts::Clients;
use crate::invalid;
use crate::obstacles::Obstacles;

/// The types of DB snapshots that are listed together: AWS Backup's are listed by their own alone
/// (BC:rds.DescribeDBSnapshotsMessage.SnapshotType).
const LISTINGS: [Option<&str>; 2] = [None, Some("awsbackup")];

/// The snapshot that the request names by `asked`, or the one of the DB instance that it names, with
/// the path of the field; where that is known by what was recorded of the DB instance, it is named by
/// that. Nothing, where what kept it from being found is noted.
///
/// # Errors
///
/// Only what trying again may mend.
pub(super) async fn find(
    source: &Clients,
    obstacles: &mut Obstacles,
    request: &Request,
    asked: &RdsSource,
    restore_id: &RestoreId,
) -> Result<Option<(&'static str, DbSnapshot)>, StepError> {
    let (path, found) = match (&asked.db_snapshot_identifier, &asked.db_instance_identifier) {
        (Some(snapshot), _) => {
            let recorded = request.source.recorded.is_some();
            let path = if recorded { DB_INSTANCE } else { "source.rds.dbSnapshotIdentifier" };
            let found = by_identifier(source, path, snapshot.as_str()).await;
            (path, obstacles.note(found)?)
        }
        (None, Some(instance)) => {
            let wanted = Wanted {
                identifier: instance.as_str(),
                session: &source.session,
                lives: Lives::NoMore { made: None },
                at: asked.at.unwrap_or(At::Latest),
                shared_as_it_is: request.flow().crosses_accounts()
                    && request.source.staging_kms_key_id.is_none(),
                restore_id,
            };
            (DB_INSTANCE, by_instance(source, obstacles, wanted).await?)
        }
        (None, None) => {
            let fault = Fault::new("source.rds", "names no snapshot");
            ("source.rds", obstacles.note(Err(invalid(vec![fault])))?)
        }
    };
    Ok(found.map(|found| (path, found)))
}

async fn by_identifier(
    source: &Clients,
    path: &str,
    identifier: &str,
) -> Result<DbSnapshot, StepError> {
    let described = source
        .rds
        .describe_db_snapshots()
        .db_snapshot_identifier(identifier)
        .set_snapshot_type(snapshot_type(identifier).map(str::to_owned))
        .send()
        .await
        .during(DESCRIBE_SNAPSHOTS);
    let found = match described {
        Ok(described) => described.db_snapshots.unwrap_or_default().into_iter().next(),
        Err(error) if error.code() == Some("DBSnapshotNotFound") => None,
        Err(error) => return Err(error.by(&source.session, identifier)),
    };
    found.ok_or_else(|| {
        let session = &source.session;
        invalid(vec![Fault::new(
            path,
            format!(
                "DB snapshot {identifier} is not found in account {} and Region {} (DB cluster snapshots are not supported yet)",
                session.account_id, session.region
            ),
        )])
    })
}

/// The `SnapshotType` without which AWS does not find an automated snapshot by its identifier.
fn snapshot_type(identifier: &str) -> Option<&'static str> {
    let name = identifier.split(":snapshot:").last().unwrap_or(identifier);
    if name.starts_with("rds:") {
        Some("automated")
    } else if name.starts_with("awsbackup:") {
        Some("awsbackup")
    } else {
        None
    }
}

/// The newest snapshot of the very DB instance that has the identifier; where none has it, of the one
/// that had.
async fn by_instance(
    source: &Clients,
    obstacles: &mut Obstacles,
    wanted: Wanted<'_>,
) -> Result<Option<DbSnapshot>, StepError> {
    let Wanted { identifier, restore_id, .. } = wanted;
    let (there, snapshots) =
        tokio::join!(instance(source, identifier), of_instance(source, identifier));
    let (there, snapshots) = (obstacles.note(there)?, obstacles.note(snapshots)?);
    let (Some(there), Some(snapshots)) = (there, snapshots) else { return Ok(None) };
    let fault = |problem: String| invalid(vec![Fault::new(DB_INSTANCE, problem)]);
    let cluster = there.as_ref().and_then(DbInstance::db_cluster_identifier);
    if let Some(cluster) = cluster {
        return obstacles.note(Err(fault(format!(
            "DB instance {identifier} is a member of DB cluster {cluster} (Aurora or a Multi-AZ DB cluster), which is not \
             supported yet"
        ))));
    }
    let wanted = Wanted { lives: lives(there.as_ref(), restore_id)?, ..wanted };
    obstacles.note(wanted.choose(snapshots).map_err(fault))
}

/// Which DB instance it is whose snapshots are asked for. One that is restored to the identifier that
/// it had, is there once it is made.
fn lives<'a>(
    there: Option<&'a DbInstance>,
    restore_id: &RestoreId,
) -> Result<Lives<'a>, StepError> {
    let Some(there) = there else { return Ok(Lives::NoMore { made: None }) };
    let id = there.dbi_resource_id();
    let id = id.ok_or_else(|| StepError::missing(DESCRIBE_INSTANCES, "DbiResourceId"))?;
    let is_made = there.tag_list().iter().any(|tag| is_own(tag, restore_id));
    Ok(if is_made { Lives::NoMore { made: Some(id) } } else { Lives::As(id) })
}

/// Whether a tag says that the restore made what carries it.
fn is_own(tag: &Tag, restore_id: &RestoreId) -> bool {
    tag.key() == Some(tag::ID) && tag.value() == Some(restore_id.as_str())
}

/// The DB snapshots of DB instances of this identifier: manual and automated ones, and AWS Backup's.
pub(crate) async fn of_instance(
    source: &Clients,
    instance: &str,
) -> Result<Vec<DbSnapshot>, StepError> {
    let listed = LISTINGS.map(async |snapshot_type| {
        source
            .rds
            .describe_db_snapshots()
            .db_instance_identifier(instance.to_ascii_lowercase())
            .set_snapshot_type(snapshot_type.map(str::to_owned))
            .into_paginator()
            .items()
            .send()
            .collect::<Result<Vec<_>, _>>()
            .await
            .during(DESCRIBE_SNAPSHOTS)
            .map_err(|error| error.by(&source.session, instance))
    });
    Ok(try_join_all(listed).await?.concat())
}

/// The instant at which the snapshot, or the copy that it is, was made.
pub(crate) fn made_at(snapshot: &DbSnapshot) -> Option<Timestamp> {
    Timestamp::from_str(&snapshot.snapshot_create_time()?.to_string()).ok()
}

/// The instant of a snapshot's data: a copy tells that of its original
/// (BC:rds.DBSnapshot.OriginalSnapshotCreateTime).
pub(crate) fn data_of(snapshot: &DbSnapshot) -> Option<Timestamp> {
    let original = snapshot.original_snapshot_create_time();
    let original = original.and_then(|at| Timestamp::from_str(&at.to_string()).ok());
    original.or_else(|| made_at(snapshot))
}
