//! The names of drills.

use super::{DbInstanceIdentifier, RestoreId, hashed};
use crate::name::digest;

/// What the names of drills begin with.
const PREFIX: &str = "drill-";

/// The most characters that the identifier of a DB instance has (BC:rds.DBInstance).
const MOST_OF_DB_INSTANCE: usize = 63;

/// How many hex digits of its hash stand for what is cut off an identifier.
const HASH: usize = 8;

impl RestoreId {
    /// Whether it is that of a drill.
    #[must_use]
    pub fn is_of_drill(&self) -> bool {
        self.0.starts_with(PREFIX)
    }

    /// Whether it follows from the name of an execution or the place in a plan, and so may never come
    /// again.
    #[must_use]
    pub fn is_derived(&self) -> bool {
        let id = self.0.strip_prefix(PREFIX).unwrap_or(&self.0);
        id.strip_prefix("r-").is_some_and(|hash| {
            hash.len() == 16 && hash.chars().all(|digit| digit.is_ascii_hexdigit())
        })
    }

    /// The id of a drill of the restore that this is the id of; of a drill, the same.
    #[must_use]
    pub fn of_drill(&self) -> Self {
        if self.is_of_drill() {
            return self.clone();
        }
        Self::try_from(format!("{PREFIX}{}", self.0))
            .unwrap_or_else(|_| Self(format!("{PREFIX}{}", hashed(&self.0))))
    }
}

impl DbInstanceIdentifier {
    /// What a drill calls the DB instance that it makes in the place of this one.
    pub(crate) fn of_drill(&self) -> Self {
        let name = format!("{PREFIX}{}", self.0.to_ascii_lowercase());
        if name.len() <= MOST_OF_DB_INSTANCE {
            return Self(name);
        }
        let kept = name[..MOST_OF_DB_INSTANCE - HASH - 1].trim_end_matches('-');
        Self(format!("{kept}-{}", &digest(&name)[..HASH]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drill_has_an_id_of_its_own_that_is_one() {
        for (id, expected) in [
            ("orders", "drill-orders"),
            ("drill-orders", "drill-orders"),
            ("a123456789012345678901234567890123", "drill-a123456789012345678901234567890123"),
        ] {
            let drill = RestoreId::try_from(id).unwrap().of_drill();
            assert_eq!(drill.as_str(), expected);
        }
        let long = RestoreId::try_from(format!("a{}", "1".repeat(39))).unwrap();
        let other = RestoreId::try_from(format!("b{}", "1".repeat(39))).unwrap();
        assert!(RestoreId::try_from(long.of_drill().as_str()).is_ok(), "{}", long.of_drill());
        assert!(long.of_drill().is_of_drill());
        assert_ne!(long.of_drill(), other.of_drill());
    }

    #[test]
    fn an_id_that_was_derived_is_known() {
        for (id, derived) in [
            (RestoreId::of_execution("Monthly Drill"), true),
            (RestoreId::of_execution("Monthly Drill").of_drill(), true),
            (RestoreId::try_from("orders").unwrap(), false),
            (RestoreId::try_from("drill-r-orders").unwrap(), false),
        ] {
            assert_eq!(id.is_derived(), derived, "{id}");
        }
    }

    #[test]
    fn a_drilled_db_instance_has_a_name_that_rds_takes() {
        let drilled = |name: &str| DbInstanceIdentifier::try_from(name).unwrap().of_drill();

        assert_eq!(drilled("Orders").as_str(), "drill-orders");
        assert_eq!(drilled("drill-orders").as_str(), "drill-drill-orders");
        for length in [57, 58, 63] {
            // Of alternating characters, so that one of them ends in a hyphen where it is cut.
            for start in ["a", "ab"] {
                let name: String =
                    start.chars().chain("-b".chars().cycle()).take(length - 1).collect();
                let drilled = drilled(&format!("{name}c").replace("--", "-"));
                assert!(DbInstanceIdentifier::try_from(drilled.as_str()).is_ok(), "{drilled}");
            }
        }
        assert_ne!(drilled(&"a".repeat(63)), drilled(&format!("{}b", "a".repeat(62))));
    }
}
