//! The instance that the snapshots are of: its settings are the defaults of the restored one.

use std::collections::BTreeMap;

use aws_sdk_ec2::types::{
    Instance, InstanceAttributeName, InstanceState, InstanceStateName, Reservation,
};
use restore::facts::VolumeSettings;
use restore::{ImageId, InstanceId, SecurityGroupId, SubnetId};
use step::{CallContext as _, StepError};

use super::source_volume::{self, matching};
use crate::accounts::Clients;

pub(super) const DESCRIBE_INSTANCES: &str = "ec2:DescribeInstances";
const DESCRIBE_ATTRIBUTE: &str = "ec2:DescribeInstanceAttribute";

/// An instance as it is now.
#[derive(Debug)]
pub(crate) struct SourceInstance {
    pub(super) id: InstanceId,
    pub(super) image_id: Option<ImageId>,
    pub(super) instance_type: Option<String>,
    pub(super) subnet_id: Option<SubnetId>,
    pub(super) security_group_ids: Vec<SecurityGroupId>,
    pub(super) key_name: Option<String>,
    pub(super) iam_instance_profile: Option<String>,
    pub(super) user_data: Option<String>,
    /// Its tags, without those of reserved prefixes.
    pub(super) tags: BTreeMap<String, String>,
    /// Its volumes.
    pub(super) volumes: Vec<SourceVolume>,
    not_restored: Vec<String>,
}

/// A volume of the instance.
#[derive(Debug, Clone)]
pub(crate) struct SourceVolume {
    pub(super) volume_id: String,
    pub(super) device_name: String,
    pub(super) root: bool,
    pub(super) delete_on_termination: bool,
    pub(super) settings: VolumeSettings,
}

impl SourceInstance {
    /// What of it a restore does not bring back, in words.
    pub(crate) fn into_not_restored(self) -> Vec<String> {
        self.not_restored
    }
}

/// Reads the instance, its volumes and its user data; nothing of one that is not there any more.
pub(crate) async fn read(
    source: &Clients,
    id: &InstanceId,
) -> Result<Option<SourceInstance>, StepError> {
    let described = source
        .ec2
        .describe_instances()
        .instance_ids(id.as_str())
        .send()
        .await
        .during(DESCRIBE_INSTANCES);
    let found = match described {
        Ok(described) => described
            .reservations()
            .iter()
            .flat_map(Reservation::instances)
            .find(|instance| is_there(instance))
            .cloned(),
        Err(error) if error.code() == Some("InvalidInstanceID.NotFound") => None,
        Err(error) => return Err(error.by(&source.session, id.as_str())),
    };
    let Some(instance) = found else { return Ok(None) };
    let volumes = volumes(source, &instance).await?;
    let user_data = user_data(source, id).await?;
    let reserved: Vec<&str> =
        instance.tags().iter().filter_map(|tag| tag.key()).filter(|key| is_reserved(key)).collect();
    Ok(Some(SourceInstance {
        id: id.clone(),
        image_id: instance.image_id().and_then(|id| ImageId::try_from(id).ok()),
        instance_type: instance.instance_type().map(|kind| kind.as_str().to_owned()),
        subnet_id: instance.subnet_id().and_then(|id| SubnetId::try_from(id).ok()),
        security_group_ids: instance
            .security_groups()
            .iter()
            .filter_map(|group| SecurityGroupId::try_from(group.group_id()?).ok())
            .collect(),
        key_name: instance.key_name().map(str::to_owned),
        iam_instance_profile: instance
            .iam_instance_profile()
            .and_then(|profile| profile.arn().map(str::to_owned)),
        user_data,
        tags: instance
            .tags()
            .iter()
            .filter_map(|tag| Some((tag.key()?.to_owned(), tag.value()?.to_owned())))
            .filter(|(key, _)| !is_reserved(key))
            .collect(),
        volumes,
        not_restored: if reserved.is_empty() {
            Vec::new()
        } else {
            vec![format!("tags reserved by AWS or by restores: {}", reserved.join(", "))]
        },
    }))
}

/// Whether the instance still has its devices: a terminated one is described for an hour, without.
fn is_there(instance: &Instance) -> bool {
    let state = instance.state().and_then(InstanceState::name).map(InstanceStateName::as_str);
    !matches!(state, Some("terminated" | "shutting-down"))
        && !instance.block_device_mappings().is_empty()
}

fn is_reserved(key: &str) -> bool {
    key.starts_with("aws:") || key.starts_with("restore:")
}

async fn volumes(source: &Clients, instance: &Instance) -> Result<Vec<SourceVolume>, StepError> {
    let id = instance.instance_id().unwrap_or_default();
    let described = matching(source, "attachment.instance-id", vec![id.to_owned()]).await?;
    Ok(instance
        .block_device_mappings()
        .iter()
        .filter_map(|mapping| {
            let device_name = mapping.device_name()?.to_owned();
            let ebs = mapping.ebs()?;
            let volume_id = ebs.volume_id()?.to_owned();
            Some(SourceVolume {
                root: instance.root_device_name() == Some(device_name.as_str()),
                device_name,
                delete_on_termination: ebs.delete_on_termination().unwrap_or_default(),
                settings: source_volume::settings(described.get(&volume_id)),
                volume_id,
            })
        })
        .collect())
}

/// The user data as text; `None` when there is none, or when it is not text and so cannot be
/// carried over.
async fn user_data(source: &Clients, id: &InstanceId) -> Result<Option<String>, StepError> {
    let attribute = source
        .ec2
        .describe_instance_attribute()
        .instance_id(id.as_str())
        .attribute(InstanceAttributeName::UserData)
        .send()
        .await
        .during(DESCRIBE_ATTRIBUTE)
        .map_err(|error| error.by(&source.session, id.as_str()))?;
    Ok(attribute
        .user_data()
        .and_then(|data| data.value())
        .filter(|data| !data.is_empty())
        .and_then(|data| aws_smithy_types::base64::decode(data).ok())
        .and_then(|data| String::from_utf8(data).ok()))
}
