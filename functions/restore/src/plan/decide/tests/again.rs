//! The same request run again, after an earlier run has come far.

use proptest::prelude::*;

use crate::Flow;
use crate::availability::Availability;
use crate::facts::{Facts, KeyFacts, Unshareable};
use crate::plan::examples::{Case, default_key, snapshot_key};

/// `flow` with all made that its snapshots were needed for.
fn made(flow: Flow) -> Case {
    Case::of(flow).made()
}

#[test]
fn what_is_made_already_needs_no_path_and_is_planned_as_before() {
    for flow in Flow::ALL {
        let (first, again) = (Case::of(flow).plan(), made(flow).plan());

        assert_eq!(again.hops, [], "{flow}");
        assert_eq!(again.instance, first.instance, "{flow}");
        assert_eq!(again.db_instance, first.db_instance, "{flow}");
    }
}

#[test]
fn a_snapshots_key_is_not_needed_once_all_is_made_but_the_target_key_is() {
    let disable = |key: &mut KeyFacts| key.unusable = Some("is disabled".to_owned());
    for flow in Flow::ALL {
        let without_source = made(flow).finding(|facts| {
            facts
                .snapshots
                .iter_mut()
                .filter_map(|snapshot| snapshot.key.as_mut())
                .for_each(disable);
        });
        assert_eq!(without_source.plan().hops, [], "{flow}");

        let without_target =
            made(flow).finding(|facts| disable(facts.target_key.as_mut().unwrap()));
        assert!(without_target.refusal().to_string().starts_with("target.kmsKeyId"), "{flow}");
    }
}

#[test]
fn what_does_not_fit_any_more_once_all_is_made_stands_in_nobodys_way() {
    let misfit = made(Flow::Ec2CrossAccount)
        .finding(|facts| facts.snapshots[0].unusable = Some("is archived".to_owned()))
        .finding_ec2(|ec2| {
            ec2.image.unusable = Some("is in state deregistered".to_owned());
            ec2.volumes[0].size = Some(1);
        });

    assert_eq!(misfit.plan().hops, []);
}

/// What can become of a snapshot and its key after a restore.
fn aftermath() -> impl Strategy<Value = (Availability, Option<KeyFacts>, bool)> {
    let availability = prop_oneof![
        Just(Availability::Ready),
        prop::option::of(0..100_u8).prop_map(|percent| Availability::Pending { percent }),
        Just(Availability::Failed { reason: "error".to_owned() }),
    ];
    let key = prop_oneof![
        Just(None),
        Just(Some(snapshot_key())),
        Just(Some(default_key())),
        Just(Some(KeyFacts { unusable: Some("is disabled".to_owned()), ..snapshot_key() })),
    ];
    (availability, key, any::<bool>())
}

proptest! {
    #[test]
    fn after_success_no_hop_is_planned_whatever_becomes_of_the_snapshots(
        flow in prop::sample::select(Flow::ALL.to_vec()),
        aftermath in prop::collection::vec(aftermath(), 2),
    ) {
        let become_so = |facts: &mut Facts| {
            for (snapshot, (availability, key, shareable)) in
                facts.snapshots.iter_mut().zip(aftermath)
            {
                snapshot.availability = availability;
                snapshot.key = key;
                snapshot.unshareable =
                    (!shareable).then(|| Unshareable::AsItIs("is automated".to_owned()));
            }
        };
        prop_assert_eq!(made(flow).finding(become_so).plan().hops, []);
    }
}
