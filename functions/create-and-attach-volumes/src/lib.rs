//! Makes the restored volumes and puts them in the place of the instance's placeholder.
//!
//! Four actions, each called once what the one before began has come about: the volumes are
//! created from the snapshots that the path ended with; the placeholder is detached from the
//! stopped instance; the volumes are attached; the instance is given all it was launched without,
//! and started.
//!
//! Nothing is awaited. Every action looks before it acts, so that a run after one that was cut off
//! between any two calls goes on from there and doubles nothing; and none touches anything that
//! does not carry this restore's tag. An instance that is tagged as restored is somebody's
//! instance: it is reported, and no more changed.

mod attach;
mod create;
mod finish;
mod instance;
mod placeholder;
mod volumes;

use aws_sdk_ec2::Client;
use restore::plan::{Launch, PathSnapshot};
use restore::{InstanceId, KeyArn, RestoreId, Session};
use serde::{Deserialize, Serialize};
use step::{Sessions, StepError};

pub use volumes::RestoredVolume;

/// What to do for which restore, with whose hands.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// The restore.
    pub restore_id: RestoreId,
    /// The restore role, in the target's Region.
    pub session: Session,
    /// The instance as it is to be.
    pub launch: Launch,
    /// The instance as it is.
    pub instance_id: InstanceId,
    /// The keys that AWS uses for the volumes: named where a failure is most likely one of a key.
    #[serde(default)]
    pub keys: Vec<KeyArn>,
    /// What to do.
    #[serde(flatten)]
    pub action: Action,
}

/// What to do.
#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Action {
    /// Creates the volumes.
    Create {
        /// The snapshots, at the end of their path.
        snapshots: Vec<PathSnapshot>,
    },
    /// Detaches the root volume that the instance was launched with.
    DetachPlaceholder,
    /// Attaches the volumes, each under its device name.
    Attach {
        /// The seconds since they were made, or found.
        elapsed_seconds: u32,
    },
    /// Gives the instance all it was launched without, and starts it.
    Finish,
}

/// What there is now.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
pub enum Response {
    /// The volumes, being made or being attached.
    Volumes {
        /// One for each that the instance is to have.
        volumes: Vec<RestoredVolume>,
    },
    /// The placeholders that still are there, being detached.
    Placeholders {
        /// Their ids.
        placeholder_volume_ids: Vec<String>,
    },
    /// The instance, restored.
    Instance {
        /// Its id.
        instance_id: String,
        /// What it does without and what was removed, by ARN.
        cleaned_up: Vec<String>,
    },
}

/// Does the one thing asked for, as far as it is not done yet.
///
/// # Errors
///
/// `Restore.AlreadyExists` where something that this restore did not make is in the way,
/// `Restore.KeyNotUsable` where a volume is lost, most likely for want of its key, the same or what
/// else has ended it where the instance is lost, else by what AWS answers: each names the call, the
/// resource and the role, and the key where something is made or used under one.
pub async fn handle(sessions: &Sessions, request: Request) -> Result<Response, StepError> {
    let config = sessions.assume(&request.session, &request.restore_id).await?;
    act(&Client::new(&config), &request).await
}

async fn act(ec2: &Client, request: &Request) -> Result<Response, StepError> {
    match &request.action {
        Action::Create { snapshots } => {
            let volumes = create::create(ec2, request, snapshots).await?;
            Ok(Response::Volumes { volumes })
        }
        Action::DetachPlaceholder => {
            let placeholder_volume_ids = placeholder::detach(ec2, request).await?;
            Ok(Response::Placeholders { placeholder_volume_ids })
        }
        Action::Attach { elapsed_seconds } => {
            let volumes = attach::attach(ec2, request, *elapsed_seconds).await?;
            Ok(Response::Volumes { volumes })
        }
        Action::Finish => {
            let cleaned_up = finish::finish(ec2, request).await?;
            Ok(Response::Instance { instance_id: request.instance_id.to_string(), cleaned_up })
        }
    }
}

#[cfg(test)]
mod example;
#[cfg(test)]
mod rehearsal;
#[cfg(test)]
mod tests;
