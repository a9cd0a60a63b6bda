//! Whether the restores of a recovery have room beside each other.

use std::collections::BTreeMap;

use super::Recovery;
use crate::plan::{Room, Scarce};
use crate::request::Mode;
use crate::{AccountId, Region, RestoreId};

/// What restores take for good, by their ids, as far as planning has told.
pub type Rooms = BTreeMap<RestoreId, Vec<Room>>;

impl Recovery {
    /// The restores that those before them leave no room for, each with what is missing, in words.
    ///
    /// Each has been planned for itself, and alone it fits. Here they take what they need in the
    /// plan's order, of the least that was told to be free: each was told at another instant. One
    /// that does not fit is not made and takes nothing of anything, so that one after it may fit.
    /// One of which nothing is told takes nothing either.
    ///
    /// In a drill nothing is summed: each of its restores is torn down by itself, so that they are
    /// not all there at one time.
    #[must_use]
    pub fn without_room(&self, rooms: &Rooms) -> BTreeMap<RestoreId, String> {
        if self.mode == Mode::Drill {
            return BTreeMap::new();
        }
        let to_run = self.waves.iter().filter(|wave| !wave.skipped);
        let planned: Vec<(&RestoreId, &[Room])> = to_run
            .flat_map(|wave| &wave.restores)
            .filter_map(|item| Some((&item.restore_id, rooms.get(&item.restore_id)?.as_slice())))
            .collect();
        let mut stores = Stores::of(planned.iter().flat_map(|(_, room)| *room));
        planned
            .into_iter()
            .filter_map(|(restore_id, room)| Some((restore_id.clone(), stores.take(room).err()?)))
            .collect()
    }
}

/// What tells the things apart of which there is only so much. A subnet is one by its id, whichever
/// of the accounts that it is shared with names it (VPC/vpc-sharing).
type Thing<'a> = (Option<(&'a AccountId, &'a Region)>, &'a Scarce);

fn thing(room: &Room) -> Thing<'_> {
    let place = match room.of {
        Scarce::Quota(_) => Some((&room.account_id, &room.region)),
        Scarce::AddressesOf(_) => None,
    };
    (place, &room.of)
}

/// What there is of each thing, and what has been taken of it.
#[derive(Debug)]
struct Stores<'a>(BTreeMap<Thing<'a>, Store>);

#[derive(Debug)]
struct Store {
    /// The least that was told to be free.
    free: u64,
    /// What the restores need that fit.
    taken: u64,
    /// What all restores need together.
    needed: u64,
}

impl<'a> Stores<'a> {
    fn of(all: impl Iterator<Item = &'a Room>) -> Self {
        let mut stores = BTreeMap::new();
        for room in all {
            let untouched = Store { free: room.free, taken: 0, needed: 0 };
            let store = stores.entry(thing(room)).or_insert(untouched);
            store.free = store.free.min(room.free);
            store.needed = store.needed.saturating_add(room.needed);
        }
        Self(stores)
    }

    /// Takes all that a restore needs, or nothing.
    ///
    /// # Errors
    ///
    /// Everything that is missing, in words.
    fn take(&mut self, room: &'a [Room]) -> Result<(), String> {
        let missing: Vec<String> =
            room.iter().filter_map(|room| self.0.get(&thing(room))?.missing(room)).collect();
        if !missing.is_empty() {
            return Err(missing.join("; "));
        }
        for room in room {
            if let Some(store) = self.0.get_mut(&thing(room)) {
                store.taken = store.taken.saturating_add(room.needed);
            }
        }
        Ok(())
    }
}

impl Store {
    /// That it has too little left for `room`.
    fn missing(&self, room: &Room) -> Option<String> {
        if room.needed <= self.free.saturating_sub(self.taken) {
            return None;
        }
        let Self { free, taken, needed } = self;
        let (account, region) = (&room.account_id, &room.region);
        let (there_is, mend) = match &room.of {
            Scarce::Quota(quota) => (
                format!(
                    "{needed} {} in account {account} and Region {region}, quota {} leaves {free}",
                    quota.counts(),
                    quota.name()
                ),
                "remove some or ask AWS for a higher quota",
            ),
            Scarce::AddressesOf(subnet) => (
                format!(
                    "{needed} addresses of {subnet} (account {account}, Region {region}), which \
                     has {free} left"
                ),
                "free some or name another subnet",
            ),
        };
        Some(format!(
            "the plan needs {there_is}, the restores before this one take {taken} of them and \
             this one needs {}: {mend}",
            room.needed
        ))
    }
}
