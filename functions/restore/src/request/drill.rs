//! A drill: a restore that is looked at and taken away again.
//!
//! It goes the way that the restore would go, into a network of its own and under names of its own:
//! what it makes can neither reach anything nor be taken for the real thing. A restore and a drill
//! never have one id, so that neither can adopt, hold up or remove what the other made.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Fault, NetworkKind, OnFailure, RdsTarget, Request};
use crate::id::{DocumentName, FunctionArn};
use crate::{RestoreId, RoleArn, SecurityGroupId, Service, SubnetId};

/// What a restore is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum Mode {
    /// To have the instance.
    #[default]
    Restore,
    /// To know that it could be had.
    Drill,
}

impl Mode {
    /// Whether it is the one that a request has that names none.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// How a drill is done, beside what it restores.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Drill {
    /// Where it restores to, in the place of the network that `target` names.
    pub network: DrillNetwork,
    /// A Lambda function that looks at what was restored and answers `{"passed": true}`. It is in
    /// the state machine's Region, and called with the restore's id, the place, and the instance or
    /// the endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation_function_arn: Option<FunctionArn>,
    /// A command to run on the restored EC2 instance; the check passes when it ends with exit code 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<DrillCommand>,
    /// In how many minutes from its start the instance is to be up and looked at (RTO).
    #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rto_minutes: Option<u32>,
    /// How many minutes old, at its start, the oldest snapshot may be that it restores (RPO).
    #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rpo_minutes: Option<u32>,
}

/// A network with no way out. It may speak of both services, as that of a plan does; a drill takes
/// what is of its own.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DrillNetwork {
    /// The subnet of EC2 instances; its route table has no route but local ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subnet_id: Option<SubnetId>,
    /// The security groups of EC2 instances.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub security_group_ids: Option<Vec<SecurityGroupId>>,
    /// The subnet group of DB instances; no subnet of it has a route but local ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub db_subnet_group_name: Option<String>,
    /// The security groups of DB instances.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vpc_security_group_ids: Option<Vec<SecurityGroupId>>,
}

/// What Systems Manager runs on the restored instance, in the state machine's Region.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DrillCommand {
    /// The role in the target account that may send it, and that trusts the state machine's role.
    pub role_arn: RoleArn,
    /// The document, by name or ARN, such as `AWS-RunShellScript`.
    pub document_name: DocumentName,
    /// The document's parameters.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, Vec<String>>,
    /// The step of the document whose end is looked at; required where it has several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plugin_name: Option<String>,
    /// How many minutes Systems Manager has for it, from when the instance is up: its agent has to
    /// have reported first. 15 when absent.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = MAX_COMMAND_MINUTES)))]
    #[serde(default = "a_quarter_of_an_hour")]
    pub timeout_minutes: u32,
}

/// The longest that a command is waited for: at a look every ten seconds, some 6,500 of the 25,000
/// events that a history may have (SFN/service-quotas).
pub const MAX_COMMAND_MINUTES: u32 = 120;

const fn a_quarter_of_an_hour() -> u32 {
    15
}

/// The key of the tag by which a person knows what a drill made, and its value.
pub const MARK: (&str, &str) = ("restore:mode", "drill");

impl Request {
    /// Whether it is taken away again.
    #[must_use]
    pub fn is_drill(&self) -> bool {
        self.mode == Mode::Drill
    }

    /// The id that it has as the execution called `execution`: its own, else one that follows from
    /// that name. That of a drill, and no other, begins with `drill-`.
    #[must_use]
    pub fn id(&self, execution: &str) -> RestoreId {
        let id = self.restore_id.clone();
        let id = id.unwrap_or_else(|| RestoreId::of_execution(execution));
        match (self.mode, id.is_of_drill()) {
            (Mode::Drill, _) => id.of_drill(),
            (Mode::Restore, true) => RestoreId::hashed(execution),
            (Mode::Restore, false) => id,
        }
    }

    /// What is restored: of a drill, what it asks for in the network of the drill, under another
    /// name, within nobody's reach, in any zone that the network has, and started.
    #[must_use]
    pub fn practised(&self) -> Self {
        let mut request = self.clone();
        let Some(Drill { network, .. }) = self.drill.as_ref().filter(|_| self.is_drill()) else {
            return request;
        };
        if let Some(ec2) = &mut request.target.ec2 {
            ec2.start = true;
            ec2.subnet_id.clone_from(&network.subnet_id);
            ec2.security_group_ids.clone_from(&network.security_group_ids);
            if let Some(alternatives) = &mut ec2.alternatives {
                for other in alternatives.iter_mut() {
                    other.subnet_id = None;
                }
                alternatives.retain(|other| other.instance_type.is_some());
            }
        }
        if let Some(rds) = &mut request.target.rds {
            rds.practise(network);
        }
        // Nothing of it leads back to where production is.
        if let Some(map) = &mut request.target.network_map {
            map.subnets.clear();
            map.security_groups.clear();
            map.db_subnet_groups.clear();
        }
        request
    }

