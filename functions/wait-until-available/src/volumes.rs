//! EBS volumes: until they can be attached, are attached, or are detached.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{Filter, Volume, VolumeAttachmentState, VolumeState};
use restore::availability::Availability;
use step::{CallContext as _, ErrorName, StepError, keys};

use crate::look::{Look, Seen};
use crate::request::VolumesUntil;

/// The most values that one filter takes (`EC2/Using_Filtering`).
const VALUES_PER_FILTER: usize = 200;

/// What volumes are waited to be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Until<'a> {
    Available,
    AttachedTo(&'a str),
    Detached,
}

impl<'a> Until<'a> {
    /// What a request asks for.
    ///
    /// # Errors
    ///
    /// `Restore.InvalidInput`, when volumes are to be attached to nothing.
    pub(crate) fn of(until: VolumesUntil, instance_id: Option<&'a str>) -> Result<Self, StepError> {
        match (until, instance_id) {
            (VolumesUntil::Available, _) => Ok(Self::Available),
            (VolumesUntil::Detached, _) => Ok(Self::Detached),
            (VolumesUntil::Attached, Some(instance_id)) => Ok(Self::AttachedTo(instance_id)),
            (VolumesUntil::Attached, None) => Err(StepError::refused(
                ErrorName::InvalidInput,
                "awaited.instanceId: required for volumes until `attached`",
            )),
        }
    }
}

/// Looks at volumes.
///
/// By filter rather than by id: an answer to ids of which one is gone is an error that leaves
/// out all others.
pub(crate) async fn look_at(
    ec2: &Client,
    look: Look<'_>,
    ids: &[String],
    until: Until<'_>,
) -> Result<Vec<Seen>, StepError> {
    let mut found: Vec<Volume> = Vec::new();
    for ids in ids.chunks(VALUES_PER_FILTER) {
        let filter = Filter::builder().name("volume-id").set_values(Some(ids.to_vec())).build();
        let pages = ec2.describe_volumes().filters(filter).into_paginator().items().send();
        let volumes = pages
            .try_collect()
            .await
            .during("ec2:DescribeVolumes")
            .map_err(|error| error.by(look.session, &ids.join(", ")))?;
        found.extend(volumes);
    }
    Ok(ids
        .iter()
        .map(|id| see(id, found.iter().find(|volume| volume.volume_id() == Some(id)), until, look))
        .collect())
}

fn see(id: &str, volume: Option<&Volume>, until: Until<'_>, look: Look<'_>) -> Seen {
    let what = format!("volume {id}");
    let Some(volume) = volume else {
        return match until {
            Until::Detached => Seen::new(what, "gone", Availability::Ready),
            Until::Available | Until::AttachedTo(_) => {
                let why = || keys::of_vanished_volume(look.session, look.keys);
                Seen::absent(what, look.is_settled(), why).for_want_of_a_key()
            }
        };
    };
    let state = volume.state().map_or("creating", VolumeState::as_str);
    match until {
        Until::Available => Seen::new(what, state, Availability::of_volume(state))
            .evidence(|reason| (reason == "error").then(|| keys::of_volume_in_error(look.keys))),
        Until::Detached if matches!(state, "deleting" | "deleted") => {
            Seen::new(what, state, Availability::Ready)
        }
        Until::Detached => Seen::new(what, state, Availability::of_detached_volume(state)),
        Until::AttachedTo(instance_id) => {
            let attachment = attachment(volume, instance_id);
            let availability = Availability::of_attached_volume(state, attachment);
            Seen::new(what, attachment.unwrap_or(state), availability)
        }
    }
}

