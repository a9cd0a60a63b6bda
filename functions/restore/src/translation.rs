//! What the network of a source is at its target.
//!
//! A subnet, a security group, a key pair and the groups of RDS are of one account and Region. At a
//! target elsewhere their names mean nothing, or something else, unless the request's
//! `target.networkMap` says what stands there in their place. What the request itself names is the
//! target's own already, and is not translated.

use std::collections::BTreeSet;
use std::fmt;

use crate::record::Ec2Settings;
use crate::request::{Ec2Target, Fault, Lookup, NetworkKind, NetworkMap, RdsTarget, Request};
use crate::{SecurityGroupId, SubnetId};

/// From the place where a request's instance lives, or lived, to that of its target.
#[derive(Debug)]
pub struct Translation<'a> {
    map: Option<Lookup<'a>>,
    /// Whether both are one account and Region, where a name means what it meant.
    here: bool,
}

/// What something of the source is at the target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Translated<T> {
    /// This.
    To(T),
    /// Nothing that is known of. Where the request has a map, it lacks these entries.
    Unknown(Option<Unmapped>),
}

/// Names of the source that the request's map has no entry for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmapped {
    kind: NetworkKind,
    names: Vec<String>,
    /// Whether the map has entries of the kind at all.
    spoken_of: bool,
}

/// The network of an EC2 instance to make.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ec2Network {
    /// Its subnet, where one is known.
    pub subnet_id: Option<SubnetId>,
    /// Its security groups; empty for the VPC's default group.
    pub security_group_ids: Vec<SecurityGroupId>,
    /// Its key pair.
    pub key_name: Option<String>,
    /// What it cannot do without, and the map has no entry for.
    pub faults: Vec<Fault>,
    /// What the source has and it does without, in words.
    pub left_out: Vec<String>,
}

impl<T: Clone> Translated<T> {
    /// What no network map speaks of, which at the target `holds` or means nothing.
    #[must_use]
    pub fn held(had: &T, holds: bool) -> Self {
        if holds { Self::To(had.clone()) } else { Self::Unknown(None) }
    }
}

impl<'a> Translation<'a> {
    /// That of `request`.
    #[must_use]
    pub fn of(request: &'a Request) -> Self {
        let (source, target) = (&request.source, &request.target);
        let lives = match &source.recorded {
            Some(recorded) => (&recorded.account_id, &recorded.region),
            None => (&source.account_id, &source.region),
        };
        Self {
            map: target.network_map.as_ref().map(NetworkMap::lookup),
            here: lives == (&target.account_id, &target.region),
        }
    }

    /// What `subnet` of the source is.
    #[must_use]
    pub fn subnet(&self, subnet: &SubnetId) -> Translated<SubnetId> {
        let mapped = self.map.as_ref().and_then(|map| map.subnet(subnet));
        match mapped.or(self.here.then_some(subnet)) {
            Some(there) => Translated::To(there.clone()),
            None => self.unknown(NetworkKind::Subnet, vec![subnet.to_string()]),
        }
    }

    /// What the `groups` of the source are, all of them; two that are one there are named once.
    #[must_use]
    pub fn groups(&self, groups: &[SecurityGroupId]) -> Translated<Vec<SecurityGroupId>> {
        let (mut there, mut missing) = (Vec::new(), Vec::new());
        let mut named = BTreeSet::new();
        for group in groups {
            let mapped = self.map.as_ref().and_then(|map| map.security_group(group));
            match mapped.or(self.here.then_some(group)) {
                Some(one) if named.insert(one) => there.push(one.clone()),
                Some(_) => {}
                None => missing.push(group.to_string()),
            }
        }
        if missing.is_empty() {
            Translated::To(there)
        } else {
            self.unknown(NetworkKind::SecurityGroup, missing)
        }
    }

    /// What is called `name` at the source, which is a key pair or a group of RDS.
    #[must_use]
    pub fn name(&self, kind: NetworkKind, name: &str) -> Translated<String> {
        let mapped = self.map.as_ref().and_then(|map| map.mapped(kind, name));
        match mapped.or(self.here.then_some(name)) {
            Some(there) => Translated::To(there.to_owned()),
            None => self.unknown(kind, vec![name.to_owned()]),
        }
    }

