//! EC2, as far as launching and stopping an instance goes.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::Client;
use aws_sdk_ec2::error::ErrorMetadata;
use aws_sdk_ec2::operation::create_security_group::{
    CreateSecurityGroupError, CreateSecurityGroupInput, CreateSecurityGroupOutput,
};
use aws_sdk_ec2::operation::describe_instances::{
    DescribeInstancesError, DescribeInstancesInput, DescribeInstancesOutput,
};
use aws_sdk_ec2::operation::describe_security_groups::DescribeSecurityGroupsOutput;
use aws_sdk_ec2::operation::revoke_security_group_egress::RevokeSecurityGroupEgressOutput;
use aws_sdk_ec2::operation::run_instances::{
    RunInstancesError, RunInstancesInput, RunInstancesOutput,
};
use aws_sdk_ec2::operation::stop_instances::{StopInstancesError, StopInstancesOutput};
use aws_sdk_ec2::primitives::DateTime;
use aws_sdk_ec2::types::{
    Filter, GroupIdentifier, Instance, InstanceState, InstanceStateName, IpPermission, Reservation,
    ResourceType, SecurityGroup, Tag, TagSpecification,
};
use aws_smithy_mocks::{MockResponse, RuleMode, mock, mock_client};
use restore::tag::{self, Made};

use super::{Shared, World};
use crate::tags;

/// What is there, and what has been asked for.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Ec2 {
    instances: Vec<Instance>,
    group: Option<SecurityGroup>,
    /// By token, which is zonal (`EC2API/ec2-api-idempotency`): here each subnet is a zone.
    requests: BTreeMap<(String, String), (RunInstancesInput, String)>,
    is_seen_late: bool,
    unseen: BTreeSet<String>,
    /// How much has been made or changed by calls.
    changes: usize,
}

impl World for Ec2 {
    fn time_passes(&mut self) {
        use InstanceStateName::{Pending, Running, ShuttingDown, Stopped, Stopping, Terminated};
        self.unseen.clear();
        for instance in &mut self.instances {
            let state = state(instance).clone();
            set_state(
                instance,
                match state {
                    Pending => Running,
                    Stopping => Stopped,
                    ShuttingDown => Terminated,
                    state => state,
                },
            );
        }
    }
}

impl Ec2 {
    /// Where nothing is yet, and what is made may be found only after a while
    /// (EC2API/eventual-consistency).
    pub(crate) fn new(is_seen_late: bool) -> Self {
        Self { is_seen_late, ..Self::default() }
    }

    /// The instances that have not ended.
    fn alive(&mut self) -> impl Iterator<Item = &mut Instance> {
        self.instances.iter_mut().filter(|it| !has_ended(it))
    }

    /// The instances end, as by their owner or for want of capacity.
    pub(crate) fn ends(&mut self) {
        self.alive().for_each(|it| set_state(it, InstanceStateName::ShuttingDown));
    }

    /// A clean-up removes what is left, to the sealed group: once no instance is in it any more.
    pub(crate) fn is_cleaned_up(&mut self) {
        self.ends();
        self.time_passes();
        self.group = None;
    }

    /// The instance is made whole: it runs, `made` so and in a group of its own. Once the restore
    /// has succeeded, the sealed one goes.
    pub(crate) fn is_whole(&mut self, made: Made) {
        if made == Made::Finished {
            self.group = None;
        }
        let own = GroupIdentifier::builder().group_id("sg-own").group_name("own").build();
        for instance in self.alive() {
            let tags = instance.tags.iter_mut().flatten();
            tags.filter(|it| it.key() == Some(tag::STEP))
                .for_each(|it| it.value = Some(made.name().to_owned()));
            instance.security_groups = Some(vec![own.clone()]);
            set_state(instance, InstanceStateName::Running);
        }
    }

