//! Takes away the root volume that the instance was launched with.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{Instance, Volume, VolumeAttachmentState, VolumeState};
use restore::tag::Made;
use step::{CallContext as _, ErrorName, StepError};
use tracing::info;

use crate::{Request, instance, volumes};

const DETACH: &str = "ec2:DetachVolume";
const DELETE: &str = "ec2:DeleteVolume";

/// Detaches the placeholder where it is the root volume; answers the placeholders that are there.
pub(crate) async fn detach(ec2: &Client, request: &Request) -> Result<Vec<String>, StepError> {
    let instance = instance::look(ec2, request).await?;
    let placeholders = own(request, volumes::find(ec2, request, &[Made::Placeholder]).await?);
    let restored = volumes::find(ec2, request, &[Made::Volume]).await?;
    let id = request.instance_id.as_str();
    if let Some(root) = plan(request, &instance, &placeholders, &restored)
        .map_err(|error| error.by(&request.session, id))?
    {
        send(ec2, id, root).await.map_err(|error| error.by(&request.session, root))?;
        info!(restore = %request.restore_id, instance = id, volume = root, "placeholder detaching");
    }
    placeholders.iter().map(|it| volumes::id(it).map(str::to_owned)).collect()
}

/// The placeholders that are there: those of another instance of this restore, which was given up,
/// go with that.
fn own(request: &Request, placeholders: Vec<Volume>) -> Vec<Volume> {
    let elsewhere = |volume: &Volume| {
        volumes::attachment(volume)
            .is_some_and(|it| it.instance_id() != Some(request.instance_id.as_str()))
    };
    let is_ours = |it: &Volume| !volumes::is_lost(it.state()) && !elsewhere(it);
    placeholders.into_iter().filter(is_ours).collect()
}

/// The volume to detach: the root volume, where it is a placeholder and not yet on its way.
fn plan<'a>(
    request: &Request,
    instance: &Instance,
    placeholders: &'a [Volume],
    restored: &[Volume],
) -> Result<Option<&'a str>, StepError> {
    let device = &request.launch.root_device_name;
    let Some(root) = instance::device(instance, device).and_then(|it| it.volume_id()) else {
        return Ok(None);
    };
    let is_root = |volume: &&Volume| volume.volume_id() == Some(root);
    if let Some(placeholder) = placeholders.iter().find(is_root) {
        let state = volumes::attachment(placeholder).and_then(|it| it.state());
        return match state {
            Some(VolumeAttachmentState::Detaching | VolumeAttachmentState::Detached) => Ok(None),
            _ => volumes::id(placeholder).map(Some),
        };
    }
    if restored.iter().any(|volume| is_root(&volume)) {
        return Ok(None);
    }
    Err(StepError::refused(
        ErrorName::AlreadyExists,
        format!("{root} at {device} is no volume of this restore, which does not detach it"),
    ))
}

async fn send(ec2: &Client, instance: &str, volume: &str) -> Result<(), StepError> {
    // Sent twice, since an answer was lost, it is refused as `IncorrectState`: the next run finds
    // the volume on its way.
    ec2.detach_volume()
        .volume_id(volume)
        .instance_id(instance)
        .send()
        .await
        .during(DETACH)
        .map(|_| ())
        .map_err(|error| error.not_yet_known(&volumes::UNKNOWN).not_yet_known(&instance::UNKNOWN))
}

/// Deletes the placeholders, once they are detached; answers what was deleted, by id.
pub(crate) async fn delete(ec2: &Client, request: &Request) -> Result<Vec<String>, StepError> {
    let mut deleted_ids = Vec::new();
    for placeholder in own(request, volumes::find(ec2, request, &[Made::Placeholder]).await?) {
        let id = volumes::id(&placeholder)?;
        let by = |error: StepError| error.by(&request.session, id);
        if placeholder.state() != Some(&VolumeState::Available) {
            let message = format!("{DELETE}: the placeholder is not detached yet");
            return Err(by(StepError::refused(ErrorName::Throttled, message)));
        }
        match ec2.delete_volume().volume_id(id).send().await.during(DELETE) {
            // Deleted by a call whose answer was lost.
            Err(error) if error.code() == Some("InvalidVolume.NotFound") => {}
            deleted => {
                deleted.map_err(by)?;
                info!(restore = %request.restore_id, volume = id, "placeholder deleted");
            }
        }
        deleted_ids.push(id.to_owned());
    }
    Ok(deleted_ids)
}

#[cfg(test)]
mod tests;
