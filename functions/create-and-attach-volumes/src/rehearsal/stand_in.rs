//! An EC2 of one instance, as far as the four actions see it: with the rules that a wrong order of
//! calls would break.

use std::sync::{Arc, Mutex, MutexGuard};

use aws_sdk_ec2::Client;
use aws_sdk_ec2::error::ErrorMetadata;
use aws_sdk_ec2::operation::associate_iam_instance_profile as associate_profile;
use aws_sdk_ec2::operation::attach_volume::{
    AttachVolumeError, AttachVolumeInput, AttachVolumeOutput,
};
use aws_sdk_ec2::operation::create_tags::{CreateTagsError, CreateTagsOutput};
use aws_sdk_ec2::operation::create_volume::{
    CreateVolumeError, CreateVolumeInput, CreateVolumeOutput,
};
use aws_sdk_ec2::operation::delete_security_group::{
    DeleteSecurityGroupError, DeleteSecurityGroupOutput,
};
use aws_sdk_ec2::operation::delete_volume::{DeleteVolumeError, DeleteVolumeOutput};
use aws_sdk_ec2::operation::describe_iam_instance_profile_associations as describe_profiles;
use aws_sdk_ec2::operation::describe_instance_attribute::DescribeInstanceAttributeOutput;
use aws_sdk_ec2::operation::describe_instances::DescribeInstancesOutput;
use aws_sdk_ec2::operation::describe_security_groups::DescribeSecurityGroupsOutput;
use aws_sdk_ec2::operation::describe_volumes::DescribeVolumesOutput;
use aws_sdk_ec2::operation::detach_volume::{DetachVolumeError, DetachVolumeOutput};
use aws_sdk_ec2::operation::modify_instance_attribute as modify;
use aws_sdk_ec2::operation::start_instances::{StartInstancesError, StartInstancesOutput};
use aws_sdk_ec2::types::{
    AttributeValue, GroupIdentifier, IamInstanceProfile, IamInstanceProfileAssociation, Instance,
    InstanceBlockDeviceMapping, InstanceState, InstanceStateName, Reservation, SecurityGroup, Tag,
    Volume, VolumeAttachmentState, VolumeState,
};
use aws_smithy_mocks::{MockResponse, Rule, RuleBuilder, RuleMode, mock, mock_client};
use aws_smithy_types::base64;
use restore::tag::{self, Made};

use crate::example::{INSTANCE, ROOT, attached, stopped, volume};
use crate::volumes;

/// Where a run is cut off: at which of the calls that change something.
#[derive(Debug)]
pub(super) struct CutOff {
    pub(super) at: usize,
    /// After the change, so that only the answer is lost; else before it.
    pub(super) answer_lost: bool,
}

/// What there is.
#[derive(Debug)]
pub(super) struct Ec2 {
    pub(super) instance: Instance,
    pub(super) volumes: Vec<Volume>,
    pub(super) user_data: Option<String>,
    pub(super) profiles: Vec<String>,
    pub(super) sealed_group: Option<&'static str>,
    /// How many volumes were ever made.
    pub(super) made: usize,
    /// How many calls that change something were sent.
    pub(super) changes: usize,
    pub(super) cut_off: Option<CutOff>,
}

/// The same, to be shared with the rules of a client.
#[derive(Debug, Clone)]
pub(super) struct StandIn(Arc<Mutex<Ec2>>);

impl Default for StandIn {
    /// The instance as the launch and the stop leave it: its placeholder in place, sealed off.
    fn default() -> Self {
        let placeholder = volume("vol-placeholder", Made::Placeholder, "ami-1", VolumeState::InUse);
        let mut instance = stopped(&[(ROOT, "vol-placeholder")]);
        instance.security_groups = Some(vec![group("sg-sealed")]);
        Self(Arc::new(Mutex::new(Ec2 {
            instance,
            volumes: vec![attached(placeholder, INSTANCE, ROOT, VolumeAttachmentState::Attached)],
            user_data: None,
            profiles: vec![],
            sealed_group: Some("sg-sealed"),
            made: 0,
            changes: 0,
            cut_off: None,
        })))
    }
}

