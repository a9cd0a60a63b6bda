//! Modifies the DB instance by what the restore call does not take, until all of it is there.
//!
//! RDS answers before it begins: for a while the DB instance stays `available` with the values that
//! it had (GH:aws/aws-sdk-js#1505, GH:hashicorp/terraform-provider-aws#31445). So what is done is
//! told by the values, never by the state alone; and what has been asked for is not asked for again
//! while it may still begin.

mod changes;

use aws_sdk_rds::Client;
use aws_sdk_rds::config::Config;
use aws_sdk_rds::config::retry::RetryConfig;
use aws_sdk_rds::types::DbInstance;
use restore::availability::Availability;
use restore::plan::DbLaunch;
use restore::poll::next_look;
use restore::{RestoreId, Session};
use serde::Serialize;
use step::{CallContext as _, StepError, keys};
use tracing::info;

use crate::db_instance;
use changes::{Changes, left, under_way};

const MODIFY: &str = "rds:ModifyDBInstance";

/// The seconds for which a modification may not show: it begins within a minute or so. What still
/// does not show then is asked for again.
const UNBEGUN_SECONDS: u32 = 600;

/// How far the modification is.
#[derive(Debug, PartialEq, Serialize)]
#[serde(tag = "state", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Modified {
    /// Not all that was asked for is there.
    Pending {
        /// Whether what was asked for is under way as of now: from here its time to begin counts.
        asked: bool,
        /// When to ask again.
        wait_seconds: u32,
        /// What is waited for, in words.
        waiting_for: String,
    },
    /// All of it is there; or an earlier run has finished the DB instance, which is its owner's.
    Done,
}

/// How long it has taken so far.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Elapsed {
    /// The seconds since the first call.
    pub(crate) seconds: u32,
    /// The seconds since a call that answered [`Modified::Pending`] with `asked`.
    pub(crate) since_asked: Option<u32>,
}

/// What is left to do.
#[derive(Debug, PartialEq, Eq)]
enum Plan {
    /// All is there.
    Nothing,
    /// Something is not, in words, and may come by itself.
    Wait { asked: bool, waiting_for: String },
    /// To be asked for.
    Ask(Changes),
    /// It will never be usable, for this reason.
    Never(String),
}

/// Asks for what is not as it is to be, once the DB instance can be modified, and tells whether all
/// is; one that an earlier run has finished is its owner's, and stays as it is.
pub(crate) async fn modify(
    rds: &Client,
    restore_id: &RestoreId,
    session: &Session,
    launch: &DbLaunch,
    elapsed: Elapsed,
) -> Result<Modified, StepError> {
    let id = &launch.identifier;
    let resource = format!("{id}{}", keys::under(Some(&launch.kms_key_id), None));
    let by = |error: StepError| error.by(session, &resource);
    let found = db_instance::look(rds, id).await.map_err(by)?;
    let found = found.ok_or_else(|| by(StepError::resource_failed(id, "it is gone")))?;
    db_instance::adopt(restore_id, launch, &found).map_err(by)?;
    if db_instance::is_finished(&found) {
        return Ok(Modified::Done);
    }
    let pending = |asked, waiting_for: String| Modified::Pending {
        asked,
        wait_seconds: next_look(None, elapsed.seconds),
        waiting_for: format!("DB instance {id} {waiting_for}"),
    };
    let changes = match plan(launch, &found, elapsed.since_asked) {
        Plan::Nothing => return Ok(Modified::Done),
        Plan::Wait { asked, waiting_for } => return Ok(pending(asked, waiting_for)),
        Plan::Never(reason) => return Err(by(never(session, launch, &reason))),
        Plan::Ask(changes) => changes,
    };
    let names = changes.names();
    match send(rds, id, changes).await {
        Ok(()) => {
            info!(restore = %restore_id, db_instance = id, names, "DB instance to be modified");
            Ok(pending(true, format!("is to take on {names}")))
        }
        // A backup that RDS makes, or a change, has begun since the look: it lasts as long as it
        // lasts (BC:rds.ModifyDBInstance, `InvalidDBInstanceState`).
        Err(error) if error.code() == Some("InvalidDBInstanceState") => Ok(pending(
            elapsed.since_asked.is_some(),
            format!("cannot take on {names} now: {error}"),
        )),
        Err(error) => Err(by(error.not_yet_known(&["DBInstanceNotFound"]))),
    }
}

fn plan(launch: &DbLaunch, found: &DbInstance, since_asked: Option<u32>) -> Plan {
    let state = found.db_instance_status().unwrap_or("creating");
    match Availability::of_db_instance(state) {
        Availability::Failed { reason } => return Plan::Never(reason),
        // It is at work, by what was asked for or by something else, and takes no more meanwhile
        // (BC:rds.ModifyDBInstance, `InvalidDBInstanceState`).
        Availability::Pending { .. } => {
            let waiting_for = format!("is {state}");
            return Plan::Wait { asked: since_asked.is_some(), waiting_for };
        }
        Availability::Ready => {}
    }
    let changes = left(&launch.settings, found);
    let wait = |waiting_for| Plan::Wait { asked: false, waiting_for };
    if changes != Changes::default() {
        return if since_asked.is_some_and(|seconds| seconds < UNBEGUN_SECONDS) {
            wait(format!("is to take on {}", changes.names()))
        } else {
            Plan::Ask(changes)
        };
    }
    match under_way(&launch.settings, found).as_slice() {
        [] => Plan::Nothing,
        names => wait(format!("is taking on {}", names.join(", "))),
    }
}

/// The failure of a DB instance that has come to a state that does not pass.
fn never(session: &Session, launch: &DbLaunch, reason: &str) -> StepError {
    let hint = keys::of_db_instance(session, std::slice::from_ref(&launch.kms_key_id), reason);
    let name = keys::class_of(reason, hint.is_some());
    let hint = hint.map_or_else(String::new, |hint| format!("; {hint}"));
    StepError::refused(name, format!("DB instance {}: {reason}{hint}", launch.identifier))
}

async fn send(rds: &Client, id: &str, changes: Changes) -> Result<(), StepError> {
    let (interval, role_arn) = changes.monitoring.map(|it| (it.interval, it.role_arn)).unzip();
    rds.modify_db_instance()
        .db_instance_identifier(id)
        // Else all would wait for the next maintenance window.
        .apply_immediately(true)
        .set_deletion_protection(changes.deletion_protection)
        .set_max_allocated_storage(changes.max_allocated_storage)
        .set_monitoring_interval(interval)
        .set_monitoring_role_arn(role_arn.flatten())
        .set_enable_performance_insights(changes.enable_performance_insights)
        .set_preferred_maintenance_window(changes.preferred_maintenance_window)
        .set_manage_master_user_password(changes.manage_master_user_password)
        .customize()
        // A second sending of the same call meets the change that the first one began.
        .config_override(Config::builder().retry_config(RetryConfig::disabled()))
        .send()
        .await
        .during(MODIFY)
        .map(|_| ())
}

#[cfg(test)]
mod tests;
