//! Which role needs which key, flow by flow.

use std::collections::BTreeSet;

use serde_json::json;

use crate::facts::{DefaultGroups, Existing, Facts, RdsFacts, TargetFacts};
use crate::plan::examples::{Case, default_key, intermediate_key, snapshot_key, staging_key};
use crate::preflight::{BelongsIn, Need, Statement, needs};
use crate::{Flow, KeyArn, RestoreId};

/// Who uses which key where: the role's name, the Region, the key, how many actions.
type Use = (&'static str, &'static str, &'static str, usize);

const FROM: &str = "eu-west-1";
const TO: &str = "eu-central-1";
const SOURCE: &str = "restore-source";
const RESTORE: &str = "restore-target";

fn restore_id() -> RestoreId {
    "orders".try_into().unwrap()
}

fn uses(case: &Case) -> BTreeSet<Use> {
    let (request, facts) = case.parts();
    let all = needs(request, &restore_id(), facts);
    let of_key = |need: &&Need| need.action.starts_with("kms:");
    let same =
        |one: &Need, other: &Need| one.session == other.session && one.resource == other.resource;
    all.iter()
        .filter(of_key)
        .map(|need| {
            let role = if need.session.role_arn.name() == SOURCE { SOURCE } else { RESTORE };
            let region = if need.session.region.as_str() == FROM { FROM } else { TO };
            let actions = all.iter().filter(of_key).filter(|other| same(need, other)).count();
            (role, region, name(&need.resource, facts), actions)
        })
        .collect()
}

fn name(arn: &str, facts: &Facts) -> &'static str {
    let is = |key: &KeyArn| key.as_str() == arn;
    match () {
        () if facts.target_key.as_ref().is_some_and(|key| is(&key.arn)) => "target key",
        () if is(&snapshot_key().arn) => "source key",
        () if is(&default_key().arn) => "default key",
        () if is(&staging_key().arn) => "staging key",
        () if is(&intermediate_key().arn) => "intermediate key",
        () => panic!("{arn} is nobody's"),
    }
}

#[test]
fn each_flow_needs_what_its_table_says() {
    let table: [(Flow, &[Use]); 8] = [
        (
            Flow::Ec2SameLocation,
            &[(RESTORE, FROM, "source key", 6), (RESTORE, FROM, "target key", 6)],
        ),
        (Flow::Ec2CrossRegion, &[(RESTORE, FROM, "source key", 7), (RESTORE, TO, "target key", 7)]),
        (
            Flow::Ec2CrossAccount,
            &[
                (SOURCE, FROM, "source key", 1),
                (RESTORE, FROM, "source key", 6),
                (RESTORE, FROM, "target key", 6),
            ],
        ),
        (
            Flow::Ec2CrossAccountCrossRegion,
            &[
                (SOURCE, FROM, "source key", 1),
                (RESTORE, FROM, "source key", 7),
                (RESTORE, TO, "target key", 7),
            ],
        ),
        (
            Flow::RdsSameLocation,
            &[(RESTORE, FROM, "source key", 8), (RESTORE, FROM, "target key", 8)],
        ),
        (Flow::RdsCrossRegion, &[(RESTORE, FROM, "source key", 8), (RESTORE, TO, "target key", 8)]),
        (
            Flow::RdsCrossAccount,
            &[
                (SOURCE, FROM, "source key", 1),
                (RESTORE, FROM, "source key", 8),
                (RESTORE, FROM, "target key", 8),
            ],
        ),
        (
            Flow::RdsCrossAccountCrossRegion,
            &[
                (SOURCE, FROM, "source key", 1),
                (RESTORE, FROM, "source key", 8),
                (RESTORE, TO, "target key", 8),
            ],
        ),
    ];
    for (flow, expected) in table {
        assert_eq!(uses(&Case::of(flow)), expected.iter().copied().collect(), "{flow}");
    }
}

