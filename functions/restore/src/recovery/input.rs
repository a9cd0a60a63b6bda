//! The input of a recovery: which plan, and how it is run this time.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Faults, SourceLost};
use crate::id::{BucketName, Label, RecoveryId};
use crate::request::{self, Mode};

/// What to recover: a plan, or where it lies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(extend("oneOf" = [
    { "required": ["plan"] }, { "required": ["planObject"] },
])))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Recover {
    // Kept as it was given, so that its faults have the same paths whichever way it comes.
    /// The plan itself. Either this or `planObject`.
    #[cfg_attr(feature = "schema", schemars(with = "Option<super::RecoveryPlan>"))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<Value>,
    /// The S3 object that the plan is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan_object: Option<PlanObject>,
    /// The id of this recovery; derived from the execution's name when absent. Under the same id a
    /// plan run again adopts what was made before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovery_id: Option<RecoveryId>,
    /// What it is for this time; as the plan's `mode` says when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    /// Plan every restore and change nothing; as the plan's `options.dryRun` says when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dry_run: Option<bool>,
    /// The wave to begin with, after a recovery has stopped: those before it are skipped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_wave: Option<Label>,
    /// What of the plan's sources cannot be reached this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_lost: Option<SourceLost>,
    /// The execution that starts this one, where another state machine does: the Step Functions
    /// console links the two (SFN/concepts-nested-workflows). Nothing else follows from it.
    #[serde(
        default,
        rename = "AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID",
        skip_serializing_if = "Option::is_none"
    )]
    pub started_by: Option<String>,
}

/// A plan in S3.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlanObject {
    /// The bucket.
    pub bucket: BucketName,
    /// The object's key.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 1024)))]
    pub key: String,
    /// The version; the newest when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version_id: Option<String>,
}

/// As it is called in messages: its URI, and its version where one was named.
impl fmt::Display for PlanObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}/{}", self.bucket, self.key)?;
        self.version_id.iter().try_for_each(|version| write!(f, " (version {version})"))
    }
}

impl Recover {
    /// Reads the input.
    ///
    /// # Errors
    ///
    /// The first field that does not fit, or what is wrong with them held against each other.
    pub fn read(input: &Value) -> Result<Self, Faults> {
        let recover: Self = serde_path_to_error::deserialize(input)
            .map_err(|error| Faults::one(request::path(&error), error.inner().to_string()))?;
        let mut faults = Faults::default();
        match (&recover.plan, &recover.plan_object) {
            (Some(_), Some(_)) => faults.at("plan", "give `plan` or `planObject`, not both"),
            (None, None) => faults.at("plan", "give one of `plan` and `planObject`"),
            _ => {}
        }
        // S3/object-keys: a key has at most 1,024 bytes of UTF-8.
        if recover.plan_object.as_ref().is_some_and(|at| !(1..=1024).contains(&at.key.len())) {
            faults.at("planObject.key", "is not of 1 to 1,024 bytes");
        }
        if recover.source_lost.as_ref().is_some_and(|lost| !lost.names_any()) {
            faults.at("sourceLost", "give `accountId`, `region` or both");
        }
        faults.or(|| recover)
    }

    /// The id of the recovery that the execution called `execution` is.
    #[must_use]
    pub fn id(&self, execution: &str) -> RecoveryId {
        self.recovery_id.clone().unwrap_or_else(|| RecoveryId::of_execution(execution))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refused(input: &Value) -> String {
        Recover::read(input).unwrap_err().to_string()
    }

    #[test]
    fn a_plan_is_given_or_named_and_not_both() {
        let object = json!({ "bucket": "plans", "key": "orders.json", "versionId": "3" });

        assert!(Recover::read(&json!({ "plan": {} })).is_ok());
        assert!(Recover::read(&json!({ "planObject": object })).is_ok());
        assert_eq!(refused(&json!({})), "plan: give one of `plan` and `planObject`");
        let both = json!({ "plan": {}, "planObject": object });
        assert_eq!(refused(&both), "plan: give `plan` or `planObject`, not both");
    }

    #[test]
    fn a_plan_in_s3_is_called_by_its_place_and_the_version_that_is_meant() {
        for (object, name) in [
            (json!({ "bucket": "plans", "key": "a/b.json" }), "s3://plans/a/b.json"),
            (
                json!({ "bucket": "plans", "key": "b.json", "versionId": "3" }),
                "s3://plans/b.json (version 3)",
            ),
        ] {
            let at: PlanObject = serde_json::from_value(object).unwrap();
            assert_eq!(at.to_string(), name);
        }
    }

    #[test]
    fn the_state_machine_that_starts_it_may_name_itself() {
        let name = "AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID";
        let starter = "arn:aws:states:eu-central-1:444455556666:execution:failover:1";

        let recover = Recover::read(&json!({ "plan": {}, name: starter })).unwrap();

        assert_eq!(recover.started_by.as_deref(), Some(starter));
        assert_eq!(serde_json::to_value(&recover).unwrap()[name], starter);
    }

    #[test]
    fn what_does_not_fit_is_refused_by_its_path() {
        for (input, words) in [
            (json!({ "plan": {}, "kind": "drill" }), "kind: unknown field `kind`"),
            (json!({ "plan": {}, "mode": "test" }), "mode: unknown variant `test`"),
            (json!({ "planObject": { "bucket": "B", "key": "k" } }), "planObject.bucket: `B`"),
            (json!({ "planObject": { "bucket": "plans" } }), "planObject: missing field `key`"),
            (json!({ "planObject": { "bucket": "plans", "key": "" } }), "planObject.key: "),
            (json!({ "plan": {}, "recoveryId": "Orders" }), "recoveryId: `Orders` is not"),
            (json!({ "plan": {}, "fromWave": "a.b" }), "fromWave: `a.b` is not"),
            (json!({ "plan": {}, "sourceLost": {} }), "sourceLost: give `accountId`"),
            (json!({ "plan": {}, "sourceLost": { "region": "" } }), "sourceLost.region: "),
            (json!("orders"), "request: invalid type"),
        ] {
            let told = refused(&input);
            assert!(told.starts_with(words), "{input}: {told}");
        }
    }

    #[test]
    fn a_recovery_without_an_id_has_that_of_its_execution() {
        let id = |recover: Value| Recover::read(&recover).unwrap().id("Orders 2026");

        assert_eq!(id(json!({ "plan": {}, "recoveryId": "orders" })).as_str(), "orders");
        let derived = id(json!({ "plan": {} }));
        assert!(derived.as_str().starts_with("r-"), "{derived}");
        assert_eq!(derived, RecoveryId::of_execution("Orders 2026"));
    }
}
