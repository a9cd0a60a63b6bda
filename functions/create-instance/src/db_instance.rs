//! Restores the DB instance from its snapshot.

use std::collections::BTreeMap;

use aws_sdk_rds::Client;
use aws_sdk_rds::operation::restore_db_instance_from_db_snapshot::RestoreDbInstanceFromDbSnapshotInput;
use aws_sdk_rds::operation::restore_db_instance_from_db_snapshot::builders::RestoreDbInstanceFromDbSnapshotInputBuilder;
use aws_sdk_rds::types::{DbInstance, Tag};
use restore::availability::is_made_in_vain;
use restore::plan::{DbLaunch, PathSnapshot};
use restore::request::StorageType;
use restore::tag::{self, Made};
use restore::{RestoreId, Session};
use step::{CallContext as _, ErrorName, StepError, keys};
use tracing::info;

const DESCRIBE: &str = "rds:DescribeDBInstances";
const DELETE: &str = "rds:DeleteDBInstance";
const RESTORE: &str = "rds:RestoreDBInstanceFromDBSnapshot";

/// Restores the DB instance, unless an earlier run has; answers whether one has finished it. One that
/// an earlier run made in vain is deleted first, and one that it made from another snapshot is refused:
/// its data would be told as this one's.
///
/// Its tags are the request's and the restore's own. AWS applies the tags that the source had only
/// where the call gives none (BC:rds.RestoreDBInstanceFromDBSnapshotMessage.Tags, `RDS/USER_Tagging`),
/// so tags of the source that are to stay belong into the request.
pub(crate) async fn create(
    rds: &Client,
    restore_id: &RestoreId,
    session: &Session,
    launch: &DbLaunch,
    snapshot: &PathSnapshot,
) -> Result<bool, StepError> {
    let id = &launch.identifier;
    let by = |error: StepError| error.by(session, id);
    if let Some(found) = look(rds, id).await.map_err(by)? {
        adopt(restore_id, launch, &found).map_err(by)?;
        if has_never_been(&found) {
            delete(rds, id).await.map_err(by)?;
            info!(restore = %restore_id, db_instance = id, "failed DB instance of an earlier run deleted");
            return Err(by(being_deleted()));
        }
        return go_on_with(launch, snapshot, &found).map_err(by);
    }
    match input(restore_id, session, launch, snapshot).send_with(rds).await.during(RESTORE) {
        Ok(_) => {
            info!(restore = %restore_id, db_instance = id, snapshot.current, "DB instance under way");
            Ok(false)
        }
        // Made by a call whose answer was lost, or by somebody else just now.
        Err(error) if error.code() == Some("DBInstanceAlreadyExists") => {
            match look(rds, id).await.map_err(by)? {
                Some(found) => adopt(restore_id, launch, &found)
                    .and_then(|()| go_on_with(launch, snapshot, &found))
                    .map_err(by),
                None => Err(by(error)),
            }
        }
        Err(error) => {
            // A copy of a moment ago.
            let error = error.not_yet_known(&["DBSnapshotNotFound"]);
            let under = keys::under(Some(&launch.kms_key_id), None);
            Err(error.by(session, &format!("{id} from {}{under}", snapshot.current)))
        }
    }
}

