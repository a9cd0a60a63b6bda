use super::*;
use crate::example::{DATA_SOURCE, ROOT_SOURCE, available, request, volume};

#[test]
fn the_oldest_usable_volume_for_the_device_is_gone_on_with() {
    let launch = request("create").launch;
    let data = &launch.volumes[0];
    let aged = |id: &str, seconds: i64, state: VolumeState| {
        let mut volume = volume(id, Made::Volume, DATA_SOURCE, state);
        volume.create_time = Some(DateTime::from_secs(seconds));
        volume
    };
    let lost = || aged("vol-lost", 10, VolumeState::Error);
    let going = || aged("vol-going", 20, VolumeState::Deleting);
    let old = || aged("vol-old", 30, VolumeState::Creating);
    let new = || aged("vol-new", 40, VolumeState::InUse);
    let other = || available("vol-root", ROOT_SOURCE);

    for (found, adopted, made) in [
        (vec![], None, 0),
        (vec![other()], None, 0),
        (vec![lost(), going()], None, 2),
        (vec![lost(), other(), new(), old()], Some("vol-old"), 3),
    ] {
        assert_eq!(adopt(data, &found).and_then(Volume::volume_id), adopted);
        assert_eq!(made_for(data, &found).count(), made);
    }
}
