//! The results of many restores, held in bounds: of each, what is told may be of any length.

use std::sync::Arc;

use super::{Cut, Ending, Ledger, LedgerWave, MAX_WORDS, RestoreResult};

/// What a name takes besides its bytes.
const AROUND: usize = size_of::<String>();
/// What is set behind a text that was cut.
const SIGN: char = '…';

/// Results whose words (the causes, and the names of what was left) are held to a share of
/// [`MAX_WORDS`]: that of their restores among all that the recovery has.
///
/// As long as they come to less, all is kept. Once they come to more, each is held to its own share:
/// which are cut, and where, does not depend on the order in which they are told. It does not depend
/// on how often either: what was cut is not cut again.
#[derive(Debug)]
pub struct Kept {
    results: Vec<(RestoreResult, Arc<str>)>,
    /// How many are within their own shares for certain.
    held: usize,
    /// What all words come to that were told.
    told: usize,
    all: usize,
    each: usize,
}

impl Kept {
    /// For the restores of a recovery.
    #[must_use]
    pub fn of_recovery(ledger: &Ledger) -> Self {
        Self::of(ledger, ledger.restores())
    }

    /// For those of one of its waves.
    #[must_use]
    pub fn of_wave(ledger: &Ledger, wave: &LedgerWave) -> Self {
        Self::of(ledger, wave.restores.len())
    }

    fn of(ledger: &Ledger, restores: usize) -> Self {
        let each = MAX_WORDS / ledger.restores().max(1);
        Self { results: Vec::new(), held: 0, told: 0, all: each * restores, each }
    }

    /// Keeps one more, of which all that was told stands in the object `from`.
    pub fn keep(&mut self, result: RestoreResult, from: &Arc<str>) {
        self.told += words(&result);
        self.results.push((result, from.clone()));
        if self.told > self.all {
            for (result, from) in &mut self.results[self.held..] {
                hold(result, self.each, from);
            }
            self.held = self.results.len();
        }
    }

    /// What is kept, in the order in which it was told.
    #[must_use]
    pub fn into_results(self) -> Vec<RestoreResult> {
        self.results.into_iter().map(|(result, _)| result).collect()
    }
}

/// Holds the words of a result to `most`: the names to what a cause of at most half of it leaves, and
/// the cause to what the names leave.
fn hold(result: &mut RestoreResult, most: usize, from: &str) {
    if words(result) <= most {
        return;
    }
    let cause = cause_of(result).len().min(most / 2);
    let mut free = most - cause;
    let fitting = result.left.iter().map_while(|name| {
        free = free.checked_sub(named(name))?;
        Some(())
    });
    let fitting = fitting.count();
    let unnamed = result.left.len() - fitting;
    result.left.truncate(fitting);
    result.left.shrink_to_fit();
    if let Ending::Failed { cause: text, .. } = &mut result.ending {
        cut(text, cause + free);
    }
    result.cut = Some(Cut { from: from.to_owned(), left_unnamed: unnamed });
}

/// Cuts `text` where it is longer than `longest`, so that it no longer is. What is cut off is given
/// back.
fn cut(text: &mut String, longest: usize) {
    if text.len() > longest {
        text.truncate(text.floor_char_boundary(longest.saturating_sub(SIGN.len_utf8())));
        text.push(SIGN);
        text.shrink_to_fit();
    }
}

/// What the words of a result come to.
fn words(result: &RestoreResult) -> usize {
    cause_of(result).len() + result.left.iter().map(|name| named(name)).sum::<usize>()
}

fn cause_of(result: &RestoreResult) -> &str {
    match &result.ending {
        Ending::Failed { cause, .. } => cause,
        Ending::Succeeded | Ending::NotStarted | Ending::Skipped => "",
    }
}

fn named(name: &str) -> usize {
    name.len() + AROUND
}
