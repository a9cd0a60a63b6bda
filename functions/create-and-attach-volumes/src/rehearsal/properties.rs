//! What holds of every instance that is put together, cut off on the way or not.

use proptest::option;
use proptest::prelude::*;
use tokio::runtime::Builder;

use super::*;

/// How often a run is begun at most: it is cut off once.
const RUNS: usize = 2;

/// What an instance may be asked to be, beside what it is in the other tests.
fn launches() -> impl Strategy<Value = Value> {
    let volume = any::<(bool, bool)>();
    let volumes = (any::<bool>(), prop::collection::vec(volume, 0..5));
    let settings = any::<(bool, bool, bool, bool)>();
    (volumes, settings).prop_map(|((root_goes, data), (grouped, start, told, profiled))| {
        let root = json!({
            "source": "snap-0a0a0a0a", "deviceName": ROOT, "root": true,
            "deleteOnTermination": root_goes,
        });
        // One snapshot can become several volumes.
        let data = data.into_iter().zip('f'..).map(|((of_root, goes), letter)| {
            json!({
                "source": if of_root { "snap-0a0a0a0a" } else { "snap-0b0b0b0b" },
                "deviceName": format!("/dev/sd{letter}"), "root": false,
                "deleteOnTermination": goes,
            })
        });
        json!({
            "volumes": data.chain([root]).collect::<Vec<_>>(),
            "securityGroupIds": if grouped { vec!["sg-0123456789abcdef0"] } else { vec![] },
            "start": start,
            "userData": told.then_some("#!/bin/sh"),
            "iamInstanceProfile": profiled.then_some("orders"),
        })
    })
}

/// Every device with its volume and whether that goes with the instance, as the launch has it.
fn asked(launch: &Value, ec2: &Ec2) -> Vec<(String, String, bool)> {
    let volumes = launch["volumes"].as_array().unwrap();
    let mut asked: Vec<_> = volumes
        .iter()
        .map(|volume| {
            let device = volume["deviceName"].as_str().unwrap();
            let goes = volume["deleteOnTermination"].as_bool().unwrap();
            (device.to_owned(), ec2.volume_for(device), goes)
        })
        .collect();
    asked.sort_unstable();
    asked
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn it_is_all_that_was_asked_for_once_and_a_further_run_changes_nothing(
        launch in launches(),
        cut_off in option::of((0..24_usize, any::<bool>())),
    ) {
        let stand_in = StandIn::default();
        stand_in.ec2().cut_off = cut_off.map(|(at, answer_lost)| CutOff { at, answer_lost });
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let run = || runtime.block_on(run_all(&stand_in, &launch));

        let mut runs = 1;
        while run().is_err() {
            prop_assert!(runs < RUNS, "not done after {} runs", runs);
            stand_in.stop();
            runs += 1;
        }
        let changes = stand_in.ec2().changes;
        run().unwrap();

        let ec2 = stand_in.ec2();
        prop_assert_eq!(ec2.changes, changes);
        let mut devices = ec2.devices();
        devices.sort_unstable();
        prop_assert_eq!(&devices, &asked(&launch, &ec2));
        prop_assert_eq!((ec2.made, ec2.volumes.len()), (devices.len(), devices.len()));
        let started = launch["start"].as_bool().unwrap();
        prop_assert_eq!(ec2.state(), if started { "running" } else { "stopped" });
        prop_assert_eq!(ec2.user_data.as_deref(), launch["userData"].as_str());
        prop_assert_eq!(ec2.profiles.first().map(String::as_str), launch["iamInstanceProfile"].as_str());
        let group = launch["securityGroupIds"][0].as_str().unwrap_or("sg-default");
        prop_assert_eq!(ec2.groups(), [group]);
        prop_assert_eq!(ec2.sealed_group, None);
    }
}