    /// The network of the EC2 instance that is `asked` for: what is left open is as the source's
    /// instance `had` it, where one is there to tell.
    #[must_use]
    pub fn ec2(&self, asked: &Ec2Target, had: Option<&Ec2Settings>) -> Ec2Network {
        let mut network = Ec2Network {
            subnet_id: asked.subnet_id.clone(),
            security_group_ids: asked.security_group_ids.clone().unwrap_or_default(),
            key_name: asked.key_name.clone(),
            ..Ec2Network::default()
        };
        let Some(had) = had else { return network };
        if let (None, Some(subnet)) = (&asked.subnet_id, &had.subnet_id) {
            match self.subnet(subnet) {
                Translated::To(there) => network.subnet_id = Some(there),
                Translated::Unknown(lacking) => {
                    network.faults.extend(lacking.map(|it| it.fault("target.ec2.subnetId")));
                }
            }
        }
        if asked.security_group_ids.is_none() {
            match self.groups(&had.security_group_ids) {
                Translated::To(there) => network.security_group_ids = there,
                Translated::Unknown(lacking) => {
                    let lacking = lacking.filter(|it| it.spoken_of);
                    let fault = lacking.map(|it| it.fault("target.ec2.securityGroupIds"));
                    network.faults.extend(fault);
                }
            }
        }
        if let (None, Some(key)) = (&asked.key_name, &had.key_name) {
            match self.name(NetworkKind::KeyName, key) {
                Translated::To(there) => network.key_name = Some(there),
                Translated::Unknown(lacking) => {
                    let lacking = lacking.filter(|it| it.spoken_of);
                    network.left_out.extend(lacking.map(|it| it.left_out()));
                }
            }
        }
        network
    }

    /// Fills the groups that `asked` leaves open with what the source's DB instance `had`, as far as
    /// the map speaks of their kind. What is left to AWS's defaults all the same, in words.
    ///
    /// # Errors
    ///
    /// A security group has no entry: none is left out.
    pub fn fill_rds(&self, asked: &mut RdsTarget, had: &RdsTarget) -> Result<Vec<String>, Fault> {
        let mut left_out = Vec::new();
        for (kind, asked, had) in [
            (
                NetworkKind::DbSubnetGroup,
                &mut asked.db_subnet_group_name,
                &had.db_subnet_group_name,
            ),
            (
                NetworkKind::DbParameterGroup,
                &mut asked.db_parameter_group_name,
                &had.db_parameter_group_name,
            ),
            (NetworkKind::OptionGroup, &mut asked.option_group_name, &had.option_group_name),
        ] {
            let Some(had) = had.as_ref().filter(|_| asked.is_none() && self.speaks_of(kind)) else {
                continue;
            };
            match self.name(kind, had) {
                Translated::To(there) => *asked = Some(there),
                Translated::Unknown(lacking) => left_out.extend(lacking.map(|it| it.left_out())),
            }
        }
        let is_open =
            asked.vpc_security_group_ids.is_none() && self.speaks_of(NetworkKind::SecurityGroup);
        if let Some(groups) = had.vpc_security_group_ids.as_ref().filter(|_| is_open) {
            match self.groups(groups) {
                Translated::To(there) => asked.vpc_security_group_ids = Some(there),
                Translated::Unknown(lacking) => {
                    let fault = lacking.map(|it| it.fault("target.rds.vpcSecurityGroupIds"));
                    return fault.map_or(Ok(left_out), Err);
                }
            }
        }
        Ok(left_out)
    }

    fn speaks_of(&self, kind: NetworkKind) -> bool {
        self.map.as_ref().is_some_and(|map| map.speaks_of(kind))
    }

    fn unknown<T>(&self, kind: NetworkKind, names: Vec<String>) -> Translated<T> {
        let lacking = |map: &Lookup<'_>| Unmapped { kind, names, spoken_of: map.speaks_of(kind) };
        Translated::Unknown(self.map.as_ref().map(lacking))
    }
}

impl Unmapped {
    /// That the `field` has to be said.
    fn fault(&self, field: &str) -> Fault {
        Fault::new(
            field,
            format!("required: {self}; add what is missing, or name the target's own"),
        )
    }

    /// That the target does without it.
    fn left_out(&self) -> String {
        format!("{}: {self}", self.kind.words())
    }
}

impl fmt::Display for Unmapped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = self.names.iter().map(|name| format!("`{name}`")).collect();
        let has = if names.len() == 1 { "has" } else { "have" };
        let field = self.kind.field();
        write!(f, "{} {has} no entry in `target.networkMap.{field}`", names.join(", "))
    }
}

/// That nothing of `what` could be translated, since it is not there to be asked.
#[must_use]
pub fn gone(what: &str) -> String {
    format!("what `target.networkMap` would translate of {what}, which is not there any more")
}

#[cfg(test)]
mod tests;
