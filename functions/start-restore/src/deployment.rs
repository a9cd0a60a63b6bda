//! What the deployment says is to be started, and where.

use std::collections::BTreeMap;
use std::env;

use serde_json::Value;

/// The state machine that restores.
const STATE_MACHINE: &str = "RESTORE_STATE_MACHINE_ARN";

/// What is started on events that do not say it themselves: a variable for each kind of event, by
/// its `detail-type` (EB/eb-events-structure); CW/cloudwatch-and-eventbridge, HEALTH/cloudwatch-events-health,
/// EB/eb-create-rule-schedule name them.
const STARTS: [(&str, &str); 3] = [
    ("CloudWatch Alarm State Change", "START_ON_ALARM"),
    ("AWS Health Event", "START_ON_HEALTH_EVENT"),
    ("Scheduled Event", "START_ON_SCHEDULE"),
];

/// How the function is deployed.
#[derive(Debug, Clone)]
pub struct Deployment {
    /// The ARN of the state machine that restores.
    pub(crate) state_machine_arn: String,
    /// The input of executions, by the `detail-type` of the events that start them.
    pub(crate) inputs: BTreeMap<&'static str, Value>,
}

impl Deployment {
    /// Reads it from the function's environment.
    ///
    /// # Errors
    ///
    /// In words, with the name of the variable that is not there or holds no JSON: the function then
    /// does not start, and every event ends in the queue for failures.
    pub fn from_env() -> Result<Self, String> {
        Self::read(|name| env::var(name).ok())
    }

    fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let state_machine_arn =
            variable(STATE_MACHINE).ok_or_else(|| format!("{STATE_MACHINE}: not set"))?;
        let mut inputs = BTreeMap::new();
        for (detail_type, name) in STARTS {
            let Some(text) = variable(name).filter(|text| !text.is_empty()) else { continue };
            let input =
                serde_json::from_str(&text).map_err(|error| format!("{name}: no JSON: {error}"))?;
            inputs.insert(detail_type, input);
        }
        Ok(Self { state_machine_arn, inputs })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use super::*;

    pub(crate) const MACHINE: &str =
        "arn:aws:states:eu-central-1:123456789012:stateMachine:restore";

    /// A deployment in which `START_ON_ALARM` is `input`.
    pub(crate) fn on_alarm(input: &Value) -> Deployment {
        let text = input.to_string();
        Deployment::read(|name| match name {
            STATE_MACHINE => Some(MACHINE.to_owned()),
            "START_ON_ALARM" => Some(text.clone()),
            _ => None,
        })
        .unwrap()
    }

    #[test]
    fn only_what_is_set_is_started() {
        let deployment = on_alarm(&json!({ "restoreId": "orders" }));

        assert_eq!(deployment.state_machine_arn, MACHINE);
        assert_eq!(deployment.inputs.len(), 1);
        assert_eq!(
            deployment.inputs["CloudWatch Alarm State Change"],
            json!({ "restoreId": "orders" })
        );
    }

    #[test]
    fn what_is_no_json_is_refused_with_the_name_of_the_variable() {
        let error = Deployment::read(|name| {
            Some(if name == "START_ON_SCHEDULE" { "{" } else { "{}" }.to_owned())
        })
        .unwrap_err();
        assert!(error.starts_with("START_ON_SCHEDULE: "), "{error}");

        let error = Deployment::read(|_| None).unwrap_err();
        assert_eq!(error, "RESTORE_STATE_MACHINE_ARN: not set");
    }

    #[test]
    fn an_empty_variable_is_as_good_as_none() {
        let deployment = Deployment::read(|name| {
            Some(if name == STATE_MACHINE { MACHINE } else { "" }.to_owned())
        });
        assert_eq!(deployment.unwrap().inputs, BTreeMap::new());
    }
}
