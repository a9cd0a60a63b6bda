//! How long what AWS refuses is tried again.

use std::collections::BTreeMap;

use restore::poll::next_look;

use crate::request::Request;

/// How long AWS may take to see that nothing holds on to a resource any more, or a Region may be
/// out of reach, before it is told as left: from the first of the refusals in a row, whenever in the
/// clean-up that is. A clean-up may wait for hours until volumes have loaded their data.
const PATIENCE_SECONDS: u32 = 600;

/// What AWS refuses, and since when.
#[derive(Debug)]
pub(crate) struct Patience<'a> {
    /// The time of this call, in seconds since the clean-up began.
    now: u32,
    /// What calls before this one were refused, and since when.
    before: &'a BTreeMap<String, u32>,
    /// What this call was refused, and since when.
    refused: BTreeMap<String, u32>,
}

impl<'a> Patience<'a> {
    /// That of a call that has been refused nothing yet.
    pub(crate) fn of(request: &'a Request) -> Self {
        let (now, before) = (request.elapsed_seconds, &request.refused_since);
        Self { now, before, refused: BTreeMap::new() }
    }

    /// Notes that AWS refuses `what`, and tells whether it has time for that yet.
    pub(crate) fn lasts_for(&mut self, what: &str) -> bool {
        let since = self.before.get(what).copied().unwrap_or(self.now);
        self.refused.insert(what.to_owned(), since);
        self.is_there(since)
    }

    /// The seconds until that is tried again for which there is time yet: soon at first, however
    /// long the clean-up has lasted.
    pub(crate) fn next_try(&self) -> Option<u32> {
        let refused = self.refused.values().filter(|since| self.is_there(**since));
        refused.map(|since| next_look(None, self.now.saturating_sub(*since))).min()
    }

    /// What the next call has to know. What this one was not refused has come to an end, unless it
    /// `was_cut_short`: then it may not have asked for it.
    pub(crate) fn refused_since(&self, was_cut_short: bool) -> BTreeMap<String, u32> {
        let mut since = self.refused.clone();
        if was_cut_short {
            for (what, first) in self.before {
                since.entry(what.clone()).or_insert(*first);
            }
        }
        since
    }

    const fn is_there(&self, since: u32) -> bool {
        self.now.saturating_sub(since) < PATIENCE_SECONDS
    }
}

#[cfg(test)]
mod tests {
    use restore::Flow;

    use super::*;
    use crate::request::Reason;
    use crate::tests::request;

    /// A call that long into a clean-up, after others were refused that since then.
    fn after(elapsed_seconds: u32, refused_since: &[(&str, u32)]) -> Request {
        let since = refused_since.iter().map(|(what, since)| ((*what).to_owned(), *since));
        let request = request(Flow::Ec2CrossRegion, Reason::Restored);
        Request { elapsed_seconds, refused_since: since.collect(), ..request }
    }

    #[test]
    fn there_is_time_for_ten_minutes_from_the_first_refusal_however_late_that_is() {
        for (elapsed, since, lasts) in [
            (0, None, true),
            (599, Some(0), true),
            (600, Some(0), false),
            (7200, None, true),
            (7799, Some(7200), true),
            (7800, Some(7200), false),
        ] {
            let since: Vec<_> = since.map(|since| ("sg-1", since)).into_iter().collect();
            let request = after(elapsed, &since);
            let mut patience = Patience::of(&request);

            assert_eq!(patience.lasts_for("sg-1"), lasts, "{elapsed}, {since:?}");
            assert!(patience.lasts_for("vol-1"), "of another nothing was refused before");
        }
    }

    #[test]
    fn the_first_refusal_in_a_row_is_what_the_next_call_knows() {
        let request = after(300, &[("sg-1", 20), ("vol-1", 40)]);
        let mut patience = Patience::of(&request);
        patience.lasts_for("sg-1");
        patience.lasts_for("snap-1");

        assert_eq!(
            patience.refused_since(false),
            after(0, &[("sg-1", 20), ("snap-1", 300)]).refused_since
        );
        // It may not have come to the volume.
        assert_eq!(
            patience.refused_since(true),
            after(0, &[("sg-1", 20), ("snap-1", 300), ("vol-1", 40)]).refused_since
        );
    }

    #[test]
    fn what_is_refused_late_is_tried_again_soon_and_what_is_given_up_no_more() {
        let request = after(7200, &[("sg-1", 6540), ("vol-1", 7080)]);
        let mut patience = Patience::of(&request);
        assert_eq!(patience.next_try(), None);

        patience.lasts_for("sg-1");
        assert_eq!(patience.next_try(), None);
        patience.lasts_for("vol-1");
        assert_eq!(patience.next_try(), Some(20));
        patience.lasts_for("snap-1");
        assert_eq!(patience.next_try(), Some(5));
    }
}