fn group(id: &str) -> GroupIdentifier {
    GroupIdentifier::builder().group_id(id).build()
}

impl Ec2 {
    pub(super) fn devices(&self) -> Vec<(String, String, bool)> {
        let devices = self.instance.block_device_mappings().iter();
        devices
            .map(|device| {
                let ebs = device.ebs().unwrap();
                (
                    device.device_name().unwrap().to_owned(),
                    ebs.volume_id().unwrap().to_owned(),
                    ebs.delete_on_termination().unwrap(),
                )
            })
            .collect()
    }

    /// The id of the volume that was made for `device`.
    pub(super) fn volume_for(&self, device: &str) -> String {
        let is_it = |it: &&Volume| {
            volumes::tag(it.tags(), tag::SOURCE).is_some_and(|source| source.ends_with(device))
        };
        self.volumes.iter().find(is_it).and_then(Volume::volume_id).unwrap().to_owned()
    }

    pub(super) fn groups(&self) -> Vec<String> {
        let groups = self.instance.security_groups().iter();
        groups.filter_map(GroupIdentifier::group_id).map(str::to_owned).collect()
    }

    pub(super) fn state(&self) -> &str {
        self.instance.state().and_then(|state| state.name()).unwrap().as_str()
    }

    fn set_state(&mut self, state: InstanceStateName) {
        self.instance.state = Some(InstanceState::builder().name(state).build());
    }

    fn root(&self) -> Option<String> {
        self.devices().into_iter().find(|(device, ..)| device == ROOT).map(|(_, volume, _)| volume)
    }

    fn volume(&mut self, id: Option<&str>) -> &mut Volume {
        self.volumes.iter_mut().find(|it| it.volume_id() == id).unwrap()
    }

    fn create_volume(&mut self, input: &CreateVolumeInput) -> CreateVolumeOutput {
        self.made += 1;
        let id = format!("vol-{}", self.made);
        let mut made = volume(&id, Made::Volume, "", VolumeState::Available);
        made.tags = Some(input.tag_specifications()[0].tags().to_vec());
        self.volumes.push(made);
        CreateVolumeOutput::builder().volume_id(id).state(VolumeState::Creating).build()
    }

    fn detach(&mut self, id: Option<&str>) -> DetachVolumeOutput {
        assert_eq!(self.state(), "stopped", "a root volume is detached from a stopped instance");
        let volume = self.volume(id);
        assert_eq!(volume.state(), Some(&VolumeState::InUse), "detached twice");
        volume.state = Some(VolumeState::Available);
        volume.attachments = None;
        let left = |it: &InstanceBlockDeviceMapping| it.ebs().unwrap().volume_id() != id;
        self.instance.block_device_mappings.as_mut().unwrap().retain(left);
        DetachVolumeOutput::builder().build()
    }

    fn attach(&mut self, input: &AttachVolumeInput) -> AttachVolumeOutput {
        let (id, device) = (input.volume_id().unwrap(), input.device().unwrap());
        assert!(self.devices().iter().all(|(used, ..)| used != device), "{device} is in use");
        let made = self.volume(Some(id));
        assert_eq!(made.state(), Some(&VolumeState::Available), "attached twice");
        *made = attached(made.clone(), INSTANCE, device, VolumeAttachmentState::Attached);
        let new = stopped(&[(device, id)]).block_device_mappings.unwrap();
        self.instance.block_device_mappings.as_mut().unwrap().extend(new);
        AttachVolumeOutput::builder().build()
    }

