use serde_json::json;

use super::*;
use crate::drill::{CheckKind, metric};
use crate::request::examples::{changed, of_flow};

const START: &str = "2026-11-26T03:00:00Z";

fn at(minutes: i64) -> Timestamp {
    START.parse::<Timestamp>().unwrap() + jiff::SignedDuration::from_mins(minutes)
}

fn request() -> Request {
    let drill = json!({
        "restoreId": "orders",
        "mode": "drill",
        "drill": {
            "network": { "dbSubnetGroupName": "drills", "vpcSecurityGroupIds": ["sg-0d0d0d0d"] },
            "validationFunctionArn": "arn:aws:lambda:eu-central-1:123456789012:function:check",
            "rtoMinutes": 60, "rpoMinutes": 120,
        },
    });
    Request::read(&changed(of_flow(Flow::RdsCrossRegion), &drill)).unwrap()
}

fn plan(request: &Request, taken_at: Option<Timestamp>) -> Plan {
    serde_json::from_value(json!({
        "restoreId": "drill-orders",
        "flow": "rds-cross-region",
        "deadline": at(600),
        "source": request.source_session(),
        "target": request.target_session(),
        "snapshots": [
            { "source": "arn:…:orders", "current": "arn:…:copy", "sizeGib": 100, "takenAt": taken_at },
        ],
        "hops": [],
        "dryRun": false, "keepCopies": false, "onFailure": "cleanUp", "notRestored": [],
    }))
    .unwrap()
}