#[test]
fn a_staged_snapshot_is_shared_under_the_staging_key() {
    let case = staged(Flow::RdsCrossAccountCrossRegion)
        .finding(|facts| facts.intermediate_key = Some(intermediate_key()));

    let expected: [Use; 5] = [
        (SOURCE, FROM, "default key", 8),
        (SOURCE, FROM, "staging key", 8),
        (RESTORE, FROM, "staging key", 8),
        (RESTORE, FROM, "intermediate key", 8),
        (RESTORE, TO, "target key", 8),
    ];
    assert_eq!(uses(&case), expected.into_iter().collect());
}

#[test]
fn no_key_is_needed_of_an_unencrypted_snapshot() {
    let case = Case::of(Flow::Ec2SameLocation).finding(|facts| {
        facts.snapshots.iter_mut().for_each(|snapshot| snapshot.key = None);
    });

    assert_eq!(uses(&case), [(RESTORE, FROM, "target key", 6)].into_iter().collect());
}

#[test]
fn once_all_is_made_only_its_attachment_needs_a_key() {
    let ec2 = Case::of(Flow::Ec2CrossRegion).finding_ec2(|ec2| ec2.volumes_made = true);
    assert_eq!(uses(&ec2), [(RESTORE, TO, "target key", 2)].into_iter().collect());

    let made = Some(TargetFacts::Rds(RdsFacts {
        existing: Existing::Ours,
        defaults: DefaultGroups::default(),
        room: Vec::new(),
    }));
    let rds = Case::of(Flow::RdsCrossRegion).finding(|facts| facts.target = made);
    assert_eq!(uses(&rds), BTreeSet::new());
}

#[test]
fn a_share_has_to_be_seen_by_the_restore_role_where_the_snapshot_is() {
    for (flow, seen_in) in
        [(Flow::Ec2CrossAccount, vec![FROM]), (Flow::Ec2CrossAccountCrossRegion, vec![FROM, TO])]
    {
        let case = Case::of(flow);
        let (request, facts) = case.parts();

        let regions: BTreeSet<String> = needs(request, &restore_id(), facts)
            .into_iter()
            .filter(|need| need.action == "ec2:DescribeSnapshots")
            .filter(|need| need.session.role_arn.name() != SOURCE)
            .map(|need| need.session.region.to_string())
            .collect();

        // And where the restore looks for its copies.
        let expected: BTreeSet<String> = seen_in.into_iter().map(str::to_owned).collect();
        assert_eq!(regions, expected, "{flow:?}");
    }
}

#[test]
fn each_need_is_told_once_with_all_the_steps_it_is_for() {
    let case = Case::of(Flow::Ec2CrossRegion);
    let (request, facts) = case.parts();

    let grants: Vec<_> = needs(request, &restore_id(), facts)
        .into_iter()
        .filter(|need| need.action == "kms:CreateGrant" && need.session.region.as_str() == TO)
        .map(|need| need.needed_for)
        .collect();

    assert_eq!(grants, [["copy-snapshot", "create-and-attach-volumes", "create-instance"]]);
}

#[test]
fn who_gives_an_instance_a_role_must_be_allowed_to_pass_it() {
    let role = "arn:aws:iam::444455556666:role/orders";
    let ec2 = Case::of(Flow::Ec2CrossRegion).finding_ec2(|ec2| {
        ec2.iam_instance_profile = Some("orders".to_owned());
        ec2.profile_role = Some(role.try_into().unwrap());
    });
    let monitored = json!({ "target": { "rds": {
        "monitoringInterval": 60, "monitoringRoleArn": role,
    } } });
    let rds = Case::of(Flow::RdsCrossAccount).asking(&monitored);

    for (case, service) in [(ec2, "ec2.amazonaws.com"), (rds, "monitoring.rds.amazonaws.com")] {
        let (request, facts) = case.parts();
        let needs = needs(request, &restore_id(), facts);
        let passes = needs.iter().find(|need| need.action == "iam:PassRole").unwrap();
        let statement = Statement::allowing(passes, BelongsIn::Role);

        assert_eq!((passes.resource.as_str(), passes.made), (role, false));
        assert_eq!(statement.condition["StringEquals"]["iam:PassedToService"], service);
    }
}

