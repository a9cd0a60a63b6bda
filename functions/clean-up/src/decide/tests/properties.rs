//! What holds of every clean-up, whatever there is and however AWS goes on with it.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use restore::plan::KeyGrant;

use super::*;

/// Calls within which AWS has come to an end with all that it is about here.
const CALLS: usize = 20;

fn life() -> impl Strategy<Value = Life> {
    select(vec![Life::Coming, Life::There, Life::There, Life::Failed, Life::Going, Life::Gone])
}

fn made() -> impl Strategy<Value = Option<Made>> {
    prop_oneof![9 => select(Made::ALL.to_vec()).prop_map(Some), 1 => Just(None)]
}

/// What it is attached to: one of the instances that there may be, or a stranger's.
fn attachment() -> impl Strategy<Value = Option<Attachment>> {
    option::of((select(vec!["i-0", "i-1", "i-2", "i-else"]), any::<bool>()).prop_map(
        |(instance_id, delete_on_termination)| Attachment {
            instance_id: instance_id.to_owned(),
            delete_on_termination,
        },
    ))
}

/// A snapshot that there may be.
fn origin() -> impl Strategy<Value = Option<String>> {
    option::of((0..6).prop_map(|number| format!("snap-{number}")))
}

fn copied() -> impl Strategy<Value = Copied> {
    (origin(), any::<bool>()).prop_map(|(source, is_double)| Copied {
        source,
        began: None,
        is_double,
    })
}

fn grant(service: Service) -> Kind {
    let on = KeyGrant {
        kms_key_id: "arn:aws:kms:eu-west-1:111122223333:key/1f6b0e93-7d48-4c2a-b5f1-90e3a7d4c852"
            .try_into()
            .unwrap(),
        name: "restore-orders".to_owned(),
        grantee_principal: "arn:aws:iam::444455556666:role/restore".try_into().unwrap(),
        operations: Vec::new(),
    };
    Kind::Grant { service, on }
}

fn kind() -> impl Strategy<Value = Kind> {
    let service = || select(vec![Service::Ec2, Service::Rds]);
    let others = vec(Just("billing".try_into().unwrap()), 0..2);
    let own = select(vec![Use::Given, Use::Found, Use::Leaving]);
    let account: restore::AccountId = "444455556666".try_into().unwrap();
    prop_oneof![
        (made(), life(), copied(), any::<bool>())
            .prop_map(|(made, life, copy, kept)| Kind::Snapshot { made, life, copy, kept }),
        (made(), life(), attachment(), origin()).prop_map(|(made, life, attachment, from)| {
            Kind::Volume { made, life, attachment, from }
        }),
        (made(), life()).prop_map(|(made, life)| Kind::Instance { made, life }),
        made().prop_map(|made| Kind::SecurityGroup { made }),
        (made(), life(), any::<bool>()).prop_map(|(made, life, kept)| Kind::DbSnapshot {
            made,
            life,
            kept
        }),
        (made(), life(), any::<bool>()).prop_map(|(made, life, protected)| Kind::DbInstance {
            made,
            life,
            protected
        }),
        service().prop_map(grant),
        (service(), own, others).prop_map(move |(service, own, others)| Kind::Share {
            service,
            account: account.clone(),
            own,
            others,
        }),
    ]
}

/// Up to six things, each under an id of its kind.
fn anything() -> impl Strategy<Value = Vec<Found>> {
    vec(kind(), 0..6).prop_map(|kinds| {
        let named = kinds.into_iter().enumerate().map(|(number, kind)| {
            let prefix = match kind {
                Kind::Instance { .. } => "i",
                Kind::Snapshot { .. } => "snap",
                _ => "other",
            };
            found(&format!("{prefix}-{number}"), kind)
        });
        named.collect()
    })
}

fn scope() -> impl Strategy<Value = Scope> {
    let kept = || option::of(select(vec![Made::Copy, Made::ReencryptedCopy, Made::StagedSnapshot]));
    prop_oneof![
        kept().prop_map(|kept| Scope::Intermediates { kept }),
        kept().prop_map(|kept| Scope::Unfinished { kept }),
        Just(Scope::Everything),
        Just(Scope::Shares),
    ]
}

fn initialisation() -> impl Strategy<Value = Initialisation> {
    prop_oneof![
        Just(Initialisation::Done),
        Just(Initialisation::Underway { percent: 40 }),
        Just(Initialisation::Unknown("DescribeVolumeStatus is denied".to_owned())),
        Just(Initialisation::Unseen),
    ]
}

/// Whether another call is needed.
fn is_under_way(verdict: &Verdict) -> bool {
    match verdict {
        Verdict::Ignore | Verdict::Leave(_) | Verdict::Keep(_) | Verdict::KeepCopy => false,
        Verdict::Remove
        | Verdict::BeingRemoved { .. }
        | Verdict::Wait { .. }
        | Verdict::Later
        | Verdict::Release => true,
    }
}

fn life_of(kind: &mut Kind) -> Option<&mut Life> {
    match kind {
        Kind::Snapshot { life, .. }
        | Kind::Volume { life, .. }
        | Kind::Instance { life, .. }
        | Kind::DbSnapshot { life, .. }
        | Kind::DbInstance { life, .. } => Some(life),
        Kind::SecurityGroup { .. } | Kind::Grant { .. } | Kind::Share { .. } => None,
    }
}

