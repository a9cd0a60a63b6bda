//! How the stand-in answers the SDK's calls.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::error::ErrorMetadata;
use aws_sdk_ec2::operation::associate_iam_instance_profile as associate_profile;
use aws_sdk_ec2::operation::attach_volume::{AttachVolumeError, AttachVolumeOutput};
use aws_sdk_ec2::operation::create_tags::{CreateTagsError, CreateTagsOutput};
use aws_sdk_ec2::operation::create_volume::CreateVolumeError;
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
    AttributeValue, IamInstanceProfile, IamInstanceProfileAssociation, Reservation, SecurityGroup,
    Tag, Volume,
};
use aws_smithy_mocks::{MockResponse, Rule, RuleBuilder, RuleMode, mock, mock_client};
use aws_smithy_types::base64;
use restore::tag;

use super::{CutOff, Ec2, StandIn};
use crate::volumes;

impl StandIn {
    /// The client of a run.
    pub(in crate::rehearsal) fn client(&self) -> Client {
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
                ec2.detach(input.volume_id());
                DetachVolumeOutput::builder().build()
            }),
            self.change(mock!(Client::attach_volume), AttachVolumeError::generic, |ec2, input| {
                ec2.attach(input);
                AttachVolumeOutput::builder().build()
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
                        let value = volumes::tag(volume.tags(), key);
                        filter.values().iter().any(|one| Some(one.as_str()) == value)
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
