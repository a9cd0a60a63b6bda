//! Which snapshots of several volumes are of one state.

use jiff::{SignedDuration, Timestamp};

/// How far apart the snapshots of one set may have been started.
///
/// `CreateSnapshots` starts those of one instance at one instant; scripts and schedules that take
/// them volume by volume are done within minutes. Sets further apart are of different states.
const SPREAD: SignedDuration = SignedDuration::from_mins(15);

/// A snapshot of a volume.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// The place of the volume among the instance's.
    pub volume: usize,
    /// When it was taken.
    pub at: Timestamp,
}

/// For each of so many volumes the place among `taken` of its snapshot in the newest set that has
/// one for every volume.
///
/// Each snapshot is tried, newest first, as the last of a set; the set's others are then the
/// newest ones at most 15 minutes before it.
#[must_use]
pub fn newest(volumes: usize, taken: &[Taken]) -> Option<Vec<usize>> {
    if volumes == 0 {
        return None;
    }
    let mut ends: Vec<Timestamp> = taken.iter().map(|it| it.at).collect();
    ends.sort_unstable();
    ends.into_iter().rev().find_map(|end| {
        let begin = end.checked_sub(SPREAD).ok()?;
        (0..volumes)
            .map(|volume| {
                taken
                    .iter()
                    .enumerate()
                    .filter(|(_, it)| it.volume == volume && begin <= it.at && it.at <= end)
                    .max_by_key(|(_, it)| it.at)
                    .map(|(place, _)| place)
            })
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_set_that_is_complete_is_chosen() {
        for (volumes, minutes, expected) in [
            // Root and data, twice, and a third root whose data is not there yet.
            (2, &[(0, 0), (1, 2), (0, 60), (1, 61), (0, 120)][..], Some(vec![2, 3])),
            // Within the spread, and one minute beyond it.
            (2, &[(0, 0), (1, 15)], Some(vec![0, 1])),
            (2, &[(0, 0), (1, 16)], None),
            // Two of one volume within a set: the newer.
            (2, &[(0, 0), (0, 5), (1, 6)], Some(vec![1, 2])),
            (1, &[(0, 3), (0, 1)], Some(vec![0])),
            (1, &[], None),
            // An instance without volumes has no set.
            (0, &[(0, 0)], None),
        ] {
            let taken: Vec<Taken> = minutes
                .iter()
                .map(|&(volume, minute)| Taken {
                    volume,
                    at: Timestamp::from_second(minute * 60).unwrap(),
                })
                .collect();
            assert_eq!(newest(volumes, &taken), expected, "{volumes} volumes, {minutes:?}");
        }
    }
}