    pub(super) fn check_drill(&self, faults: &mut Vec<Fault>) {
        let Some(drill) = &self.drill else {
            if self.is_drill() {
                let problem = "required with `mode` = `drill`: at least its `network`";
                faults.push(Fault::new("drill", problem));
            }
            faults.extend(self.check_id().err());
            return;
        };
        if !self.is_drill() {
            faults.push(Fault::new("drill", "goes with `mode` = `drill`"));
        }
        faults.extend(self.check_id().err());
        drill.network.check(self.service(), faults);
        if drill.command.is_some() && self.service() == Service::Rds {
            let problem =
                "goes with an EC2 instance; give `validationFunctionArn` for a DB instance";
            faults.push(Fault::new("drill.command", problem));
        }
        if let Some(command) = &drill.command {
            command.check(self, faults);
        }
        for (field, minutes) in
            [("rtoMinutes", drill.rto_minutes), ("rpoMinutes", drill.rpo_minutes)]
        {
            if minutes == Some(0) {
                faults.push(Fault::new(format!("drill.{field}"), "is not at least 1"));
            }
        }
        if self.options.on_failure == OnFailure::Keep {
            let problem = "is `keep`, and a drill takes away what it made, whatever happens";
            faults.push(Fault::new("options.onFailure", problem));
        }
        if self.options.keep_copies {
            let problem = "is given for a drill, which takes away what it made";
            faults.push(Fault::new("options.keepCopies", problem));
        }
    }

    /// Holds its id against what it is for.
    fn check_id(&self) -> Result<(), Fault> {
        if !self.is_drill() && self.restore_id.as_ref().is_some_and(RestoreId::is_of_drill) {
            return Err(of_drill());
        }
        Ok(())
    }
}

/// That an id is one of a drill, where none belongs.
pub(crate) fn of_drill() -> Fault {
    Fault::new(
        "restoreId",
        "begins with `drill-`, as the ids of drills do and no other: what is under it is taken away",
    )
}

impl NetworkKind {
    /// Whether a drill has a network of its own in the place of what is of this kind.
    pub(super) const fn is_of_drill(self) -> bool {
        matches!(self, Self::Subnet | Self::SecurityGroup | Self::DbSubnetGroup)
    }
}

impl DrillNetwork {
    fn check(&self, service: Service, faults: &mut Vec<Fault>) {
        let (subnet, has_subnet, groups, given) = match service {
            Service::Ec2 => {
                let groups = self.security_group_ids.as_ref();
                ("subnetId", self.subnet_id.is_some(), "securityGroupIds", groups)
            }
            Service::Rds => {
                let groups = self.vpc_security_group_ids.as_ref();
                let has_group = self.db_subnet_group_name.is_some();
                ("dbSubnetGroupName", has_group, "vpcSecurityGroupIds", groups)
            }
        };
        let mut require = |field: &str| {
            let problem = "required for what is restored: nothing of a drill goes elsewhere";
            faults.push(Fault::new(format!("drill.network.{field}"), problem));
        };
        if !has_subnet {
            require(subnet);
        }
        if given.is_none_or(Vec::is_empty) {
            require(groups);
        }
    }
}

impl DrillCommand {
    fn check(&self, request: &Request, faults: &mut Vec<Fault>) {
        let (role, account) = (&self.role_arn, &request.target.account_id);
        if role.account() != account.as_str() {
            let problem = format!(
                "is a role of account {}, not of the target account {account}",
                role.account()
            );
            faults.push(Fault::new("drill.command.roleArn", problem));
        }
        if !(1..=MAX_COMMAND_MINUTES).contains(&self.timeout_minutes) {
            let problem = format!("is not of 1 to {MAX_COMMAND_MINUTES}");
            faults.push(Fault::new("drill.command.timeoutMinutes", problem));
        }
    }
}

impl RdsTarget {
    /// Takes it to the `network` of a drill.
    fn practise(&mut self, network: &DrillNetwork) {
        self.db_instance_identifier = self.db_instance_identifier.of_drill();
        self.db_subnet_group_name.clone_from(&network.db_subnet_group_name);
        self.vpc_security_group_ids.clone_from(&network.vpc_security_group_ids);
        self.publicly_accessible = Some(false);
        self.deletion_protection = None;
        self.availability_zone = None;
        // A backup would begin as soon as it is available, and hold up its end; its logs would stay.
        self.backup_retention_period = Some(0);
        self.enable_cloudwatch_logs_exports = None;
        if let Some(alternatives) = &mut self.alternatives {
            for other in alternatives.iter_mut() {
                other.availability_zone = None;
            }
            alternatives.retain(|other| other.db_instance_class.is_some());
        }
    }
}

#[cfg(test)]
mod tests;
