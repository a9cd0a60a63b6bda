//! Which restores fit beside each other.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::plan::{DbQuota, Room, Scarce};
use crate::recovery::examples::{db, expand_as, expanded, plan, plan_of};
use crate::recovery::{Item, Recovery, Rooms};
use crate::request::Mode;
use crate::request::examples::{SOURCE_ACCOUNT, SOURCE_REGION, TARGET_ACCOUNT, TARGET_REGION};

const INSTANCES: Scarce = Scarce::Quota(DbQuota::Instances);
const STORAGE: Scarce = Scarce::Quota(DbQuota::Storage);

fn addresses(subnet: &str) -> Scarce {
    Scarce::AddressesOf(subnet.try_into().unwrap())
}

/// So much `needed` of what is at the plan's target, of so much that is `free`.
fn room(of: Scarce, needed: u64, free: u64) -> Room {
    Room {
        account_id: TARGET_ACCOUNT.try_into().unwrap(),
        region: TARGET_REGION.try_into().unwrap(),
        of,
        needed,
        free,
    }
}

/// A recovery of so many DB instances in one wave.
fn recovery(restores: usize) -> Recovery {
    let restores: Vec<Value> = (0..restores).map(|number| db(&format!("db{number}"))).collect();
    expanded(&plan_of(&json!(restores)))
}

fn items(recovery: &Recovery) -> impl Iterator<Item = &Item> {
    recovery.waves.iter().flat_map(|wave| &wave.restores)
}

/// What is told of the restores, in the order of the plan.
fn rooms(recovery: &Recovery, told: &[Vec<Room>]) -> Rooms {
    items(recovery).map(|item| item.restore_id.clone()).zip(told.iter().cloned()).collect()
}

/// The restores without room, by their places, each with what is missing.
fn refused(recovery: &Recovery, told: &[Vec<Room>]) -> Vec<(String, String)> {
    let without = recovery.without_room(&rooms(recovery, told));
    let words = |item: &Item| Some((item.path.clone(), without.get(&item.restore_id)?.clone()));
    items(recovery).filter_map(words).collect()
}

/// The places, in the only wave of the plan, of the restores without room.
fn places(told: &[Vec<Room>]) -> Vec<String> {
    let refused = refused(&recovery(told.len()), told);
    let number = |path: &str| path.trim_start_matches("waves[0].restores").to_owned();
    refused.iter().map(|(path, _)| number(path)).collect()
}

#[test]
fn those_that_come_first_in_the_plan_take_what_there_is() {
    let recovery = expanded(&plan());
    let one = || vec![room(INSTANCES, 1, 2)];

    let told = refused(&recovery, &[one(), one(), one(), vec![]]);

    let words = "the plan needs 3 DB instances in account 444455556666 and Region eu-central-1, \
                 quota DBInstances leaves 2, the restores before this one take 2 of them and this \
                 one needs 1: remove some or ask AWS for a higher quota";
    assert_eq!(told, [("waves[1].restores[0]".to_owned(), words.to_owned())]);
}

#[test]
fn a_subnet_that_has_too_few_addresses_is_named() {
    let one = || vec![room(addresses("subnet-0a0a0a0a"), 1, 1)];

    let told = refused(&recovery(2), &[one(), one()]);

    let [(path, words)] = &told[..] else { panic!("{told:?}") };
    assert_eq!(path, "waves[0].restores[1]");
    assert_eq!(
        words,
        "the plan needs 2 addresses of subnet-0a0a0a0a (account 444455556666, Region \
         eu-central-1), which has 1 left, the restores before this one take 1 of them and this one \
         needs 1: free some or name another subnet"
    );
}

#[test]
fn as_many_as_there_is_room_for_fit() {
    let one = || vec![room(INSTANCES, 1, 3), room(STORAGE, 100, 300)];

    assert_eq!(places(&[one(), one(), one()]), [""; 0]);
}

#[test]
fn the_least_that_was_told_to_be_free_counts() {
    let of = |free| vec![room(INSTANCES, 1, free)];

    assert_eq!(places(&[of(3), of(1), of(3)]), ["[1]", "[2]"]);
}

#[test]
fn one_that_does_not_fit_takes_nothing_of_anything() {
    let of = |gib| vec![room(INSTANCES, 1, 2), room(STORAGE, gib, 250)];

    assert_eq!(places(&[of(100), of(200), of(150)]), ["[1]"]);
}

#[test]
fn one_of_which_nothing_is_told_takes_nothing() {
    let one = || vec![room(INSTANCES, 1, 1)];

    assert_eq!(places(&[vec![], one(), vec![]]), [""; 0]);
    let recovery = recovery(2);
    let told = rooms(&recovery, &[one()]);
    assert_eq!(recovery.without_room(&told), BTreeMap::new());
}

