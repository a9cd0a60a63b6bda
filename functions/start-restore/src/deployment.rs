//! What the deployment says is to be started, and where.

use std::collections::BTreeMap;
use std::env;

use serde_json::Value;

use crate::resolve::HEALTH_EVENT;

/// The state machine that restores.
const RESTORES: &str = "RESTORE_STATE_MACHINE_ARN";
/// The state machine that runs recovery plans.
const RECOVERIES: &str = "RECOVERY_STATE_MACHINE_ARN";

/// What is started on events that do not say it themselves: a variable for each kind of event, by
/// its `detail-type` (EB/eb-events-structure); CW/cloudwatch-and-eventbridge, HEALTH/cloudwatch-events-health,
/// EB/eb-create-rule-schedule name them.
const STARTS: [(&str, &str); 3] = [
    ("CloudWatch Alarm State Change", "START_ON_ALARM"),
    (HEALTH_EVENT, "START_ON_HEALTH_EVENT"),
    ("Scheduled Event", "START_ON_SCHEDULE"),
];

/// How the function is deployed.
#[derive(Debug, Clone)]
pub struct Deployment {
    /// The ARN of the state machine that restores.
    pub(crate) restores: String,
    /// The ARN of the state machine that runs recovery plans.
    pub(crate) recoveries: String,
    /// The input of executions, by the `detail-type` of the events that start them; or why it cannot
    /// be read, which keeps other events from starting nothing.
    pub(crate) inputs: BTreeMap<&'static str, Result<Value, String>>,
}

impl Deployment {
    /// Reads it from the function's environment.
    ///
    /// # Errors
    ///
    /// In words, when a state machine is not told: the template and the binary are not of one
    /// version.
    pub fn from_env() -> Result<Self, String> {
        Self::read(|name| env::var(name).ok())
    }

    fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let needed = |name| variable(name).ok_or_else(|| format!("{name}: not set"));
        let (restores, recoveries) = (needed(RESTORES)?, needed(RECOVERIES)?);
        let mut inputs = BTreeMap::new();
        for (detail_type, name) in STARTS {
            let Some(text) = variable(name).filter(|text| !text.is_empty()) else { continue };
            let input =
                serde_json::from_str(&text).map_err(|error| format!("{name} is no JSON: {error}"));
            inputs.insert(detail_type, input);
        }
        Ok(Self { restores, recoveries, inputs })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use super::*;

    pub(crate) const RESTORE: &str =
        "arn:aws:states:eu-central-1:123456789012:stateMachine:restore";
    pub(crate) const RECOVERY: &str =
        "arn:aws:states:eu-central-1:123456789012:stateMachine:restore-recovery";

    /// A deployment in which `START_ON_ALARM` is `input`.
    pub(crate) fn on_alarm(input: &Value) -> Deployment {
        let text = input.to_string();
        Deployment::read(|name| match name {
            RESTORES => Some(RESTORE.to_owned()),
            RECOVERIES => Some(RECOVERY.to_owned()),
            "START_ON_ALARM" => Some(text.clone()),
            _ => None,
        })
        .unwrap()
    }

    #[test]
    fn only_what_is_set_is_started() {
        let deployment = on_alarm(&json!({ "restoreId": "orders" }));

        assert_eq!(deployment.restores, RESTORE);
        assert_eq!(deployment.recoveries, RECOVERY);
        assert_eq!(deployment.inputs.len(), 1);
        assert_eq!(
            deployment.inputs["CloudWatch Alarm State Change"],
            Ok(json!({ "restoreId": "orders" }))
        );
    }

    #[test]
    fn what_is_no_json_is_kept_from_its_own_events_alone() {
        let deployment = Deployment::read(|name| {
            Some(if name == "START_ON_SCHEDULE" { "{" } else { "{}" }.to_owned())
        })
        .unwrap();

        assert_eq!(deployment.inputs["AWS Health Event"], Ok(json!({})));
        let error = deployment.inputs["Scheduled Event"].as_ref().unwrap_err();
        assert!(error.starts_with("START_ON_SCHEDULE is no JSON: "), "{error}");
    }

    #[test]
    fn without_a_state_machine_nothing_can_be_started() {
        let error = Deployment::read(|_| None).unwrap_err();
        assert_eq!(error, "RESTORE_STATE_MACHINE_ARN: not set");
    }

    #[test]
    fn an_empty_variable_is_as_good_as_none() {
        let deployment =
            Deployment::read(|name| Some(if name == RESTORES { RESTORE } else { "" }.to_owned()));
        assert_eq!(deployment.unwrap().inputs, BTreeMap::new());
    }
}