/// The state of the volume's attachment to the instance.
fn attachment<'a>(volume: &'a Volume, instance_id: &str) -> Option<&'a str> {
    let attachment =
        volume.attachments().iter().find(|one| one.instance_id() == Some(instance_id))?;
    attachment.state().map(VolumeAttachmentState::as_str)
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::error::ErrorMetadata;
    use aws_sdk_ec2::operation::describe_volumes::{DescribeVolumesError, DescribeVolumesOutput};
    use aws_sdk_ec2::types::VolumeAttachment;
    use aws_smithy_mocks::{RuleMode, mock, mock_client};

    use super::*;
    use crate::look::conclude;
    use crate::look::tests::{after, both_keys, session};

    const READY: Availability = Availability::Ready;
    const PENDING: Availability = Availability::Pending { percent: None };

    fn volume(id: &str, state: &str) -> Volume {
        Volume::builder().volume_id(id).state(state.into()).build()
    }

    fn attached(instance: &str, state: &str) -> Volume {
        let attachment =
            VolumeAttachment::builder().instance_id(instance).state(state.into()).build();
        Volume::builder()
            .volume_id("vol-1")
            .state(VolumeState::InUse)
            .attachments(attachment)
            .build()
    }

    #[test]
    fn a_volume_means_what_it_is_waited_for() {
        let session = session();
        let failed = |reason: &str| Availability::Failed { reason: reason.to_owned() };
        let to_instance = Until::AttachedTo("i-1");
        for (volume, until, availability) in [
            (Some(volume("vol-1", "creating")), Until::Available, PENDING),
            (Some(volume("vol-1", "available")), Until::Available, READY),
            (Some(attached("i-1", "attaching")), to_instance, PENDING),
            (Some(attached("i-1", "attached")), to_instance, READY),
            (Some(attached("i-2", "attached")), to_instance, PENDING),
            (Some(volume("vol-1", "available")), to_instance, PENDING),
            (Some(volume("vol-1", "deleting")), to_instance, failed("deleting")),
            (Some(attached("i-1", "detaching")), Until::Detached, PENDING),
            (Some(volume("vol-1", "available")), Until::Detached, READY),
            (Some(volume("vol-1", "deleting")), Until::Detached, READY),
            (None, Until::Detached, READY),
            (None, Until::Available, PENDING),
            (None, to_instance, PENDING),
        ] {
            let seen = see("vol-1", volume.as_ref(), until, after(60, &session));
            assert_eq!(seen.availability, availability, "{volume:?} until {until:?}");
        }
    }

    #[test]
    fn a_volume_that_vanishes_blames_the_key() {
        let seen = see("vol-1", None, Until::Available, after(120, &session()));

        let Availability::Failed { reason } = seen.availability else { panic!("{seen:?}") };
        assert!(reason.contains("EBS most likely could not use its key"), "{reason}");
        assert!(reason.contains("role/restore-target needs kms:DescribeKey"), "{reason}");
    }

    #[test]
    fn a_volume_in_error_has_failed_and_says_where_to_look() {
        let (session, keys) = (session(), both_keys());
        let look = Look { keys: &keys, ..after(60, &session) };

        let seen = see("vol-1", Some(&volume("vol-1", "error")), Until::Available, look);

        let error = conclude(&[seen], look).unwrap_err();
        assert_eq!(error.name(), ErrorName::ResourceFailed);
        for part in ["volume vol-1: error; its hardware", keys[0].as_str(), keys[1].as_str()] {
            assert!(error.to_string().contains(part), "{error}");
        }
    }

    #[test]
    fn volumes_cannot_be_attached_to_nothing() {
        let error = Until::of(VolumesUntil::Attached, None).unwrap_err();

        assert_eq!(error.name(), ErrorName::InvalidInput);
    }

    #[tokio::test]
    async fn one_volume_that_is_gone_does_not_hide_the_others() {
        let describe = mock!(Client::describe_volumes)
            .match_requests(|input| {
                input.filters()[0].name() == Some("volume-id")
                    && input.filters()[0].values() == ["vol-1", "vol-2"]
            })
            .then_output(|| {
                DescribeVolumesOutput::builder().volumes(volume("vol-2", "available")).build()
            });
        let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, [&describe]);
        let ids = ["vol-1".to_owned(), "vol-2".to_owned()];

        let seen = look_at(&ec2, after(5, &session()), &ids, Until::Available).await.unwrap();

        assert_eq!(seen[0].availability, PENDING);
        assert_eq!(seen[1].availability, READY);
        assert_eq!(describe.num_calls(), 1);
    }

    #[tokio::test]
    async fn no_volumes_are_never_asked_for_since_aws_would_answer_with_all() {
        let describe = mock!(Client::describe_volumes)
            .then_output(|| DescribeVolumesOutput::builder().build());
        let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, [&describe]);

        let seen = look_at(&ec2, after(5, &session()), &[], Until::Detached).await.unwrap();

        assert_eq!(seen, []);
        assert_eq!(describe.num_calls(), 0);
    }

    #[tokio::test]
    async fn a_refused_look_names_the_role_and_the_volumes() {
        let describe = mock!(Client::describe_volumes).then_error(|| {
            let metadata = ErrorMetadata::builder().code("UnauthorizedOperation").message("no");
            DescribeVolumesError::generic(metadata.build())
        });
        let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, [&describe]);
        let ids = ["vol-1".to_owned()];

        let error = look_at(&ec2, after(5, &session()), &ids, Until::Available).await.unwrap_err();

        assert_eq!(error.name(), ErrorName::AccessDenied);
        assert!(error.to_string().contains("vol-1"), "{error}");
        assert!(error.to_string().contains("role/restore-target"), "{error}");
    }
}
