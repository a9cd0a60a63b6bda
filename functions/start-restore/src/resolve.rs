//! What an event asks for.

use aws_lambda_events::eventbridge::EventBridgeEvent;
use restore::Request;
use restore::recovery::{Recover, RecoveryPlan};
use serde_json::Value;
use step::{ErrorName, StepError};

use crate::Deployment;

/// The `detail-type` of an event of AWS Health.
pub(crate) const HEALTH_EVENT: &str = "AWS Health Event";

/// The `detail-type` of an event whose detail is the request.
pub(crate) const REQUESTED: &str = "Restore Requested";

/// The `detail-type` of an event whose detail is the input of a recovery.
pub(crate) const RECOVERY_REQUESTED: &str = "Recovery Requested";

/// An execution that is to be started.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Wanted {
    pub(crate) state_machine_arn: String,
    /// Follows from the event alone.
    pub(crate) name: String,
    pub(crate) input: Value,
}

/// The execution that `event` asks for.
///
/// The request is read here as `plan-restore` will read it, and a recovery as `recover` will, so that
/// what they would refuse is not lost as an execution that nobody looks at, but kept as an event that
/// could not be served. Of a plan that lies in S3, only the recovery reads more than where it lies.
pub(crate) fn resolve(
    deployment: &Deployment,
    event: &EventBridgeEvent<Value>,
) -> Result<Wanted, StepError> {
    let name = name(event)?;
    let detail_type = event.detail_type.as_str();
    let (input, at) = match detail_type {
        REQUESTED | RECOVERY_REQUESTED => (event.detail.clone(), "detail".to_owned()),
        _ => (set_for(deployment, detail_type)?, format!("what is started on `{detail_type}`")),
    };
    let is_recovery = match detail_type {
        RECOVERY_REQUESTED => true,
        REQUESTED => false,
        // What is set names a plan, or else is a request.
        _ => ["plan", "planObject"].iter().any(|name| input.get(name).is_some()),
    };
    let state_machine_arn = if is_recovery {
        read_recovery(&input)
            .map_err(|faults| refused(format!("{at} is no recovery: {faults}")))?;
        &deployment.recoveries
    } else {
        read_request(&input).map_err(|faults| refused(format!("{at} is no request: {faults}")))?;
        &deployment.restores
    };
    Ok(Wanted { state_machine_arn: state_machine_arn.clone(), name, input })
}

/// What the deployment says is started on such events.
fn set_for(deployment: &Deployment, detail_type: &str) -> Result<Value, StepError> {
    let Some(input) = deployment.inputs.get(detail_type) else {
        return Err(refused(format!(
            "detail-type: nothing is to be started on `{detail_type}`: send `{REQUESTED}` with the \
             request as its detail or `{RECOVERY_REQUESTED}` with a recovery plan, or set what is \
             started in the stack's parameters"
        )));
    };
    input.clone().map_err(refused)
}

fn read_request(input: &Value) -> Result<(), String> {
    let in_words = |fault: &restore::request::Fault| fault.to_string();
    match Request::read(input) {
        Ok(_) => Ok(()),
        Err(faults) => Err(faults.iter().map(in_words).collect::<Vec<_>>().join("; ")),
    }
}

fn read_recovery(input: &Value) -> Result<(), String> {
    let recover = Recover::read(input).map_err(|faults| faults.to_string())?;
    if let Some(plan) = &recover.plan {
        let plan = RecoveryPlan::read(plan).map_err(|faults| faults.to_string())?;
        plan.expand(&recover.id(PREFIX), &recover).map_err(|faults| faults.to_string())?;
    }
    Ok(())
}

/// The longest id: a name has 80 characters (BC:states.StartExecutionInput.name).
const LONGEST_ID: usize = 80 - PREFIX.len();
const PREFIX: &str = "event-";

/// The name of the execution, of the characters that a name may have everywhere
/// (BC:states.StartExecutionInput.name): EventBridge's ids are UUIDs.
///
/// Of what AWS Health tells of one issue, in pages, of news and in two Regions, each is an event
/// with an id of its own: they have the issue's ARN in common (HEALTH/about-public-events).
fn name(event: &EventBridgeEvent<Value>) -> Result<String, StepError> {
    if event.detail_type == HEALTH_EVENT {
        let issue = event.detail.get("eventArn").and_then(Value::as_str).unwrap_or_default();
        if issue.is_empty() {
            return Err(refused("detail.eventArn: is not there".to_owned()));
        }
        return Ok(format!("{PREFIX}{}", restore::name::event(issue)));
    }
    let id = event.id.as_deref().unwrap_or_default();
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if id.is_empty() || id.len() > LONGEST_ID || !id.chars().all(fits) {
        return Err(refused(format!("id: `{id}` is no id of an event")));
    }
    Ok(format!("{PREFIX}{id}"))
}

