//! Modifies the DB instance by what the restore call does not take.

use aws_sdk_rds::Client;
use aws_sdk_rds::config::Config;
use aws_sdk_rds::config::retry::RetryConfig;
use aws_sdk_rds::types::DbInstance;
use restore::plan::DbLaunch;
use restore::request::RdsTarget;
use restore::{RestoreId, Session};
use step::{CallContext as _, ErrorName, StepError, keys};
use tracing::info;

use crate::db_instance;

const MODIFY: &str = "rds:ModifyDBInstance";

/// What is not yet as asked.
#[derive(Debug, Default, PartialEq, Eq)]
struct Changes {
    deletion_protection: Option<bool>,
    max_allocated_storage: Option<i32>,
    monitoring: Option<Monitoring>,
    enable_performance_insights: Option<bool>,
    preferred_maintenance_window: Option<String>,
    manage_master_user_password: Option<bool>,
}

/// Enhanced Monitoring, whose role goes with its interval.
#[derive(Debug, PartialEq, Eq)]
struct Monitoring {
    interval: i32,
    role_arn: Option<String>,
}

/// Modifies the DB instance, as far as it is not as asked; one that an earlier run has finished is
/// its owner's, and stays as it is. Answers whether it is.
pub(crate) async fn modify(
    rds: &Client,
    restore_id: &RestoreId,
    session: &Session,
    launch: &DbLaunch,
) -> Result<bool, StepError> {
    let id = &launch.identifier;
    let resource = format!("{id}{}", keys::under(Some(&launch.kms_key_id), None));
    let by = |error: StepError| error.by(session, &resource);
    let found = db_instance::look(rds, id).await.map_err(by)?;
    let found = found.ok_or_else(|| by(StepError::resource_failed(id, "it is gone")))?;
    db_instance::adopt(restore_id, launch, &found).map_err(by)?;
    if db_instance::is_finished(&found) {
        return Ok(true);
    }
    let changes = plan(&launch.settings, &found);
    if changes == Changes::default() {
        return Ok(false);
    }
    refuse_unless_available(&found).map_err(by)?;
    let sent = send(rds, id, changes).await;
    sent.map_err(|error| by(error.not_yet_known(&["DBInstanceNotFound"])))?;
    info!(restore = %restore_id, db_instance = id, "DB instance being modified");
    Ok(false)
}

fn plan(asked: &RdsTarget, found: &DbInstance) -> Changes {
    Changes {
        deletion_protection: asked
            .deletion_protection
            .filter(|asked| *asked != found.deletion_protection().unwrap_or_default()),
        max_allocated_storage: asked
            .max_allocated_storage
            .filter(|asked| !autoscales_to(*asked, found)),
        monitoring: asked
            .monitoring_interval
            .map(|interval| Monitoring {
                interval,
                role_arn: asked.monitoring_role_arn.as_ref().map(ToString::to_string),
            })
            .filter(|asked| !is_monitored(asked, found)),
        enable_performance_insights: asked
            .enable_performance_insights
            .filter(|asked| *asked != found.performance_insights_enabled().unwrap_or_default()),
        preferred_maintenance_window: asked.preferred_maintenance_window.clone().filter(|asked| {
            // AWS stores it in lower case.
            !found.preferred_maintenance_window().is_some_and(|it| it.eq_ignore_ascii_case(asked))
        }),
        manage_master_user_password: asked
            .manage_master_user_password
            .filter(|asked| *asked != found.master_user_secret().is_some()),
    }
}

/// Whether `found` scales its storage up to `limit`. A limit at the size it has switches scaling
/// off, and is then not told (`RDS/USER_PIOPS.Autoscaling`).
fn autoscales_to(limit: i32, found: &DbInstance) -> bool {
    match found.max_allocated_storage() {
        Some(found) => found == limit,
        None => found.allocated_storage() == Some(limit),
    }
}

/// Whether `found` is monitored as `asked`; at interval 0 by no role.
fn is_monitored(asked: &Monitoring, found: &DbInstance) -> bool {
    found.monitoring_interval().unwrap_or_default() == asked.interval
        && (asked.interval == 0 || found.monitoring_role_arn() == asked.role_arn.as_deref())
}

/// A change under way does not show in what is described, and another one is refused until it is
/// done (BC:rds.ModifyDBInstance, `InvalidDBInstanceState`): whether anything is left to do can
/// then not be told yet.
fn refuse_unless_available(found: &DbInstance) -> Result<(), StepError> {
    match found.db_instance_status() {
        Some("available") => Ok(()),
        state => Err(StepError::refused(
            ErrorName::Throttled,
            format!("{MODIFY}: it is {}, not yet available", state.unwrap_or("in no known state")),
        )),
    }
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
