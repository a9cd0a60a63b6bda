use aws_sdk_ec2::error::ErrorMetadata;
use aws_sdk_ec2::operation::delete_volume::DeleteVolumeOutput;
use aws_sdk_ec2::operation::describe_instances::DescribeInstancesOutput;
use aws_sdk_ec2::operation::describe_volumes::DescribeVolumesOutput;
use aws_sdk_ec2::operation::terminate_instances::{
    TerminateInstancesError, TerminateInstancesOutput,
};
use aws_sdk_ec2::types::{InstanceState, Reservation};
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use restore::plan::Place;

use super::*;
use crate::example::{launch as example, restore_id, session};

fn launch() -> Launch {
    let place = Place {
        instance_type: "m6g.large".to_owned(),
        subnet_id: "subnet-0b0b0b0b".try_into().unwrap(),
        availability_zone: "eu-central-1b".to_owned(),
    };
    Launch { alternatives: vec![place], ..example() }
}

/// What is there of the place, and how it goes.
struct There {
    instances: Rule,
    volumes: Rule,
    terminate: Rule,
    delete: Rule,
}

fn there(
    instance: Option<InstanceStateName>,
    volumes: &'static [(&'static str, VolumeState)],
) -> There {
    There {
        instances: mock!(Client::describe_instances)
            .match_requests(|request| {
                // Only what is not whole.
                request.filters()[0].values() == ["orders"]
                    && request.filters()[1].values() == ["create-instance"]
            })
            .then_output(move || {
                let instance = instance.clone().map(|state| {
                    let state = InstanceState::builder().name(state).build();
                    Instance::builder().instance_id("i-1").state(state).build()
                });
                let instances = instance.into_iter().collect();
                DescribeInstancesOutput::builder()
                    .reservations(Reservation::builder().set_instances(Some(instances)).build())
                    .build()
            }),
        volumes: mock!(Client::describe_volumes)
            .match_requests(|request| {
                request.filters()[0].values() == ["orders"]
                    && request.filters()[1].values() == ["create-volume"]
            })
            .then_output(|| {
                let volumes = volumes.iter().map(|(id, state)| {
                    Volume::builder().volume_id(*id).state(state.clone()).build()
                });
                DescribeVolumesOutput::builder().set_volumes(Some(volumes.collect())).build()
            }),
        terminate: mock!(Client::terminate_instances)
            .match_requests(|request| request.instance_ids() == ["i-1"])
            .then_output(|| TerminateInstancesOutput::builder().build()),
        delete: mock!(Client::delete_volume).then_output(|| DeleteVolumeOutput::builder().build()),
    }
}

impl There {
    async fn give_up(&self, launch: &Launch) -> Result<GivenUp, StepError> {
        let rules = [&self.instances, &self.volumes, &self.terminate, &self.delete];
        let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, &rules);
        instance(&ec2, &restore_id(), &session(), launch, 0).await
    }

    fn removed(&self) -> (usize, usize) {
        (self.terminate.num_calls(), self.delete.num_calls())
    }
}

#[tokio::test]
async fn where_nothing_was_made_the_next_place_is_told_at_once() {
    let there = there(None, &[]);

    let GivenUp::Done { launch: Some(next), .. } = there.give_up(&launch()).await.unwrap() else {
        panic!("not given up")
    };

    assert_eq!(next.instance_type, "m6g.large");
    assert_eq!(next.alternatives, []);
    assert_eq!(there.removed(), (0, 0));
}

#[tokio::test]
async fn the_instance_and_its_volumes_go_before_the_next_place_is_told() {
    for (instance, volumes, removed) in [
        (
            Some(InstanceStateName::Stopped),
            &[("vol-1", VolumeState::InUse), ("vol-2", VolumeState::Available)] as &[_],
            (1, 1),
        ),
        (Some(InstanceStateName::ShuttingDown), &[("vol-1", VolumeState::InUse)], (0, 0)),
        (None, &[("vol-1", VolumeState::Available), ("vol-2", VolumeState::Error)], (0, 2)),
        (None, &[("vol-1", VolumeState::Creating)], (0, 0)),
    ] {
        let there = there(instance, volumes);

        let given_up = there.give_up(&launch()).await.unwrap();

        assert!(matches!(given_up, GivenUp::Pending { .. }), "{given_up:?}");
        assert_eq!(there.removed(), removed, "{volumes:?}");
    }
}

#[tokio::test]
async fn volumes_on_their_way_out_hold_nothing_up() {
    let there = there(None, &[("vol-1", VolumeState::Deleting)]);

    assert!(matches!(there.give_up(&launch()).await.unwrap(), GivenUp::Done { .. }));
}

#[tokio::test]
async fn a_place_is_not_given_up_where_there_is_no_other() {
    let there = there(Some(InstanceStateName::Stopped), &[]);

    let error = there.give_up(&example()).await.unwrap_err();

    assert_eq!(error.name(), ErrorName::InsufficientCapacity);
    assert_eq!(there.removed(), (0, 0));
}

#[tokio::test]
async fn what_may_not_be_terminated_is_named() {
    let terminate = mock!(Client::terminate_instances).then_error(|| {
        let error = ErrorMetadata::builder().code("UnauthorizedOperation").message("no").build();
        TerminateInstancesError::generic(error)
    });
    let there = There { terminate, ..there(Some(InstanceStateName::Stopped), &[]) };

    let error = there.give_up(&launch()).await.unwrap_err();

    assert_eq!(error.name(), ErrorName::AccessDenied);
    assert!(error.to_string().starts_with(TERMINATE), "{error}");
}
