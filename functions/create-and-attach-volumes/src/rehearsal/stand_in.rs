//! An EC2 of one instance, as far as the four actions see it: with the rules that a wrong order of
//! calls would break.

mod calls;

use std::sync::{Arc, Mutex, MutexGuard};

use aws_sdk_ec2::operation::associate_iam_instance_profile::AssociateIamInstanceProfileInput;
use aws_sdk_ec2::operation::attach_volume::AttachVolumeInput;
use aws_sdk_ec2::operation::create_volume::{CreateVolumeInput, CreateVolumeOutput};
use aws_sdk_ec2::operation::modify_instance_attribute::ModifyInstanceAttributeInput;
use aws_sdk_ec2::types::{
    GroupIdentifier, Instance, InstanceBlockDeviceMapping, InstanceState, InstanceStateName, Tag,
    Volume, VolumeAttachmentState, VolumeState,
};
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

    fn detach(&mut self, id: Option<&str>) {
        assert_eq!(self.state(), "stopped", "a root volume is detached from a stopped instance");
        let volume = self.volume(id);
        assert_eq!(volume.state(), Some(&VolumeState::InUse), "detached twice");
        volume.state = Some(VolumeState::Available);
        volume.attachments = None;
        let left = |it: &InstanceBlockDeviceMapping| it.ebs().unwrap().volume_id() != id;
        self.instance.block_device_mappings.as_mut().unwrap().retain(left);
    }

    fn attach(&mut self, input: &AttachVolumeInput) {
        let (id, device) = (input.volume_id().unwrap(), input.device().unwrap());
        assert!(self.devices().iter().all(|(used, ..)| used != device), "{device} is in use");
        let made = self.volume(Some(id));
        assert_eq!(made.state(), Some(&VolumeState::Available), "attached twice");
        *made = attached(made.clone(), INSTANCE, device, VolumeAttachmentState::Attached);
        let new = stopped(&[(device, id)]).block_device_mappings.unwrap();
        self.instance.block_device_mappings.as_mut().unwrap().extend(new);
    }

    fn modify(&mut self, input: &ModifyInstanceAttributeInput) {
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

    fn associate(&mut self, input: &AssociateIamInstanceProfileInput) {
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
}
