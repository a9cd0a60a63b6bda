//! Copies of one snapshot that were made twice.
//!
//! `CopySnapshot` takes no client token, and a look-up by tag may not know of what was made a
//! moment ago: an attempt that does not see an earlier one's copy makes another. One of them
//! serves; where copies are kept, the others are not.

use std::collections::{BTreeMap, BTreeSet};

use crate::found::{Found, Kind, Life};

/// Notes which copies are doubles of one that serves.
///
/// A copy serves that volumes were made from; among several, and where none is, the oldest, which
/// is the one that a further attempt would adopt.
pub(crate) fn note(found: &mut [Found]) {
    let doubles = of(found);
    for one in found {
        if doubles.contains(&one.id)
            && let Kind::Snapshot { copy, .. } = &mut one.kind
        {
            copy.is_double = true;
        }
    }
}

/// The ids of the doubles.
fn of(found: &[Found]) -> BTreeSet<String> {
    let loaded: BTreeSet<&str> = found.iter().filter_map(loaded_from).collect();
    let mut serving: BTreeMap<Original<'_>, Rank<'_>> = BTreeMap::new();
    for (original, rank) in found.iter().filter_map(|one| ranked(one, &loaded)) {
        serving.entry(original).and_modify(|best| *best = rank.min(*best)).or_insert(rank);
    }
    let is_double = |one: &&Found| {
        ranked(one, &loaded).is_some_and(|(original, rank)| serving.get(&original) != Some(&rank))
    };
    found.iter().filter(is_double).map(|one| one.id.clone()).collect()
}

/// What a copy is to the restore, and the snapshot that it is a copy of.
type Original<'a> = (&'static str, &'a str);

/// Whether no volume was made from a copy, when it was begun, its id: the least serves.
type Rank<'a> = (bool, Option<i128>, &'a str);

/// A usable copy among those of the same snapshot.
fn ranked<'a>(one: &'a Found, loaded: &BTreeSet<&str>) -> Option<(Original<'a>, Rank<'a>)> {
    let Kind::Snapshot { made: Some(made), life: Life::Coming | Life::There, copy, .. } = &one.kind
    else {
        return None;
    };
    let id = one.id.as_str();
    Some(((made.name(), copy.source.as_deref()?), (!loaded.contains(id), copy.began, id)))
}

/// The snapshot that a volume was made from.
fn loaded_from(one: &Found) -> Option<&str> {
    match &one.kind {
        Kind::Volume { from, .. } => from.as_deref(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use restore::tag::Made;

    use super::*;
    use crate::found::Copied;

    fn found(id: &str, kind: Kind) -> Found {
        Found { place: 0, arn: format!("arn:{id}"), id: id.to_owned(), kind }
    }

    fn copy(id: &str, source: &str, began: i128) -> Found {
        copy_that_is(id, source, began, Life::There)
    }

    fn copy_that_is(id: &str, source: &str, began: i128, life: Life) -> Found {
        let copy = Copied { source: Some(source.to_owned()), began: Some(began), is_double: false };
        found(id, Kind::Snapshot { made: Some(Made::Copy), life, copy, kept: false })
    }

    fn volume_from(snapshot: &str) -> Found {
        let (made, from) = (Some(Made::Volume), Some(snapshot.to_owned()));
        found("vol-1", Kind::Volume { made, life: Life::There, attachment: None, from })
    }

    /// The ids of those that are noted as doubles.
    fn noted(mut found: Vec<Found>) -> Vec<String> {
        note(&mut found);
        found.into_iter().filter(|one| one.kind.is_double()).map(|one| one.id).collect()
    }

    #[test]
    fn a_copy_of_which_there_is_one_is_no_double() {
        assert_eq!(noted(vec![copy("snap-1", "snap-a", 1), copy("snap-2", "snap-b", 2)]), [""; 0]);
    }

    #[test]
    fn of_several_copies_the_oldest_serves_in_whatever_order_they_are_listed() {
        let (first, second, third) =
            (copy("snap-9", "snap-a", 1), copy("snap-1", "snap-a", 2), copy("snap-5", "snap-a", 3));
        let one_way = vec![first.clone(), second.clone(), third.clone()];

        assert_eq!(noted(one_way), ["snap-1", "snap-5"]);
        assert_eq!(noted(vec![third, second, first]), ["snap-5", "snap-1"]);
    }

    #[test]
    fn the_copy_that_volumes_were_made_from_serves_however_old_others_are() {
        let copies = [copy("snap-old", "snap-a", 1), copy("snap-used", "snap-a", 2)];
        let [old, used] = copies;

        assert_eq!(noted(vec![old, used, volume_from("snap-used")]), ["snap-old"]);
    }

    #[test]
    fn a_copy_under_way_can_be_a_double_and_one_that_failed_is_of_no_matter() {
        let failed = copy_that_is("snap-failed", "snap-a", 1, Life::Failed);
        let there = copy("snap-there", "snap-a", 2);
        let coming = copy_that_is("snap-coming", "snap-a", 3, Life::Coming);

        assert_eq!(noted(vec![failed, there, coming]), ["snap-coming"]);
    }

    #[test]
    fn copies_of_two_kinds_or_of_what_nobody_knows_are_no_doubles_of_each_other() {
        let mut staged = copy("snap-staged", "snap-a", 1);
        if let Kind::Snapshot { made, .. } = &mut staged.kind {
            *made = Some(Made::StagedSnapshot);
        }
        let mut untagged = [copy("snap-1", "", 1), copy("snap-2", "", 2)];
        for one in &mut untagged {
            if let Kind::Snapshot { copy, .. } = &mut one.kind {
                copy.source = None;
            }
        }
        let found = [vec![staged, copy("snap-copy", "snap-a", 2)], untagged.into()].concat();

        assert_eq!(noted(found), [""; 0]);
    }
}
