//! Looks once at everything that one wait of a restore is for.
//!
//! The state machine waits and asks again; this function never does either. A look has three
//! outcomes: all of it is there, not yet (with how far it is, when to look again and what it
//! waits for, in words), or never, which fails as `Restore.ResourceFailed` with the resource's
//! own reason. What AWS does not know *yet* is not there yet: its answers lag behind its own
//! changes, for which [`SETTLED_SECONDS`] are allowed.

mod grants;
mod instance;
mod look;
mod rds;
mod request;
mod snapshots;
mod volumes;

pub use look::{Endpoint, Response};
pub use request::{Awaited, InstanceUntil, Request, VolumesUntil};
pub use restore::poll::SETTLED_SECONDS;

use look::{Look, conclude};
use restore::Service;
use step::{Sessions, StepError};
use tracing::info;

/// Looks at what `request` awaits.
///
/// # Errors
///
/// `Restore.ResourceFailed` when a part of it will never be usable, `Restore.AccessDenied` when a
/// key does not answer to its grant; else as the call to AWS failed.
pub async fn handle(sessions: &Sessions, request: Request) -> Result<Response, StepError> {
    let config = sessions.assume(&request.session, &request.restore_id).await?;
    let look = Look {
        session: &request.session,
        keys: &request.keys,
        elapsed_seconds: request.elapsed_seconds,
    };
    let ec2 = || aws_sdk_ec2::Client::new(&config);
    let rds = || aws_sdk_rds::Client::new(&config);
    let seen = match &request.awaited {
        Awaited::SharedSnapshots { service, snapshots, grants } => {
            let mut seen = match service {
                Service::Ec2 => snapshots::shared(&ec2(), look, snapshots).await?,
                Service::Rds => rds::shared_snapshots(&rds(), look, snapshots).await?,
            };
            let kms = aws_sdk_kms::Client::new(&config);
            seen.extend(grants::look_at(&kms, look, &request.restore_id, grants).await?);
            seen
        }
        Awaited::Snapshots { snapshot_ids } => {
            snapshots::copies(&ec2(), look, snapshot_ids).await?
        }
        Awaited::DbSnapshot { db_snapshot } => {
            vec![rds::snapshot(&rds(), look, db_snapshot).await?]
        }
        Awaited::Instance { instance_id, until, address } => {
            let ec2 = ec2();
            let seen = instance::look_at(&ec2, look, instance_id, *until).await?;
            vec![if *address { instance::find(&ec2, look, instance_id, seen).await? } else { seen }]
        }
        Awaited::Volumes { volume_ids, until, instance_id } => {
            let until = volumes::Until::of(*until, instance_id.as_deref())?;
            volumes::look_at(&ec2(), look, volume_ids, until).await?
        }
        Awaited::DbInstance {
            db_instance_identifier,
            until: request::DbInstanceUntil::Available,
        } => {
            vec![rds::instance(&rds(), look, db_instance_identifier).await?]
        }
    };
    let response = conclude(&seen, look)?;
    info!(?response, "looked");
    Ok(response)
}
