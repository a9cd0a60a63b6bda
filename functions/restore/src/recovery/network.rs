//! What the network around the sources is called on the target's side.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Faults, MAX_MAPPED};
use crate::{Request, SecurityGroupId, SubnetId};

/// The longest name of a key pair (BC:ec2.CreateKeyPairRequest.KeyName) or of a group of RDS
/// (BC:rds.CreateDBSubnetGroupMessage.DBSubnetGroupName), in characters.
const LONGEST_NAME: usize = 255;

/// From what a source has to what its restore is to have instead.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct NetworkMap {
    /// Subnets.
    #[cfg_attr(feature = "schema", schemars(extend("maxProperties" = MAX_MAPPED)))]
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub subnets: BTreeMap<SubnetId, SubnetId>,
    /// Security groups, of instances and of DB instances.
    #[cfg_attr(feature = "schema", schemars(extend("maxProperties" = MAX_MAPPED)))]
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub security_groups: BTreeMap<SecurityGroupId, SecurityGroupId>,
    /// Key pairs.
    #[cfg_attr(feature = "schema", schemars(extend("maxProperties" = MAX_MAPPED)))]
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub key_names: BTreeMap<String, String>,
    /// DB subnet groups.
    #[cfg_attr(feature = "schema", schemars(extend("maxProperties" = MAX_MAPPED)))]
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub db_subnet_groups: BTreeMap<String, String>,
    /// DB parameter groups.
    #[cfg_attr(feature = "schema", schemars(extend("maxProperties" = MAX_MAPPED)))]
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub db_parameter_groups: BTreeMap<String, String>,
    /// Option groups.
    #[cfg_attr(feature = "schema", schemars(extend("maxProperties" = MAX_MAPPED)))]
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

/// The map, to be looked up in.
#[derive(Debug)]
pub struct Lookup<'a> {
    map: &'a NetworkMap,
    db_subnet_groups: BTreeMap<String, &'a str>,
    db_parameter_groups: BTreeMap<String, &'a str>,
    option_groups: BTreeMap<String, &'a str>,
}

impl NetworkMap {
    /// The map, to be looked up in.
    #[must_use]
    pub fn lookup(&self) -> Lookup<'_> {
        Lookup {
            map: self,
            db_subnet_groups: as_stored(&self.db_subnet_groups),
            db_parameter_groups: as_stored(&self.db_parameter_groups),
            option_groups: as_stored(&self.option_groups),
        }
    }

    /// Tells which of its maps has more entries than fit, and which of their names no group or key
    /// pair can have.
    pub(super) fn size(&self, faults: &mut Faults) {
        let ids = [("subnets", self.subnets.len()), ("securityGroups", self.security_groups.len())];
        let names = [("keyNames", &self.key_names)].into_iter().chain(self.of_rds());
        let counts = names.clone().map(|(kind, names)| (kind, names.len()));
        for (kind, count) in ids.into_iter().chain(counts) {
            if count > MAX_MAPPED {
                let problem = format!("are {count}, more than {MAX_MAPPED}");
                faults.at(format!("networkMap.{kind}"), problem);
            }
        }
        // What is mapped to is written once, and multiplied by every restore.
        for (kind, names) in names {
            for (name, mapped) in names {
                let length = mapped.chars().count();
                if !(1..=LONGEST_NAME).contains(&length) {
                    let problem = format!("has {length} characters, not 1 to {LONGEST_NAME}");
                    faults.at(format!("networkMap.{kind}.{name}"), problem);
                }
            }
        }
    }

    /// Tells of names that are one to RDS.
    pub(super) fn check(&self, faults: &mut Faults) {
        for (kind, names) in self.of_rds() {
            let mut told = BTreeMap::new();
            for name in names.keys() {
                if let Some(earlier) = told.insert(stored(name), name) {
                    let problem =
                        format!("is `{earlier}` too: RDS stores such names in lower case");
                    faults.at(format!("networkMap.{kind}.{name}"), problem);
                }
            }
        }
    }

    const fn of_rds(&self) -> [(&'static str, &BTreeMap<String, String>); 3] {
        [
            ("dbSubnetGroups", &self.db_subnet_groups),
            ("dbParameterGroups", &self.db_parameter_groups),
            ("optionGroups", &self.option_groups),
        ]
    }
}

impl Lookup<'_> {
    /// What `name` is on the target's side, where the map says so: names of RDS in whichever case.
    #[must_use]
    pub fn mapped(&self, kind: NetworkKind, name: &str) -> Option<&str> {
        match kind {
            NetworkKind::Subnet => {
                let subnet = SubnetId::try_from(name).ok()?;
                self.map.subnets.get(&subnet).map(SubnetId::as_str)
            }
            NetworkKind::SecurityGroup => {
                let group = SecurityGroupId::try_from(name).ok()?;
                self.map.security_groups.get(&group).map(SecurityGroupId::as_str)
            }
            NetworkKind::KeyName => self.map.key_names.get(name).map(String::as_str),
            NetworkKind::DbSubnetGroup => self.db_subnet_groups.get(&stored(name)).copied(),
            NetworkKind::DbParameterGroup => self.db_parameter_groups.get(&stored(name)).copied(),
            NetworkKind::OptionGroup => self.option_groups.get(&stored(name)).copied(),
        }
    }

    /// Replaces what `request` asks for in so many words and the map knows; the rest stays.
    pub(super) fn apply(&self, request: &mut Request) {
        if let Some(target) = &mut request.target.ec2 {
            let alternatives = target.alternatives.iter_mut().flatten();
            let alternatives = alternatives.filter_map(|other| other.subnet_id.as_mut());
            for subnet in target.subnet_id.iter_mut().chain(alternatives) {
                if let Some(mapped) = self.map.subnets.get(subnet) {
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
        let mut named = BTreeSet::new();
        let mapped: Vec<SecurityGroupId> = groups
            .iter()
            .map(|group| self.map.security_groups.get(group).unwrap_or(group))
            .filter(|group| named.insert(*group))
            .cloned()
            .collect();
        *groups = mapped;
    }
}

/// A name as RDS stores that of a group (BC:rds.CreateDBSubnetGroupMessage.DBSubnetGroupName).
fn stored(name: &str) -> String {
    name.to_ascii_lowercase()
}

fn as_stored(names: &BTreeMap<String, String>) -> BTreeMap<String, &str> {
    names.iter().map(|(name, mapped)| (stored(name), mapped.as_str())).collect()
}
