//! What the network around a source is called on the target's side.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Fault, Request};
use crate::{SecurityGroupId, SubnetId};

/// The most entries of one kind that the map of a request may have: a request is the input of an
/// execution, which has at most 256 KiB (SFN/service-quotas).
pub const MAX_MAPPED: usize = 100;

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

impl NetworkKind {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Subnet,
        Self::SecurityGroup,
        Self::KeyName,
        Self::DbSubnetGroup,
        Self::DbParameterGroup,
        Self::OptionGroup,
    ];

    /// What a network map calls its entries of this kind.
    #[must_use]
    pub const fn field(self) -> &'static str {
        match self {
            Self::Subnet => "subnets",
            Self::SecurityGroup => "securityGroups",
            Self::KeyName => "keyNames",
            Self::DbSubnetGroup => "dbSubnetGroups",
            Self::DbParameterGroup => "dbParameterGroups",
            Self::OptionGroup => "optionGroups",
        }
    }

    /// What it is, in words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Subnet => "subnet",
            Self::SecurityGroup => "security groups",
            Self::KeyName => "key pair",
            Self::DbSubnetGroup => "DB subnet group",
            Self::DbParameterGroup => "DB parameter group",
            Self::OptionGroup => "option group",
        }
    }
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

    /// How many entries of a kind it has.
    #[must_use]
    pub fn count(&self, kind: NetworkKind) -> usize {
        match kind {
            NetworkKind::Subnet => self.subnets.len(),
            NetworkKind::SecurityGroup => self.security_groups.len(),
            NetworkKind::KeyName => self.key_names.len(),
            NetworkKind::DbSubnetGroup => self.db_subnet_groups.len(),
            NetworkKind::DbParameterGroup => self.db_parameter_groups.len(),
            NetworkKind::OptionGroup => self.option_groups.len(),
        }
    }

    /// Which kinds the map at `path` has more than `most` entries of, and which of the names in it no
    /// group or key pair can have.
    pub(crate) fn oversized(&self, path: &str, most: usize) -> impl Iterator<Item = Fault> {
        let many = NetworkKind::ALL.into_iter().filter_map(move |kind| {
            let (count, field) = (self.count(kind), kind.field());
            (count > most).then(|| {
                let problem = format!("are {count}, more than {most}");
                Fault::new(format!("{path}.{field}"), problem)
            })
        });
        let names = [("keyNames", &self.key_names)].into_iter().chain(self.of_rds());
        let all = names.flat_map(|(kind, names)| {
            names.iter().map(move |(name, mapped)| (kind, name, mapped.chars().count()))
        });
        // What is mapped to is written once, and multiplied by every restore.
        let odd = all.filter(|(_, _, length)| !(1..=LONGEST_NAME).contains(length));
        many.chain(odd.map(move |(kind, name, length)| {
            let problem = format!("has {length} characters, not 1 to {LONGEST_NAME}");
            Fault::new(format!("{path}.{kind}.{name}"), problem)
        }))
    }

    /// Which names of the map at `path` are one to RDS.
    pub(crate) fn alike(&self, path: &str) -> impl Iterator<Item = Fault> {
        self.of_rds().into_iter().flat_map(move |(kind, names)| {
            let mut told = BTreeMap::new();
            names.keys().filter_map(move |name| {
                let earlier: &String = told.insert(stored(name), name)?;
                let problem = format!("is `{earlier}` too: RDS stores such names in lower case");
                Some(Fault::new(format!("{path}.{kind}.{name}"), problem))
            })
        })
    }

    const fn of_rds(&self) -> [(&'static str, &BTreeMap<String, String>); 3] {
        [
            ("dbSubnetGroups", &self.db_subnet_groups),
            ("dbParameterGroups", &self.db_parameter_groups),
            ("optionGroups", &self.option_groups),
        ]
    }
}

