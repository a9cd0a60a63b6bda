//! The DB instance that AWS has no capacity for.

use aws_sdk_rds::Client;
use aws_sdk_rds::types::DbInstance;
use restore::plan::DbLaunch;
use restore::{RestoreId, Session};
use step::{ErrorName, StepError};
use tracing::info;

use super::{GivenUp, SETTLING_SECONDS};
use crate::db_instance;

/// What is left to do.
#[derive(Debug, PartialEq, Eq)]
enum Plan {
    /// AWS made none.
    Nothing,
    /// It is on its way out.
    Wait,
    /// It goes.
    Delete,
}

/// Deletes the DB instance, where AWS has left one.
pub(crate) async fn db_instance(
    rds: &Client,
    restore_id: &RestoreId,
    session: &Session,
    launch: &DbLaunch,
    elapsed_seconds: u32,
) -> Result<GivenUp, StepError> {
    let id = &launch.identifier;
    let by = |error: StepError| error.by(session, id);
    let Some(next) = launch.elsewhere() else {
        let message = "there is no other place to try: target.rds.alternatives has no more";
        return Err(by(StepError::refused(ErrorName::InsufficientCapacity, message)));
    };
    let found = db_instance::look(rds, id).await.map_err(by)?;
    match plan(restore_id, found.as_ref()).map_err(by)? {
        Plan::Nothing => {
            let db_launch = Some(Box::new(next));
            return Ok(GivenUp::Done { launch: None, db_launch, wait_seconds: SETTLING_SECONDS });
        }
        Plan::Wait => {}
        Plan::Delete => {
            db_instance::delete(rds, id).await.map_err(by)?;
            info!(restore = %restore_id, db_instance = id, "DB instance without capacity deleted");
        }
    }
    Ok(GivenUp::pending(
        elapsed_seconds,
        format!("DB instance {id}, for which there is no capacity, is being removed"),
    ))
}

fn plan(restore_id: &RestoreId, found: Option<&DbInstance>) -> Result<Plan, StepError> {
    let Some(found) = found else { return Ok(Plan::Nothing) };
    if !db_instance::is_of(restore_id, found) || db_instance::is_finished(found) {
        let message = "a DB instance is there that this run did not make; it is never removed";
        return Err(StepError::refused(ErrorName::AlreadyExists, message));
    }
    Ok(match found.db_instance_status() {
        Some("deleting") => Plan::Wait,
        _ => Plan::Delete,
    })
}

#[cfg(test)]
mod tests;