#[test]
fn a_db_instance_needs_the_groups_that_it_falls_back_on_where_it_names_none() {
    let own = json!({ "target": { "rds": {
        "dbParameterGroupName": "Orders", "optionGroupName": "orders", "dbSubnetGroupName": "orders",
    } } });
    for (asking, expected) in [
        (json!({}), vec!["pg:default.postgres16", "og:default:postgres-16"]),
        (own, vec!["subgrp:orders", "pg:orders", "og:orders"]),
    ] {
        let case = Case::of(Flow::RdsCrossAccount).asking(&asking);
        let (request, facts) = case.parts();

        let groups: Vec<String> = needs(request, &restore_id(), facts)
            .into_iter()
            .filter(|need| need.action == "rds:RestoreDBInstanceFromDBSnapshot")
            .filter_map(|need| Some(need.resource.splitn(6, ':').nth(5)?.to_owned()))
            .filter(|name| !name.starts_with("db:") && !name.starts_with("snapshot:"))
            .collect();

        assert_eq!(groups, expected);
    }
}

#[test]
fn a_copy_that_names_an_option_group_must_be_allowed_on_that_too() {
    let asked = json!({ "target": { "rds": { "optionGroupName": "Orders" } } });
    let case = Case::of(Flow::RdsCrossRegion).asking(&asked).finding(|facts| {
        facts.snapshots[0].option_group = Some("orders".to_owned());
    });
    let (request, facts) = case.parts();
    let copied: Vec<String> = needs(request, &restore_id(), facts)
        .into_iter()
        .filter(|need| need.action == "rds:CopyDBSnapshot")
        .map(|need| need.resource)
        .collect();
    let group = "arn:aws:rds:eu-central-1:111122223333:og:orders";
    assert!(copied.iter().any(|resource| resource == group), "{copied:?}");
}

/// The example of `flow`, whose snapshot cannot be shared as it is.
fn staged(flow: Flow) -> Case {
    Case::of(flow).finding(|facts| {
        facts.snapshots[0].key = Some(default_key());
        facts.staging_key = Some(staging_key());
    })
}

/// What the restore role does to what was staged, in whichever account and Region that is.
#[test]
fn what_was_staged_is_copied_or_restored_from_its_copy() {
    let shared = "arn:aws:ec2:eu-west-1::snapshot/*";
    let db_shared = "arn:aws:rds:eu-west-1:111122223333:snapshot:*";
    for (flow, action, shared) in [
        (Flow::Ec2CrossAccount, "ec2:CreateVolume", shared),
        (Flow::Ec2CrossAccountCrossRegion, "ec2:CopySnapshot", shared),
        (Flow::RdsCrossAccount, "rds:CopyDBSnapshot", db_shared),
        (Flow::RdsCrossAccountCrossRegion, "rds:CopyDBSnapshot", db_shared),
        (Flow::RdsCrossAccountCrossRegion, "rds:DescribeDBSnapshots", db_shared),
    ] {
        let of_restore_role = |case: &Case| {
            let (request, facts) = case.parts();
            let id = facts.snapshots[0].id.clone();
            let needs = needs(request, &restore_id(), facts).into_iter();
            let needs = needs.filter(|need| {
                need.session.role_arn == request.target.role_arn && need.action == action
            });
            let needs: Vec<_> = needs.map(|need| (need.resource, need.made)).collect();
            let itself = needs.iter().any(|(resource, _)| resource.ends_with(&id));
            (itself, needs.contains(&(shared.to_owned(), true)))
        };

        assert_eq!(of_restore_role(&Case::of(flow)), (true, false), "{flow}: {action}");
        assert_eq!(of_restore_role(&staged(flow)), (false, true), "{flow}: {action}");
    }
}

