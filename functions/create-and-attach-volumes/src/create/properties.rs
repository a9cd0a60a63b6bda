//! What holds of the volumes that are made, whatever of them is lost on the way.

use std::collections::BTreeSet;

use aws_sdk_ec2::types::VolumeState;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::Action;
use crate::example::{DATA_SOURCE, ROOT_SOURCE, request, volume};

/// A volume that is there already: of this restore, for a device of it or another, usable or not.
fn left() -> impl Strategy<Value = Volume> {
    let source = select(vec![DATA_SOURCE, ROOT_SOURCE, "snap-0b0b0b0b:/dev/sdg"]);
    let state = select(vec![
        VolumeState::Creating,
        VolumeState::Available,
        VolumeState::InUse,
        VolumeState::Deleting,
        VolumeState::Deleted,
        VolumeState::Error,
    ]);
    (0..1000_u32, source, state).prop_map(|(id, source, state)| {
        volume(&format!("vol-left-{id}"), Made::Volume, source, state)
    })
}

/// One run, to which AWS lists all that is `there`: the volumes that it comes to. What it makes is
/// there from then on, by a token that no other has been made by.
fn run(request: &Request, there: &mut Vec<Volume>, tokens: &mut BTreeSet<String>) -> Vec<String> {
    let Action::Create { snapshots } = &request.action else { panic!("no path") };
    let mut volumes = Vec::new();
    for asked in &request.launch.volumes {
        let made = match plan(&request.launch, asked, there, snapshots).unwrap() {
            Plan::Adopt(found) => {
                volumes.push(found.volume_id().unwrap().to_owned());
                continue;
            }
            Plan::Create { snapshot, attempt } => input(request, asked, &snapshot.current, attempt),
        };
        let token = made.get_client_token().clone().unwrap();
        let id = format!("vol-{}", &token[..17]);
        assert!(tokens.insert(token), "{id} is made by a token that is burnt");
        let source = tag::volume_source(&asked.source, &asked.device_name);
        there.push(volume(&id, Made::Volume, &source, VolumeState::Creating));
        volumes.push(id);
    }
    volumes
}

proptest! {
    #[test]
    fn a_second_run_makes_only_what_was_lost_and_a_third_nothing(
        mut there in prop::collection::vec(left(), 0..6),
        lost in prop::collection::vec(any::<bool>(), 2),
    ) {
        let (request, mut tokens) = (request("create"), BTreeSet::new());
        let first = run(&request, &mut there, &mut tokens);
        let lost: Vec<&String> =
            first.iter().zip(lost).filter(|(_, lost)| *lost).map(|(id, _)| id).collect();
        for volume in &mut there {
            if lost.iter().any(|id| Some(id.as_str()) == volume.volume_id()) {
                volume.state = Some(VolumeState::Error);
            }
        }

        let second = run(&request, &mut there, &mut tokens);
        let made = there.len();
        let third = run(&request, &mut there, &mut tokens);

        for (before, after) in first.iter().zip(&second) {
            prop_assert_eq!(before == after, !lost.contains(&before), "{} and {}", before, after);
        }
        prop_assert_eq!(there.len(), made);
        prop_assert_eq!(third, second);
    }
}
