//! The security group without rules that the instance is launched into.

use std::collections::BTreeMap;

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{IpPermission, ResourceType, SecurityGroup};
use restore::plan::Launch;
use restore::tag::{self, Made};
use restore::{RestoreId, Session, name};
use step::{CallContext as _, ErrorName, StepError};
use tracing::info;

use crate::tags;

const CREATE: &str = "ec2:CreateSecurityGroup";
const DESCRIBE: &str = "ec2:DescribeSecurityGroups";
const REVOKE: &str = "ec2:RevokeSecurityGroupEgress";

/// Makes the group, or goes on with the one that an earlier run made; answers its id once it lets
/// nothing in and nothing out.
pub(crate) async fn make(
    ec2: &Client,
    restore_id: &RestoreId,
    session: &Session,
    launch: &Launch,
) -> Result<String, StepError> {
    let name = name::sealed_group(restore_id);
    let by = |error: StepError| error.by(session, &name);
    let mut found = look(ec2, &name, launch).await.map_err(by)?;
    if found.is_none() {
        create(ec2, restore_id, &name, launch).await.map_err(by)?;
        // Its rules are AWS's defaults, which the answer does not tell.
        found = look(ec2, &name, launch).await.map_err(by)?;
    }
    let group = found.ok_or_else(|| by(not_visible(&name)))?;
    let id = group.group_id().ok_or_else(|| by(StepError::missing(DESCRIBE, "groupId")))?;
    let egress = rules_to_revoke(restore_id, &group).map_err(by)?;
    if !egress.is_empty() {
        revoke(ec2, id, egress).await.map_err(by)?;
    }
    info!(restore = %restore_id, group = id, "security group sealed");
    Ok(id.to_owned())
}

async fn look(
    ec2: &Client,
    name: &str,
    launch: &Launch,
) -> Result<Option<SecurityGroup>, StepError> {
    let found = ec2
        .describe_security_groups()
        .filters(tags::filter("group-name", &[name]))
        .filters(tags::filter("vpc-id", &[&launch.vpc_id]))
        .send()
        .await
        .during(DESCRIBE)?;
    Ok(found.security_groups.unwrap_or_default().into_iter().next())
}

async fn create(
    ec2: &Client,
    restore_id: &RestoreId,
    name: &str,
    launch: &Launch,
) -> Result<(), StepError> {
    let own = tag::all(restore_id, Made::SealedGroup, &launch.vpc_id);
    let created = ec2
        .create_security_group()
        .group_name(name)
        .description("No rules: seals the instance off until its volumes are restored")
        .vpc_id(&launch.vpc_id)
        .tag_specifications(tags::specification(ResourceType::SecurityGroup, &BTreeMap::new(), own))
        .send()
        .await
        .during(CREATE);
    match created {
        // Made by a call whose answer was lost, or by somebody else: the tags tell.
        Err(error) if error.code() == Some("InvalidGroup.Duplicate") => Ok(()),
        created => created.map(|_| ()),
    }
}

/// A group just made may not be found for a moment (EC2API/eventual-consistency).
fn not_visible(name: &str) -> StepError {
    StepError::refused(ErrorName::Throttled, format!("{DESCRIBE}: {name} is not visible yet"))
}

/// The rules that stand between `group` and being sealed: a new group lets everything out, by
/// IPv4 and, where its VPC has it, by IPv6.
fn rules_to_revoke(
    restore_id: &RestoreId,
    group: &SecurityGroup,
) -> Result<Vec<IpPermission>, StepError> {
    let exists = |problem: &str| StepError::refused(ErrorName::AlreadyExists, problem);
    if !tags::is_of(group.tags(), restore_id) {
        return Err(exists(
            "a security group of this name is there that this restore did not make",
        ));
    }
    if !group.ip_permissions().is_empty() {
        return Err(exists("somebody has given the security group inbound rules: remove them"));
    }
    Ok(group.ip_permissions_egress().to_vec())
}

async fn revoke(ec2: &Client, id: &str, egress: Vec<IpPermission>) -> Result<(), StepError> {
    let revoked = ec2
        .revoke_security_group_egress()
        .group_id(id)
        .set_ip_permissions(Some(egress))
        .send()
        .await
        .during(REVOKE);
    match revoked {
        // BC:ec2.RevokeSecurityGroupEgress: in a default VPC, "if the values you specify do not
        // match the existing rule's values, no error is returned".
        Ok(revoked) if !revoked.unknown_ip_permissions().is_empty() => Err(StepError::refused(
            ErrorName::Unexpected,
            format!("{REVOKE}: {id} still has rules that let traffic out"),
        )),
        // Revoked by a call whose answer was lost.
        Err(error) if error.code() == Some("InvalidPermission.NotFound") => {
            Err(StepError::refused(ErrorName::Throttled, error.to_string()))
        }
        revoked => revoked.map(|_| ()),
    }
}

#[cfg(test)]
mod tests;
