//! What came of looking at the instances.

use restore::Session;
use serde::Serialize;
use step::{ErrorName, StepError};

use crate::words;

/// What was written down, and what was not.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// How many records were written.
    pub written: usize,
    /// How many instances are as they were recorded last.
    pub unchanged: usize,
    /// What has the tag and cannot be restored, or is not whole now, in words.
    pub passed_over: Vec<String>,
    /// What could not be read or written down.
    #[serde(skip)]
    unread: Vec<Unread>,
}

/// Something that could not be read or written down.
#[derive(Debug, PartialEq, Eq)]
struct Unread {
    name: ErrorName,
    words: String,
}

impl Report {
    /// That `what` of a place could not be read or written down.
    pub(crate) fn unread(session: &Session, what: &str, error: &StepError) -> Self {
        let words = format!("{what} in {}: {error}", words(session));
        Self { unread: vec![Unread { name: error.name(), words }], ..Self::default() }
    }

    /// That a record was written.
    pub(crate) fn written() -> Self {
        Self { written: 1, ..Self::default() }
    }

    /// That an instance is as it was recorded last.
    pub(crate) fn unchanged() -> Self {
        Self { unchanged: 1, ..Self::default() }
    }

    /// That `what` was passed over.
    pub(crate) fn passed_over(what: String) -> Self {
        Self { passed_over: vec![what], ..Self::default() }
    }

    /// Both.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.written += other.written;
        self.unchanged += other.unchanged;
        self.passed_over.extend(other.passed_over);
        self.unread.extend(other.unread);
        self
    }

    /// The report, where nothing is missing from it.
    ///
    /// # Errors
    ///
    /// Everything that could not be read or written down, by the name of the first that trying again
    /// does not mend.
    pub(crate) fn whole(self) -> Result<Self, StepError> {
        let lasting = self.unread.iter().find(|it| it.name != ErrorName::Throttled);
        let Some(first) = lasting.or(self.unread.first()) else { return Ok(self) };
        let words: Vec<&str> = self.unread.iter().map(|it| it.words.as_str()).collect();
        let message = format!(
            "not recorded, while {} were written and {} are unchanged: {}",
            self.written,
            self.unchanged,
            words.join("; ")
        );
        Err(StepError::refused(first.name, message))
    }
}
