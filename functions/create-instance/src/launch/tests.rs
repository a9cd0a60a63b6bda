use aws_sdk_ec2::error::ErrorMetadata;
use aws_sdk_ec2::operation::create_security_group::CreateSecurityGroupOutput;
use aws_sdk_ec2::operation::describe_instances::DescribeInstancesOutput;
use aws_sdk_ec2::operation::describe_security_groups::DescribeSecurityGroupsOutput;
use aws_sdk_ec2::operation::run_instances::{RunInstancesError, RunInstancesOutput};
use aws_sdk_ec2::types::{InstanceState, Reservation, SecurityGroup, Tag};
use aws_smithy_mocks::{MockResponse, Rule, RuleMode, mock, mock_client};

use super::*;
use crate::example::{GROUP_NAME, KEY, launch as example, restore_id, session};

fn instance(id: &str, state: InstanceStateName, made: Made, launched_at: i64) -> Instance {
    let tags = tag::all(&restore_id(), made, "ami-0123456789abcdef0")
        .map(|(key, value)| Tag::builder().key(key).value(value).build());
    Instance::builder()
        .instance_id(id)
        .instance_type(InstanceType::from("m7g.large"))
        .subnet_id("subnet-0123456789abcdef0")
        .state(InstanceState::builder().name(state).build())
        .launch_time(DateTime::from_secs(launched_at))
        .set_tags(Some(tags.to_vec()))
        .build()
}

fn running(id: &str) -> Instance {
    instance(id, InstanceStateName::Running, Made::Instance, 0)
}

fn found(instances: Vec<Instance>) -> DescribeInstancesOutput {
    DescribeInstancesOutput::builder()
        .reservations(Reservation::builder().set_instances(Some(instances)).build())
        .build()
}

fn sealed_group() -> Rule {
    mock!(Client::describe_security_groups).then_output(|| {
        let own = tag::all(&restore_id(), Made::SealedGroup, "vpc-1")
            .map(|(key, value)| Tag::builder().key(key).value(value).build());
        let group = SecurityGroup::builder().group_id("sg-1").group_name(GROUP_NAME);
        DescribeSecurityGroupsOutput::builder()
            .security_groups(group.set_tags(Some(own.to_vec())).build())
            .build()
    })
}

fn refused(code: &str) -> RunInstancesError {
    RunInstancesError::generic(ErrorMetadata::builder().code(code).message("no").build())
}

fn token(attempt: u32) -> String {
    name::client_token(&restore_id(), "instance", attempt)
}

/// `RunInstances` as AWS answers it when the tokens of the first attempts are burnt.
fn burnt(tokens: u32, code: &'static str) -> Rule {
    mock!(Client::run_instances).then_compute_response(move |request| {
        if (0..tokens).any(|attempt| request.client_token() == Some(&token(attempt))) {
            return MockResponse::Error(refused(code));
        }
        MockResponse::Output(RunInstancesOutput::builder().instances(running("i-new")).build())
    })
}

#[test]
fn the_instance_is_launched_sealed_off_and_encrypted() {
    let input = input(&restore_id(), &example(), "sg-1", 0).build().unwrap();

    assert_eq!(input.security_group_ids(), ["sg-1"]);
    assert_eq!((input.user_data(), input.iam_instance_profile()), (None, None));
    assert_eq!((input.min_count(), input.max_count()), (Some(1), Some(1)));
    assert_eq!(input.key_name(), Some("ops"));
    assert_eq!(input.subnet_id(), Some("subnet-0123456789abcdef0"));
    let metadata = input.metadata_options().unwrap();
    assert_eq!(metadata.http_tokens(), Some(&HttpTokensState::Required));

    let [root, suppressed] = input.block_device_mappings() else { panic!("two mappings") };
    let ebs = root.ebs().unwrap();
    assert_eq!(root.device_name(), Some("/dev/xvda"));
    assert_eq!((ebs.encrypted(), ebs.kms_key_id()), (Some(true), Some(KEY)));
    assert_eq!((ebs.delete_on_termination(), ebs.snapshot_id()), (Some(true), None));
    assert_eq!((suppressed.device_name(), suppressed.no_device()), (Some("/dev/sdb"), Some("")));
}

