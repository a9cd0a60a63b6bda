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
    ] {
        assert_eq!(serde_json::to_value(answer).unwrap(), expected);
    }
}
