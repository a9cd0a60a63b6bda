//! How restores that draw on one quota of copies share it.
//!
//! Step Functions begins a restore whenever another has ended, whatever each of them copies. So it is
//! not an average that counts, nor what begins together: of those that are run so many at a time, the
//! ones that copy most may come to run at the same time.

use std::ops::RangeInclusive;

/// Restores that are run so many at a time, beside those of the other lane where there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lane {
    /// How many copies a restore takes that belongs here.
    pub(super) copies: RangeInclusive<u32>,
    /// How many of them run at the same time.
    pub(super) concurrency: u32,
}

/// The lanes of restores of which each takes as many copies as `copies` says, at least one: together
/// they run at most `most` restores, which never ask for more than `quota` copies at a time.
///
/// One lane for all, unless two make for fewer rounds: ten restores of ten copies each would have
/// ninety of one go two by two with them, and beside them those go by ten.
///
/// A restore that takes more than half of the quota is reckoned as half of it in the upper of two
/// lanes: an instance of twenty volumes would have all others wait. There alone copies can be
/// refused for want of room, and wait for it; as they can of a restore that takes more than the quota
/// by itself.
pub(super) fn lanes(copies: impl IntoIterator<Item = u32>, quota: u32, most: u32) -> Vec<Lane> {
    let mut copies: Vec<u32> = copies.into_iter().collect();
    copies.sort_unstable_by(|one, other| other.cmp(one));
    let together = fitting(&copies, quota).min(most).max(1);
    let (mut fewest, mut best) = (rounds(&copies, together), Vec::new());
    for (many, few) in halves(&copies) {
        let mut asked = 0;
        for (beside, taken) in (1..most).zip(many) {
            asked += (*taken).min(quota / 2);
            let concurrency = fitting(few, quota.saturating_sub(asked)).min(most - beside);
            if concurrency == 0 {
                break;
            }
            let rounds = rounds(few, concurrency).max(rounds(many, beside));
            if rounds < fewest {
                fewest = rounds;
                best = vec![lane(few, concurrency), lane(many, beside)];
            }
        }
    }
    if best.is_empty() { vec![lane(&copies, together)] } else { best }
}

/// Each way to tell restores that take many copies from those that take fewer; `copies` goes from the
/// most to the least.
fn halves(copies: &[u32]) -> impl Iterator<Item = (&[u32], &[u32])> {
    let steps = copies.windows(2).enumerate().filter(|(_, pair)| pair[0] > pair[1]);
    steps.map(|(index, _)| copies.split_at(index + 1))
}

/// How many restores at a time never ask for more than `room` copies, whichever of them they are.
fn fitting(copies: &[u32], room: u32) -> u32 {
    let mut asked = 0_u32;
    let fit = copies.iter().take_while(|taken| {
        asked = asked.saturating_add(**taken);
        asked <= room
    });
    u32::try_from(fit.count()).unwrap_or(u32::MAX)
}

/// How often so many are begun until all have been.
fn rounds(copies: &[u32], concurrency: u32) -> usize {
    copies.len().div_ceil(usize::try_from(concurrency).unwrap_or(usize::MAX).max(1))
}

/// The lane of restores that take these `copies`, from the most to the least.
fn lane(copies: &[u32], concurrency: u32) -> Lane {
    let least = copies.last().copied().unwrap_or_default();
    let most = copies.first().copied().unwrap_or_default();
    Lane { copies: least..=most, concurrency }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const QUOTA: u32 = 20;

    /// Restores, so many of so many copies each.
    fn of(groups: &[(usize, u32)]) -> Vec<u32> {
        groups.iter().flat_map(|(count, copies)| vec![*copies; *count]).collect()
    }

    fn lanes_of(groups: &[(usize, u32)], most: u32) -> Vec<(RangeInclusive<u32>, u32)> {
        let lanes = lanes(of(groups), QUOTA, most);
        lanes.into_iter().map(|lane| (lane.copies, lane.concurrency)).collect()
    }

    #[test]
    fn restores_of_few_and_of_many_copies_go_side_by_side_where_that_is_faster() {
        for (groups, expected) in [
            (vec![(100, 1)], vec![(1..=1, 20)]),
            (vec![(30, 2)], vec![(2..=2, 10)]),
            (vec![(3, 5)], vec![(5..=5, 3)]),
            // All at once.
            (vec![(1, 15), (5, 1)], vec![(1..=15, 6)]),
            (vec![(10, 10), (90, 1)], vec![(1..=1, 10), (10..=10, 1)]),
            (vec![(30, 1), (10, 2)], vec![(1..=1, 12), (2..=2, 4)]),
            // One of six keeps so little from the rest that it needs no lane of its own.
            (vec![(100, 1), (1, 6)], vec![(1..=6, 15)]),
            // One that takes the whole quota would have the rest go one by one.
            (vec![(100, 1), (1, 20)], vec![(1..=1, 10), (20..=20, 1)]),
            (vec![(7, 30)], vec![(30..=30, 1)]),
            (vec![(4, 12), (4, 15)], vec![(12..=15, 1)]),
        ] {
            assert_eq!(lanes_of(&groups, 100), expected, "{groups:?}");
        }
    }

    #[test]
    fn no_more_are_run_than_asked_for_in_all_lanes_together() {
        assert_eq!(lanes_of(&[(10, 10), (90, 1)], 1), [(1..=10, 1)]);
        assert_eq!(lanes_of(&[(10, 10), (90, 1)], 5), [(1..=1, 4), (10..=10, 1)]);
        assert_eq!(lanes_of(&[(100, 1)], 5), [(1..=1, 5)]);
    }

    /// How many copies those of a lane ask for at most: the ones that take most, at the same time.
    fn asked(copies: &[u32], lane: &Lane) -> u32 {
        let mut of_lane: Vec<u32> =
            copies.iter().copied().filter(|copies| lane.copies.contains(copies)).collect();
        of_lane.sort_unstable();
        let concurrency = usize::try_from(lane.concurrency).unwrap();
        of_lane.iter().rev().take(concurrency).sum()
    }

    proptest! {
        #[test]
        fn whichever_run_at_the_same_time_they_ask_for_no_more_than_the_quota(
            copies in prop::collection::vec(1..=QUOTA / 2, 1..200), most in 1..60_u32,
        ) {
            let lanes = lanes(copies.clone(), QUOTA, most);

            prop_assert!(lanes.iter().map(|lane| asked(&copies, lane)).sum::<u32>() <= QUOTA);
            prop_assert!(lanes.iter().map(|lane| lane.concurrency).sum::<u32>() <= most);
            prop_assert!(lanes.iter().all(|lane| lane.concurrency > 0), "{lanes:?}");
        }

        #[test]
        fn each_restore_belongs_to_one_lane_however_many_copies_it_takes(
            copies in prop::collection::vec(1..60_u32, 1..100), most in 1..60_u32,
        ) {
            let lanes = lanes(copies.clone(), QUOTA, most);

            for taken in copies {
                let own = lanes.iter().filter(|lane| lane.copies.contains(&taken));
                prop_assert_eq!(own.count(), 1, "{} {:?}", taken, lanes);
            }
        }
    }
}