#[test]
fn the_instance_and_its_placeholder_are_tagged_when_they_are_made() {
    let input = input(&restore_id(), &example(), "sg-1", 0).build().unwrap();

    let [instance, volume] = input.tag_specifications() else { panic!("two specifications") };
    assert_eq!(instance.resource_type(), Some(&ResourceType::Instance));
    assert_eq!(tags::value(instance.tags(), "Name"), Some("orders"));
    assert_eq!(tags::value(instance.tags(), tag::ID), Some("orders"));
    assert_eq!(tags::value(instance.tags(), tag::STEP), Some("create-instance"));
    assert_eq!(volume.resource_type(), Some(&ResourceType::Volume));
    assert_eq!(tags::value(volume.tags(), "Name"), None);
    assert_eq!(tags::value(volume.tags(), tag::STEP), Some("placeholder"));
}

#[test]
fn of_several_instances_the_restored_one_is_gone_on_with_else_the_oldest() {
    use InstanceStateName::{Running, Stopped, Terminated};
    let old = || instance("i-old", Stopped, Made::Instance, 100);
    let new = || instance("i-new", Running, Made::Instance, 200);
    let restored = || instance("i-restored", Running, Made::RestoredInstance, 300);
    let ended = || instance("i-ended", Terminated, Made::Instance, 0);

    for (instances, adopted) in [
        (vec![], None),
        (vec![ended()], None),
        (vec![new(), old(), ended()], Some("i-old")),
        (vec![old(), new(), restored()], Some("i-restored")),
    ] {
        assert_eq!(adopt(&instances).and_then(Instance::instance_id), adopted);
    }
}

#[tokio::test]
async fn a_launch_answers_the_instance_and_its_sealed_group() {
    let describe = mock!(Client::describe_instances).then_output(|| found(vec![]));
    let (group, run) = (sealed_group(), burnt(0, ""));
    let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, [&describe, &group, &run]);

    let launched = launch(&ec2, &restore_id(), &session(), &example()).await.unwrap();

    assert_eq!(launched.instance_id, "i-new");
    assert_eq!(launched.sealed_group_id.as_deref(), Some("sg-1"));
    assert!(!launched.restored);
    assert_eq!(run.num_calls(), 1);
}

#[tokio::test]
async fn a_retry_adopts_the_instance_that_the_first_attempt_launched() {
    let describe = mock!(Client::describe_instances)
        .match_requests(|request| {
            let filters = request.filters();
            filters.len() == 3
                && filters[0].name() == Some("tag:restore:id")
                && filters[0].values() == ["orders"]
                && filters[1].values() == ["create-instance", "restored", "finished"]
        })
        .then_output(|| {
            let group = GroupIdentifier::builder().group_name(GROUP_NAME).group_id("sg-1").build();
            let mut instance = running("i-1");
            instance.security_groups = Some(vec![group]);
            found(vec![instance])
        });
    let create = mock!(Client::create_security_group)
        .then_output(|| CreateSecurityGroupOutput::builder().build());
    let run = burnt(0, "");
    let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, [&describe, &create, &run]);

    let launched = launch(&ec2, &restore_id(), &session(), &example()).await.unwrap();

    assert_eq!(launched.instance_id, "i-1");
    assert_eq!(launched.sealed_group_id.as_deref(), Some("sg-1"));
    assert_eq!((create.num_calls(), run.num_calls()), (0, 0));
}

#[tokio::test]
async fn a_restored_instance_is_known_as_one_and_a_finished_one_as_both() {
    for (made, finished) in [(Made::RestoredInstance, false), (Made::Finished, true)] {
        let describe = mock!(Client::describe_instances)
            .then_output(move || found(vec![instance("i-1", InstanceStateName::Running, made, 0)]));
        let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, [&describe]);

        let launched = launch(&ec2, &restore_id(), &session(), &example()).await.unwrap();

        let instance_id = "i-1".to_owned();
        let launch = Box::new(example());
        let expected =
            Launched { instance_id, sealed_group_id: None, restored: true, finished, launch };
        assert_eq!(launched, expected);
    }
}

#[tokio::test]
async fn a_token_whose_instance_has_ended_gives_way_to_the_next() {
    let describe = mock!(Client::describe_instances).then_output(|| found(vec![]));
    for code in ["IdempotentInstanceTerminated", "IdempotentParameterMismatch"] {
        let (group, run) = (sealed_group(), burnt(2, code));
        let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, [&describe, &group, &run]);

        let launched = launch(&ec2, &restore_id(), &session(), &example()).await.unwrap();

        assert_eq!((launched.instance_id.as_str(), run.num_calls()), ("i-new", 3), "{code}");
    }
}

