//! How far volumes have loaded their data.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{InitializationStatusDetails, VolumeStatusItem, VolumeStatusName};
use step::{CallContext as _, StepError};

use crate::decide::Initialisation;

/// How long into the clean-up AWS may take to tell of a volume that was there before it.
const TOLD_SECONDS: u32 = 300;

/// How far the volumes `ids` are initialised.
///
/// A volume can be used while its data is still being fetched from its snapshot. AWS tells how
/// far it is for volumes that are made from snapshots, and "it can take up to 5 minutes for the
/// volume initialization information to be updated"
/// (BC:ec2.VolumeStatusItem.InitializationStatusDetails). Of one that it does not tell of after
/// that, nothing is known: its status is `ok` meanwhile, which speaks of the volume's host and not
/// of its data (BC:ec2.DescribeVolumeStatus).
pub(crate) async fn initialisation(
    ec2: &Client,
    ids: &[String],
    elapsed_seconds: u32,
) -> Result<Initialisation, StepError> {
    if ids.is_empty() {
        // An empty list asks for every volume of the account.
        return Ok(Initialisation::Done);
    }
    let describe = ec2.describe_volume_status().set_volume_ids(Some(ids.to_vec()));
    let pages = describe.into_paginator().items().send();
    let statuses: Vec<VolumeStatusItem> =
        pages.try_collect().await.during("ec2:DescribeVolumeStatus")?;
    Ok(told(ids, &statuses, elapsed_seconds))
}

/// What `statuses` tell of the volumes `ids`, `elapsed_seconds` into the clean-up.
fn told(ids: &[String], statuses: &[VolumeStatusItem], elapsed_seconds: u32) -> Initialisation {
    let of =
        |id: &str| statuses.iter().find(|status| status.volume_id() == Some(id)).and_then(percent);
    let least = ids.iter().filter_map(|id| of(id)).min();
    let untold: Vec<&str> = ids.iter().map(String::as_str).filter(|id| of(id).is_none()).collect();
    match least {
        _ if !untold.is_empty() && elapsed_seconds < TOLD_SECONDS => {
            Initialisation::Underway { percent: 0 }
        }
        Some(percent) if percent < 100 => Initialisation::Underway { percent },
        _ if untold.is_empty() => Initialisation::Done,
        _ => Initialisation::Unknown(format!("EC2 does not tell of {}", untold.join(", "))),
    }
}

/// How far a volume is: by its progress, or else by the state of its initialisation, which is
/// `initializing` or `completed` (EBS/ebs-initialize-monitor).
fn percent(status: &VolumeStatusItem) -> Option<u8> {
    let told = status.initialization_status_details();
    if let Some(progress) = told.and_then(InitializationStatusDetails::progress) {
        return u8::try_from(progress).ok();
    }
    let details = status.volume_status()?.details();
    let state =
        details.iter().find(|one| one.name() == Some(&VolumeStatusName::InitializationState));
    (state?.status() == Some("completed")).then_some(100)
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::{VolumeStatusDetails, VolumeStatusInfo, VolumeStatusInfoStatus};

    use super::*;

    /// A volume whose checks pass, with a progress and a state of its initialisation.
    fn status(id: &str, progress: Option<i64>, state: Option<&str>) -> VolumeStatusItem {
        let state = state.map(|state| {
            let name = VolumeStatusName::InitializationState;
            VolumeStatusDetails::builder().name(name).status(state).build()
        });
        let passed = VolumeStatusDetails::builder().name(VolumeStatusName::IoEnabled);
        let details = [Some(passed.status("passed").build()), state];
        let info = VolumeStatusInfo::builder()
            .status(VolumeStatusInfoStatus::Ok)
            .set_details(Some(details.into_iter().flatten().collect()));
        let told = progress
            .map(|progress| InitializationStatusDetails::builder().progress(progress).build());
        VolumeStatusItem::builder()
            .volume_id(id)
            .volume_status(info.build())
            .set_initialization_status_details(told)
            .build()
    }

    #[test]
    fn a_volume_is_initialised_once_ec2_says_so_and_not_before() {
        let underway = |percent| Initialisation::Underway { percent };
        let unknown = |ids: &str| Initialisation::Unknown(format!("EC2 does not tell of {ids}"));
        let all = status("vol-1", Some(100), None);
        for (other, early, late) in [
            (status("vol-2", Some(100), None), Initialisation::Done, Initialisation::Done),
            (status("vol-2", Some(40), None), underway(40), underway(40)),
            (status("vol-2", Some(0), None), underway(0), underway(0)),
            (status("vol-2", None, Some("completed")), Initialisation::Done, Initialisation::Done),
            // Its progress is the word of the two.
            (status("vol-2", Some(99), Some("completed")), underway(99), underway(99)),
            (status("vol-2", None, Some("initializing")), underway(0), unknown("vol-2")),
            // `ok`, and nothing else.
            (status("vol-2", None, None), underway(0), unknown("vol-2")),
            (status("vol-2", Some(-1), None), underway(0), unknown("vol-2")),
            (status("vol-another", Some(100), None), underway(0), unknown("vol-2")),
        ] {
            let ids = ["vol-1".to_owned(), "vol-2".to_owned()];
            let statuses = [all.clone(), other];
            assert_eq!(told(&ids, &statuses, TOLD_SECONDS - 1), early, "{statuses:?}");
            assert_eq!(told(&ids, &statuses, TOLD_SECONDS), late, "{statuses:?}");
        }
    }

    #[test]
    fn volumes_that_are_told_of_are_waited_for_beside_others_that_are_not() {
        let ids = ["vol-1".to_owned(), "vol-2".to_owned(), "vol-3".to_owned()];
        let statuses = [status("vol-1", Some(70), None), status("vol-2", None, None)];

        let told = told(&ids, &statuses, TOLD_SECONDS);

        assert_eq!(told, Initialisation::Underway { percent: 70 });
    }
}
