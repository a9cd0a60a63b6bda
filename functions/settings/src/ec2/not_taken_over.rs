//! How an instance was launched otherwise than every restored one is.
//!
//! What a restored instance has is what `create-instance` asks `RunInstances` for and, where it
//! asks for nothing, what EC2 gives: one network interface, the tenancy of its VPC, and so on. Each
//! thing is told only where the instance differs, with what there is to do.

use std::collections::BTreeSet;

use aws_sdk_ec2::types::{
    AmdSevSnpSpecification, CpuOptions, EnclaveOptions, HibernationOptions, HttpTokensState,
    Instance, InstanceMetadataEndpointState, InstanceMetadataTagsState, InstanceNetworkInterface,
    InstanceNetworkInterfaceAssociation, InstancePrivateIpAddress, Monitoring, MonitoringState,
    Tenancy,
};

/// What of `instance` a restore does not take over, in words.
pub(super) fn of(instance: &Instance) -> Vec<String> {
    let mut told = metadata(instance);
    told.extend(network(instance));
    told.extend(placement(instance));
    told.extend(extras(instance));
    told
}

fn metadata(instance: &Instance) -> Vec<String> {
    let Some(options) = instance.metadata_options() else { return Vec::new() };
    let off = options.http_endpoint() == Some(&InstanceMetadataEndpointState::Disabled);
    let old = !off && options.http_tokens() == Some(&HttpTokensState::Optional);
    let tags = options.instance_metadata_tags() == Some(&InstanceMetadataTagsState::Enabled);
    [
        off.then_some(
            "instance metadata off: the restored instance answers by IMDSv2; switch it off with \
             ec2:ModifyInstanceMetadataOptions",
        ),
        old.then_some(
            "IMDSv1 (httpTokens `optional`): the restored instance requires IMDSv2; where \
             something asks for metadata without a token, allow it with \
             ec2:ModifyInstanceMetadataOptions",
        ),
        tags.then_some(
            "tags in instance metadata: allow them with ec2:ModifyInstanceMetadataOptions",
        ),
    ]
    .into_iter()
    .flatten()
    .map(str::to_owned)
    .collect()
}

fn network(instance: &Instance) -> Vec<String> {
    let interfaces = instance.network_interfaces();
    let check = (instance.source_dest_check() == Some(false)).then(|| {
        "source/destination check off: that of the restored instance is on; where it routes or \
         translates traffic, switch it off with ec2:ModifyInstanceAttribute"
            .to_owned()
    });
    let more = (interfaces.len() > 1).then(|| {
        format!(
            "{} network interfaces: the restored instance has one; attach others with \
             ec2:AttachNetworkInterface",
            interfaces.len()
        )
    });
    let (elastic, public): (BTreeSet<_>, BTreeSet<_>) = interfaces
        .iter()
        .flat_map(associations)
        .filter_map(|it| Some((is_elastic(it), it.public_ip()?)))
        .partition(|(elastic, _)| *elastic);
    let elastic = elastic.into_iter().map(|(_, address)| {
        format!("Elastic IP address {address}: associate one with ec2:AssociateAddress")
    });
    // Not which one: it changes with every start.
    let public = (!public.is_empty())
        .then(|| "public IPv4 address: the restored instance has another, if any".to_owned());
    check.into_iter().chain(more).chain(elastic).chain(public).collect()
}

/// The public addresses of an interface; that of its primary private one is told twice.
fn associations(
    interface: &InstanceNetworkInterface,
) -> impl Iterator<Item = &InstanceNetworkInterfaceAssociation> {
    let addresses = interface.private_ip_addresses().iter();
    let others = addresses.filter_map(InstancePrivateIpAddress::association);
    interface.association().into_iter().chain(others)
}

/// Whether the address is one of an account's own: of others the owner is `amazon`.
fn is_elastic(association: &InstanceNetworkInterfaceAssociation) -> bool {
    let owner = association.ip_owner_id().unwrap_or_default();
    !owner.is_empty() && owner.bytes().all(|byte| byte.is_ascii_digit())
}

fn placement(instance: &Instance) -> Vec<String> {
    let Some(placement) = instance.placement() else { return Vec::new() };
    let tenancy = placement.tenancy().filter(|tenancy| **tenancy != Tenancy::Default);
    let tenancy = tenancy.map(|tenancy| {
        format!("tenancy `{}`: the restored instance has that of its VPC", tenancy.as_str())
    });
    let group = placement.group_name().filter(|group| !group.is_empty());
    let group = group.map(|group| {
        format!(
            "placement group `{group}`: the restored instance is in none; put it into one, \
             stopped, with ec2:ModifyInstancePlacement"
        )
    });
    tenancy.into_iter().chain(group).collect()
}

fn extras(instance: &Instance) -> Vec<String> {
    let monitored = instance.monitoring().and_then(Monitoring::state);
    let monitored = matches!(monitored, Some(MonitoringState::Enabled | MonitoringState::Pending));
    let hibernates = instance.hibernation_options().and_then(HibernationOptions::configured);
    let enclaves = instance.enclave_options().and_then(EnclaveOptions::enabled);
    let encrypted = instance.cpu_options().and_then(CpuOptions::amd_sev_snp);
    [
        monitored.then_some("detailed monitoring: switch it on with ec2:MonitorInstances"),
        (hibernates == Some(true))
            .then_some("hibernation: the restored instance is launched without"),
        (enclaves == Some(true))
            .then_some("Nitro Enclaves: the restored instance is launched without"),
        (encrypted == Some(&AmdSevSnpSpecification::Enabled))
            .then_some("AMD SEV-SNP: the restored instance is launched without"),
    ]
    .into_iter()
    .flatten()
    .map(str::to_owned)
    .collect()
}

#[cfg(test)]
mod tests;
