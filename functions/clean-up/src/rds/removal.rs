//! How what a restore made in RDS is removed. A snapshot that is not there counts as removed; that a
//! DB instance is gone, a listing has to confirm.

use aws_sdk_rds::Client;
use step::{CallContext as _, StepError};

/// Deletes a DB snapshot.
pub(crate) async fn delete_snapshot(rds: &Client, identifier: &str) -> Result<(), StepError> {
    let deleted = rds.delete_db_snapshot().db_snapshot_identifier(identifier).send().await;
    match deleted.during("rds:DeleteDBSnapshot") {
        Err(error) if error.code() != Some("DBSnapshotNotFound") => Err(error),
        _ => Ok(()),
    }
}

/// Begins to delete a DB instance: with its backups and without a last snapshot, since all that
/// it holds is in the snapshot it was made from.
pub(crate) async fn delete_instance(rds: &Client, identifier: &str) -> Result<(), StepError> {
    let deleted = rds
        .delete_db_instance()
        .db_instance_identifier(identifier)
        .skip_final_snapshot(true)
        .delete_automated_backups(true)
        .send()
        .await;
    deleted.during("rds:DeleteDBInstance").map(drop)
}

/// Takes away the protection from being deleted that the request asked for.
pub(crate) async fn unprotect(rds: &Client, identifier: &str) -> Result<(), StepError> {
    let modified = rds
        .modify_db_instance()
        .db_instance_identifier(identifier)
        .deletion_protection(false)
        .apply_immediately(true)
        .send()
        .await;
    modified.during("rds:ModifyDBInstance").map(drop)
}
