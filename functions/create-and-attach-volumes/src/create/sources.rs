//! Whether what an earlier run has made is of the snapshots that are asked for.

use aws_sdk_ec2::types::{Instance, Volume};
use restore::plan::{Launch, VolumePlan};
use restore::tag::{self, Made};
use step::{ErrorName, StepError};

use crate::{instance, volumes};

/// An earlier run under this id may have been asked for other snapshots. To go on with its instance
/// would end with the data of those, told as that of these.
///
/// What has no volume where one is asked for is refused of an instance that is whole alone: it gets no
/// more. A finished instance is its owner's, whatever it was made from.
pub(super) fn refuse_others(
    launch: &Launch,
    instance: &Instance,
    found: &[Volume],
) -> Result<(), StepError> {
    let attached = || found.iter().filter(|volume| is_attached(volume, instance));
    // The marks of the instance and its volumes are set by one call, and may be seen one by one.
    let is_finished = |volume: &Volume| is_made(volume, Made::Finished);
    if instance::is_finished(instance) || attached().any(is_finished) {
        return Ok(());
    }
    for volume in attached() {
        let of_any = |plan: &VolumePlan| {
            volumes::made_for(plan, std::slice::from_ref(volume)).next().is_some()
        };
        if !launch.volumes.iter().any(of_any) {
            return Err(refused(&of_another(launch, volume)));
        }
    }
    let is_usable = |volume: &Volume| !volumes::is_lost(volume.state());
    let without = launch.volumes.iter().find(|plan| {
        instance::device(instance, &plan.device_name).is_none()
            && !volumes::made_for(plan, found).any(is_usable)
    });
    match without.filter(|_| instance::is_restored(instance)) {
        Some(plan) => Err(refused(&format!(
            "an earlier run of this restore made the instance whole without a volume from {} as {}",
            plan.source, plan.device_name
        ))),
        None => Ok(()),
    }
}

fn is_attached(volume: &Volume, instance: &Instance) -> bool {
    !volumes::is_lost(volume.state())
        && volumes::attachment(volume).is_some_and(|it| {
            it.instance_id().is_some() && it.instance_id() == instance.instance_id()
        })
}

fn is_made(volume: &Volume, made: Made) -> bool {
    volumes::tag(volume.tags(), tag::STEP) == Some(made.name())
}

/// What `volume` was made from, and what is asked for in its place.
fn of_another(launch: &Launch, volume: &Volume) -> String {
    let id = volume.volume_id().unwrap_or_default();
    let source = volumes::tag(volume.tags(), tag::SOURCE).unwrap_or_default();
    let Some((snapshot, device)) = tag::of_volume(source) else {
        return format!(
            "{id}: its tag {} does not tell what an earlier run made it from",
            tag::SOURCE
        );
    };
    let asked = launch.volumes.iter().find(|plan| plan.device_name == device);
    let instead = asked.map_or("no volume is asked for there".to_owned(), |plan| {
        format!("not from {}", plan.source)
    });
    format!("{id}: an earlier run of this restore made it from {snapshot} as {device}, {instead}")
}

