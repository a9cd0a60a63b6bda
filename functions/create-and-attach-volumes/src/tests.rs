use serde_json::json;

use super::*;
use crate::example::request;

#[test]
fn a_request_says_what_to_do() {
    assert!(
        matches!(request("create").action, Action::Create { snapshots } if snapshots.len() == 2)
    );
    assert!(matches!(request("detachPlaceholder").action, Action::DetachPlaceholder));
    assert!(matches!(request("attach").action, Action::Attach { elapsed_seconds: 7 }));
    assert!(matches!(request("finish").action, Action::Finish));
}

#[test]
fn an_answer_is_what_the_state_machine_reads() {
    let volume = RestoredVolume {
        volume_id: "vol-1".to_owned(),
        device_name: "/dev/sdf".to_owned(),
        root: false,
        kms_key_id: Some("arn:key".to_owned()),
    };
    for (answer, expected) in [
        (
            Response::Volumes { volumes: vec![volume] },
            json!({ "volumes": [{
                "volumeId": "vol-1", "deviceName": "/dev/sdf", "root": false, "kmsKeyId": "arn:key",
            }] }),
        ),
        (
            Response::Placeholders { placeholder_volume_ids: vec!["vol-0".to_owned()] },
            json!({ "placeholderVolumeIds": ["vol-0"] }),
        ),
        (
            Response::Instance {
                instance_id: "i-1".to_owned(),
                cleaned_up: vec!["arn:vol-0".to_owned()],
            },
            json!({ "instanceId": "i-1", "cleanedUp": ["arn:vol-0"] }),
        ),
    ] {
        assert_eq!(serde_json::to_value(answer).unwrap(), expected);
    }
}
