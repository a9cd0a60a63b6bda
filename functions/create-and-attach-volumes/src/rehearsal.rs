//! The four actions one after the other, as the state machine runs them; and again, cut off at
//! every call that changes something, before it or after it.

mod properties;
mod stand_in;

use restore::tag::{self, Made};
use serde_json::{Value, json};
use step::StepError;

use crate::example::{DATA, ROOT, action_of, request_of};
use crate::{act, volumes};
use stand_in::{CutOff, Ec2, StandIn};

const ACTIONS: [&str; 4] = ["create", "detachPlaceholder", "attach", "finish"];

async fn run(stand_in: &StandIn, action: &str, launch: &Value) -> Result<(), StepError> {
    act(&stand_in.client(), &request_of(&action_of(action), launch)).await.map(|_| ())
}

async fn run_all(stand_in: &StandIn, launch: &Value) -> Result<(), StepError> {
    for action in ACTIONS {
        run(stand_in, action, launch).await?;
    }
    Ok(())
}

/// The end state, whatever happened on the way.
fn assert_restored(ec2: &Ec2, how: &str) {
    let mut devices: Vec<_> = ec2.devices();
    devices.sort_unstable();
    let (root, data) = (ec2.volume_for(ROOT), ec2.volume_for(DATA));
    assert_eq!(devices, [(DATA.to_owned(), data, false), (ROOT.to_owned(), root, true)], "{how}");
    assert_eq!(ec2.volumes.len(), 2, "{how}: the placeholder is gone, and nothing doubled");
    assert_eq!(ec2.made, 2, "{how}");
    assert_eq!(ec2.user_data.as_deref(), Some("#!/bin/sh"), "{how}");
    assert_eq!(ec2.groups(), ["sg-0123456789abcdef0"], "{how}");
    assert_eq!(ec2.sealed_group, None, "{how}");
    assert_eq!(ec2.profiles, ["orders"], "{how}");
    assert_eq!(ec2.state(), "running", "{how}");
    let step = volumes::tag(ec2.instance.tags(), tag::STEP);
    assert_eq!(step, Some(Made::RestoredInstance.name()), "{how}");
}

#[tokio::test]
async fn the_restored_volumes_take_the_place_of_the_placeholder() {
    let stand_in = StandIn::default();

    run_all(&stand_in, &json!({})).await.unwrap();

    assert_restored(&stand_in.ec2(), "at once");
}

#[tokio::test]
async fn a_second_run_changes_nothing() {
    let stand_in = StandIn::default();
    run_all(&stand_in, &json!({})).await.unwrap();
    let changes = stand_in.ec2().changes;

    run_all(&stand_in, &json!({})).await.unwrap();

    assert_eq!(stand_in.ec2().changes, changes);
    assert_restored(&stand_in.ec2(), "twice");
}

#[tokio::test]
async fn without_groups_and_start_it_ends_stopped_in_the_default_group() {
    let stand_in = StandIn::default();
    let launch = json!({
        "securityGroupIds": [], "start": false, "userData": null, "iamInstanceProfile": null,
    });

    run_all(&stand_in, &launch).await.unwrap();

    let ec2 = stand_in.ec2();
    assert_eq!((ec2.groups(), ec2.state()), (vec!["sg-default".to_owned()], "stopped"));
    assert_eq!((ec2.user_data.clone(), ec2.profiles.len()), (None, 0));
    assert_eq!(ec2.sealed_group, None);
}

/// Runs until nothing cuts it off, from the beginning or from the action that was cut off, and
/// answers whether it was cut off at all.
async fn run_with(stand_in: &StandIn, anew: bool) -> bool {
    if !anew {
        let mut was_cut_off = false;
        for action in ACTIONS {
            while run(stand_in, action, &json!({})).await.is_err() {
                was_cut_off = true;
            }
        }
        return was_cut_off;
    }
    let was_cut_off = run_all(stand_in, &json!({})).await.is_err();
    if was_cut_off {
        // The next execution stops the instance first, unless it is restored.
        stand_in.stop();
        run_all(stand_in, &json!({})).await.unwrap();
    }
    was_cut_off
}

#[tokio::test]
async fn a_run_cut_off_anywhere_is_completed_by_the_next() {
    for anew in [false, true] {
        for answer_lost in [false, true] {
            let mut cuts = 0;
            loop {
                let stand_in = StandIn::default();
                stand_in.ec2().cut_off = Some(CutOff { at: cuts, answer_lost });
                if !run_with(&stand_in, anew).await {
                    break;
                }
                let how = format!("cut off at call {cuts}, answer lost: {answer_lost}, {anew}");
                assert_restored(&stand_in.ec2(), &how);
                cuts += 1;
            }
            // Two volumes made, one detached, two attached; devices, user data and groups set; the
            // placeholder and the sealed group deleted; profile, start and tag.
            assert_eq!(cuts, 13);
        }
    }
}
