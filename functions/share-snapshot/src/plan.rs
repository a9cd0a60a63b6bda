//! What is left to do for a share, and what to write down about it.

use restore::RestoreId;
use restore::tag::{SHARE_FOUND, SHARE_GIVEN, SHARE_PREFIX, share};

/// What is left to do for one snapshot, in this order.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    /// The value to give this restore's share tag; nothing where it has one.
    pub(crate) tag: Option<&'static str>,
    /// Whether the permission is missing.
    pub(crate) give: bool,
}

/// Decides it from whether the target account has the permission, and from the snapshot's tags.
///
/// A permission without any restore's tag was there before: it is *found*. Where other restores
/// use the share, what they say of it holds for this one too, and *found* outweighs *given*: to
/// leave a share that nobody needs is a smaller harm than to withdraw one that somebody relies on.
/// This restore's own tag is what an earlier attempt wrote before it gave anything, so it stays.
pub(crate) fn plan<'a>(
    restore_id: &RestoreId,
    permitted: bool,
    tags: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Plan {
    let own = share(restore_id);
    let uses: Vec<(&str, &str)> =
        tags.into_iter().filter(|(key, _)| key.starts_with(SHARE_PREFIX)).collect();
    let is_found_by_others = uses.iter().any(|(_, value)| *value == SHARE_FOUND);
    let tag = if uses.iter().any(|(key, _)| *key == own) {
        None
    } else if is_found_by_others || (permitted && uses.is_empty()) {
        Some(SHARE_FOUND)
    } else {
        Some(SHARE_GIVEN)
    };
    Plan { tag, give: !permitted }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_written_down_as_given_or_found_and_a_retry_keeps_what_is_written() {
        let restore_id = RestoreId::try_from("orders").unwrap();
        let (ours, theirs, others) =
            ("restore:share:orders", "restore:share:billing", "restore:share:orders-2");
        let (missing, there) = (false, true);
        let give = |tag| Plan { tag, give: true };
        let keep = |tag| Plan { tag, give: false };
        for (permitted, tags, planned) in [
            (missing, vec![], give(Some("given"))),
            (missing, vec![("Name", "orders")], give(Some("given"))),
            (there, vec![], keep(Some("found"))),
            (there, vec![("restore:id", "orders")], keep(Some("found"))),
            (missing, vec![(ours, "given")], give(None)),
            (there, vec![(ours, "given")], keep(None)),
            (there, vec![(ours, "found")], keep(None)),
            (missing, vec![(ours, "found")], give(None)),
            (missing, vec![(theirs, "given")], give(Some("given"))),
            (there, vec![(theirs, "given")], keep(Some("given"))),
            (there, vec![(theirs, "found")], keep(Some("found"))),
            (there, vec![(theirs, "given"), (others, "found")], keep(Some("found"))),
            (there, vec![(theirs, "found"), (ours, "given")], keep(None)),
            (there, vec![(others, "given")], keep(Some("given"))),
        ] {
            let plan = plan(&restore_id, permitted, tags.clone());

            assert_eq!(plan, planned, "permitted: {permitted}, {tags:?}");
        }
    }

    #[test]
    fn planning_after_success_plans_nothing() {
        let restore_id = RestoreId::try_from("orders").unwrap();
        for permitted in [false, true] {
            let first = plan(&restore_id, permitted, []);
            let tag = first.tag.unwrap();

            let second = plan(&restore_id, true, [("restore:share:orders", tag)]);

            assert_eq!(second, Plan { tag: None, give: false });
        }
    }
}
