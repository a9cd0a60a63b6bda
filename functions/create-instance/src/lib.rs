//! Creates the instance that a restore brings back.
//!
//! An EC2 instance is launched from an AMI whose system it never is to run for long: without user
//! data and instance profile, in a security group without rules, its root volume a placeholder.
//! It is then stopped, so that its root volume can be exchanged. A DB instance is restored from
//! its snapshot, then modified by what the restore call does not take.
//!
//! Nothing is awaited. Every action looks before it acts, so that running it again, after a run
//! that was cut off anywhere, makes nothing twice; and none touches an instance that does not
//! carry this restore's tag.

mod db_instance;
mod launch;
mod modify;
mod sealed_group;
mod stop;
mod tags;

use restore::plan::{DbLaunch, Launch, PathSnapshot};
use restore::{InstanceId, RestoreId, Session};
use serde::{Deserialize, Serialize};
use step::{Sessions, StepError};

pub use launch::Launched;
pub use stop::Stopped;

/// What to do for which restore, with whose hands.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// The restore.
    pub restore_id: RestoreId,
    /// The restore role, in the target's Region.
    pub session: Session,
    /// What to do.
    #[serde(flatten)]
    pub action: Action,
}

/// What to do.
#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Action {
    /// Launches the EC2 instance, sealed off.
    Launch {
        /// The instance to make.
        launch: Box<Launch>,
    },
    /// Stops the EC2 instance, unless it has been restored.
    Stop {
        /// The instance.
        instance_id: InstanceId,
    },
    /// Restores the DB instance from its snapshot.
    Create {
        /// The DB instance to make.
        db_launch: Box<DbLaunch>,
        /// The snapshot, at the end of its path.
        snapshot: PathSnapshot,
    },
    /// Modifies the DB instance by what the restore call does not take.
    Modify {
        /// The DB instance as it is to be.
        db_launch: Box<DbLaunch>,
    },
}

/// What there is now.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
pub enum Response {
    /// The instance, under way.
    Launched(Launched),
    /// The instance, stopped or stopping; or restored, and left alone.
    Stopped(Stopped),
    /// The DB instance, under way.
    DbInstance {
        /// Its identifier.
        db_instance_identifier: String,
    },
}

/// Does the one thing asked for, as far as it is not done yet.
///
/// # Errors
///
/// `Restore.AlreadyExists` where something of the name is there that this restore did not make,
/// `Restore.ResourceFailed` where the instance has ended, else by what AWS answers: each names the
/// call, the resource and the role.
pub async fn handle(sessions: &Sessions, request: Request) -> Result<Response, StepError> {
    let Request { restore_id, session, action } = &request;
    let config = sessions.assume(session, restore_id).await?;
    let (ec2, rds) = (aws_sdk_ec2::Client::new(&config), aws_sdk_rds::Client::new(&config));
    match action {
        Action::Launch { launch } => {
            let launched = Box::pin(launch::launch(&ec2, restore_id, session, launch)).await?;
            Ok(Response::Launched(launched))
        }
        Action::Stop { instance_id } => {
            stop::stop(&ec2, restore_id, session, instance_id).await.map(Response::Stopped)
        }
        Action::Create { db_launch, snapshot } => {
            let created = db_instance::create(&rds, restore_id, session, db_launch, snapshot);
            Box::pin(created).await?;
            Ok(Response::of(db_launch))
        }
        Action::Modify { db_launch } => {
            Box::pin(modify::modify(&rds, restore_id, session, db_launch)).await?;
            Ok(Response::of(db_launch))
        }
    }
}

impl Response {
    fn of(db_launch: &DbLaunch) -> Self {
        Self::DbInstance { db_instance_identifier: db_launch.identifier.clone() }
    }
}

#[cfg(test)]
mod example;
#[cfg(test)]
mod tests;
