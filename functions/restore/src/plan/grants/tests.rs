//! Which grants each flow needs, on which keys and for what.

use serde_json::json;

use super::*;
use crate::facts::SnapshotFacts;
use crate::plan::HopStep;
use crate::plan::examples::{Case, default_key, intermediate_key, key, snapshot_key, staging_key};
use crate::request::examples::{SOURCE_ACCOUNT, SOURCE_REGION};
use crate::{Flow, KeyArn};

const VOLUME: &[&str] = &[
    "DescribeKey",
    "Decrypt",
    "GenerateDataKeyWithoutPlaintext",
    "ReEncryptFrom",
    "ReEncryptTo",
    "CreateGrant",
];
const EBS_COPY: &[&str] = &[
    "DescribeKey",
    "Decrypt",
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "ReEncryptFrom",
    "ReEncryptTo",
    "CreateGrant",
];
const DB_COPY: &[&str] = &[
    "DescribeKey",
    "Decrypt",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "ReEncryptFrom",
    "ReEncryptTo",
    "CreateGrant",
    "RetireGrant",
];

fn granting(flow: Flow) -> Case {
    Case::of(flow).asking(&json!({ "source": { "grantKeyAccess": true } }))
}

fn keys(case: &Case) -> Vec<KeyArn> {
    case.plan().grants.into_iter().map(|grant| grant.kms_key_id).collect()
}

#[test]
fn each_flow_is_granted_what_its_next_steps_need_of_the_source_key() {
    for (flow, operations) in [
        (Flow::Ec2CrossAccount, VOLUME),
        (Flow::Ec2CrossAccountCrossRegion, EBS_COPY),
        (Flow::RdsCrossAccount, DB_COPY),
        (Flow::RdsCrossAccountCrossRegion, DB_COPY),
    ] {
        let grant = KeyGrant {
            kms_key_id: snapshot_key().arn,
            name: "restore:orders".to_owned(),
            grantee_principal: "arn:aws:iam::444455556666:role/restore-target".try_into().unwrap(),
            operations: operations.iter().map(|one| (*one).to_owned()).collect(),
        };
        assert_eq!(granting(flow).plan().grants, [grant], "{flow}");
    }
}

#[test]
fn nothing_is_granted_unasked() {
    for flow in Flow::ALL {
        assert_eq!(Case::of(flow).plan().grants, [], "{flow}");
    }
}

#[test]
fn what_is_not_encrypted_needs_no_grant() {
    let plain = granting(Flow::Ec2CrossAccount).finding(|facts| {
        facts.snapshots.iter_mut().for_each(|snapshot| snapshot.key = None);
    });

    assert_eq!(plain.plan().grants, []);
}

#[test]
fn each_key_of_several_snapshots_is_granted_once() {
    let other = key(SOURCE_REGION, SOURCE_ACCOUNT, 0x20);
    let case = granting(Flow::Ec2CrossAccount).finding(|facts| {
        let again: Vec<SnapshotFacts> = facts.snapshots.clone();
        facts.snapshots.extend(again);
        facts.snapshots[0].key = Some(other.clone());
    });

    assert_eq!(keys(&case), [other.arn, snapshot_key().arn]);
}

#[test]
fn a_staged_snapshot_is_granted_under_its_staging_key() {
    for flow in [Flow::Ec2CrossAccount, Flow::RdsCrossAccountCrossRegion] {
        let case = granting(flow).finding(|facts| {
            facts.snapshots.iter_mut().for_each(|one| one.key = Some(default_key()));
            facts.staging_key = Some(staging_key());
            facts.intermediate_key =
                (flow == Flow::RdsCrossAccountCrossRegion).then(intermediate_key);
        });

        assert_eq!(keys(&case), [staging_key().arn], "{flow}");
    }
}

#[test]
fn a_run_that_shares_nothing_any_more_still_knows_which_grants_to_look_for() {
    let past =
        granting(Flow::Ec2CrossAccountCrossRegion).finding_ec2(|ec2| ec2.volumes_made = true);

    let plan = past.plan();

    assert!(plan.hops.iter().all(|hop| hop.step != HopStep::ShareSnapshot));
    assert_eq!(keys(&past), [snapshot_key().arn]);
}

#[test]
fn what_an_earlier_run_was_granted_ends_with_this_one() {
    let mut plan = granting(Flow::RdsCrossAccount).plan();
    let own = plan.grants[0].clone();
    let same = KeyGrant { operations: Vec::new(), ..own.clone() };
    let role = "arn:aws:iam::444455556666:role/another".try_into().unwrap();
    let other = KeyGrant { grantee_principal: role, ..own.clone() };
    plan.earlier_grants = vec![same, other.clone()];

    assert_eq!(plan.grants_to_end(), [&own, &other]);
}
