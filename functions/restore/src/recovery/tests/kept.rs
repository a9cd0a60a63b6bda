//! Results of which more is told than is kept.

use std::sync::Arc;

use serde_json::json;

use super::outcome::{outcome, results, ten};
use crate::recovery::{Ending, Kept, Ledger, MAX_WORDS, RestoreResult};

/// What each of ten restores may take for itself.
const EACH: usize = MAX_WORDS / 10;

/// Ten results, of which these failed with causes of such a length, and left so many things.
fn told(ledger: &Ledger, causes: &[usize], things: usize) -> Vec<RestoreResult> {
    let mut results = results(ledger, causes.len(), 10 - causes.len());
    for (result, length) in results.iter_mut().zip(causes) {
        let cause = "x".repeat(*length);
        result.ending = Ending::Failed { error: "Restore.Unexpected".into(), cause };
    }
    for result in &mut results {
        result.left = vec!["arn:aws:ec2:::snapshot/a".to_owned(); things];
    }
    results
}

fn kept(ledger: &Ledger, results: &[RestoreResult]) -> Vec<RestoreResult> {
    let mut kept = Kept::of_recovery(ledger);
    for result in results {
        kept.keep(result.clone(), &from());
    }
    kept.into_results()
}

fn from() -> Arc<str> {
    "s3://recoveries/results/FAILED_0.json".into()
}

fn cause(result: &RestoreResult) -> &str {
    match &result.ending {
        Ending::Failed { cause, .. } => cause,
        Ending::Succeeded | Ending::NotStarted | Ending::Skipped => "",
    }
}

#[test]
fn what_is_not_too_long_together_is_kept_whole_however_long_one_of_it_is() {
    let ledger = ten(&json!({}));
    let told = told(&ledger, &[EACH * 8, EACH], 3);

    assert_eq!(kept(&ledger, &told), told);
}

#[test]
fn what_is_too_long_together_is_cut_each_to_its_own_share_and_says_where_all_of_it_stands() {
    let ledger = ten(&json!({}));
    let told = told(&ledger, &[EACH * 9, EACH * 2, EACH / 2], 3);

    let kept = kept(&ledger, &told);

    for (kept, told) in kept[..2].iter().zip(&told) {
        let words = cause(kept).strip_suffix('…').unwrap();
        assert!(cause(told).starts_with(words) && words.len() > EACH - 1_000);
        assert!(cause(kept).len() <= EACH);
        assert_eq!(kept.left, told.left);
        let cut = kept.cut.as_ref().unwrap();
        assert_eq!((cut.from.as_str(), cut.left_unnamed), (&*from(), 0));
    }
    assert_eq!(kept[2..], told[2..]);
}

#[test]
fn what_is_left_and_not_named_is_counted() {
    let ledger = ten(&json!({}));
    let mut told = told(&ledger, &[EACH * 2], 0);
    for told in &mut told {
        told.left = vec!["x".repeat(10_000); 1_000];
    }

    let kept = kept(&ledger, &told);

    for kept in &kept {
        let cut = kept.cut.as_ref().unwrap();
        assert!(!kept.left.is_empty() && cut.left_unnamed > 0);
        assert_eq!(kept.left_in_all(), 1_000);
    }
    let outcome = outcome(&ledger, kept);
    assert_eq!((outcome.summary.left, outcome.summary.waves[0].left), (10_000, 10_000));
}

#[test]
fn a_text_is_cut_between_its_characters() {
    let ledger = ten(&json!({}));
    for character in ["x", "é", "\u{10ffff}"] {
        let mut told = told(&ledger, &[0; 1], 0);
        let long = character.repeat(MAX_WORDS / character.len() + 1);
        told[0].ending = Ending::Failed { error: "Restore.Unexpected".into(), cause: long };

        let kept = kept(&ledger, &told);

        let words = cause(&kept[0]).strip_suffix('…').unwrap();
        assert!(cause(&told[0]).starts_with(words));
        assert!((EACH - 8..=EACH).contains(&cause(&kept[0]).len()));
    }
}

#[test]
fn it_does_not_depend_on_the_order_or_on_how_often_it_is_kept() {
    let ledger = ten(&json!({}));
    let mut told = told(&ledger, &[EACH * 2, EACH * 9, EACH / 2, EACH - 200, EACH - 100], 3);
    let mut first = kept(&ledger, &told);
    assert_eq!(kept(&ledger, &first), first);

    told.reverse();
    first.reverse();
    assert_eq!(kept(&ledger, &told), first);
}

#[test]
fn a_wave_has_the_share_of_its_restores() {
    let ledger = ten(&json!({}));
    let mut two = ledger.clone();
    two.waves.push(ledger.waves[0].clone());
    let told = told(&ledger, &[EACH * 9], 0);
    let keep = |mut kept: Kept| {
        for result in &told {
            kept.keep(result.clone(), &from());
        }
        kept.into_results()
    };

    assert_eq!(keep(Kept::of_recovery(&two)), told);
    assert!(cause(&keep(Kept::of_wave(&two, &two.waves[0]))[0]).len() <= EACH / 2);
}