    fn modify(&mut self, input: &modify::ModifyInstanceAttributeInput) {
        for asked in input.block_device_mappings() {
            let devices = self.instance.block_device_mappings.as_mut().unwrap();
            let is_it = |it: &&mut InstanceBlockDeviceMapping| it.device_name == asked.device_name;
            let ebs = devices.iter_mut().find(is_it).and_then(|it| it.ebs.as_mut()).unwrap();
            ebs.delete_on_termination = asked.ebs().unwrap().delete_on_termination();
        }
        if let Some(user_data) = input.user_data().and_then(|it| it.value()) {
            assert_eq!(self.state(), "stopped", "user data is set on a stopped instance");
            self.user_data = Some(String::from_utf8(user_data.as_ref().to_vec()).unwrap());
        }
        if let Some(groups) = &input.groups {
            assert_ne!(self.root().as_deref(), Some("vol-placeholder"), "unsealed too early");
            self.instance.security_groups = Some(groups.iter().map(|id| group(id)).collect());
        }
    }

    fn associate(&mut self, input: &associate_profile::AssociateIamInstanceProfileInput) {
        assert_ne!(self.root().as_deref(), Some("vol-placeholder"), "given a profile too early");
        assert!(self.profiles.is_empty(), "an instance has one profile");
        self.profiles.push(input.iam_instance_profile().unwrap().name().unwrap().to_owned());
    }

    fn delete_volume(&mut self, id: Option<&str>) {
        assert_eq!(self.volume(id).state(), Some(&VolumeState::Available), "deleted in use");
        self.volumes.retain(|it| it.volume_id() != id);
    }

    fn delete_group(&mut self, id: Option<&str>) {
        assert!(self.groups().iter().all(|used| Some(used.as_str()) != id), "DependencyViolation");
        assert_eq!(self.sealed_group.take(), id);
    }

    fn start(&mut self) {
        assert_eq!(self.state(), "stopped", "started twice");
        assert_ne!(self.root().as_deref(), Some("vol-placeholder"), "started on the placeholder");
        self.set_state(InstanceStateName::Running);
    }

    fn tag(&mut self, new: &[Tag]) {
        let tags = self.instance.tags.as_mut().unwrap();
        tags.retain(|old| new.iter().all(|new| new.key != old.key));
        tags.extend(new.to_vec());
    }
}