#[tokio::test]
async fn a_token_that_answers_with_an_ended_instance_is_burnt_too() {
    let describe = mock!(Client::describe_instances).then_output(|| found(vec![]));
    let run = mock!(Client::run_instances).then_compute_output(|request| {
        let instance = match request.client_token() {
            Some(first) if first == token(0) => {
                instance("i-ended", InstanceStateName::Terminated, Made::Instance, 0)
            }
            _ => running("i-new"),
        };
        RunInstancesOutput::builder().instances(instance).build()
    });
    let group = sealed_group();
    let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, [&describe, &group, &run]);

    let launched = launch(&ec2, &restore_id(), &session(), &example()).await.unwrap();

    assert_eq!((launched.instance_id.as_str(), run.num_calls()), ("i-new", 2));
}

#[tokio::test]
async fn a_token_whose_instance_is_there_after_all_launches_no_second_one() {
    let describe = mock!(Client::describe_instances)
        .sequence()
        .output(|| found(vec![]))
        .output(|| found(vec![running("i-1")]))
        .build();
    let (group, run) = (sealed_group(), burnt(1, "IdempotentParameterMismatch"));
    let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, [&describe, &group, &run]);

    let launched = launch(&ec2, &restore_id(), &session(), &example()).await.unwrap();

    assert_eq!((launched.instance_id.as_str(), run.num_calls()), ("i-1", 1));
}

#[tokio::test]
async fn a_restore_does_not_burn_tokens_for_ever() {
    let describe = mock!(Client::describe_instances).then_output(|| found(vec![]));
    let (group, run) = (sealed_group(), burnt(u32::MAX, "IdempotentInstanceTerminated"));
    let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, [&describe, &group, &run]);

    let error = launch(&ec2, &restore_id(), &session(), &example()).await.unwrap_err();

    assert_eq!((error.name(), run.num_calls()), (ErrorName::Unexpected, 10));
}

#[tokio::test]
async fn a_refused_launch_names_the_call_the_image_and_the_role() {
    let describe = mock!(Client::describe_instances).then_output(|| found(vec![]));
    for (code, name) in [
        ("InsufficientInstanceCapacity", ErrorName::InsufficientCapacity),
        ("UnauthorizedOperation", ErrorName::AccessDenied),
        ("VcpuLimitExceeded", ErrorName::LimitReached),
        ("SomethingNew", ErrorName::Unexpected),
    ] {
        let group = sealed_group();
        let run = mock!(Client::run_instances).then_error(move || refused(code));
        let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, [&describe, &group, &run]);

        let error = launch(&ec2, &restore_id(), &session(), &example()).await.unwrap_err();

        let words = error.to_string();
        assert_eq!(error.name(), name);
        assert!(words.starts_with(&format!("ec2:RunInstances: {code}")), "{words}");
        assert!(words.contains("ami-0123456789abcdef0 in subnet-0123456789abcdef0"), "{words}");
        assert!(words.contains("role/restore-target"), "{words}");
    }
}

fn with_alternative() -> Launch {
    let place = Place {
        instance_type: "m6g.large".to_owned(),
        subnet_id: "subnet-0b0b0b0b".try_into().unwrap(),
        availability_zone: "eu-central-1b".to_owned(),
    };
    Launch { alternatives: vec![place], ..example() }
}

fn elsewhere(made: Made) -> Instance {
    let mut instance = instance("i-1", InstanceStateName::Running, made, 0);
    instance.instance_type = Some(InstanceType::from("m6g.large"));
    instance.subnet_id = Some("subnet-0b0b0b0b".to_owned());
    instance
}

#[test]
fn volumes_are_made_where_an_earlier_run_came_to() {
    let there = as_it_is(&with_alternative(), &elsewhere(Made::Instance)).unwrap();

    assert_eq!(there.availability_zone, "eu-central-1b");
    assert_eq!(there.alternatives, []);
}

#[test]
fn an_instance_of_another_type_or_subnet_than_asked_for_is_not_gone_on_with() {
    let error = as_it_is(&example(), &elsewhere(Made::Instance)).unwrap_err();

    assert_eq!(error.name(), ErrorName::AlreadyExists);
    assert!(error.to_string().contains("m6g.large in subnet-0b0b0b0b"), "{error}");
}

#[test]
fn a_whole_instance_may_have_been_changed_by_its_owner() {
    assert_eq!(as_it_is(&example(), &elsewhere(Made::RestoredInstance)).unwrap(), example());
}
