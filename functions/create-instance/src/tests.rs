use serde_json::{Value, json};

use super::*;
use crate::example::{json_launch, json_session};

fn request(action: &Value) -> Request {
    let mut request = json!({
        "restoreId": "orders",
        "deadline": "2026-11-23T10:00:00Z",
        "session": json_session(),
    });
    request.as_object_mut().unwrap().extend(action.as_object().unwrap().clone());
    serde_json::from_value(request).unwrap()
}

#[test]
fn a_request_says_what_to_do() {
    let launch = request(&json!({ "do": "launch", "launch": json_launch() }));
    assert!(matches!(launch.action, Action::Launch { launch } if launch.vpc_id == "vpc-1"));

    let stop = request(&json!({ "do": "stop", "instanceId": "i-0123456789abcdef0" }));
    assert!(matches!(stop.action, Action::Stop { .. }));

    let db_launch = crate::example::db_launch(&json!({}));
    for (told, expected) in [(json!(null), None), (json!(30), Some(30))] {
        let modify = request(&json!({
            "do": "modify", "dbLaunch": db_launch, "elapsedSeconds": 40, "askedSeconds": told,
        }));
        let Action::Modify { asked_seconds, .. } = modify.action else { panic!("{modify:?}") };
        assert_eq!(asked_seconds, expected);
    }
}

#[test]
fn an_answer_is_what_the_state_machine_reads() {
    let launched = Launched {
        instance_id: "i-1".to_owned(),
        sealed_group_id: Some("sg-1".to_owned()),
        restored: false,
        finished: false,
        launch: Box::new(crate::example::launch()),
    };
    let stopped = Stopped { instance_id: "i-1".to_owned(), restored: true };
    let db_instance =
        Response::DbInstance { db_instance_identifier: "orders".to_owned(), finished: false };

    for (answer, expected) in [
        (
            Response::Launched(launched),
            json!({
                "instanceId": "i-1", "sealedGroupId": "sg-1", "restored": false, "finished": false,
                "launch": crate::example::launch(),
            }),
        ),
        (Response::Stopped(stopped), json!({ "instanceId": "i-1", "restored": true })),
        (db_instance, json!({ "dbInstanceIdentifier": "orders", "finished": false })),
        (Response::Modified(Modified::Done), json!({ "state": "done" })),
        (
            Response::Modified(Modified::Pending {
                asked: true,
                wait_seconds: 5,
                waiting_for: "DB instance orders is modifying".to_owned(),
            }),
            json!({
                "state": "pending", "asked": true, "waitSeconds": 5,
                "waitingFor": "DB instance orders is modifying",
            }),
        ),
    ] {
        assert_eq!(serde_json::to_value(answer).unwrap(), expected);
    }
}
