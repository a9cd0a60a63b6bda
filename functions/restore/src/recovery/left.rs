//! What a restore that failed has left behind, read out of its words.

use serde::Deserialize;
use serde_json::Deserializer;

/// What stands before the list in the cause of a restore that failed and left something behind: the
/// state *Restore failed* of `statemachine/restore.asl.json` ends the cause with both.
pub const LEFT_BEHIND: &str = " Left behind: ";

/// What an element begins with, as `clean-up` writes it.
const NAMED_FIRST: &str = r#"{"resource":"#;

/// One thing of the list. Why it stays is for whoever reads the cause.
#[derive(Debug, Deserialize)]
struct Left {
    resource: String,
}

/// What `cause` tells as left behind, by ARN or, where that is not known, in words; nothing where it
/// tells of nothing.
///
/// The list is JSON and the cause ends with it, by which it is told from words that look alike. Step
/// Functions holds a cause to 32,768 characters (BC:stepfunctions.SensitiveCause): of a list that was
/// cut off, what can be read is told, and the cause shows by its end that there was more.
#[must_use]
pub fn left_behind(cause: &str) -> Vec<String> {
    cause
        .match_indices(LEFT_BEHIND)
        .find_map(|(at, words)| listed(&cause[at + words.len()..]))
        .unwrap_or_default()
}

/// What is named in the list that `text` is, from its first character to its last, or to where it
/// was cut off; nothing where it is none.
fn listed(text: &str) -> Option<Vec<String>> {
    let mut rest = text.strip_prefix('[')?;
    let mut left = Vec::new();
    loop {
        let mut elements = Deserializer::from_str(rest).into_iter::<Left>();
        match elements.next() {
            Some(Ok(element)) => left.push(element.resource),
            Some(Err(error)) if !error.is_eof() => return None,
            Some(Err(_)) | None => {
                left.extend(begun(rest));
                return Some(left);
            }
        }
        rest = &rest[elements.byte_offset()..];
        match rest.strip_prefix(',') {
            Some(others) => rest = others,
            None if rest.is_empty() || rest == "]" => return Some(left),
            None => return None,
        }
    }
}

/// What is named in an element that was cut off behind its name.
fn begun(element: &str) -> Option<String> {
    let name = element.strip_prefix(NAMED_FIRST)?;
    Deserializer::from_str(name).into_iter::<String>().next()?.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SNAPSHOT: &str = "arn:aws:ec2:eu-central-1::snapshot/snap-0a0a0a0a";
    const PLACE: &str = "volumes: what this restore made in 444455556666 eu-central-1";
    const SHARE: &str =
        "arn:aws:ec2:eu-west-1::snapshot/snap-0b0b0b0b (permission of 444455556666)";

    /// A cause that ends with all that a list can have in it.
    fn cause(said: &str) -> String {
        let list = serde_json::json!([
            { "resource": SNAPSHOT, "why": "ec2:DeleteSnapshot: Denied: \"no\", [really], \\ é" },
            { "resource": PLACE, "why": "it said: Left behind: [{\"resource\":\"nothing\"}]" },
            { "resource": SHARE, "why": "used by restore orders", "usedByOthers": true },
        ]);
        format!("{said}{LEFT_BEHIND}{list}")
    }

    #[test]
    fn what_a_cause_ends_with_is_left_behind() {
        assert_eq!(left_behind(&cause("the copy failed")), [SNAPSHOT, PLACE, SHARE]);
        assert_eq!(left_behind(&cause("")), [SNAPSHOT, PLACE, SHARE]);
    }

    #[test]
    fn words_that_only_look_like_it_tell_of_nothing() {
        for cause in [
            "",
            "the copy failed",
            "the copy failed Left behind: the usual",
            "the copy failed Left behind: [1, 2]",
            r#"the copy failed Left behind: ["snap-0a0a0a0a"]"#,
            r#"the copy failed Left behind: [{"why":"nobody knows"}]"#,
            r#"it said: Left behind: [{"resource":"a","why":"b"}] and no more"#,
            r#"it said: Left behind: [{"resource":"a","why":"b"}]]"#,
            r#"{"Cause":"the copy failed Left behind: [{\"resource\":\"a\",\"why\":\"b\"}]"}"#,
        ] {
            assert_eq!(left_behind(cause), [""; 0], "{cause}");
        }
    }

    #[test]
    fn what_a_cause_quotes_of_another_is_not_what_it_tells_itself() {
        let quoted = r#"it said: Left behind: [{"resource":"another","why":"kept"}], and ended."#;

        assert_eq!(left_behind(&cause(quoted)), [SNAPSHOT, PLACE, SHARE]);
    }

    #[test]
    fn of_a_list_that_was_cut_off_what_is_named_before_the_cut_is_told() {
        let whole = cause("the copy failed");
        let all = [SNAPSHOT, PLACE, SHARE];
        for (at, _) in whole.char_indices() {
            let cut = &whole[..at];
            let named = all.iter().filter(|name| cut.contains(&format!("{name}\""))).count();

            assert_eq!(left_behind(cut), all[..named], "{cut}");
        }
    }
}