    fn described(
        &self,
        asked: &DescribeInstancesInput,
    ) -> MockResponse<DescribeInstancesOutput, DescribeInstancesError> {
        let is_seen = |it: &&Instance| !self.unseen.contains(id(it));
        let is_named = |it: &Instance| asked.instance_ids().iter().any(|asked| asked == id(it));
        let found: Vec<_> = self
            .instances
            .iter()
            .filter(is_seen)
            .filter(|it| asked.instance_ids().is_empty() || is_named(it))
            .filter(|it| asked.filters().iter().all(|filter| meets(it, filter)))
            .cloned()
            .collect();
        if found.is_empty() && !asked.instance_ids().is_empty() {
            let code = "InvalidInstanceID.NotFound";
            return MockResponse::Error(DescribeInstancesError::generic(error(code)));
        }
        let reservation = Reservation::builder().set_instances(Some(found)).build();
        MockResponse::Output(DescribeInstancesOutput::builder().reservations(reservation).build())
    }

    /// A token makes one instance. It stands for what was asked for with it, and for no other once
    /// that has ended (`EC2API/ec2-api-idempotency`).
    fn run(&mut self, asked: &RunInstancesInput) -> Result<Instance, &'static str> {
        let token = (asked.subnet_id().unwrap().into(), asked.client_token().unwrap().into());
        if let Some((before, made)) = self.requests.get(&token) {
            let instance = self.instances.iter().find(|it| id(it) == made).unwrap();
            return match state(instance) {
                _ if before != asked => Err("IdempotentParameterMismatch"),
                InstanceStateName::Terminated => Err("IdempotentInstanceTerminated"),
                _ => Ok(instance.clone()),
            };
        }
        let group = self.group.as_ref().unwrap();
        if self.unseen.contains(group.group_id().unwrap()) {
            return Err("InvalidGroup.NotFound");
        }
        assert_eq!(asked.security_group_ids(), [group.group_id().unwrap()]);
        assert!(group.ip_permissions_egress().is_empty(), "it is not sealed");
        let instance = Instance::builder()
            .instance_id(format!("i-{:017x}", self.instances.len()))
            .instance_type(asked.instance_type().unwrap().clone())
            .subnet_id(asked.subnet_id().unwrap())
            .state(InstanceState::builder().name(InstanceStateName::Pending).build())
            .launch_time(DateTime::from_secs(i64::try_from(self.instances.len()).unwrap()))
            .security_groups(
                GroupIdentifier::builder()
                    .set_group_id(group.group_id.clone())
                    .set_group_name(group.group_name.clone())
                    .build(),
            )
            .set_tags(Some(given(asked.tag_specifications(), &ResourceType::Instance)))
            .build();
        self.changed(id(&instance));
        self.requests.insert(token, (asked.clone(), id(&instance).to_owned()));
        self.instances.push(instance.clone());
        Ok(instance)
    }

    fn stop(&mut self, instances: &[String]) -> Result<(), &'static str> {
        let asked = |it: &Instance| instances.iter().any(|asked| asked == id(it));
        let is_seen = |it: &Instance| !self.unseen.contains(id(it));
        let Some(at) = self.instances.iter().position(|it| asked(it) && is_seen(it)) else {
            return Err("InvalidInstanceID.NotFound");
        };
        match state(&self.instances[at]) {
            InstanceStateName::Running => {
                set_state(&mut self.instances[at], InstanceStateName::Stopping);
                self.changes += 1;
                Ok(())
            }
            InstanceStateName::Stopping | InstanceStateName::Stopped => Ok(()),
            _ => Err("IncorrectInstanceState"),
        }
    }

    /// A new group lets everything out.
    fn create_group(
        &mut self,
        asked: &CreateSecurityGroupInput,
    ) -> Result<CreateSecurityGroupOutput, &'static str> {
        if self.group.is_some() {
            return Err("InvalidGroup.Duplicate");
        }
        let id = format!("sg-{}", self.changes);
        self.changed(&id);
        self.group = Some(
            SecurityGroup::builder()
                .group_id(&id)
                .set_group_name(asked.group_name.clone())
                .ip_permissions_egress(IpPermission::builder().ip_protocol("-1").build())
                .set_tags(Some(given(asked.tag_specifications(), &ResourceType::SecurityGroup)))
                .build(),
        );
        Ok(CreateSecurityGroupOutput::builder().group_id(id).build())
    }

    fn described_groups(&self) -> DescribeSecurityGroupsOutput {
        let seen = self.group.iter().filter(|it| !self.unseen.contains(it.group_id().unwrap()));
        DescribeSecurityGroupsOutput::builder()
            .set_security_groups(Some(seen.cloned().collect()))
            .build()
    }

    fn seal(&mut self) -> RevokeSecurityGroupEgressOutput {
        self.changes += 1;
        self.group.as_mut().unwrap().ip_permissions_egress = None;
        RevokeSecurityGroupEgressOutput::builder().build()
    }

    fn changed(&mut self, made: &str) {
        self.changes += 1;
        if self.is_seen_late {
            self.unseen.insert(made.to_owned());
        }
    }
}