impl<'a> Lookup<'a> {
    /// What `name` is on the target's side, where the map says so: names of RDS in whichever case.
    #[must_use]
    pub fn mapped(&self, kind: NetworkKind, name: &str) -> Option<&'a str> {
        match kind {
            NetworkKind::Subnet => {
                self.subnet(&SubnetId::try_from(name).ok()?).map(SubnetId::as_str)
            }
            NetworkKind::SecurityGroup => {
                let group = SecurityGroupId::try_from(name).ok()?;
                self.security_group(&group).map(SecurityGroupId::as_str)
            }
            NetworkKind::KeyName => self.map.key_names.get(name).map(String::as_str),
            NetworkKind::DbSubnetGroup => self.db_subnet_groups.get(&stored(name)).copied(),
            NetworkKind::DbParameterGroup => self.db_parameter_groups.get(&stored(name)).copied(),
            NetworkKind::OptionGroup => self.option_groups.get(&stored(name)).copied(),
        }
    }

    /// The same of a subnet.
    #[must_use]
    pub fn subnet(&self, subnet: &SubnetId) -> Option<&'a SubnetId> {
        self.map.subnets.get(subnet)
    }

    /// The same of a security group.
    #[must_use]
    pub fn security_group(&self, group: &SecurityGroupId) -> Option<&'a SecurityGroupId> {
        self.map.security_groups.get(group)
    }

    /// Whether the map has any entry of the kind.
    #[must_use]
    pub fn speaks_of(&self, kind: NetworkKind) -> bool {
        self.map.count(kind) > 0
    }
}

impl Request {
    /// The fields under `target` that a network map fills with what the source's instance has: those
    /// that are left open, by their names there.
    ///
    /// There is none where the source names no instance, whose settings then nobody asks for, and none
    /// in whose place a drill has a network of its own.
    #[must_use]
    pub fn left_to_map(&self) -> Vec<(NetworkKind, &'static str)> {
        let (source, target) = (&self.source, &self.target);
        let mut fields = Vec::new();
        if let (Some(from), Some(to)) = (&source.ec2, &target.ec2)
            && from.instance_id.is_some()
        {
            fields.extend([
                (NetworkKind::Subnet, "subnetId", to.subnet_id.is_none()),
                (NetworkKind::SecurityGroup, "securityGroupIds", to.security_group_ids.is_none()),
                (NetworkKind::KeyName, "keyName", to.key_name.is_none()),
            ]);
        }
        if let (Some(from), Some(to)) = (&source.rds, &target.rds)
            && from.db_instance_identifier.is_some()
        {
            let (subnets, groups) = (&to.db_subnet_group_name, &to.vpc_security_group_ids);
            let (parameters, options) = (&to.db_parameter_group_name, &to.option_group_name);
            fields.extend([
                (NetworkKind::DbSubnetGroup, "dbSubnetGroupName", subnets.is_none()),
                (NetworkKind::SecurityGroup, "vpcSecurityGroupIds", groups.is_none()),
                (NetworkKind::DbParameterGroup, "dbParameterGroupName", parameters.is_none()),
                (NetworkKind::OptionGroup, "optionGroupName", options.is_none()),
            ]);
        }
        let left_out = |field: &str| {
            let mut settings = source.recorded.iter().flat_map(|recorded| &recorded.leave_out);
            settings.any(|setting| setting.field() == field)
        };
        let drilled = |kind: NetworkKind| self.is_drill() && kind.is_of_drill();
        fields
            .into_iter()
            .filter(|(kind, field, open)| *open && !drilled(*kind) && !left_out(field))
            .map(|(kind, field, _)| (kind, field))
            .collect()
    }

    /// Whether its own map speaks of anything that it leaves open.
    #[must_use]
    pub fn needs_map(&self) -> bool {
        let Some(map) = &self.target.network_map else { return false };
        self.left_to_map().iter().any(|(kind, _)| map.count(*kind) > 0)
    }
}

/// A name as RDS stores that of a group (BC:rds.CreateDBSubnetGroupMessage.DBSubnetGroupName).
pub(crate) fn stored(name: &str) -> String {
    name.to_ascii_lowercase()
}

fn as_stored(names: &BTreeMap<String, String>) -> BTreeMap<String, &str> {
    names.iter().map(|(name, mapped)| (stored(name), mapped.as_str())).collect()
}

#[cfg(test)]
mod tests;