#[test]
fn who_shares_a_snapshot_or_what_was_staged_must_be_allowed_to_look_whether_it_is() {
    for (flow, action) in [
        (Flow::Ec2CrossAccount, "ec2:DescribeSnapshotAttribute"),
        (Flow::RdsCrossAccount, "rds:DescribeDBSnapshotAttributes"),
    ] {
        for (case, made) in [(Case::of(flow), false), (staged(flow), true)] {
            let (request, facts) = case.parts();
            let needs = needs(request, &restore_id(), facts);
            let looks = |need: &&Need| need.action == action && need.made == made;
            let need = needs.iter().find(looks).unwrap();

            assert_eq!(need.session.role_arn.name(), SOURCE, "{flow}");
            assert_eq!(need.needed_for, ["share-snapshot"], "{flow}");
        }
    }
}

#[test]
fn of_a_key_that_may_be_a_default_key_no_more_than_a_look_is_needed_until_it_is_seen() {
    let staging = staging_key().arn;
    let asked = json!({ "source": { "grantKeyAccess": true, "stagingKmsKeyId": staging } });
    for flow in Flow::ALL.into_iter().filter(|flow| flow.crosses_accounts()) {
        let unseen = |case: Case| {
            case.finding(|facts| {
                facts.staging_key = Some(staging_key());
                facts.snapshots.iter_mut().for_each(|snapshot| {
                    snapshot.key.as_mut().unwrap().unseen = true;
                });
            })
        };
        let of_key = |case: Case| -> Vec<_> {
            let (request, facts) = case.parts();
            let needs = needs(request, &restore_id(), facts).into_iter();
            let needs = needs.filter(|need| need.resource == snapshot_key().arn.as_str());
            needs.map(|need| (need.session.role_arn.name().to_owned(), need.action)).collect()
        };

        let look = (SOURCE.to_owned(), "kms:DescribeKey");
        assert_eq!(of_key(unseen(Case::of(flow).asking(&asked))), [look], "{flow}");
        assert!(of_key(unseen(Case::of(flow))).len() > 6, "{flow}");
    }
}

#[test]
fn with_grants_the_source_role_gives_them_and_the_restore_role_is_given_its_use() {
    let grant = json!({ "source": { "grantKeyAccess": true } });
    for flow in Flow::ALL.into_iter().filter(|flow| flow.crosses_accounts()) {
        let case = Case::of(flow).asking(&grant);
        let (request, facts) = case.parts();
        let source_key = snapshot_key().arn;

        let (mut own, mut given) = (Vec::new(), 0);
        for need in needs(request, &restore_id(), facts) {
            let is_of_source = need.resource == source_key.as_str();
            let by_restore_role = need.session.role_arn == request.target.role_arn;
            assert_eq!(need.granted, is_of_source && by_restore_role, "{flow}: {need:?}");
            given += usize::from(need.granted);
            if let Some(grant) = need.own_grant {
                assert_eq!(need.session.role_arn.name(), SOURCE, "{flow}");
                assert_eq!(grant.grantee_principal, request.target.role_arn, "{flow}");
                own.push((need.action, need.needed_for));
            }
        }
        let step = |name: &str| vec![name.to_owned()];
        assert_eq!(
            own,
            [
                ("kms:CreateGrant", step("share-snapshot")),
                ("kms:ListGrants", step("clean-up")),
                ("kms:RevokeGrant", step("clean-up")),
            ],
            "{flow}"
        );
        assert!(given >= 6, "{flow}: {given}");
    }
}

#[test]
fn a_grant_that_the_source_role_gives_is_not_the_one_that_rds_makes_in_its_name() {
    let grant = json!({ "source": { "grantKeyAccess": true } });
    let case = staged(Flow::RdsCrossAccount).asking(&grant);
    let (request, facts) = case.parts();

    let grants = needs(request, &restore_id(), facts)
        .into_iter()
        .filter(|need| {
            need.action == "kms:CreateGrant"
                && need.resource == staging_key().arn.as_str()
                && need.session.role_arn.name() == SOURCE
        })
        .map(|need| (need.own_grant.is_some(), need.needed_for.join(", ")));

    let expected = [(false, "stage-snapshot".to_owned()), (true, "share-snapshot".to_owned())];
    assert_eq!(grants.collect::<Vec<_>>(), expected);
}
