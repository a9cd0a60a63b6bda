use serde_json::json;

use super::*;

fn drill() -> Drill {
    serde_json::from_value(json!({
        "network": {},
        "validationFunctionArn": "arn:aws:lambda:eu-central-1:123456789012:function:check",
        "command": {
            "roleArn": "arn:aws:iam::444455556666:role/restore-command",
            "documentName": "AWS-RunShellScript",
        },
    }))
    .unwrap()
}

fn function(said: Value) -> Check {
    let said: Said<FunctionSaid> = serde_json::from_value(said).unwrap();
    Check::all(Service::Rds, Some(&drill()), true, None, Some(&said)).remove(1)
}

fn command(said: Value) -> Check {
    let said: Said<CommandSaid> = serde_json::from_value(said).unwrap();
    Check::all(Service::Ec2, Some(&drill()), true, Some(&said), None).remove(1)
}

#[test]
fn a_function_says_whether_all_is_well() {
    for (said, outcome, detail) in [
        (json!({ "payload": { "passed": true } }), Outcome::Passed, None),
        (
            json!({ "payload": { "passed": true, "detail": "7 rows" } }),
            Outcome::Passed,
            Some("7 rows"),
        ),
        (
            json!({ "payload": { "passed": false, "detail": "0 rows" } }),
            Outcome::Failed,
            Some("0 rows"),
        ),
        (
            json!({ "payload": { "statusCode": 200 } }),
            Outcome::Failed,
            Some(r#"answered {"statusCode":200}, and neither passed: true nor passed: false"#),
        ),
        (
            json!({ "payload": null }),
            Outcome::Failed,
            Some("answered null, and neither passed: true nor passed: false"),
        ),
        (
            json!({ "payload": { "passed": "true" } }),
            Outcome::Failed,
            Some(r#"answered {"passed":"true"}, and neither passed: true nor passed: false"#),
        ),
    ] {
        let check = function(said.clone());
        assert_eq!((check.outcome, check.detail.as_deref()), (outcome, detail), "{said}");
    }
}

#[test]
fn a_function_that_was_not_called_has_not_failed_the_drill_by_what_it_saw() {
    for (error, outcome) in [
        ("Lambda.AWSLambdaException", Outcome::NotMade),
        ("Lambda.ResourceNotFoundException", Outcome::NotMade),
        ("States.Permissions", Outcome::NotMade),
        ("Lambda.Unknown", Outcome::Failed),
        ("States.Timeout", Outcome::Failed),
        ("ConnectionRefusedError", Outcome::Failed),
    ] {
        let check = function(json!({ "Error": error, "Cause": "as told" }));
        assert_eq!(check.outcome, outcome, "{error}");
        assert_eq!(check.detail, Some(format!("{error}: as told")));
        assert!(!check.is_in_order(), "{error}");
    }
}

#[test]
fn a_command_passes_by_its_exit_code() {
    let ended = |status: &str, code: i32| {
        command(json!({ "status": status, "responseCode": code, "output": "said\n" }))
    };
    for (status, code, outcome) in [
        ("Success", 0, Outcome::Passed),
        ("Success", 3, Outcome::Failed),
        ("Failed", 1, Outcome::Failed),
        ("TimedOut", -1, Outcome::Failed),
        ("InProgress", -1, Outcome::Failed),
        ("Pending", -1, Outcome::NotMade),
        ("Undeliverable", -1, Outcome::NotMade),
    ] {
        let check = ended(status, code);
        assert_eq!(check.outcome, outcome, "{status} {code}");
        assert_eq!(check.detail, Some(format!("{status}, exit code {code}: said")));
    }
    let undelivered = json!({ "status": "Failed", "statusDetails": "Undeliverable" });
    assert_eq!(command(undelivered).outcome, Outcome::NotMade);
    let skipped = "Step execution skipped due to incompatible platform";
    let skipped = json!({ "status": "Success", "responseCode": 0, "output": skipped });
    assert_eq!(command(skipped).outcome, Outcome::NotMade);
    let refused =
        command(json!({ "Error": "Ssm.InvalidInstanceIdException", "Cause": "no agent" }));
    assert_eq!(refused.outcome, Outcome::NotMade);
}

#[test]
fn a_check_that_was_not_made_is_never_told_as_passed() {
    let drill = drill();
    for (asked, is_up) in [(Some(&drill), true), (Some(&drill), false), (None, true), (None, false)]
    {
        let checks = Check::all(Service::Ec2, asked, is_up, None, None);

        let kinds: Vec<CheckKind> = checks.iter().map(|check| check.check).collect();
        assert_eq!(
            kinds,
            [CheckKind::StatusChecks, CheckKind::Command, CheckKind::ValidationFunction]
        );
        assert_eq!(checks[0].outcome == Outcome::Passed, is_up);
        for check in &checks[1..] {
            assert_eq!(check.outcome, Outcome::NotMade);
            assert_eq!(check.is_in_order(), asked.is_none());
        }
    }
}
