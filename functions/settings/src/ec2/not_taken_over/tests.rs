//! What is told of instances that differ from restored ones.

use aws_sdk_ec2::types::builders::InstanceBuilder;
use aws_sdk_ec2::types::{InstanceMetadataOptionsResponse, Placement};

use super::*;

/// One that was launched as restored ones are, at least as far as restores can tell.
fn like_a_restored_one() -> InstanceBuilder {
    Instance::builder()
        .metadata_options(metadata().http_tokens(HttpTokensState::Required).build())
        .source_dest_check(true)
        .network_interfaces(interface(None))
        .placement(Placement::builder().group_name("").tenancy(Tenancy::Default).build())
        .monitoring(Monitoring::builder().state(MonitoringState::Disabled).build())
        .hibernation_options(HibernationOptions::builder().configured(false).build())
        .enclave_options(EnclaveOptions::builder().enabled(false).build())
        .cpu_options(CpuOptions::builder().core_count(2).threads_per_core(1).build())
}

fn metadata() -> aws_sdk_ec2::types::builders::InstanceMetadataOptionsResponseBuilder {
    InstanceMetadataOptionsResponse::builder()
        .http_endpoint(InstanceMetadataEndpointState::Enabled)
        .instance_metadata_tags(InstanceMetadataTagsState::Disabled)
}

/// A network interface, with a public address of this owner, which EC2 tells of twice.
fn interface(owner: Option<&str>) -> InstanceNetworkInterface {
    let address = owner.map(|owner| {
        InstanceNetworkInterfaceAssociation::builder()
            .ip_owner_id(owner)
            .public_ip("203.0.113.7")
            .build()
    });
    let private = InstancePrivateIpAddress::builder().set_association(address.clone()).build();
    InstanceNetworkInterface::builder()
        .set_association(address)
        .private_ip_addresses(private)
        .build()
}

fn interfaces(all: Vec<InstanceNetworkInterface>) -> InstanceBuilder {
    like_a_restored_one().set_network_interfaces(Some(all))
}

fn placed(placement: aws_sdk_ec2::types::builders::PlacementBuilder) -> InstanceBuilder {
    like_a_restored_one().placement(placement.build())
}

#[test]
fn nothing_is_told_of_what_is_as_in_every_restored_instance() {
    assert_eq!(of(&like_a_restored_one().build()), [""; 0]);
    assert_eq!(of(&Instance::builder().build()), [""; 0]);
}

#[test]
fn each_thing_that_a_restored_instance_is_launched_without_is_told_by_its_name() {
    let snp = CpuOptions::builder().amd_sev_snp(AmdSevSnpSpecification::Enabled).build();
    let off = metadata().http_endpoint(InstanceMetadataEndpointState::Disabled);
    let tagged = metadata().instance_metadata_tags(InstanceMetadataTagsState::Enabled);
    let monitored = |state| Monitoring::builder().state(state).build();
    for (instance, expected) in vec![
        (
            like_a_restored_one()
                .metadata_options(metadata().http_tokens(HttpTokensState::Optional).build()),
            "IMDSv1 (httpTokens `optional`): the restored instance requires IMDSv2",
        ),
        (
            like_a_restored_one()
                .metadata_options(off.http_tokens(HttpTokensState::Optional).build()),
            "instance metadata off: ",
        ),
        (like_a_restored_one().metadata_options(tagged.build()), "tags in instance metadata: "),
        (like_a_restored_one().source_dest_check(false), "source/destination check off: "),
        (interfaces(vec![interface(None), interface(None)]), "2 network interfaces: "),
        (interfaces(vec![interface(Some("111122223333"))]), "Elastic IP address 203.0.113.7: "),
        (interfaces(vec![interface(Some("amazon"))]), "public IPv4 address: "),
        (placed(Placement::builder().tenancy(Tenancy::Host)), "tenancy `host`: "),
        (placed(Placement::builder().group_name("orders")), "placement group `orders`: "),
        (
            like_a_restored_one().monitoring(monitored(MonitoringState::Enabled)),
            "detailed monitoring: ",
        ),
        (
            like_a_restored_one().monitoring(monitored(MonitoringState::Pending)),
            "detailed monitoring: ",
        ),
        (
            like_a_restored_one()
                .hibernation_options(HibernationOptions::builder().configured(true).build()),
            "hibernation: ",
        ),
        (
            like_a_restored_one().enclave_options(EnclaveOptions::builder().enabled(true).build()),
            "Nitro Enclaves: ",
        ),
        (like_a_restored_one().cpu_options(snp), "AMD SEV-SNP: "),
    ] {
        let told = of(&instance.build());
        let [only] = &told[..] else { panic!("{expected}: {told:?}") };
        assert!(only.starts_with(expected), "{only}");
    }
}
