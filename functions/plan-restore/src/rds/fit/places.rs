//! The classes and zones that a DB instance may have: what the request asks for, then its
//! alternatives.

use aws_sdk_rds::types::OrderableDbInstanceOption;
use restore::request::RdsTarget;

use super::Orderable;

/// One of them.
#[derive(Debug)]
pub(super) struct Place {
    /// What is asked of RDS there.
    pub(super) asked: RdsTarget,
    /// The field by which it differs from the request's own, first of all its class.
    pub(super) path: String,
    /// Whether its class is that of the source DB instance, since the request names none.
    pub(super) is_lent: bool,
}

impl Place {
    /// What can be ordered of its class.
    pub(super) fn options<'a>(&self, orderable: &'a Orderable) -> &'a [OrderableDbInstanceOption] {
        let class = self.asked.db_instance_class.as_ref();
        class.and_then(|class| orderable.get(class)).map(Vec::as_slice).unwrap_or_default()
    }
}

/// All of them, in the order in which they are tried; `class` is what RDS takes where the request names
/// none.
pub(super) fn all(asked: &RdsTarget, class: Option<&str>) -> Vec<Place> {
    let own = asked.db_instance_class.clone();
    let first = Place {
        is_lent: own.is_none() && class.is_some(),
        asked: RdsTarget {
            db_instance_class: own.or_else(|| class.map(str::to_owned)),
            ..asked.clone()
        },
        path: "target.rds.dbInstanceClass".to_owned(),
    };
    let others = asked.alternatives.iter().flatten().enumerate().map(|(index, other)| {
        let field = match other.db_instance_class {
            Some(_) => "dbInstanceClass",
            None => "availabilityZone",
        };
        let (class, zone) = (other.db_instance_class.clone(), other.availability_zone.clone());
        Place {
            is_lent: first.is_lent && class.is_none(),
            asked: RdsTarget {
                db_instance_class: class.or_else(|| first.asked.db_instance_class.clone()),
                availability_zone: zone.or_else(|| asked.availability_zone.clone()),
                ..asked.clone()
            },
            path: format!("target.rds.alternatives[{index}].{field}"),
        }
    });
    let others: Vec<Place> = others.collect();
    std::iter::once(first).chain(others).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    type Told<'a> = (&'a str, Option<&'a str>, Option<&'a str>, bool);

    fn places(more: &Value, class: Option<&str>) -> Vec<Place> {
        let mut whole = json!({ "dbInstanceIdentifier": "orders", "alternatives": [
            { "dbInstanceClass": "db.m6g.large" },
            { "availabilityZone": "eu-west-1b" },
        ] });
        whole.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        all(&serde_json::from_value(whole).unwrap(), class)
    }

    fn told(places: &[Place]) -> Vec<Told<'_>> {
        let told = places.iter().map(|place| {
            let RdsTarget { db_instance_class: class, availability_zone: zone, .. } = &place.asked;
            (place.path.as_str(), class.as_deref(), zone.as_deref(), place.is_lent)
        });
        told.collect()
    }

    const FIRST: &str = "target.rds.dbInstanceClass";
    const CLASS: &str = "target.rds.alternatives[0].dbInstanceClass";
    const ZONE: &str = "target.rds.alternatives[1].availabilityZone";

    #[test]
    fn what_an_alternative_leaves_open_is_as_the_request_has_it() {
        let asked = json!({ "dbInstanceClass": "db.m7g.large", "availabilityZone": "eu-west-1a" });

        assert_eq!(
            told(&places(&asked, None)),
            [
                (FIRST, Some("db.m7g.large"), Some("eu-west-1a"), false),
                (CLASS, Some("db.m6g.large"), Some("eu-west-1a"), false),
                (ZONE, Some("db.m7g.large"), Some("eu-west-1b"), false),
            ]
        );
    }

    #[test]
    fn where_the_request_names_no_class_it_is_the_sources() {
        assert_eq!(
            told(&places(&json!({}), Some("db.r5.large"))),
            [
                (FIRST, Some("db.r5.large"), None, true),
                (CLASS, Some("db.m6g.large"), None, false),
                (ZONE, Some("db.r5.large"), Some("eu-west-1b"), true),
            ]
        );
        let unknown = places(&json!({}), None);
        assert_eq!(told(&unknown)[0], (FIRST, None, None, false));
    }
}
