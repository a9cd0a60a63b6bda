//! Every fault of a plan, within bounds: a plan of 10,000 restores can have as many.

use std::fmt;

use serde::Serialize;

use crate::request::{Fault, WHOLE};

/// How many faults are told one by one.
const TOLD: usize = 100;
/// How long a path or a problem may be in a report, as JSON writes it: 100 faults of twice that
/// stay below the 256 KiB of a state's payload (SFN/service-quotas).
const LONGEST: usize = 1_000;
/// How long the words of an error may be altogether: the cause of a failed execution has at most
/// 32,768 characters (BC:states.SensitiveCause), and before them goes the name of the object that
/// the plan is: its bucket, and a key and a version of up to 1,024 bytes each (S3/object-keys,
/// S3/versioning-workflows).
const WORDS: usize = 30_000;

/// The faults of a plan: the first of them, and how many more there are.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Faults {
    #[serde(rename = "faults")]
    first: Vec<Fault>,
    more: usize,
}

impl Faults {
    /// One fault.
    pub fn one(path: impl Into<String>, problem: impl Into<String>) -> Self {
        let mut faults = Self::default();
        faults.add(Fault::new(path, problem));
        faults
    }

    /// The first hundred, in the order of the document.
    #[must_use]
    pub fn first(&self) -> &[Fault] {
        &self.first
    }

    /// How many there are beyond those.
    #[must_use]
    pub const fn more(&self) -> usize {
        self.more
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.first.is_empty()
    }

    /// One more.
    pub(super) fn add(&mut self, fault: Fault) {
        if self.first.len() < TOLD {
            self.first.push(Fault::new(cut(fault.path), cut(fault.problem)));
        } else {
            self.more += 1;
        }
    }

    /// One more, of the field at `path`.
    pub(super) fn at(&mut self, path: impl Into<String>, problem: impl Into<String>) {
        self.add(Fault::new(path, problem));
    }

    /// One more, of a request that is written at `place`.
    pub(super) fn within(&mut self, place: &str, fault: Fault) {
        let path =
            if fault.path == WHOLE { place.to_owned() } else { format!("{place}.{}", fault.path) };
        self.at(path, fault.problem);
    }

    /// What `good` makes, where there is no fault.
    pub(super) fn or<T>(self, good: impl FnOnce() -> T) -> Result<T, Self> {
        if self.is_empty() { Ok(good()) } else { Err(self) }
    }
}

impl FromIterator<Fault> for Faults {
    fn from_iter<I: IntoIterator<Item = Fault>>(found: I) -> Self {
        let mut faults = Self::default();
        found.into_iter().for_each(|fault| faults.add(fault));
        faults
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut written, mut told) = (0, 0);
        for fault in &self.first {
            let words = fault.to_string();
            written += words.len() + 2;
            if written > WORDS {
                break;
            }
            let separator = if told == 0 { "" } else { "; " };
            write!(f, "{separator}{words}")?;
            told += 1;
        }
        match self.first.len() - told + self.more {
            0 => Ok(()),
            more => write!(f, "; and {more} more"),
        }
    }
}

impl std::error::Error for Faults {}

/// `text`, cut where it is longer than a report bears: what is wrong may be of any length.
fn cut(mut text: String) -> String {
    let mut length = 0;
    let end = text.char_indices().find_map(|(index, character)| {
        length += match character {
            '"' | '\\' => 2,
            control if control.is_control() => 6,
            character => character.len_utf8(),
        };
        (length > LONGEST).then_some(index)
    });
    if let Some(end) = end {
        text.truncate(end);
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn many(count: usize, problem: &str) -> Faults {
        let mut faults = Faults::default();
        for index in 0..count {
            faults.at(format!("waves[0].restores[{index}].{problem}"), problem);
        }
        faults
    }

    #[test]
    fn a_report_tells_the_first_hundred_and_how_many_more_there_are() {
        let faults = many(10_000, "is wrong");

        assert_eq!((faults.first().len(), faults.more()), (100, 9_900));
        assert!(faults.to_string().ends_with("; and 9900 more"), "{faults}");
        assert_eq!(many(1, "x").to_string(), "waves[0].restores[0].x: x");
    }

    #[test]
    fn a_report_fits_a_payload_and_its_words_a_cause_whatever_is_wrong() {
        for problem in ["\u{1}", "\"", "\\", "é", "x", "\u{10ffff}"] {
            let faults = many(101, &problem.repeat(3_000));

            let report = serde_json::to_string(&faults).unwrap();
            assert!(report.len() < 256 * 1024, "{}", report.len());
            let named = format!("planObject: {}: {faults}", "k".repeat(63 + 2 * 1_024 + 20));
            assert!(named.chars().count() <= 32_768);
        }
    }

    #[test]
    fn a_fault_of_a_whole_restore_is_told_where_it_is_written() {
        let mut faults = Faults::default();
        faults.within("waves[0].restores[1]", Fault::new(WHOLE, "missing field `source`"));
        faults.within("waves[0].restores[1]", Fault::new("target.region", "is none"));

        let paths: Vec<&str> = faults.first().iter().map(|fault| fault.path.as_str()).collect();
        assert_eq!(paths, ["waves[0].restores[1]", "waves[0].restores[1].target.region"]);
    }
}