/// What a drill comes to that was up after 30 minutes and looked at after 40, `change`d.
fn evidence(change: impl FnOnce(&mut Known<'_>)) -> Evidence {
    seen(Some(json!({ "passed": true })), Some(at(-90)), change)
}

/// The same, where the function `said` this, and the data was of the instant `taken_at`.
fn seen(
    said: Option<Value>,
    taken_at: Option<Timestamp>,
    change: impl FnOnce(&mut Known<'_>),
) -> Evidence {
    let request = request();
    let (plan, restore_id) = (plan(&request, taken_at), request.id("e"));
    let said = said.map(|payload| Said::Answer(FunctionSaid { payload }));
    let mut known = Known {
        restore_id: &restore_id,
        execution_arn: "arn:aws:states:eu-central-1:123456789012:execution:restore:e",
        started_at: at(0),
        ended_at: at(50),
        request: &request,
        plan: Some(&plan),
        up_at: Some(at(30)),
        checked_at: Some(at(40)),
        command: None,
        function: said.as_ref(),
        failure: None,
        restored: Some(json!({ "dbInstanceIdentifier": "drill-orders" })),
        timeline: vec![Step {
            step: "copy-snapshot".to_owned(),
            started_at: at(1),
            finished_at: at(11),
            seconds: 0,
        }],
        torn_down: vec!["arn:…:db:drill-orders".to_owned()],
        left: vec![],
    };
    change(&mut known);
    Evidence::of(known)
}

#[test]
fn a_drill_that_passed_shows_what_it_reached() {
    let evidence = evidence(|_| {});

    assert_eq!((evidence.status, &evidence.failure), (Status::Passed, &None));
    let objective = |target, seconds| Objective {
        target_minutes: Some(target),
        seconds: Some(seconds),
        met: Some(true),
    };
    assert_eq!(evidence.rto, objective(60, 40 * 60));
    assert_eq!(evidence.rpo, objective(120, 90 * 60));
    assert_eq!(evidence.snapshots[0].age_seconds, Some(90 * 60));
    assert_eq!(evidence.steps[0].seconds, 600);
    assert_eq!(
        evidence.checks.iter().map(|check| check.check).collect::<Vec<_>>(),
        [CheckKind::Available, CheckKind::ValidationFunction]
    );
}

#[test]
fn a_target_that_was_missed_is_told_and_fails_no_drill() {
    let evidence = evidence(|known| known.checked_at = Some(at(61)));

    assert_eq!((evidence.status, evidence.rto.met), (Status::Passed, Some(false)));
}

#[test]
fn a_check_that_did_not_pass_fails_the_drill_and_no_time_is_told_as_reached() {
    let said = json!({ "passed": false, "detail": "0 rows" });
    let evidence = seen(Some(said), Some(at(-90)), |_| {});

    let failure = evidence.failure.unwrap();
    assert_eq!(failure.error, "Restore.DrillFailed");
    assert_eq!(failure.cause, "validationFunction failed: 0 rows");
    assert_eq!(evidence.status, Status::Failed);
    assert_eq!((evidence.rto.seconds, evidence.rto.met), (None, None));
}

#[test]
fn a_check_that_was_asked_for_and_not_made_fails_the_drill() {
    let evidence = evidence(|known| known.function = None);

    let failure = evidence.failure.unwrap();
    assert!(failure.cause.starts_with("validationFunction was not made: "), "{}", failure.cause);
}

#[test]
fn what_is_left_behind_fails_the_drill() {
    let evidence = evidence(|known| known.left = vec![json!({ "resource": "db", "why": "stuck" })]);

    let failure = evidence.failure.unwrap();
    assert_eq!(failure.cause, "1 of what it made could not be taken away");
    let of_others = json!({ "resource": "snap-1", "why": "used", "usedByOthers": true });
    assert_eq!(self::evidence(|known| known.left = vec![of_others]).failure, None);
}

#[test]
fn a_restore_that_failed_is_told_by_its_own_name() {
    let own = Failure { error: "Restore.KeyNotUsable".to_owned(), cause: "key k".to_owned() };
    let evidence = evidence(|known| {
        known.up_at = None;
        known.checked_at = None;
        known.function = None;
        known.failure = Some(own.clone());
    });

    assert_eq!(evidence.failure, Some(own));
    assert!(!evidence.checks.iter().any(Check::is_in_order), "{:?}", evidence.checks);
    assert_eq!((evidence.rto.seconds, evidence.rpo.seconds), (None, None));
}

#[test]
fn an_age_that_is_not_known_of_all_is_not_told() {
    let evidence = seen(Some(json!({ "passed": true })), None, |_| {});

    assert_eq!((evidence.rpo.seconds, evidence.rpo.met), (None, None));
}

#[test]
fn a_function_s_own_words_are_told() {
    let told = |error: &str, cause: &str| {
        let told = Failure { error: error.to_owned(), cause: cause.to_owned() }.in_words();
        (told.error, told.cause)
    };
    let json = r#"{"errorType":"Restore.KeyNotUsable","errorMessage":"key k"}"#;

    assert_eq!(told("Restore.KeyNotUsable", json), ("Restore.KeyNotUsable".into(), "key k".into()));
    assert_eq!(told("Restore.TimedOut", "late"), ("Restore.TimedOut".into(), "late".into()));
    assert_eq!(
        told("States.Timeout", ""),
        ("Restore.Unexpected".into(), "States.Timeout: ".into())
    );
}

#[test]
fn its_figures_are_a_line_in_embedded_metric_format() {
    let figures = metric(&evidence(|_| {}), &request());

    assert_eq!(figures["DrillPassed"], 1);
    assert_eq!(figures["DrillRecoveryTime"], 2400);
    assert_eq!(figures["DrillRecoveryPointAge"], 5400);
    assert_eq!(figures["RestoreId"], "drill-orders");
    let directive = &figures["_aws"]["CloudWatchMetrics"][0];
    assert_eq!(directive["Dimensions"], json!([["Flow"], ["RestoreId"]]));
    for metric in directive["Metrics"].as_array().unwrap() {
        assert!(figures[metric["Name"].as_str().unwrap()].is_i64(), "{metric}");
    }
    assert_eq!(figures["_aws"]["Timestamp"], at(50).as_millisecond());
}

#[test]
fn what_was_not_measured_is_no_figure() {
    let figures = metric(&evidence(|known| known.up_at = None), &request());

    assert_eq!(figures["DrillPassed"], 0);
    assert_eq!(figures.get("DrillRecoveryTime"), None);
    let directive = &figures["_aws"]["CloudWatchMetrics"][0];
    assert_eq!(directive["Metrics"], json!([{ "Name": "DrillPassed", "Unit": "Count" }]));
}

#[test]
fn a_drill_whose_id_may_never_come_again_is_drawn_by_what_is_restored_to_where() {
    for id in [
        None,
        Some(RestoreId::of_execution("Monthly Drill")),
        Some(RestoreId::of_execution("Monthly Drill").of_drill()),
    ] {
        let mut request = request();
        request.restore_id = id;

        let figures = metric(&evidence(|_| {}), &request);

        let directive = &figures["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(directive["Dimensions"], json!([["Flow"], ["Source", "Target"]]));
        for dimension in ["Flow", "Source", "Target"] {
            assert!(figures[dimension].is_string(), "{figures}");
        }
    }
}