/// What is there after a call that does as was `decided`, in its order.
fn carried_out(decided: Vec<(Found, Verdict)>) -> Vec<Found> {
    let is_waiting = decided.iter().any(|(_, it)| is_under_way(it) && *it != Verdict::Release);
    let after = decided.into_iter().filter_map(|(mut one, verdict)| {
        match (&mut one.kind, verdict) {
            (Kind::DbInstance { protected: it @ true, .. }, Verdict::Remove) => *it = false,
            (Kind::Instance { life, .. } | Kind::DbInstance { life, .. }, Verdict::Remove) => {
                *life = Life::Going;
            }
            (_, Verdict::Remove) => return None,
            // See `Sweep::carry_out`.
            (_, Verdict::Release) if !is_waiting => return None,
            (Kind::Snapshot { kept, .. } | Kind::DbSnapshot { kept, .. }, Verdict::KeepCopy) => {
                *kept = true;
            }
            _ => {}
        }
        Some(one)
    });
    after.collect()
}

/// What is there once AWS has gone on with it.
fn gone_on(mut all: Vec<Found>) -> Vec<Found> {
    for one in &mut all {
        if let Some(life) = life_of(&mut one.kind) {
            *life = match *life {
                Life::Coming => Life::There,
                Life::Going => Life::Gone,
                other => other,
            };
        }
    }
    let ended = |id: &str| all.iter().any(|one| one.id == id && one.kind.life() == Life::Gone);
    let ended: Vec<String> = all.iter().map(|one| one.id.clone()).filter(|id| ended(id)).collect();
    all.retain_mut(|one| {
        let Kind::Volume { attachment, .. } = &mut one.kind else { return true };
        match attachment.take_if(|it| ended.contains(&it.instance_id)) {
            Some(attached) => !attached.delete_on_termination,
            None => true,
        }
    });
    all
}

/// What must be there as before: what somebody may rely on.
fn is_relied_on(one: &Found) -> bool {
    one.kind.made() == Some(Made::Finished) || one.kind.is_kept() || one.kind.is_of_others()
}

proptest! {
    #[test]
    fn a_clean_up_ends_and_another_one_changes_nothing(
        there in anything(),
        scope in scope(),
        volumes in initialisation(),
    ) {
        let (mut there, mut volumes) = (there, volumes);
        for _ in 0..CALLS {
            let decided = all(there, scope, &volumes, true);
            there = gone_on(carried_out(decided));
            if matches!(volumes, Initialisation::Underway { .. }) {
                volumes = Initialisation::Done;
            }
        }

        let again = all(there.clone(), scope, &volumes, true);

        let under_way: Vec<_> = again.iter().filter(|(_, it)| is_under_way(it)).collect();
        prop_assert!(under_way.is_empty(), "{:?}", under_way);
        let mut after = carried_out(again);
        after.sort_by_key(|one| there.iter().position(|it| it.id == one.id));
        prop_assert_eq!(after, there);
    }

    #[test]
    fn nothing_that_somebody_relies_on_is_removed(
        there in anything(),
        scope in scope(),
        volumes in initialisation(),
    ) {
        for (one, verdict) in all(there, scope, &volumes, true) {
            prop_assert!(!is_relied_on(&one) || verdict != Verdict::Remove, "{:?}", one);
        }
    }

    #[test]
    fn no_source_is_removed_before_what_is_made_from_it_is_there(
        there in anything(),
        scope in scope(),
        volumes in initialisation(),
    ) {
        let unused = |one: &Found| {
            let made_from_it = there.iter().filter(|other| {
                other.kind.depth() > one.kind.depth()
                    && !matches!(other.kind, Kind::Instance { .. })
            });
            made_from_it.into_iter().all(|other| other.kind.life() != Life::Coming)
        };
        for (one, verdict) in all(there.clone(), scope, &volumes, true) {
            let goes = matches!(verdict, Verdict::Remove | Verdict::Release);
            let is_given = one.kind.is_source() && !one.kind.is_of_others();
            prop_assert!(!goes || !is_given || unused(&one), "{:?}", one);
        }
    }

    #[test]
    fn nothing_that_volumes_which_stay_may_still_load_from_is_removed(
        there in anything(),
        scope in scope().prop_filter("the volumes go", |scope| scope.keeps_volumes()),
        volumes in initialisation().prop_filter("loaded", |it| *it != Initialisation::Done),
    ) {
        let origins: Vec<String> = there
            .iter()
            .filter(|one| one.is_restored_volume())
            .filter_map(|one| match &one.kind {
                Kind::Volume { from, .. } => from.clone(),
                _ => None,
            })
            .collect();
        for (one, verdict) in all(there, scope, &volumes, true) {
            prop_assert!(verdict != Verdict::Remove || !origins.contains(&one.id), "{:?}", one);
        }
    }

    #[test]
    fn before_aws_lists_all_no_source_is_touched(
        there in anything(),
        scope in scope(),
        volumes in initialisation(),
    ) {
        for (one, verdict) in all(there, scope, &volumes, false) {
            let touched = matches!(verdict, Verdict::Remove | Verdict::Release);
            prop_assert!(!touched || !one.kind.is_source(), "{:?}", one);
        }
    }
}
