//! The path that each of the eight flows takes, and what changes it.

mod again;
mod ami;
mod properties;
mod refusals;
mod staging;

use serde_json::json;

use super::super::HopStep::{CopyIntoTargetAccount, CopySnapshot, ReencryptCopy, ShareSnapshot};
use crate::plan::Plan;
use crate::plan::examples::{Case, Step, intermediate_key, key};
use crate::request::examples::{
    SOURCE_ACCOUNT as SOURCE, SOURCE_REGION as FROM, TARGET_ACCOUNT as TARGET, TARGET_REGION as TO,
};
use crate::{AccountId, Flow};

/// The steps of each flow: every one of a restore that nothing stands in the way of.
const PATHS: [(Flow, &[Step]); 8] = [
    (Flow::Ec2SameLocation, &[]),
    (Flow::Ec2CrossRegion, &[(CopySnapshot, SOURCE, TO, "target key")]),
    (Flow::Ec2CrossAccount, &[(ShareSnapshot, SOURCE, FROM, "no key")]),
    (
        Flow::Ec2CrossAccountCrossRegion,
        &[(ShareSnapshot, SOURCE, FROM, "no key"), (CopySnapshot, TARGET, TO, "target key")],
    ),
    (Flow::RdsSameLocation, &[(ReencryptCopy, SOURCE, FROM, "target key")]),
    (Flow::RdsCrossRegion, &[(CopySnapshot, SOURCE, TO, "target key")]),
    (
        Flow::RdsCrossAccount,
        &[(ShareSnapshot, SOURCE, FROM, "no key"), (ReencryptCopy, TARGET, FROM, "target key")],
    ),
    (
        Flow::RdsCrossAccountCrossRegion,
        &[
            (ShareSnapshot, SOURCE, FROM, "no key"),
            (CopyIntoTargetAccount, TARGET, FROM, "snapshot's key"),
            (ReencryptCopy, TARGET, TO, "target key"),
        ],
    ),
];

#[test]
fn each_flow_takes_its_path() {
    assert_eq!(PATHS.map(|(flow, _)| flow), Flow::ALL);
    for (flow, path) in PATHS {
        Case::of(flow).takes(path);
    }
}

#[test]
fn a_plan_ends_with_the_instance_that_its_service_makes() {
    for flow in Flow::ALL {
        let Plan { flow: planned, instance, db_instance, .. } = Case::of(flow).plan();
        let is_ec2 = flow.name().starts_with("ec2");
        assert_eq!(planned, flow);
        assert_eq!(instance.is_some(), is_ec2, "{flow}");
        assert_eq!(db_instance.is_some(), !is_ec2, "{flow}");
    }
}

#[test]
fn the_source_role_shares_and_the_restore_role_does_all_else() {
    for flow in Flow::ALL {
        for hop in Case::of(flow).plan().hops {
            let shares = hop.step == ShareSnapshot;
            let role = if shares { "restore-source" } else { "restore-target" };
            assert!(hop.session.role_arn.as_str().ends_with(role), "{flow}: {hop:?}");
            let account = hop.share_with.as_ref().map(AccountId::as_str);
            assert_eq!(account, shares.then_some(TARGET), "{flow}: {hop:?}");
            assert_eq!(hop.source_region.as_str(), FROM, "{flow}: {hop:?}");
        }
    }
}

#[test]
fn every_hop_concerns_every_snapshot() {
    for flow in Flow::ALL {
        let plan = Case::of(flow).plan();
        let all: Vec<_> = plan.snapshots.iter().map(|snapshot| snapshot.source.clone()).collect();
        assert_eq!(all.len(), if flow.name().starts_with("ec2") { 2 } else { 1 }, "{flow}");
        for hop in &plan.hops {
            assert_eq!(hop.snapshots, all, "{flow}: {hop:?}");
        }
    }
}

