use aws_sdk_ec2::error::ErrorMetadata;
use aws_sdk_ec2::operation::describe_instances::{DescribeInstancesError, DescribeInstancesOutput};
use aws_smithy_mocks::{RuleMode, mock, mock_client};

use super::*;
use crate::example::{ROOT, instance, request};

#[test]
fn only_an_instance_of_this_restore_that_is_alive_is_worked_on() {
    use InstanceStateName::{Running, ShuttingDown, Stopped, Terminated};
    for (of, state, expected) in [
        ("orders", Stopped, Ok(())),
        ("orders", Running, Ok(())),
        ("orders", Terminated, Err(ErrorName::ResourceFailed)),
        ("orders", ShuttingDown, Err(ErrorName::ResourceFailed)),
        ("other", Stopped, Err(ErrorName::AlreadyExists)),
    ] {
        let found = instance(of, Made::Instance, state, &[]);
        let checked = check(&request("finish"), &found).map_err(|error| error.name());
        assert_eq!(checked, expected, "{of} {found:?}");
    }
}

#[test]
fn what_is_attached_is_found_by_its_device_name() {
    let found = instance("orders", Made::Instance, InstanceStateName::Stopped, &[(ROOT, "vol-1")]);

    assert_eq!(device(&found, ROOT).and_then(|it| it.volume_id()), Some("vol-1"));
    assert_eq!(device(&found, "/dev/sdf"), None);
}

#[tokio::test]
async fn an_instance_that_is_not_visible_is_looked_for_again_later() {
    let unknown = mock!(Client::describe_instances).then_error(|| {
        let error = ErrorMetadata::builder().code("InvalidInstanceID.NotFound").build();
        DescribeInstancesError::generic(error)
    });
    let silent = mock!(Client::describe_instances)
        .then_output(|| DescribeInstancesOutput::builder().build());
    for describe in [unknown, silent] {
        let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, [&describe]);

        let error = look(&ec2, &request("finish")).await.unwrap_err();

        assert_eq!(error.name(), ErrorName::Throttled);
        assert!(error.to_string().contains("role/restore-target"), "{error}");
    }
}
