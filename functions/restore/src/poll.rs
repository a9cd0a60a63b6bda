//! When to look again at what is not ready yet.

/// The shortest time between two looks, in seconds.
pub const SHORTEST_SECONDS: u32 = 5;

/// The longest time between two looks, in seconds.
pub const LONGEST_SECONDS: u32 = 300;

/// How long AWS's answers may lag behind its own changes, in seconds: "a few minutes" at most, and
/// two in practice (EC2API/eventual-consistency).
pub const SETTLED_SECONDS: u32 = 120;

/// The seconds until the next look, `elapsed_seconds` into a wait for something that is
/// `percent` done.
///
/// Where AWS tells how far it is, the next look falls where the end is to be expected at the pace
/// so far, but not sooner than after a sixtieth of what has passed: at 99 or 100 % it may stay for
/// hours, and every look is written to the execution's history. Where AWS does not tell, the wait
/// grows by a sixth of what has passed. So looking late costs at most that share. Never under
/// [`SHORTEST_SECONDS`], never over [`LONGEST_SECONDS`].
#[must_use]
pub fn next_look(percent: Option<u8>, elapsed_seconds: u32) -> u32 {
    let elapsed = u64::from(elapsed_seconds);
    let seconds = match percent.map(u64::from) {
        Some(done @ 1..) => (elapsed * 100_u64.saturating_sub(done) / done).max(elapsed / 60),
        _ => elapsed / 6,
    };
    u32::try_from(seconds).unwrap_or(LONGEST_SECONDS).clamp(SHORTEST_SECONDS, LONGEST_SECONDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_falls_where_the_end_is_expected() {
        for (percent, elapsed, seconds) in [
            (Some(50), 60, 60),
            (Some(90), 900, 100),
            (Some(99), 60, 5),
            (Some(1), 60, 300),
            (Some(0), 60, 10),
            (None, 0, 5),
            (None, 600, 100),
            (None, 86_400, 300),
            (Some(100), 60, 5),
            (Some(100), 3600, 60),
            (Some(100), 86_400, 300),
        ] {
            assert_eq!(next_look(percent, elapsed), seconds, "{percent:?} after {elapsed} s");
        }
    }

    #[test]
    fn three_days_of_looks_stay_far_under_the_history_an_execution_may_have() {
        for percent in (0..=100).map(Some).chain([None]) {
            let (mut elapsed, mut looks) = (0, 0);
            while elapsed < 72 * 3600 {
                elapsed += next_look(percent, elapsed);
                looks += 1;
            }
            // A look is about 9 events of the 25,000 (SFN/service-quotas).
            assert!(looks * 9 < 12_500, "{looks} looks at {percent:?}");
        }
    }
}
