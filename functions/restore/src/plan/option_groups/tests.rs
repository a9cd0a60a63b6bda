//! DB snapshots with an option group that is not a default one, in each flow.

use serde_json::json;

use crate::Flow;
use crate::facts::{Existing, Unshareable};
use crate::plan::ObstacleKind;
use crate::plan::examples::Case;

const RDS: [Flow; 4] = [
    Flow::RdsSameLocation,
    Flow::RdsCrossRegion,
    Flow::RdsCrossAccount,
    Flow::RdsCrossAccountCrossRegion,
];

/// The example of `flow`, whose snapshot has these options that stay.
fn with_options(flow: Flow, options: &[&str]) -> Case {
    Case::of(flow).finding(|facts| {
        facts.snapshots[0].option_group = Some("orders".to_owned());
        facts.snapshots[0].lasting_options = options.iter().map(|it| (*it).to_owned()).collect();
    })
}

fn naming_a_group(case: Case) -> Case {
    case.asking(&json!({ "target": { "rds": { "optionGroupName": "orders-there" } } }))
}

#[test]
fn a_copy_in_another_region_is_refused_without_a_group_for_the_options_that_stay() {
    let case = with_options(Flow::RdsCrossRegion, &["TDE", "Timezone"]);

    let told = case.obstacle(ObstacleKind::Invalid);

    assert!(told.starts_with("target.rds.optionGroupName: required: arn:aws:rds:"), "{told}");
    for words in ["options TDE, Timezone", "account 111122223333", "Region eu-central-1"] {
        assert!(told.contains(words), "{told}");
    }
    let plan = naming_a_group(case).plan();
    let [copy] = &plan.hops[..] else { panic!("{:?}", plan.hops) };
    assert_eq!(copy.option_group_name.as_deref(), Some("orders-there"));
}

#[test]
fn a_copy_in_another_account_names_a_group_for_the_options_that_stay_and_for_no_others() {
    let case = with_options(Flow::RdsCrossAccount, &["Timezone"]);

    let told = case.obstacle(ObstacleKind::Invalid);

    assert!(told.starts_with("target.rds.optionGroupName: required: "), "{told}");
    assert!(told.contains("account 444455556666"), "{told}");
    for (options, named) in [(&["Timezone"][..], Some("orders-there")), (&[][..], None)] {
        let plan = naming_a_group(with_options(Flow::RdsCrossAccount, options)).plan();
        let copy = plan.hops.last().unwrap();
        assert_eq!(copy.option_group_name.as_deref(), named, "{options:?}");
    }
}

#[test]
fn the_first_of_two_copies_cannot_name_a_group_and_another_way_is_told() {
    let case = with_options(Flow::RdsCrossAccountCrossRegion, &["OLS"]);

    for case in [case.clone(), naming_a_group(case)] {
        let told = case.obstacle(ObstacleKind::Invalid);
        assert!(told.starts_with("source.rds.dbSnapshotIdentifier: "), "{told}");
        assert!(told.contains("copy it to Region eu-central-1 within account 1111"), "{told}");
    }
}

#[test]
fn a_snapshot_that_can_go_to_no_other_account_is_told_for_that_alone() {
    for flow in RDS.into_iter().filter(|flow| flow.crosses_accounts()) {
        let case = with_options(flow, &["TDE"]).finding(|facts| {
            let why = "has the permanent or persistent option TDE of option group orders";
            facts.snapshots[0].unshareable = Some(Unshareable::NorAnyCopy(why.to_owned()));
        });

        let told = case.obstacle(ObstacleKind::Invalid);

        assert!(told.contains("lets neither it nor a copy of it be shared"), "{told}");
    }
}

#[test]
fn within_one_place_options_stay_by_themselves() {
    let case = with_options(Flow::RdsSameLocation, &["TDE"]);

    assert_eq!(case.plan().not_restored, Vec::<String>::new());
    let copy = &naming_a_group(case).plan().hops[0];
    assert_eq!(copy.option_group_name, None);
}

#[test]
fn a_group_whose_options_do_not_stay_is_told_as_lost_where_none_takes_its_place() {
    for flow in RDS {
        let plan = with_options(flow, &[]).plan();

        let [lost] = &plan.not_restored[..] else { panic!("{flow} loses the group") };
        assert!(lost.starts_with("option group orders: the DB instance gets a default"), "{lost}");
        let named = naming_a_group(with_options(flow, &[])).plan();
        assert_eq!(named.not_restored, Vec::<String>::new(), "{flow}");
    }
}

#[test]
fn once_the_db_instance_is_made_no_copy_needs_a_group() {
    let made = with_options(Flow::RdsCrossRegion, &["TDE"]).finding_db(Existing::Ours);

    assert_eq!(made.plan().hops, []);
}
