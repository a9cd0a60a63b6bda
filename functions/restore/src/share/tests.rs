use super::*;

mod interleaved;

fn uses(own: Option<Use>, others: &[(&str, Use)]) -> Uses {
    let others = others.iter().map(|(id, said)| ((*id).try_into().unwrap(), *said)).collect();
    Uses { own, others }
}

/// The calls of an arrival at a permission that is there or not, and to which nobody else comes.
fn arrival(mut permitted: bool, uses: &Uses) -> (Vec<Call>, Arrived) {
    let (mut arrival, mut calls) = (Arrival::default(), Vec::new());
    loop {
        match arrival.next() {
            Next::End(arrived) => return (calls, arrived),
            Next::Call(call) => {
                calls.push(call);
                permitted |= call == Call::Give;
                arrival.learn(match call {
                    Call::LookAtPermission => Learned::Permission(permitted),
                    Call::LookAtTags => Learned::Uses(uses.clone()),
                    done => Learned::Did(done),
                });
            }
        }
    }
}

/// The same of a departure.
fn departure(mut permitted: bool, uses: &Uses) -> (Vec<Call>, Departed) {
    let (mut departure, mut calls) = (Departure::of(uses.own.unwrap()), Vec::new());
    loop {
        match departure.next() {
            Next::End(departed) => return (calls, departed),
            Next::Call(call) => {
                calls.push(call);
                match call {
                    Call::Give => permitted = true,
                    Call::Withdraw => permitted = false,
                    _ => {}
                }
                departure.learn(match call {
                    Call::LookAtPermission => Learned::Permission(permitted),
                    Call::LookAtTags => Learned::Uses(uses.clone()),
                    done => Learned::Did(done),
                });
            }
        }
    }
}

#[test]
fn a_share_is_written_down_before_it_is_given_and_looked_at_after_both() {
    let (calls, arrived) = arrival(false, &uses(None, &[]));

    let look = [Call::LookAtPermission, Call::LookAtTags];
    let rest = [Call::Tag(Use::Given), Call::LookAtPermission, Call::Give, Call::LookAtPermission];
    assert_eq!(calls, [&look[..], &rest].concat());
    assert_eq!(arrived, Arrived::Shared { given: true });
}

#[test]
fn a_share_is_written_down_as_given_or_found_and_a_retry_keeps_what_is_written() {
    use Use::{Found, Given, Leaving};
    let (missing, there) = (false, true);
    for (permitted, own, others, written) in [
        (missing, None, vec![], vec![Given]),
        (there, None, vec![], vec![Found]),
        (missing, Some(Given), vec![], vec![]),
        (there, Some(Given), vec![], vec![]),
        (there, Some(Found), vec![], vec![]),
        // Who gives it, takes it back.
        (missing, Some(Found), vec![], vec![Given]),
        // A run that was cut off while it left.
        (missing, Some(Leaving), vec![], vec![Given]),
        (there, Some(Leaving), vec![], vec![Given]),
        (missing, None, vec![("billing", Given)], vec![Given]),
        (there, None, vec![("billing", Given)], vec![Given]),
        (there, None, vec![("billing", Leaving)], vec![Given]),
        (there, None, vec![("billing", Found)], vec![Found]),
        (missing, None, vec![("billing", Found)], vec![Given]),
        (there, None, vec![("billing", Given), ("orders-2", Found)], vec![Found]),
    ] {
        let (calls, arrived) = arrival(permitted, &uses(own, &others));
        let said: Vec<Use> = calls
            .iter()
            .filter_map(|call| if let Call::Tag(said) = call { Some(*said) } else { None })
            .collect();
        assert_eq!(said, written, "permitted: {permitted}, own: {own:?}, {others:?}");
        assert_eq!(arrived, Arrived::Shared { given: !permitted }, "{own:?}, {others:?}");
    }
}

#[test]
fn a_permission_that_aws_does_not_show_is_told() {
    let mut arrival = Arrival::default();
    arrival.learn(Learned::Permission(false));
    arrival.learn(Learned::Uses(uses(Some(Use::Given), &[])));
    arrival.learn(Learned::Did(Call::Give));
    arrival.learn(Learned::Permission(false));

    assert_eq!(arrival.next(), Next::End(Arrived::NotShown));
}

#[test]
fn who_leaves_says_so_and_takes_the_permission_before_its_tag() {
    let (calls, departed) = departure(true, &uses(Some(Use::Given), &[]));

    assert_eq!(
        calls,
        [
            Call::Tag(Use::Leaving),
            Call::LookAtPermission,
            Call::LookAtTags,
            Call::Withdraw,
            Call::LookAtTags,
            Call::Untag,
        ]
    );
    assert_eq!(departed, Departed::Withdrawn);
}

#[test]
fn what_becomes_of_a_permission_follows_from_who_else_relies_on_it() {
    use Use::{Found, Given, Leaving};
    let billing = || Departed::Used(vec!["billing".try_into().unwrap()]);
    for (permitted, own, others, departed, given_back) in [
        (true, Given, vec![], Departed::Withdrawn, false),
        (false, Given, vec![], Departed::NotThere, false),
        (true, Found, vec![], Departed::Kept, false),
        (true, Found, vec![("billing", Given)], Departed::Kept, false),
        (true, Given, vec![("billing", Given)], billing(), false),
        (true, Given, vec![("billing", Found)], billing(), false),
        (true, Given, vec![("billing", Leaving)], Departed::Withdrawn, false),
        (true, Given, vec![("billing", Given), ("orders-2", Leaving)], billing(), false),
        // An attempt that was cut off after it took the permission.
        (false, Leaving, vec![], Departed::Withdrawn, false),
        (false, Leaving, vec![("billing", Given)], billing(), true),
        (false, Given, vec![("billing", Given)], billing(), true),
    ] {
        let (calls, ended) = departure(permitted, &uses(Some(own), &others));

        assert_eq!(ended, departed, "permitted: {permitted}, own: {own:?}, {others:?}");
        assert_eq!(calls.contains(&Call::Give), given_back, "{own:?}, {others:?}");
        assert_eq!(calls.last(), Some(&Call::Untag));
    }
}

#[test]
fn a_value_that_no_restore_writes_is_never_withdrawn_for() {
    for said in [Use::Given, Use::Found, Use::Leaving] {
        assert_eq!(Use::of(said.name()), said);
    }
    assert_eq!(Use::of("yes"), Use::Found);
}

#[test]
fn only_the_tags_of_the_account_count() {
    let account = "444455556666".try_into().unwrap();
    let restore_id = "orders".try_into().unwrap();

    let found = Uses::of(
        &account,
        &restore_id,
        [
            ("Name", "orders"),
            ("restore:share:444455556666:orders", "given"),
            ("restore:share:777788889999:orders", "found"),
            ("restore:share:777788889999:billing", "given"),
            ("restore:share:444455556666:billing", "leaving"),
        ],
    );

    assert_eq!(found, uses(Some(Use::Given), &[("billing", Use::Leaving)]));
    assert_eq!(found.relying(), []);
}
