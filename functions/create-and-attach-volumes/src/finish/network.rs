//! The security groups: the instance leaves the sealed one for its own.

use std::collections::BTreeSet;

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{Filter, GroupIdentifier, Instance, SecurityGroup};
use restore::plan::Launch;
use restore::{name, tag};
use step::{CallContext as _, ErrorName, StepError};
use tracing::info;

use super::MODIFY;
use crate::{Request, volumes};

const DELETE: &str = "ec2:DeleteSecurityGroup";
const DESCRIBE: &str = "ec2:DescribeSecurityGroups";

/// Puts the instance into its security groups, unless it is: those of the request, else the VPC's
/// default group.
pub(super) async fn set_groups(
    ec2: &Client,
    request: &Request,
    instance: &Instance,
) -> Result<(), StepError> {
    let launch = &request.launch;
    let groups = if launch.security_group_ids.is_empty() {
        vec![default_group(ec2, launch).await?]
    } else {
        launch.security_group_ids.iter().map(ToString::to_string).collect()
    };
    if is_in(instance, &groups) {
        return Ok(());
    }
    ec2.modify_instance_attribute()
        .instance_id(request.instance_id.as_str())
        .set_groups(Some(groups))
        .send()
        .await
        .during(MODIFY)
        .map(|_| ())
}

/// Whether `instance` is in `groups` and no other.
fn is_in(instance: &Instance, groups: &[String]) -> bool {
    let current = instance.security_groups().iter().filter_map(GroupIdentifier::group_id);
    current.collect::<BTreeSet<_>>() == groups.iter().map(String::as_str).collect()
}

async fn default_group(ec2: &Client, launch: &Launch) -> Result<String, StepError> {
    let found = look(ec2, launch, "default").await?;
    found.and_then(|group| group.group_id).ok_or_else(|| {
        let message = format!("{DESCRIBE}: {} has no default security group", launch.vpc_id);
        StepError::refused(ErrorName::Unexpected, message)
    })
}

async fn look(
    ec2: &Client,
    launch: &Launch,
    name: &str,
) -> Result<Option<SecurityGroup>, StepError> {
    let filter = |name: &str, value: &str| Filter::builder().name(name).values(value).build();
    let found = ec2
        .describe_security_groups()
        .filters(filter("group-name", name))
        .filters(filter("vpc-id", &launch.vpc_id))
        .send()
        .await
        .during(DESCRIBE)?;
    Ok(found.security_groups.unwrap_or_default().into_iter().next())
}

/// Deletes the group that the instance was sealed off by; answers its id where there was one.
pub(super) async fn delete_sealed_group(
    ec2: &Client,
    request: &Request,
) -> Result<Option<String>, StepError> {
    let name = name::sealed_group(&request.restore_id);
    let by = |error: StepError| error.by(&request.session, &name);
    let Some(group) = look(ec2, &request.launch, &name).await.map_err(by)? else {
        return Ok(None);
    };
    if volumes::tag(group.tags(), tag::ID) != Some(request.restore_id.as_str()) {
        return Ok(None);
    }
    let id = group.group_id().ok_or_else(|| by(StepError::missing(DESCRIBE, "groupId")))?;
    match ec2.delete_security_group().group_id(id).send().await.during(DELETE) {
        // Deleted by a call whose answer was lost.
        Err(error) if error.code() == Some("InvalidGroup.NotFound") => {}
        deleted => {
            deleted.map_err(by)?;
            info!(restore = %request.restore_id, group = id, "sealed group deleted");
        }
    }
    Ok(Some(id.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_the_groups_is_of_no_matter_but_every_group_is() {
        let groups = |ids: &[&str]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
        let instance = groups(&["sg-1", "sg-2"]).into_iter().fold(Instance::builder(), |it, id| {
            it.security_groups(GroupIdentifier::builder().group_id(id).build())
        });
        let instance = instance.build();

        assert!(is_in(&instance, &groups(&["sg-2", "sg-1"])));
        assert!(!is_in(&instance, &groups(&["sg-1"])));
        assert!(!is_in(&instance, &groups(&["sg-1", "sg-2", "sg-3"])));
    }
}
