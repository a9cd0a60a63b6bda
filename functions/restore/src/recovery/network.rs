//! A plan's network map, in the requests of its restores.
//!
//! What a restore names is translated when the plan is laid out. What it leaves open is as the
//! source's instance has it, which only the restore itself finds out: so the map goes with it, within
//! the bounds of a request.

use std::collections::{BTreeMap, BTreeSet};

use super::{Faults, MAX_MAPPED};
use crate::request::{self, Lookup, NetworkKind, NetworkMap, Request, stored};
use crate::{SecurityGroupId, SubnetId};

/// A plan's map, to be laid under those of its requests.
pub(super) struct Carried<'a> {
    map: &'a NetworkMap,
    /// The kinds of which too much would go with a request, which has been told.
    told: Vec<NetworkKind>,
}

impl<'a> Carried<'a> {
    pub(super) const fn of(map: &'a NetworkMap) -> Self {
        Self { map, told: Vec::new() }
    }

    /// Lays the map under that of `request`, which is written at `path`: the kinds that fill what the
    /// request leaves open. How much it takes to hold them.
    ///
    /// A kind with more entries than fit is told once: the other restores would only repeat it.
    pub(super) fn lay_under(
        &mut self,
        request: &mut Request,
        path: &str,
        faults: &mut Faults,
    ) -> usize {
        let (service, mut bytes) = (request.service().name(), 0);
        for (kind, field) in request.left_to_map() {
            let mut count = self.map.count(kind);
            if count == 0 || self.told.contains(&kind) {
                continue;
            }
            if count <= request::MAX_MAPPED {
                let own = request.target.network_map.get_or_insert_default();
                bytes += lay_under(own, self.map, kind);
                count = own.count(kind);
            }
            if count > request::MAX_MAPPED {
                self.told.push(kind);
                let most = request::MAX_MAPPED;
                let problem = format!(
                    "goes with {path}, which leaves `target.{service}.{field}` open: of its {count} \
                     entries at most {most} fit into a request; name that field there"
                );
                faults.at(format!("{PATH}.{}", kind.field()), problem);
            }
        }
        bytes
    }
}

impl NetworkMap {
    /// Tells which of its maps has more entries than fit, and which of their names no group or key
    /// pair can have.
    pub(super) fn size(&self, faults: &mut Faults) {
        self.oversized(PATH, MAX_MAPPED).for_each(|fault| faults.add(fault));
    }

    /// Tells of names that are one to RDS.
    pub(super) fn check(&self, faults: &mut Faults) {
        self.alike(PATH).for_each(|fault| faults.add(fault));
    }
}

/// The path of a plan's map.
const PATH: &str = "networkMap";

/// Adds the entries of `kind` that `beneath` has and `upper` has none for; how much it takes to hold
/// them.
fn lay_under(upper: &mut NetworkMap, beneath: &NetworkMap, kind: NetworkKind) -> usize {
    match kind {
        NetworkKind::Subnet => under(&mut upper.subnets, &beneath.subnets, SubnetId::as_str),
        NetworkKind::SecurityGroup => {
            let id = SecurityGroupId::as_str;
            under(&mut upper.security_groups, &beneath.security_groups, id)
        }
        NetworkKind::KeyName => under(&mut upper.key_names, &beneath.key_names, String::as_str),
        NetworkKind::DbSubnetGroup => {
            names_under(&mut upper.db_subnet_groups, &beneath.db_subnet_groups)
        }
        NetworkKind::DbParameterGroup => {
            names_under(&mut upper.db_parameter_groups, &beneath.db_parameter_groups)
        }
        NetworkKind::OptionGroup => names_under(&mut upper.option_groups, &beneath.option_groups),
    }
}

fn under<T: Ord + Clone>(
    upper: &mut BTreeMap<T, T>,
    beneath: &BTreeMap<T, T>,
    as_str: impl Fn(&T) -> &str,
) -> usize {
    let mut bytes = 0;
    for (name, mapped) in beneath {
        if !upper.contains_key(name) {
            bytes += weight(as_str(name), as_str(mapped));
            upper.insert(name.clone(), mapped.clone());
        }
    }
    bytes
}

/// The same of names of RDS, which are one in whichever case they are written.
fn names_under(upper: &mut BTreeMap<String, String>, beneath: &BTreeMap<String, String>) -> usize {
    let known: BTreeSet<String> = upper.keys().map(|name| stored(name)).collect();
    let mut bytes = 0;
    for (name, mapped) in beneath.iter().filter(|(name, _)| !known.contains(&stored(name))) {
        bytes += weight(name, mapped);
        upper.insert(name.clone(), mapped.clone());
    }
    bytes
}

/// What it takes to hold an entry: two short texts take more than their letters.
const fn weight(name: &str, mapped: &str) -> usize {
    name.len() + mapped.len() + 64
}

impl Lookup<'_> {
    /// Replaces what `request` asks for in so many words and the map knows; the rest stays.
    pub(super) fn apply(&self, request: &mut Request) {
        if let Some(target) = &mut request.target.ec2 {
            let alternatives = target.alternatives.iter_mut().flatten();
            let alternatives = alternatives.filter_map(|other| other.subnet_id.as_mut());
            for subnet in target.subnet_id.iter_mut().chain(alternatives) {
                if let Some(mapped) = self.subnet(subnet) {
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
            .map(|group| self.security_group(group).unwrap_or(group))
            .filter(|group| named.insert(*group))
            .cloned()
            .collect();
        *groups = mapped;
    }
}
