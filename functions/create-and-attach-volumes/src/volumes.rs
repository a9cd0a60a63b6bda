//! The volumes that this restore made, found by their tags.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::primitives::DateTime;
use aws_sdk_ec2::types::{Filter, Tag, Volume, VolumeAttachment, VolumeState};
use restore::InstanceId;
use restore::plan::VolumePlan;
use restore::tag::{self, Made};
use serde::Serialize;
use step::{CallContext as _, StepError};

use crate::Request;

const DESCRIBE: &str = "ec2:DescribeVolumes";

/// How EC2 says that it does not know a volume, of one that is there.
pub(crate) const UNKNOWN: [&str; 1] = ["InvalidVolume.NotFound"];

/// A volume of the restored instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RestoredVolume {
    /// Its id.
    pub volume_id: String,
    /// The device name it is attached under.
    pub device_name: String,
    /// Whether it is the root volume.
    pub root: bool,
    /// The key it is encrypted with, as AWS tells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kms_key_id: Option<String>,
}

impl RestoredVolume {
    /// What `plan` came to.
    pub(crate) fn of(plan: &VolumePlan, volume_id: &str, kms_key_id: Option<&str>) -> Self {
        Self {
            volume_id: volume_id.to_owned(),
            device_name: plan.device_name.clone(),
            root: plan.root,
            kms_key_id: kms_key_id.map(str::to_owned),
        }
    }
}

/// What restored volumes are: of this run, or of one that has succeeded.
pub(crate) const RESTORED: &[Made] = &[Made::Volume, Made::Finished];

/// Every volume that this restore made as one of `made`, in whatever state.
pub(crate) async fn find(
    ec2: &Client,
    request: &Request,
    made: &[Made],
) -> Result<Vec<Volume>, StepError> {
    let filter = |tag: &str, values: Vec<String>| {
        Filter::builder().name(format!("tag:{tag}")).set_values(Some(values)).build()
    };
    let steps = made.iter().map(|it| it.name().to_owned()).collect();
    ec2.describe_volumes()
        .filters(filter(tag::ID, vec![request.restore_id.to_string()]))
        .filters(filter(tag::STEP, steps))
        .into_paginator()
        .items()
        .send()
        .collect::<Result<Vec<_>, _>>()
        .await
        .during(DESCRIBE)
        .map_err(|error| error.by(&request.session, request.restore_id.as_str()))
}

/// Those of `found` that were made for `plan`.
pub(crate) fn made_for<'a>(
    plan: &VolumePlan,
    found: &'a [Volume],
) -> impl Iterator<Item = &'a Volume> {
    let source = tag::volume_source(&plan.source, &plan.device_name);
    found.iter().filter(move |volume| tag(volume.tags(), tag::SOURCE) == Some(&source))
}

/// The one of `found` to go on with for `plan`: the oldest that can be used. Those of a restore that
/// has succeeded are somebody's by now, whatever became of its instance.
pub(crate) fn adopt<'a>(plan: &VolumePlan, found: &'a [Volume]) -> Option<&'a Volume> {
    let is_usable = |volume: &&Volume| {
        tag(volume.tags(), tag::STEP) == Some(Made::Volume.name()) && !is_lost(volume.state())
    };
    made_for(plan, found).filter(is_usable).min_by_key(|volume| {
        (volume.create_time().map_or(i64::MAX, DateTime::secs), volume.volume_id())
    })
}

/// The one of `found` that is attached to the instance where `plan` wants one, whatever snapshot it is
/// of: the newest snapshots may not be those that a restored instance was made of.
pub(crate) fn attached<'a>(
    plan: &VolumePlan,
    found: &'a [Volume],
    instance_id: &InstanceId,
) -> Option<&'a Volume> {
    let is_there = |volume: &&Volume| {
        attachment(volume).is_some_and(|it| {
            (it.instance_id(), it.device())
                == (Some(instance_id.as_str()), Some(plan.device_name.as_str()))
        })
    };
    found.iter().find(is_there)
}

/// Whether a volume in this state will never be usable (BC:ec2.VolumeState).
pub(crate) fn is_lost(state: Option<&VolumeState>) -> bool {
    matches!(state, Some(VolumeState::Error | VolumeState::Deleting | VolumeState::Deleted))
}

/// Where `volume` is attached. It can be in several places only by Multi-Attach, which is none of
/// this restore's doing.
pub(crate) fn attachment(volume: &Volume) -> Option<&VolumeAttachment> {
    volume.attachments().first()
}

/// The id of `volume`.
pub(crate) fn id(volume: &Volume) -> Result<&str, StepError> {
    volume.volume_id().ok_or_else(|| StepError::missing(DESCRIBE, "volumeId"))
}

/// The value of the tag `key`.
pub(crate) fn tag<'a>(tags: &'a [Tag], key: &str) -> Option<&'a str> {
    tags.iter().find(|tag| tag.key() == Some(key)).and_then(Tag::value)
}

#[cfg(test)]
mod tests;