impl Shared<Ec2> {
    pub(crate) fn client(&self) -> Client {
        let of = || self.clone();
        let (it, found) = (of(), mock!(Client::describe_instances));
        let found = found.then_compute_response(move |asked| it.with(|ec2| ec2.described(asked)));
        let (it, run) = (of(), mock!(Client::run_instances));
        let run = run.then_compute_response(move |asked| match it.with(|ec2| ec2.run(asked)) {
            Ok(made) => MockResponse::Output(RunInstancesOutput::builder().instances(made).build()),
            Err(code) => MockResponse::Error(RunInstancesError::generic(error(code))),
        });
        let (it, stop) = (of(), mock!(Client::stop_instances));
        let stop = stop.then_compute_response(move |asked| {
            match it.with(|ec2| ec2.stop(asked.instance_ids())) {
                Ok(()) => MockResponse::Output(StopInstancesOutput::builder().build()),
                Err(code) => MockResponse::Error(StopInstancesError::generic(error(code))),
            }
        });
        let (it, groups) = (of(), mock!(Client::describe_security_groups));
        let groups = groups.then_compute_output(move |_| it.with(|ec2| ec2.described_groups()));
        let (it, create) = (of(), mock!(Client::create_security_group));
        let create = create.then_compute_response(move |asked| {
            match it.with(|ec2| ec2.create_group(asked)) {
                Ok(made) => MockResponse::Output(made),
                Err(code) => MockResponse::Error(CreateSecurityGroupError::generic(error(code))),
            }
        });
        let (it, seal) = (of(), mock!(Client::revoke_security_group_egress));
        let seal = seal.then_compute_output(move |_| it.with(Ec2::seal));
        let rules = [&found, &run, &stop, &groups, &create, &seal];
        mock_client!(aws_sdk_ec2, RuleMode::MatchAny, rules)
    }
}

fn id(instance: &Instance) -> &str {
    instance.instance_id().unwrap()
}

fn state(instance: &Instance) -> &InstanceStateName {
    instance.state().and_then(InstanceState::name).unwrap()
}

fn set_state(instance: &mut Instance, to: InstanceStateName) {
    instance.state = Some(InstanceState::builder().name(to).build());
}

fn has_ended(instance: &Instance) -> bool {
    matches!(state(instance), InstanceStateName::ShuttingDown | InstanceStateName::Terminated)
}

fn meets(instance: &Instance, filter: &Filter) -> bool {
    let value = match filter.name().unwrap() {
        "instance-state-name" => Some(state(instance).as_str()),
        of_tag => tags::value(instance.tags(), of_tag.strip_prefix("tag:").unwrap()),
    };
    value.is_some_and(|value| filter.values().iter().any(|asked| asked == value))
}

/// The tags that something of a kind is made with.
fn given(specifications: &[TagSpecification], kind: &ResourceType) -> Vec<Tag> {
    let of_kind = specifications.iter().filter(|it| it.resource_type() == Some(kind));
    of_kind.flat_map(|it| it.tags().to_vec()).collect()
}

fn error(code: &str) -> ErrorMetadata {
    ErrorMetadata::builder().code(code).message("no").build()
}