#[test]
fn accounts_regions_and_subnets_have_each_their_own() {
    let one = room(INSTANCES, 1, 1);
    let elsewhere = Room { region: SOURCE_REGION.try_into().unwrap(), ..one.clone() };
    let of_another = Room { account_id: SOURCE_ACCOUNT.try_into().unwrap(), ..one.clone() };
    let subnets = ["subnet-0a0a0a0a", "subnet-0b0b0b0b"].map(|it| room(addresses(it), 1, 1));
    let [first, second] = subnets;

    let apart = [one, elsewhere, of_another, first, second, room(STORAGE, 1, 1)];

    assert_eq!(places(&apart.map(|room| vec![room])), [""; 0]);
}

#[test]
fn a_subnet_that_accounts_share_is_one() {
    let here = room(addresses("subnet-0a0a0a0a"), 1, 1);
    let there = Room { account_id: SOURCE_ACCOUNT.try_into().unwrap(), ..here.clone() };

    assert_eq!(places(&[vec![here], vec![there]]), ["[1]"]);
}

#[test]
fn all_that_is_missing_for_one_is_told_at_once() {
    let one = || vec![room(INSTANCES, 1, 1), room(STORAGE, 100, 150)];

    let told = refused(&recovery(2), &[one(), one()]);

    let [(_, words)] = &told[..] else { panic!("{told:?}") };
    let parts: Vec<&str> = words.split("; ").collect();
    assert_eq!(parts.len(), 2, "{words}");
    assert!(parts[0].contains("2 DB instances") && parts[0].contains("leaves 1"), "{words}");
    assert!(parts[1].contains("200 GiB of storage") && parts[1].contains("leaves 150"), "{words}");
}

#[test]
fn waves_that_are_skipped_take_nothing() {
    let later = expand_as(&plan(), &json!({ "fromWave": "servers" })).unwrap();
    let one = || vec![room(INSTANCES, 1, 1)];

    let told = refused(&later, &[one(), one(), one(), one()]);

    let [(path, words)] = &told[..] else { panic!("{told:?}") };
    assert_eq!(path, "waves[1].restores[1]");
    assert!(words.starts_with("the plan needs 2 DB instances"), "{words}");
}

#[test]
fn nothing_is_summed_in_a_drill() {
    let drill = Recovery { mode: Mode::Drill, ..recovery(2) };
    let one = || vec![room(INSTANCES, 1, 1)];

    let told = refused(&drill, &[one(), one()]);

    assert!(told.is_empty(), "{told:?}");
}

/// What is told of a restore: of some of four things how much it needs and how much there is.
fn any_room() -> impl Strategy<Value = Vec<Room>> {
    let told = prop::collection::btree_map(0..4_usize, (0..5_u64, 0..9_u64), 0..=4);
    told.prop_map(|told| {
        let all = [
            room(INSTANCES, 0, 0),
            Room { region: SOURCE_REGION.try_into().unwrap(), ..room(INSTANCES, 0, 0) },
            room(STORAGE, 0, 0),
            room(addresses("subnet-0a0a0a0a"), 0, 0),
        ];
        let of = |(thing, (needed, free)): (usize, (u64, u64))| Room {
            needed,
            free,
            ..all[thing].clone()
        };
        told.into_iter().map(of).collect()
    })
}

/// The least that is told to be free of what `of` is room in.
fn least(told: &[Vec<Room>], of: &Room) -> u64 {
    alike(told.iter().flatten(), of).map(|room| room.free).min().unwrap_or_default()
}

/// Those of `all` that are room in the same thing as `of`.
fn alike<'a>(all: impl Iterator<Item = &'a Room>, of: &Room) -> impl Iterator<Item = &'a Room> {
    all.filter(move |room| (&room.region, &room.of) == (&of.region, &of.of))
}

proptest! {
    #[test]
    fn those_that_fit_never_take_more_than_there_is_and_those_that_do_not_would(
        told in prop::collection::vec(any_room(), 1..8),
    ) {
        let recovery = recovery(told.len());
        let without = recovery.without_room(&rooms(&recovery, &told));

        let mut taken: Vec<Room> = Vec::new();
        for (item, room) in items(&recovery).zip(&told) {
            let fits = room.iter().all(|room| {
                let before: u64 = alike(taken.iter(), room).map(|room| room.needed).sum();
                before + room.needed <= least(&told, room)
            });
            prop_assert_eq!(fits, !without.contains_key(&item.restore_id), "{}", item.path);
            if fits {
                taken.extend(room.iter().cloned());
            }
        }
        for room in &taken {
            let sum: u64 = alike(taken.iter(), room).map(|room| room.needed).sum();
            prop_assert!(sum <= least(&told, room), "{sum} of {room:?}");
        }
    }
}
