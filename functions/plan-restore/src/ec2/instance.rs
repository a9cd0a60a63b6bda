//! The instance that the snapshots are of: its settings are the defaults of the restored one.

use aws_sdk_ec2::types::Reservation;
use restore::InstanceId;
use restore::record::Ec2Settings;
use step::{CallContext as _, StepError};

use super::source_volume::matching;
use crate::accounts::Clients;

pub(super) const DESCRIBE_INSTANCES: &str = "ec2:DescribeInstances";

/// Reads the instance, its volumes and its user data; nothing of one that is not there any more.
pub(crate) async fn read(
    source: &Clients,
    id: &InstanceId,
) -> Result<Option<Ec2Settings>, StepError> {
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
            .find(|instance| settings::ec2::is_there(instance))
            .cloned(),
        Err(error) if error.code() == Some("InvalidInstanceID.NotFound") => None,
        Err(error) => return Err(error.by(&source.session, id.as_str())),
    };
    let Some(instance) = found else { return Ok(None) };
    let volumes = matching(source, "attachment.instance-id", vec![id.to_string()]).await?;
    let user_data = settings::ec2::user_data(&source.ec2, id)
        .await
        .map_err(|error| error.by(&source.session, id.as_str()))?;
    Ok(Some(settings::ec2::settings(id, &instance, &volumes, user_data)))
}
