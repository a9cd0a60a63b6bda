//! Attaches the volumes, each under its device name.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{Volume, VolumeAttachmentState, VolumeState};
use restore::plan::VolumePlan;
use restore::poll::SETTLED_SECONDS;
use step::{CallContext as _, ErrorName, StepError, keys};
use tracing::info;

use crate::volumes::RestoredVolume;
use crate::{Request, create, instance, volumes};

const ATTACH: &str = "ec2:AttachVolume";

/// How AWS refuses to attach what is attached already (EC2API/errors-overview).
const SENT_BEFORE: [&str; 3] = ["VolumeInUse", "IncorrectState", "InvalidParameterValue"];

/// What is left to do for one volume.
#[derive(Debug, PartialEq, Eq)]
enum Plan {
    /// It is available.
    Attach,
    /// It is attached, or being attached, where it belongs.
    Nothing,
}

/// Attaches the volumes that are not attached yet, the root volume first; of an instance that is
/// restored, tells those that are there. They were made `elapsed_seconds` ago.
pub(crate) async fn attach(
    ec2: &Client,
    request: &Request,
    elapsed_seconds: u32,
) -> Result<Vec<RestoredVolume>, StepError> {
    let instance = instance::look(ec2, request).await?;
    let found = volumes::find(ec2, request, volumes::RESTORED).await?;
    if instance::is_restored(&instance) {
        return create::existing(request, &found);
    }
    let mut attached = Vec::with_capacity(request.launch.volumes.len());
    let (root, data): (Vec<_>, Vec<_>) = request.launch.volumes.iter().partition(|it| it.root);
    for volume in root.into_iter().chain(data) {
        attached.push(attach_one(ec2, request, volume, &found, elapsed_seconds).await?);
    }
    Ok(attached)
}

async fn attach_one(
    ec2: &Client,
    request: &Request,
    volume: &VolumePlan,
    found: &[Volume],
    elapsed_seconds: u32,
) -> Result<RestoredVolume, StepError> {
    let made = usable(request, volume, found, elapsed_seconds)
        .map_err(|error| by(request, volume, error))?;
    let id = volumes::id(made)?;
    let attached = RestoredVolume::of(volume, id, made.kms_key_id());
    if plan(request, volume, made).map_err(|error| by(request, volume, error))? == Plan::Nothing {
        return Ok(attached);
    }
    let sent = ec2
        .attach_volume()
        .volume_id(id)
        .instance_id(request.instance_id.as_str())
        .device(&volume.device_name)
        .send()
        .await
        .during(ATTACH);
    match sent {
        Ok(_) => {
            info!(restore = %request.restore_id, volume = id, device = volume.device_name, "volume attaching");
        }
        // The call has no client token: whether it was sent before and its answer lost, only a
        // look tells. `InvalidParameterValue` is a device in use.
        Err(error) if error.code().is_some_and(|code| SENT_BEFORE.contains(&code)) => {
            let found = volumes::find(ec2, request, volumes::RESTORED).await?;
            let made = usable(request, volume, &found, elapsed_seconds)
                .map_err(|error| by(request, volume, error))?;
            match plan(request, volume, made).map_err(|error| by(request, volume, error))? {
                Plan::Nothing => {}
                Plan::Attach => return Err(by(request, volume, error)),
            }
        }
        Err(error) => return Err(by(request, volume, error)),
    }
    Ok(attached)
}

fn by(request: &Request, volume: &VolumePlan, error: StepError) -> StepError {
    let under = keys::under(Some(&request.launch.kms_key_id), None);
    let resource = format!("{} of {}{under}", volume.device_name, request.instance_id);
    error
        .not_yet_known(&volumes::UNKNOWN)
        .not_yet_known(&instance::UNKNOWN)
        .by(&request.session, &resource)
}

/// The volume made for `plan`.
///
/// One that is not there was there: a volume whose key may not be used disappears
/// (GH:kubernetes-sigs/aws-ebs-csi-driver#2685). So soon after it was made a look that does not list
/// it proves nothing, and there is another one.
fn usable<'a>(
    request: &Request,
    plan: &VolumePlan,
    found: &'a [Volume],
    elapsed_seconds: u32,
) -> Result<&'a Volume, StepError> {
    volumes::adopt(plan, found).ok_or_else(|| {
        let is_lost = |volume: &&Volume| volumes::is_lost(volume.state());
        let lost: Vec<String> = volumes::made_for(plan, found).filter(is_lost).map(told).collect();
        if lost.is_empty() && elapsed_seconds < SETTLED_SECONDS {
            let message = format!("volume of {}: it is not listed yet", plan.device_name);
            return StepError::refused(ErrorName::Throttled, message);
        }
        let lost = if lost.is_empty() { "none is there".to_owned() } else { lost.join(", ") };
        let hint = keys::of_vanished_volume(&request.session, &request.keys);
        let message = format!("volume of {} ({lost}): {hint}", plan.device_name);
        StepError::refused(ErrorName::KeyNotUsable, message)
    })
}

/// A volume and the state it is in.
fn told(volume: &Volume) -> String {
    let state = volume.state().map_or("in no known state", VolumeState::as_str);
    format!("{} is {state}", volume.volume_id().unwrap_or_default())
}

fn plan(request: &Request, plan: &VolumePlan, made: &Volume) -> Result<Plan, StepError> {
    let id = volumes::id(made)?;
    let not_yet = |problem: &str| {
        let message = format!("{ATTACH}: {id} is {problem}");
        Err(StepError::refused(ErrorName::Throttled, message))
    };
    let Some(attachment) = volumes::attachment(made) else {
        return match made.state() {
            Some(VolumeState::Creating) => not_yet("being created"),
            _ => Ok(Plan::Attach),
        };
    };
    let (instance, device) = (attachment.instance_id(), attachment.device());
    if instance != Some(request.instance_id.as_str()) || device != Some(&plan.device_name) {
        let (instance, device) = (instance.unwrap_or_default(), device.unwrap_or_default());
        let reason = format!("attached to {instance} as {device}: detach it");
        return Err(StepError::resource_failed(id, &reason));
    }
    match attachment.state() {
        Some(VolumeAttachmentState::Detaching) => not_yet("being detached"),
        Some(VolumeAttachmentState::Detached) => Ok(Plan::Attach),
        _ => Ok(Plan::Nothing),
    }
}

#[cfg(test)]
mod tests;