/// The DB instance of that identifier.
pub(crate) async fn look(rds: &Client, id: &str) -> Result<Option<DbInstance>, StepError> {
    match rds.describe_db_instances().db_instance_identifier(id).send().await.during(DESCRIBE) {
        Ok(found) => Ok(found.db_instances.unwrap_or_default().into_iter().next()),
        Err(error) if error.code() == Some("DBInstanceNotFound") => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether an earlier run of this restore made `found`, as this one would.
pub(crate) fn adopt(
    restore_id: &RestoreId,
    launch: &DbLaunch,
    found: &DbInstance,
) -> Result<(), StepError> {
    let exists = |problem: String| Err(StepError::refused(ErrorName::AlreadyExists, problem));
    if !is_of(restore_id, found) {
        return exists(format!(
            "{}: a DB instance is there that this restore did not make; it is never overwritten",
            launch.identifier
        ));
    }
    if let Some(key) = found.kms_key_id().filter(|key| *key != launch.kms_key_id.as_str()) {
        return exists(format!(
            "{}: an earlier run of this restore made it under key {key}, not {}: give another \
             restoreId",
            launch.identifier, launch.kms_key_id
        ));
    }
    if found.db_instance_status() == Some("deleting") {
        return Err(being_deleted());
    }
    Ok(())
}

/// Whether an earlier run has finished `found`: then it is its owner's, whatever it was made from. One
/// that is not finished is gone on with only where it was made from `snapshot`.
fn go_on_with(
    launch: &DbLaunch,
    snapshot: &PathSnapshot,
    found: &DbInstance,
) -> Result<bool, StepError> {
    if is_finished(found) {
        return Ok(true);
    }
    let made_from = found.tag_list().iter().find(|tag| tag.key() == Some(tag::SOURCE));
    match made_from.and_then(Tag::value) {
        Some(source) if source == snapshot.source => Ok(false),
        other => {
            let from = other.unwrap_or("what its tags do not tell");
            let message = format!(
                "{}: an earlier run of this restore made it from {from}, not from {}: start once more \
                 with options.onFailure `cleanUp`, which removes it as that start fails, then again; \
                 or give another restoreId and another dbInstanceIdentifier",
                launch.identifier, snapshot.source
            );
            Err(StepError::refused(ErrorName::AlreadyExists, message))
        }
    }
}

/// It still holds its identifier, for minutes: that is waited for.
fn being_deleted() -> StepError {
    let message = "what an earlier run of this restore made is being deleted";
    StepError::refused(ErrorName::QuotaExceeded, message)
}

/// Whether an earlier run made `found` in vain: it has failed for good, and nobody can ever have
/// reached it. One with an endpoint may hold what was written since.
fn has_never_been(found: &DbInstance) -> bool {
    let reached = found.endpoint().is_some() || found.latest_restorable_time().is_some();
    let state = found.db_instance_status().unwrap_or_default();
    is_made_in_vain(state, reached) && !is_finished(found)
}

/// Deletes what nobody has ever used: it has no data but its snapshot's.
pub(crate) async fn delete(rds: &Client, id: &str) -> Result<(), StepError> {
    let deleted = rds
        .delete_db_instance()
        .db_instance_identifier(id)
        .skip_final_snapshot(true)
        .delete_automated_backups(true)
        .send()
        .await
        .during(DELETE);
    match deleted {
        Err(error) if error.code() == Some("DBInstanceNotFound") => Ok(()),
        deleted => deleted.map(drop),
    }
}

/// Whether a run of this restore made it.
pub(crate) fn is_of(restore_id: &RestoreId, found: &DbInstance) -> bool {
    let ours = |tag: &Tag| tag.key() == Some(tag::ID) && tag.value() == Some(restore_id.as_str());
    found.tag_list().iter().any(ours)
}

/// Whether an earlier run has succeeded in bringing it back.
pub(crate) fn is_finished(found: &DbInstance) -> bool {
    let says_so =
        |tag: &Tag| tag.key() == Some(tag::STEP) && tag.value() == Some(Made::Finished.name());
    found.tag_list().iter().any(says_so)
}

/// Every parameter of the request that the call takes, but two. A key is none of them: the DB
/// instance is encrypted with its snapshot's. Deletion protection comes once it is available: one
/// that fails on the way could be neither removed nor, being unavailable, unprotected
/// (BC:rds.ModifyDBInstance, `InvalidDBInstanceState`).
fn input(
    restore_id: &RestoreId,
    session: &Session,
    launch: &DbLaunch,
    snapshot: &PathSnapshot,
) -> RestoreDbInstanceFromDbSnapshotInputBuilder {
    let asked = &launch.settings;
    let groups = asked.vpc_security_group_ids.as_ref();
    RestoreDbInstanceFromDbSnapshotInput::builder()
        .db_instance_identifier(&launch.identifier)
        .db_snapshot_identifier(reference(session, &snapshot.current))
        .set_db_instance_class(asked.db_instance_class.clone())
        .set_db_subnet_group_name(asked.db_subnet_group_name.clone())
        .set_vpc_security_group_ids(
            groups.map(|groups| groups.iter().map(ToString::to_string).collect()),
        )
        .set_db_parameter_group_name(asked.db_parameter_group_name.clone())
        .set_option_group_name(asked.option_group_name.clone())
        .set_multi_az(asked.multi_az)
        .set_availability_zone(asked.availability_zone.clone())
        .set_storage_type(asked.storage_type.map(StorageType::name).map(str::to_owned))
        .set_iops(asked.iops)
        .set_storage_throughput(asked.storage_throughput)
        .set_allocated_storage(asked.allocated_storage)
        .set_port(asked.port.map(i32::from))
        .set_publicly_accessible(asked.publicly_accessible)
        .set_enable_iam_database_authentication(asked.enable_iam_database_authentication)
        .set_ca_certificate_identifier(asked.ca_certificate_identifier.clone())
        .set_engine_lifecycle_support(asked.engine_lifecycle_support.clone())
        .set_backup_retention_period(asked.backup_retention_period)
        .set_copy_tags_to_snapshot(asked.copy_tags_to_snapshot)
        .set_license_model(asked.license_model.clone())
        .set_network_type(asked.network_type.clone())
        .set_enable_cloudwatch_logs_exports(asked.enable_cloudwatch_logs_exports.clone())
        .set_tags(Some(tags(restore_id, asked.tags.as_ref(), &snapshot.source)))
}

fn tags(
    restore_id: &RestoreId,
    asked: Option<&BTreeMap<String, String>>,
    source: &str,
) -> Vec<Tag> {
    let asked = asked.into_iter().flatten().map(|(key, value)| (key.as_str(), value.clone()));
    asked
        .chain(tag::all(restore_id, Made::Instance, source))
        .map(|(key, value)| Tag::builder().key(key).value(value).build())
        .collect()
}

/// The snapshot as the call takes it: by identifier where it is the target's own, by ARN where it
/// is another account's (BC:rds.RestoreDBInstanceFromDBSnapshotMessage.DBSnapshotIdentifier).
fn reference<'a>(session: &Session, db_snapshot: &'a str) -> &'a str {
    let account = db_snapshot.split(':').nth(4);
    match db_snapshot.split_once(":snapshot:") {
        Some((_, identifier)) if account == Some(session.account_id.as_str()) => identifier,
        _ => db_snapshot,
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