#[test]
fn an_unencrypted_snapshot_takes_the_same_path_and_is_encrypted_at_its_end() {
    for (flow, path) in PATHS {
        let case = Case::of(flow).finding(|facts| {
            facts.snapshots.iter_mut().for_each(|snapshot| snapshot.key = None);
        });
        if flow == Flow::RdsCrossAccountCrossRegion {
            case.takes(&[
                (ShareSnapshot, SOURCE, FROM, "no key"),
                (CopyIntoTargetAccount, TARGET, FROM, "no key"),
                (ReencryptCopy, TARGET, TO, "target key"),
            ]);
        } else {
            case.takes(path);
        }
    }
}

#[test]
fn volumes_of_several_keys_take_the_path_together() {
    for (flow, path) in PATHS.into_iter().filter(|(flow, _)| flow.name().starts_with("ec2")) {
        Case::of(flow)
            .finding(|facts| facts.snapshots[1].key = Some(key(FROM, SOURCE, 0x20)))
            .takes(path);
    }
}

#[test]
fn a_db_snapshot_that_is_under_the_target_key_already_is_restored_as_it_is() {
    Case::of(Flow::RdsSameLocation)
        .finding(|facts| facts.snapshots[0].key = facts.target_key.clone())
        .takes(&[]);
}

#[test]
fn an_intermediate_key_encrypts_the_first_of_two_hops() {
    Case::of(Flow::RdsCrossAccountCrossRegion)
        .finding(|facts| facts.intermediate_key = Some(intermediate_key()))
        .takes(&[
            (ShareSnapshot, SOURCE, FROM, "no key"),
            (CopyIntoTargetAccount, TARGET, FROM, "intermediate key"),
            (ReencryptCopy, TARGET, TO, "target key"),
        ]);
}

#[test]
fn an_option_group_is_named_for_the_copy_that_changes_region() {
    let asked = json!({ "target": { "rds": { "optionGroupName": "orders-eu-central" } } });
    for (flow, step) in
        [(Flow::RdsCrossRegion, CopySnapshot), (Flow::RdsCrossAccountCrossRegion, ReencryptCopy)]
    {
        let case = Case::of(flow)
            .finding(|facts| facts.snapshots[0].option_group = Some("orders".to_owned()));

        let named = case.clone().asking(&asked);
        assert_eq!(named.hop(step).option_group_name.as_deref(), Some("orders-eu-central"));
        assert_eq!(named.plan().not_restored, Vec::<String>::new());

        assert_eq!(case.hop(step).option_group_name, None, "{flow}");
    }
}

#[test]
fn an_option_group_is_named_for_no_other_copy() {
    let asked = json!({ "target": { "rds": { "optionGroupName": "orders-new" } } });
    let grouped = |flow| {
        Case::of(flow)
            .asking(&asked)
            .finding(|facts| facts.snapshots[0].option_group = Some("orders".to_owned()))
    };
    let first = grouped(Flow::RdsCrossAccountCrossRegion).hop(CopyIntoTargetAccount);
    assert_eq!(first.option_group_name, None);
    let in_region = grouped(Flow::RdsCrossAccount).hop(ReencryptCopy);
    assert_eq!(in_region.option_group_name, None);
    let of_default_group = Case::of(Flow::RdsCrossRegion).asking(&asked).hop(CopySnapshot);
    assert_eq!(of_default_group.option_group_name, None);
}

#[test]
fn the_root_volume_goes_where_the_ami_boots_from() {
    let launch = Case::of(Flow::Ec2CrossRegion).plan().instance.unwrap();

    let devices: Vec<_> = launch
        .volumes
        .iter()
        .map(|volume| (volume.device_name.as_str(), volume.root, volume.delete_on_termination))
        .collect();
    assert_eq!(devices, [("/dev/sda1", true, true), ("/dev/sdf", false, false)]);
    assert_eq!(launch.suppressed_device_names, ["/dev/sdb"]);
}
