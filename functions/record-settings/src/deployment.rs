//! What the deployment says is to be recorded.

use std::env;

use jiff::SignedDuration;
use restore::Session;

/// The places: a JSON list of accounts, Regions and roles with their external ids.
const PLACES: &str = "RECORD_SETTINGS_OF";
/// The key of the tag that an instance has.
const TAG_KEY: &str = "RECORD_TAG_KEY";
/// Its value; any, where that is empty.
const TAG_VALUE: &str = "RECORD_TAG_VALUE";
/// After how many hours it is written down once more what has not changed.
const AGAIN_AFTER: &str = "RECORD_AGAIN_AFTER_HOURS";

/// How the function is deployed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployment {
    /// Where the instances are that are recorded, and the role that reads them.
    pub(crate) places: Vec<Session>,
    /// Which of them are.
    pub(crate) tag: Tag,
    /// How old a record becomes before one that says the same is written.
    pub(crate) again_after: SignedDuration,
}

/// The tag of the instances that are recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tag {
    pub(crate) key: String,
    /// Any, where there is none.
    pub(crate) value: Option<String>,
}

impl Tag {
    /// Whether one of these tags, each a key and a value, is it.
    pub(crate) fn is_among<'a>(
        &self,
        mut tags: impl Iterator<Item = (Option<&'a str>, Option<&'a str>)>,
    ) -> bool {
        tags.any(|(key, value)| {
            key == Some(self.key.as_str())
                && self.value.as_deref().is_none_or(|wanted| value == Some(wanted))
        })
    }
}

impl Deployment {
    /// Reads it from the function's environment.
    ///
    /// # Errors
    ///
    /// In words, where it makes no sense: a parameter of the stack is at fault.
    pub fn from_env() -> Result<Self, String> {
        Self::read(|name| env::var(name).ok())
    }

    fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let given = |name: &str| variable(name).filter(|text| !text.is_empty());
        let places = match given(PLACES) {
            Some(text) => places(&text)?,
            None => Vec::new(),
        };
        let key = given(TAG_KEY).ok_or_else(|| format!("{TAG_KEY}: not set"))?;
        let hours = given(AGAIN_AFTER).ok_or_else(|| format!("{AGAIN_AFTER}: not set"))?;
        let hours =
            hours.parse::<u16>().map_err(|error| format!("{AGAIN_AFTER}: `{hours}`: {error}"))?;
        Ok(Self {
            places,
            tag: Tag { key, value: given(TAG_VALUE) },
            again_after: SignedDuration::from_hours(i64::from(hours)),
        })
    }
}

fn places(text: &str) -> Result<Vec<Session>, String> {
    let places: Vec<Session> =
        serde_json::from_str(text).map_err(|error| format!("{PLACES}: {error}"))?;
    let astray = places.iter().find(|it| it.role_arn.account() != it.account_id.as_str());
    match astray {
        Some(Session { role_arn, account_id, .. }) => {
            Err(format!("{PLACES}: {role_arn} is no role of account {account_id}"))
        }
        None => Ok(places),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    const PLACE: &str = r#"[{ "accountId": "111122223333", "region": "eu-west-1",
        "roleArn": "arn:aws:iam::111122223333:role/restore-record", "externalId": "x" }]"#;

    pub(crate) fn deployment() -> Deployment {
        read(PLACE, "true", "24").unwrap()
    }

    fn read(places: &str, value: &str, hours: &str) -> Result<Deployment, String> {
        Deployment::read(|name| {
            let text = match name {
                PLACES => places,
                TAG_KEY => "record-settings",
                TAG_VALUE => value,
                AGAIN_AFTER => hours,
                _ => return None,
            };
            Some(text.to_owned())
        })
    }

    #[test]
    fn places_tag_and_age_are_read_from_the_environment() {
        let deployment = deployment();

        assert_eq!(deployment.places[0].external_id.as_deref(), Some("x"));
        assert_eq!(deployment.again_after, SignedDuration::from_hours(24));
        assert!(deployment.tag.is_among([(Some("record-settings"), Some("true"))].into_iter()));
        assert!(!deployment.tag.is_among([(Some("record-settings"), Some("no"))].into_iter()));
        assert!(!deployment.tag.is_among([(Some("Name"), Some("true"))].into_iter()));

        let any = read("", "", "24").unwrap();
        assert_eq!(any.places, []);
        assert!(any.tag.is_among([(Some("record-settings"), Some("no"))].into_iter()));
    }

    #[test]
    fn what_makes_no_sense_is_named_by_its_variable() {
        let astray = PLACE.replace("::1111", "::4444");
        for (places, hours, words) in [
            ("{", "24", "RECORD_SETTINGS_OF: "),
            (astray.as_str(), "24", "is no role of account 111122223333"),
            (PLACE, "a day", "RECORD_AGAIN_AFTER_HOURS: `a day`"),
            (PLACE, "", "RECORD_AGAIN_AFTER_HOURS: not set"),
        ] {
            let error = read(places, "true", hours).unwrap_err();
            assert!(error.contains(words), "{error}");
        }
    }
}
