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
mod give_up;
mod launch;
mod modify;
mod sealed_group;
mod stop;
mod tags;

use restore::plan::{DbLaunch, Launch, PathSnapshot};
use restore::{InstanceId, KeyArn, RestoreId, Session};
use serde::{Deserialize, Serialize};
use step::{Sessions, StepError};

pub use give_up::GivenUp;
pub use launch::Launched;
pub use modify::Modified;
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
        /// The keys that AWS uses for its volumes: named where it most likely ended for want of one.
        #[serde(default)]
        keys: Vec<KeyArn>,
    },
    /// Gives up the place of the EC2 instance, for want of capacity: removes the instance and its
    /// volumes, which have never run together, and tells the launch at the next place.
    GiveUp {
        /// The instance as it was to be.
        launch: Box<Launch>,
        /// The seconds since it was first asked to.
        elapsed_seconds: u32,
    },
    /// The same of the DB instance, which AWS may have left behind without capacity.
    GiveUpDb {
        /// The DB instance as it was to be.
        db_launch: Box<DbLaunch>,
        /// The seconds since it was first asked to.
        elapsed_seconds: u32,
    },
    /// Restores the DB instance from its snapshot.
    Create {
        /// The DB instance to make.
        db_launch: Box<DbLaunch>,
        /// The snapshot, at the end of its path.
        snapshot: PathSnapshot,
    },
    /// Modifies the DB instance by what the restore call does not take, and tells how far that is.
    Modify {
        /// The DB instance as it is to be.
        db_launch: Box<DbLaunch>,
        /// The seconds since it was first asked to.
        elapsed_seconds: u32,
        /// The seconds since an answer told that the modification was under way.
        asked_seconds: Option<u32>,
    },
}

/// What there is now.
#[derive(Debug, PartialEq, Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
pub enum Response {
    /// The instance, under way.
    Launched(Launched),
    /// The instance, stopped or stopping; or restored, and left alone.
    Stopped(Stopped),
    /// A place, given up or being given up.
    GivenUp(GivenUp),
    /// How far the modification of the DB instance is.
    Modified(Modified),
    /// The DB instance, under way.
    DbInstance {
        /// Its identifier.
        db_instance_identifier: String,
        /// Whether an earlier run has succeeded: then there is nothing to wait for, and whether it
        /// runs is its owner's business.
        finished: bool,
    },
}

/// Does the one thing asked for, as far as it is not done yet.
///
/// # Errors
///
/// `Restore.AlreadyExists` where something of the name is there that this restore did not make,
/// what has ended the instance where it has ended (as [`step::keys::class_of`] tells), else by what
/// AWS answers: each names the call, the resource and the role, and the key where something is made
/// or changed under one.
pub async fn handle(sessions: &Sessions, request: Request) -> Result<Response, StepError> {
    let Request { restore_id, session, action } = &request;
    let config = sessions.assume(session, restore_id).await?;
    let (ec2, rds) = (aws_sdk_ec2::Client::new(&config), aws_sdk_rds::Client::new(&config));
    match action {
        Action::Launch { launch } => {
            let launched = Box::pin(launch::launch(&ec2, restore_id, session, launch)).await?;
            Ok(Response::Launched(launched))
        }
        Action::GiveUp { launch, elapsed_seconds } => {
            let given_up = give_up::instance(&ec2, restore_id, session, launch, *elapsed_seconds);
            Box::pin(given_up).await.map(Response::GivenUp)
        }
        Action::GiveUpDb { db_launch, elapsed_seconds } => {
            let given_up =
                give_up::db_instance(&rds, restore_id, session, db_launch, *elapsed_seconds);
            Box::pin(given_up).await.map(Response::GivenUp)
        }
        Action::Stop { instance_id, keys } => {
            let stopped = stop::stop(&ec2, restore_id, session, instance_id, keys);
            stopped.await.map(Response::Stopped)
        }
        Action::Create { db_launch, snapshot } => {
            let create = db_instance::create(&rds, restore_id, session, db_launch, snapshot);
            let finished = Box::pin(create).await?;
            Ok(Response::DbInstance {
                db_instance_identifier: db_launch.identifier.clone(),
                finished,
            })
        }
        Action::Modify { db_launch, elapsed_seconds, asked_seconds } => {
            let elapsed =
                modify::Elapsed { seconds: *elapsed_seconds, since_asked: *asked_seconds };
            let modify = modify::modify(&rds, restore_id, session, db_launch, elapsed);
            Box::pin(modify).await.map(Response::Modified)
        }
    }
}

#[cfg(test)]
mod example;
#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;
