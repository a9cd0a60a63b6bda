//! What the network around the sources is called on the target's side.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Request, SecurityGroupId, SubnetId};

/// From what a source has to what its restore is to have instead.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct NetworkMap {
    /// Subnets.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub subnets: BTreeMap<SubnetId, SubnetId>,
    /// Security groups, of instances and of DB instances.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub security_groups: BTreeMap<SecurityGroupId, SecurityGroupId>,
    /// Key pairs.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub key_names: BTreeMap<String, String>,
    /// DB subnet groups.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub db_subnet_groups: BTreeMap<String, String>,
    /// DB parameter groups.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub db_parameter_groups: BTreeMap<String, String>,
    /// Option groups.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub option_groups: BTreeMap<String, String>,
}

/// What a name is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "AWS's own names")]
pub enum NetworkKind {
    Subnet,
    SecurityGroup,
    KeyName,
    DbSubnetGroup,
    DbParameterGroup,
    OptionGroup,
}

impl NetworkMap {
    /// What `name` is on the target's side, where the map says so.
    ///
    /// RDS stores the names of its groups in lower case
    /// (BC:rds.CreateDBSubnetGroupMessage.DBSubnetGroupName), and so they are compared.
    #[must_use]
    pub fn mapped(&self, kind: NetworkKind, name: &str) -> Option<&str> {
        match kind {
            NetworkKind::Subnet => {
                let subnet = SubnetId::try_from(name).ok()?;
                self.subnets.get(&subnet).map(SubnetId::as_str)
            }
            NetworkKind::SecurityGroup => {
                let group = SecurityGroupId::try_from(name).ok()?;
                self.security_groups.get(&group).map(SecurityGroupId::as_str)
            }
            NetworkKind::KeyName => self.key_names.get(name).map(String::as_str),
            NetworkKind::DbSubnetGroup => rds(&self.db_subnet_groups, name),
            NetworkKind::DbParameterGroup => rds(&self.db_parameter_groups, name),
            NetworkKind::OptionGroup => rds(&self.option_groups, name),
        }
    }

    /// Replaces what `request` asks for in so many words and the map knows; the rest stays.
    pub(super) fn apply(&self, request: &mut Request) {
        if let Some(target) = &mut request.target.ec2 {
            let alternatives = target.alternatives.iter_mut().flatten();
            let alternatives = alternatives.filter_map(|other| other.subnet_id.as_mut());
            for subnet in target.subnet_id.iter_mut().chain(alternatives) {
                if let Some(mapped) = self.subnets.get(subnet) {
                    *subnet = mapped.clone();
                }
            }
            self.replace(NetworkKind::KeyName, target.key_name.as_mut());
            self.replace_groups(target.security_group_ids.as_mut());
        }
        if let Some(target) = &mut request.target.rds {
            self.replace(NetworkKind::DbSubnetGroup, target.db_subnet_group_name.as_mut());
            self.replace(NetworkKind::DbParameterGroup, target.db_parameter_group_name.as_mut());
            self.replace(NetworkKind::OptionGroup, target.option_group_name.as_mut());
            self.replace_groups(target.vpc_security_group_ids.as_mut());
        }
    }

    fn replace(&self, kind: NetworkKind, name: Option<&mut String>) {
        if let Some(name) = name
            && let Some(mapped) = self.mapped(kind, name)
        {
            *name = mapped.to_owned();
        }
    }

    /// Two groups of the source may be one on the target's side, which is named once.
    fn replace_groups(&self, groups: Option<&mut Vec<SecurityGroupId>>) {
        let Some(groups) = groups else { return };
        let mut mapped = Vec::with_capacity(groups.len());
        for group in groups.iter() {
            let group = self.security_groups.get(group).unwrap_or(group);
            if !mapped.contains(group) {
                mapped.push(group.clone());
            }
        }
        *groups = mapped;
    }
}

fn rds<'a>(names: &'a BTreeMap<String, String>, name: &str) -> Option<&'a str> {
    let in_any_case = || {
        let mut pairs = names.iter();
        pairs.find(|(source, _)| source.eq_ignore_ascii_case(name)).map(|(_, mapped)| mapped)
    };
    names.get(name).or_else(in_any_case).map(String::as_str)
}