fn refused(why: &str) -> StepError {
    let message = format!(
        "{why}: start once more with options.onFailure `cleanUp`, which removes what that run made as \
         that start fails, then again; or give another restoreId"
    );
    StepError::refused(ErrorName::AlreadyExists, message)
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::{InstanceStateName, VolumeAttachmentState, VolumeState};

    use super::*;
    use crate::example::{
        DATA, DATA_SOURCE, INSTANCE, ROOT, ROOT_SOURCE, attached, available, request, volume,
    };

    const OTHER_DATA: &str = "snap-0c0c0c0c:/dev/sdf";

    fn instance(made: Made, devices: &[(&str, &str)]) -> Instance {
        crate::example::instance("orders", made, InstanceStateName::Stopped, devices)
    }

    fn in_place(made: Made, id: &str, source: &str) -> Volume {
        let (_, device) = tag::of_volume(source).unwrap();
        let made = volume(id, made, source, VolumeState::InUse);
        attached(made, INSTANCE, device, VolumeAttachmentState::Attached)
    }

    fn told(instance: &Instance, found: &[Volume]) -> Result<(), String> {
        let launch = request("create").launch;
        refuse_others(&launch, instance, found).map_err(|error| {
            assert_eq!(error.name(), ErrorName::AlreadyExists);
            error.to_string()
        })
    }

    #[test]
    fn a_volume_of_another_snapshot_is_refused_and_both_are_named() {
        for made in [Made::Instance, Made::RestoredInstance] {
            let devices = [(ROOT, "vol-root"), (DATA, "vol-data")];
            let root = || in_place(Made::Volume, "vol-root", ROOT_SOURCE);
            let data = |source| in_place(Made::Volume, "vol-data", source);

            assert_eq!(told(&instance(made, &devices), &[root(), data(DATA_SOURCE)]), Ok(()));
            let told_of = told(&instance(made, &devices), &[root(), data(OTHER_DATA)]).unwrap_err();
            assert!(
                told_of.contains(
                    "vol-data: an earlier run of this restore made it from snap-0c0c0c0c as \
                     /dev/sdf, not from snap-0b0b0b0b: start once more with options.onFailure"
                ),
                "{told_of}"
            );
        }
    }

    #[test]
    fn a_volume_that_is_not_asked_for_is_refused() {
        let more = in_place(Made::Volume, "vol-more", "snap-0c0c0c0c:/dev/sdg");

        let told_of = told(&instance(Made::Instance, &[]), &[more]).unwrap_err();

        assert!(told_of.contains("snap-0c0c0c0c as /dev/sdg, no volume is asked for there"));
    }

    #[test]
    fn only_a_whole_instance_lacks_a_volume_for_good() {
        let root = || vec![in_place(Made::Volume, "vol-root", ROOT_SOURCE)];
        let with_root = |made| instance(made, &[(ROOT, "vol-root")]);

        assert_eq!(told(&with_root(Made::Instance), &root()), Ok(()));
        let told_of = told(&with_root(Made::RestoredInstance), &root()).unwrap_err();
        assert!(told_of.contains("without a volume from snap-0b0b0b0b as /dev/sdf"), "{told_of}");
        // Its owner may have detached it, and another may be in its place, or not be listed yet.
        let both = [root(), vec![available("vol-data", DATA_SOURCE)]].concat();
        assert_eq!(told(&with_root(Made::RestoredInstance), &both), Ok(()));
        let exchanged = instance(Made::RestoredInstance, &[(ROOT, "vol-root"), (DATA, "vol-own")]);
        assert_eq!(told(&exchanged, &root()), Ok(()));
    }

    #[test]
    fn what_is_not_attached_to_the_instance_or_lost_is_in_nobodys_way() {
        let loose = available("vol-loose", OTHER_DATA);
        let mut lost = in_place(Made::Volume, "vol-lost", OTHER_DATA);
        lost.state = Some(VolumeState::Error);
        let elsewhere = volume("vol-elsewhere", Made::Volume, OTHER_DATA, VolumeState::InUse);
        let elsewhere = attached(elsewhere, "i-other", DATA, VolumeAttachmentState::Attached);

        assert_eq!(told(&instance(Made::Instance, &[]), &[loose, lost, elsewhere]), Ok(()));
    }

    #[test]
    fn a_finished_instance_is_its_owners_whatever_it_was_made_from() {
        let other = |made| [in_place(made, "vol-data", OTHER_DATA)];

        assert_eq!(told(&instance(Made::Finished, &[]), &other(Made::Volume)), Ok(()));
        assert_eq!(told(&instance(Made::RestoredInstance, &[]), &other(Made::Finished)), Ok(()));
    }
}
