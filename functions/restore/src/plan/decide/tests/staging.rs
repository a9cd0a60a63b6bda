//! Snapshots that AWS does not let be shared as they are.

use super::super::super::HopStep::{
    CopyIntoTargetAccount, CopySnapshot, ReencryptCopy, ShareSnapshot, StageSnapshot,
};
use super::{FROM, PATHS, SOURCE, TARGET, TO};
use crate::Flow;
use crate::facts::Unshareable;
use crate::plan::ObstacleKind;
use crate::plan::examples::{Case, default_key, intermediate_key, staging_key};

/// A snapshot of `flow` under the default key: an EC2 restore's second one.
fn under_default_key(flow: Flow) -> Case {
    Case::of(flow).finding(|facts| facts.snapshots.last_mut().unwrap().key = Some(default_key()))
}

/// The DB snapshot is one that AWS does not let be shared.
fn unshareable(flow: Flow, why: Unshareable) -> Case {
    Case::of(flow).finding(|facts| facts.snapshots[0].unshareable = Some(why))
}

/// The DB snapshot is an automated one.
fn automated(flow: Flow) -> Case {
    unshareable(flow, Unshareable::AsItIs("is automated".to_owned()))
}

/// The DB snapshot has an option that stays with its copies.
fn encrypted_by_its_engine(flow: Flow) -> Case {
    unshareable(flow, Unshareable::NorAnyCopy("has the permanent option TDE".to_owned()))
}

fn with_staging_key(case: Case) -> Case {
    case.finding(|facts| facts.staging_key = Some(staging_key()))
}

#[test]
fn a_default_key_stands_in_the_way_of_sharing_alone() {
    for (flow, path) in PATHS {
        if flow.crosses_accounts() {
            let told = under_default_key(flow).obstacle(ObstacleKind::DefaultKeyNotShareable);
            assert!(told.contains(&format!("(key {})", default_key().arn)), "{told}");
            assert!(told.contains(&format!("shared with account {TARGET}")), "{told}");
        } else {
            under_default_key(flow).takes(path);
            with_staging_key(under_default_key(flow)).takes(path);
        }
    }
}

#[test]
fn what_to_do_about_a_default_key_is_said() {
    let refusal = under_default_key(Flow::Ec2CrossAccount).refusal().to_string();

    assert!(refusal.starts_with("snap-0b0b0b0b (key arn:aws:kms:eu-west-1:"), "{refusal}");
    assert!(refusal.contains("give `source.stagingKmsKeyId`"), "{refusal}");
}

#[test]
fn with_a_staging_key_a_snapshot_is_copied_before_it_is_shared() {
    let stage = (StageSnapshot, SOURCE, FROM, "staging key");
    let share = (ShareSnapshot, SOURCE, FROM, "no key");
    for (flow, path) in [
        (Flow::Ec2CrossAccount, vec![stage, share]),
        (
            Flow::Ec2CrossAccountCrossRegion,
            vec![stage, share, (CopySnapshot, TARGET, TO, "target key")],
        ),
        (Flow::RdsCrossAccount, vec![stage, share, (ReencryptCopy, TARGET, FROM, "target key")]),
        (
            Flow::RdsCrossAccountCrossRegion,
            vec![
                stage,
                share,
                (CopyIntoTargetAccount, TARGET, FROM, "staging key"),
                (ReencryptCopy, TARGET, TO, "target key"),
            ],
        ),
    ] {
        with_staging_key(under_default_key(flow)).takes(&path);
    }
}

#[test]
fn only_the_volume_under_the_default_key_is_staged_and_all_are_shared() {
    let case = with_staging_key(under_default_key(Flow::Ec2CrossAccount));

    let stage = case.hop(StageSnapshot);
    assert_eq!(stage.snapshots, ["snap-0b0b0b0b"]);
    assert!(stage.session.role_arn.as_str().ends_with("restore-source"), "{stage:?}");
    assert_eq!(case.hop(ShareSnapshot).snapshots, ["snap-0a0a0a0a", "snap-0b0b0b0b"]);
}

#[test]
fn a_staging_key_that_nothing_needs_is_not_used() {
    for (flow, path) in PATHS {
        with_staging_key(Case::of(flow)).takes(path);
    }
}

#[test]
fn an_automated_db_snapshot_is_staged_before_it_is_shared() {
    with_staging_key(automated(Flow::RdsCrossAccount)).takes(&[
        (StageSnapshot, SOURCE, FROM, "staging key"),
        (ShareSnapshot, SOURCE, FROM, "no key"),
        (ReencryptCopy, TARGET, FROM, "target key"),
    ]);
    with_staging_key(automated(Flow::RdsCrossAccountCrossRegion))
        .finding(|facts| facts.intermediate_key = Some(intermediate_key()))
        .takes(&[
            (StageSnapshot, SOURCE, FROM, "staging key"),
            (ShareSnapshot, SOURCE, FROM, "no key"),
            (CopyIntoTargetAccount, TARGET, FROM, "intermediate key"),
            (ReencryptCopy, TARGET, TO, "target key"),
        ]);
}

#[test]
fn an_automated_db_snapshot_without_a_staging_key_is_refused_by_the_field_that_is_missing() {
    for flow in [Flow::RdsCrossAccount, Flow::RdsCrossAccountCrossRegion] {
        let told = automated(flow).obstacle(ObstacleKind::Invalid);
        assert!(told.starts_with("source.stagingKmsKeyId: required: "), "{told}");
        assert!(told.contains("snapshot:orders-nightly is automated"), "{told}");
    }
}

#[test]
fn an_automated_db_snapshot_stays_restorable_within_its_account() {
    for (flow, path) in PATHS {
        if flow.name().starts_with("rds") && !flow.crosses_accounts() {
            automated(flow).takes(path);
        }
    }
}

#[test]
fn what_no_copy_could_be_shared_of_either_is_refused_whatever_key_is_given() {
    for flow in [Flow::RdsCrossAccount, Flow::RdsCrossAccountCrossRegion] {
        let case = encrypted_by_its_engine(flow);
        for case in [case.clone(), with_staging_key(case)] {
            let told = case.obstacle(ObstacleKind::Invalid);
            assert!(told.starts_with("source.rds.dbSnapshotIdentifier: arn:aws:rds:"), "{told}");
            assert!(told.contains("has the permanent option TDE, so AWS lets neither"), "{told}");
            assert!(told.contains("restore it within account 111122223333"), "{told}");
            assert!(!told.contains("stagingKmsKeyId"), "{told}");
        }
    }
}

#[test]
fn a_default_key_is_not_told_of_what_no_other_key_would_help() {
    let told = encrypted_by_its_engine(Flow::RdsCrossAccount)
        .finding(|facts| facts.snapshots[0].key = Some(default_key()))
        .obstacle(ObstacleKind::Invalid);

    assert!(told.contains("lets neither it nor a copy of it be shared"), "{told}");
}

#[test]
fn what_cannot_be_shared_stays_restorable_within_its_account() {
    for (flow, path) in PATHS {
        if flow.name().starts_with("rds") && !flow.crosses_accounts() {
            encrypted_by_its_engine(flow).takes(path);
        }
    }
}