impl StandIn {
    pub(super) fn ec2(&self) -> MutexGuard<'_, Ec2> {
        self.0.lock().unwrap()
    }

    /// What `create-instance` does first in a new execution.
    pub(super) fn stop(&self) {
        let mut ec2 = self.ec2();
        let step = volumes::tag(ec2.instance.tags(), tag::STEP);
        if step != Some(Made::RestoredInstance.name()) {
            ec2.set_state(InstanceStateName::Stopped);
        }
    }

    pub(super) fn client(&self) -> Client {
        let rules: Vec<Rule> = self.changes().into_iter().chain(self.looks()).collect();
        mock_client!(aws_sdk_ec2, RuleMode::MatchAny, rules.iter())
    }

    /// A call that changes something: it may be where the run is cut off.
    fn change<I, O, E>(
        &self,
        call: RuleBuilder<I, O, E>,
        refuse: fn(ErrorMetadata) -> E,
        act: impl Fn(&mut Ec2, &I) -> O + Send + Sync + 'static,
    ) -> Rule
    where
        I: std::fmt::Debug + Send + Sync + 'static,
        O: std::fmt::Debug + Send + Sync + 'static,
        E: std::error::Error + Send + Sync + 'static,
    {
        let this = self.clone();
        call.then_compute_response(move |input| {
            let mut ec2 = this.ec2();
            ec2.changes += 1;
            let now = ec2.changes - 1;
            let cut_off = ec2.cut_off.take_if(|cut_off| cut_off.at == now);
            let refused =
                || MockResponse::Error(refuse(ErrorMetadata::builder().code("CutOff").build()));
            match cut_off {
                None => MockResponse::Output(act(&mut ec2, input)),
                Some(CutOff { answer_lost: true, .. }) => {
                    act(&mut ec2, input);
                    refused()
                }
                Some(_) => refused(),
            }
        })
    }

    fn changes(&self) -> Vec<Rule> {
        vec![
            self.change(mock!(Client::create_volume), CreateVolumeError::generic, |ec2, input| {
                ec2.create_volume(input)
            }),
            self.change(mock!(Client::detach_volume), DetachVolumeError::generic, |ec2, input| {
                ec2.detach(input.volume_id())
            }),
            self.change(mock!(Client::attach_volume), AttachVolumeError::generic, |ec2, input| {
                ec2.attach(input)
            }),
            self.change(
                mock!(Client::modify_instance_attribute),
                modify::ModifyInstanceAttributeError::generic,
                |ec2, input| {
                    ec2.modify(input);
                    modify::ModifyInstanceAttributeOutput::builder().build()
                },
            ),
            self.change(
                mock!(Client::associate_iam_instance_profile),
                associate_profile::AssociateIamInstanceProfileError::generic,
                |ec2, input| {
                    ec2.associate(input);
                    associate_profile::AssociateIamInstanceProfileOutput::builder().build()
                },
            ),
            self.change(mock!(Client::delete_volume), DeleteVolumeError::generic, |ec2, input| {
                ec2.delete_volume(input.volume_id());
                DeleteVolumeOutput::builder().build()
            }),
            self.change(
                mock!(Client::delete_security_group),
                DeleteSecurityGroupError::generic,
                |ec2, input| {
                    ec2.delete_group(input.group_id());
                    DeleteSecurityGroupOutput::builder().build()
                },
            ),
            self.change(mock!(Client::start_instances), StartInstancesError::generic, |ec2, _| {
                ec2.start();
                StartInstancesOutput::builder().build()
            }),
            self.change(mock!(Client::create_tags), CreateTagsError::generic, |ec2, input| {
                ec2.tag(input.tags());
                CreateTagsOutput::builder().build()
            }),
        ]
    }

    fn looks(&self) -> Vec<Rule> {
        let look = || self.clone();
        let (instances, volumes, groups) = (look(), look(), look());
        let (attribute, profiles) = (look(), look());
        vec![
            mock!(Client::describe_instances).then_output(move || {
                let instance = instances.ec2().instance.clone();
                let reservation = Reservation::builder().instances(instance).build();
                DescribeInstancesOutput::builder().reservations(reservation).build()
            }),
            mock!(Client::describe_volumes).then_compute_output(move |input| {
                let tagged = |volume: &&Volume| {
                    input.filters().iter().all(|filter| {
                        let key = filter.name().unwrap().trim_start_matches("tag:");
                        volumes::tag(volume.tags(), key) == Some(&filter.values()[0])
                    })
                };
                let found = volumes.ec2().volumes.iter().filter(tagged).cloned().collect();
                DescribeVolumesOutput::builder().set_volumes(Some(found)).build()
            }),
            mock!(Client::describe_security_groups).then_compute_output(move |input| {
                let name = input.filters()[0].values()[0].as_str();
                let found = match name {
                    "default" => Some("sg-default"),
                    "restore-orders-sealed" => groups.ec2().sealed_group,
                    _ => None,
                };
                let own = Tag::builder().key(tag::ID).value("orders").build();
                let found = found.map(|id| SecurityGroup::builder().group_id(id).tags(own).build());
                DescribeSecurityGroupsOutput::builder()
                    .set_security_groups(Some(found.into_iter().collect()))
                    .build()
            }),
            mock!(Client::describe_instance_attribute).then_output(move || {
                let user_data = attribute.ec2().user_data.as_ref().map(base64::encode);
                let value = AttributeValue::builder().set_value(user_data).build();
                DescribeInstanceAttributeOutput::builder().user_data(value).build()
            }),
            mock!(Client::describe_iam_instance_profile_associations).then_output(move || {
                let names = profiles.ec2().profiles.clone();
                let associations = names.iter().map(|name| {
                    let arn = format!("arn:aws:iam::444455556666:instance-profile/{name}");
                    let profile = IamInstanceProfile::builder().arn(arn).build();
                    IamInstanceProfileAssociation::builder().iam_instance_profile(profile).build()
                });
                describe_profiles::DescribeIamInstanceProfileAssociationsOutput::builder()
                    .set_iam_instance_profile_associations(Some(associations.collect()))
                    .build()
            }),
        ]
    }
}
