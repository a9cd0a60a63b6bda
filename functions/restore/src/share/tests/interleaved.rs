//! Every order in which the calls of two restores can fall, with an end after any of them.
//!
//! Each restore arrives, uses the permission and departs. Any call may be its last before it is
//! cut off: the call took effect and its answer was lost, or it was never made. What was cut off
//! begins again, or, where it had not yet arrived, leaves at once, as a restore that fails does.

use std::collections::{BTreeMap, HashSet};

use super::*;

/// How often each restore is cut off at most.
const CUTS: u8 = 2;

/// The snapshot: who has the permission, and its tags.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct World {
    permitted: BTreeMap<&'static str, bool>,
    tags: BTreeMap<String, &'static str>,
    restores: [Restore; 2],
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Restore {
    id: &'static str,
    account: &'static str,
    life: Life,
    cuts: u8,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Life {
    Arriving(Arrival),
    Using,
    /// About to look for its own tag, as clean-up does.
    Searching,
    Departing(Departure),
    Ended,
}

impl World {
    fn new(accounts: [&'static str; 2], permitted: bool) -> Self {
        let restore = |id, account| {
            let life = Life::Arriving(Arrival::default());
            Restore { id, account, life, cuts: CUTS }
        };
        Self {
            permitted: accounts.into_iter().map(|account| (account, permitted)).collect(),
            tags: BTreeMap::new(),
            restores: [restore("orders", accounts[0]), restore("billing", accounts[1])],
        }
    }

    /// Makes `call` for the restore at `who`.
    fn make(&mut self, who: usize, call: Call) -> Learned {
        let Restore { id, account, .. } = self.restores[who];
        let key = tag::share(&account.try_into().unwrap(), &id.try_into().unwrap());
        match call {
            Call::LookAtPermission => return Learned::Permission(self.permitted[account]),
            Call::LookAtTags => return Learned::Uses(self.uses(who)),
            Call::Tag(said) => drop(self.tags.insert(key, said.name())),
            Call::Untag => drop(self.tags.remove(&key)),
            Call::Give => drop(self.permitted.insert(account, true)),
            Call::Withdraw => drop(self.permitted.insert(account, false)),
        }
        Learned::Did(call)
    }

    fn uses(&self, who: usize) -> Uses {
        let Restore { id, account, .. } = self.restores[who];
        let tags = self.tags.iter().map(|(key, value)| (key.as_str(), *value));
        Uses::of(&account.try_into().unwrap(), &id.try_into().unwrap(), tags)
    }

    /// All that can come next by the restore at `who`.
    fn after(&self, who: usize) -> Vec<Self> {
        let restore = &self.restores[who];
        let becoming = |life: Life| {
            let mut world = self.clone();
            world.restores[who].life = life;
            world
        };
        match &restore.life {
            Life::Ended => vec![],
            Life::Using => vec![becoming(Life::Searching)],
            Life::Searching => vec![becoming(match self.uses(who).own {
                Some(own) => Life::Departing(Departure::of(own)),
                None => Life::Ended,
            })],
            Life::Arriving(arrival) => match arrival.next() {
                Next::End(Arrived::Shared { .. }) => vec![becoming(Life::Using)],
                Next::End(Arrived::NotShown) => panic!("given, verified and not there: {self:#?}"),
                Next::Call(call) => {
                    let again = [Life::Arriving(Arrival::default()), Life::Searching];
                    self.with_call(who, call, &again, |learned| {
                        let mut arrival = arrival.clone();
                        arrival.learn(learned);
                        Life::Arriving(arrival)
                    })
                }
            },
            Life::Departing(departure) => match departure.next() {
                Next::End(_) => vec![becoming(Life::Ended)],
                Next::Call(call) => self.with_call(who, call, &[Life::Searching], |learned| {
                    let mut departure = departure.clone();
                    departure.learn(learned);
                    Life::Departing(departure)
                }),
            },
        }
    }

    /// `call` made and answered; made, and the answer lost; and never made.
    fn with_call(
        &self,
        who: usize,
        call: Call,
        again: &[Life],
        learned: impl FnOnce(Learned) -> Life,
    ) -> Vec<Self> {
        let mut made = self.clone();
        let answer = made.make(who, call);
        let mut answered = made.clone();
        answered.restores[who].life = learned(answer);
        let mut worlds = vec![answered];
        if self.restores[who].cuts > 0 {
            for (world, life) in [&made, self]
                .into_iter()
                .flat_map(|world| again.iter().map(move |life| (world.clone(), life.clone())))
            {
                let mut cut = world;
                cut.restores[who].life = life;
                cut.restores[who].cuts -= 1;
                worlds.push(cut);
            }
        }
        worlds
    }

    /// Whoever uses the permission has it, except for the moment between a withdrawal and the look
    /// that follows it: while another says that it is leaving.
    fn check_in_use(&self) {
        for (who, restore) in self.restores.iter().enumerate() {
            if restore.life == Life::Using && !self.permitted[restore.account] {
                let others = self.uses(who).others;
                assert!(others.iter().any(|(_, said)| *said == Use::Leaving), "{self:#?}");
            }
        }
    }
}

/// Goes through all worlds that `first` can become, and counts them and those at the end.
fn explore(first: World, permitted_at_the_end: bool) -> (usize, usize) {
    let (mut seen, mut ends) = (HashSet::from([first.clone()]), 0);
    let mut open = vec![first];
    while let Some(world) = open.pop() {
        world.check_in_use();
        let next: Vec<World> = (0..2).flat_map(|who| world.after(who)).collect();
        if next.is_empty() {
            ends += 1;
            assert!(world.tags.is_empty(), "{world:#?}");
            assert!(
                world.permitted.values().all(|there| *there == permitted_at_the_end),
                "{world:#?}"
            );
        }
        open.extend(next.into_iter().filter(|world| seen.insert(world.clone())));
    }
    (seen.len(), ends)
}

const ONE: &str = "444455556666";
const ANOTHER: &str = "777788889999";

#[test]
fn two_restores_into_one_account_never_take_what_the_other_needs_and_leave_nothing() {
    let (worlds, ends) = explore(World::new([ONE, ONE], false), false);

    assert!(worlds > 10_000 && ends > 0, "{worlds} worlds, {ends} ends");
}

#[test]
fn two_restores_into_one_account_leave_a_permission_that_was_there_before() {
    let (worlds, ends) = explore(World::new([ONE, ONE], true), true);

    assert!(worlds > 1_000 && ends > 0, "{worlds} worlds, {ends} ends");
}

#[test]
fn restores_into_two_accounts_leave_each_others_permission_alone() {
    for permitted in [false, true] {
        let (worlds, ends) = explore(World::new([ONE, ANOTHER], permitted), permitted);

        assert!(worlds > 1_000 && ends > 0, "{worlds} worlds, {ends} ends");
    }
}

#[test]
fn what_one_account_has_is_of_no_matter_to_the_other() {
    let mut first = World::new([ONE, ANOTHER], false);
    first.permitted.insert(ANOTHER, true);
    let mut seen = HashSet::from([first.clone()]);
    let mut open = vec![first];
    while let Some(world) = open.pop() {
        // Found, so that nobody ever takes it.
        assert!(world.permitted[ANOTHER], "{world:#?}");
        let next = (0..2).flat_map(|who| world.after(who)).collect::<Vec<_>>();
        open.extend(next.into_iter().filter(|world| seen.insert(world.clone())));
    }
    assert!(seen.len() > 1_000, "{} worlds", seen.len());
}