fn refused(message: String) -> StepError {
    StepError::refused(ErrorName::InvalidInput, message)
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use super::*;
    use crate::deployment::tests::{RECOVERY, RESTORE, on_alarm};

    const ID: &str = "7bf73129-1428-4cd3-a780-95db273d1602";

    pub(crate) fn event(detail_type: &str, detail: &Value) -> EventBridgeEvent<Value> {
        serde_json::from_value(json!({
            "version": "0",
            "id": ID,
            "detail-type": detail_type,
            "source": "operations",
            "account": "123456789012",
            "time": "2026-11-23T03:00:00Z",
            "region": "eu-central-1",
            "resources": [],
            "detail": detail,
        }))
        .unwrap()
    }

    pub(crate) fn request() -> Value {
        json!({
            "source": {
                "accountId": "111122223333", "region": "eu-west-1",
                "rds": { "dbInstanceIdentifier": "orders", "at": "latest" },
            },
            "target": {
                "accountId": "111122223333", "region": "eu-central-1",
                "roleArn": "arn:aws:iam::111122223333:role/restore-target",
                "kmsKeyId": "alias/restore",
                "rds": { "dbInstanceIdentifier": "orders" },
            },
        })
    }

    #[test]
    fn a_requested_restore_is_the_event_s_detail() {
        let wanted = resolve(&on_alarm(&json!({})), &event(REQUESTED, &request())).unwrap();

        assert_eq!(
            wanted,
            Wanted {
                state_machine_arn: RESTORE.to_owned(),
                name: format!("event-{ID}"),
                input: request(),
            }
        );
    }

    #[test]
    fn an_alarm_starts_what_the_deployment_says() {
        let alarm = event("CloudWatch Alarm State Change", &json!({ "alarmName": "orders-down" }));

        let wanted = resolve(&on_alarm(&request()), &alarm).unwrap();

        assert_eq!(wanted.input, request());
    }

    fn recovery() -> Value {
        json!({ "plan": { "planId": "orders", "waves": [
            { "name": "databases", "restores": [request()] },
        ] } })
    }

    #[test]
    fn a_requested_recovery_is_the_event_s_detail() {
        let in_s3 = json!({ "planObject": { "bucket": "plans", "key": "orders.json" } });
        for detail in [recovery(), in_s3] {
            let wanted =
                resolve(&on_alarm(&json!({})), &event(RECOVERY_REQUESTED, &detail)).unwrap();

            assert_eq!(wanted.state_machine_arn, RECOVERY);
            assert_eq!((wanted.name, wanted.input), (format!("event-{ID}"), detail));
        }
    }

    #[test]
    fn what_is_set_is_a_request_or_a_recovery() {
        let alarm = event("CloudWatch Alarm State Change", &json!({}));

        let wanted = resolve(&on_alarm(&recovery()), &alarm).unwrap();

        assert_eq!(wanted.state_machine_arn, RECOVERY);
    }

    #[test]
    fn what_is_no_recovery_is_refused_with_the_path_of_every_fault() {
        let mut twice = recovery();
        let first = twice["plan"]["waves"][0]["restores"][0].clone();
        twice["plan"]["waves"][0]["restores"] = json!([first, first]);
        for (detail, part) in [
            (json!({}), "detail is no recovery: plan: "),
            (json!({ "plan": { "planId": "orders", "waves": [] } }), "waves"),
            (twice, "waves[0].restores[1]"),
        ] {
            let asked = event(RECOVERY_REQUESTED, &detail);
            let error = resolve(&on_alarm(&json!({})), &asked).unwrap_err();

            assert_eq!(error.name(), ErrorName::InvalidInput);
            assert!(error.to_string().contains(part), "{error}");
        }
    }

    #[test]
    fn an_event_that_nothing_is_set_for_is_refused_and_says_what_to_do() {
        let error = resolve(&on_alarm(&request()), &event("Scheduled Event", &json!({})));

        let error = error.unwrap_err();
        assert_eq!(error.name(), ErrorName::InvalidInput);
        for part in ["detail-type", "Scheduled Event", REQUESTED, "parameters"] {
            assert!(error.to_string().contains(part), "{error}");
        }
    }

    #[test]
    fn what_is_no_request_is_refused_with_the_path_of_every_fault() {
        let mut detail = request();
        detail["source"]["accountId"] = "1111".into();
        let error = resolve(&on_alarm(&json!({})), &event(REQUESTED, &detail)).unwrap_err();
        assert_eq!(error.name(), ErrorName::InvalidInput);
        assert!(error.to_string().starts_with("detail is no request: source.accountId"), "{error}");

        let alarm = event("CloudWatch Alarm State Change", &json!({}));
        let error = resolve(&on_alarm(&json!({ "restore": 1 })), &alarm).unwrap_err();
        for part in ["CloudWatch Alarm State Change", "restore"] {
            assert!(error.to_string().contains(part), "{error}");
        }
    }

    #[test]
    fn all_that_aws_health_tells_of_one_issue_has_one_name() {
        let issue = |arn: &str, page: &str| {
            let mut told = event(HEALTH_EVENT, &json!({ "eventArn": arn, "page": page }));
            told.id = Some(format!("7bf73129-{page}"));
            name(&told)
        };
        let arn = "arn:aws:health:eu-west-1::event/RDS/AWS_RDS_OPERATIONAL_ISSUE/1";

        let first = issue(arn, "1").unwrap();

        assert_eq!(issue(arn, "2").unwrap(), first);
        assert_ne!(issue(&format!("{arn}0"), "1").unwrap(), first);
        assert!(first.starts_with("event-") && first.len() <= 80, "{first}");
        let error = issue("", "1").unwrap_err();
        assert!(error.to_string().starts_with("detail.eventArn"), "{error}");
    }

    #[test]
    fn an_event_without_an_id_that_can_be_a_name_is_refused() {
        let longest = "1".repeat(LONGEST_ID);
        for (id, is_fit) in [
            (Value::Null, false),
            ("".into(), false),
            ("a b".into(), false),
            ("ä".into(), false),
            (longest.as_str().into(), true),
            (format!("{longest}1").into(), false),
        ] {
            let mut sent = event(REQUESTED, &request());
            sent.id = id.as_str().map(ToOwned::to_owned);
            assert_eq!(resolve(&on_alarm(&json!({})), &sent).is_ok(), is_fit, "{id}");
        }
    }
}
