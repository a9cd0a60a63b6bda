//! Requests that nothing is wrong with, of every flow, that ask for much or little.

use proptest::option;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::Flow;
use crate::request::examples::{
    SOURCE_ACCOUNT, SOURCE_REGION, TARGET_ACCOUNT, changed, key_arn, of_flow,
};

/// A request that nothing is wrong with, and that asks for much or little.
pub(crate) fn good() -> impl Strategy<Value = Value> {
    let flow = prop::sample::select(Flow::ALL.to_vec());
    let how = (option::of(options()), restore_id(), any::<bool>());
    (flow, ec2(), rds(), access(), how).prop_map(
        |(flow, ec2, rds, access, (options, restore_id, is_drill))| {
            let asked = if flow.name().starts_with("ec2") { ec2 } else { rds };
            let request = changed(of_flow(flow), &asked);
            let request = changed(request, &json!({ "options": options, "restoreId": restore_id }));
            let request = changed(request, &access.of(flow));
            if is_drill { changed(request, &drill()) } else { request }
        },
    )
}

/// The keys on the way, who is let use them, and what the roles' trust policies ask for.
#[derive(Debug)]
struct Access {
    staging_key: Option<String>,
    intermediate_key: Option<String>,
    grants: bool,
    external_ids: [Option<String>; 2],
}

fn access() -> impl Strategy<Value = Access> {
    let key = |account, number| {
        let named = prop_oneof![
            Just(key_arn(SOURCE_REGION, account, number)),
            Just("alias/restore/on-the-way".to_owned()),
        ];
        option::of(named)
    };
    let external_id = || option::of(any::<String>());
    let keys = (key(SOURCE_ACCOUNT, 0x12), key(TARGET_ACCOUNT, 0x13));
    (keys, any::<bool>(), [external_id(), external_id()]).prop_map(
        |((staging_key, intermediate_key), grants, external_ids)| Access {
            staging_key,
            intermediate_key,
            grants,
            external_ids,
        },
    )
}

impl Access {
    /// What of it goes with `flow`.
    fn of(self, flow: Flow) -> Value {
        let Self { staging_key, intermediate_key, grants, external_ids: [source, target] } = self;
        let crosses = flow.crosses_accounts();
        let takes_two_hops = flow == Flow::RdsCrossAccountCrossRegion;
        json!({
            "source": {
                "stagingKmsKeyId": staging_key,
                "grantKeyAccess": grants && crosses,
                "externalId": source.filter(|_| crosses),
            },
            "target": {
                "intermediateKmsKeyId": intermediate_key.filter(|_| takes_two_hops),
                "externalId": target,
            },
        })
    }
}

/// A drill in a network for either service; it leaves nothing behind.
fn drill() -> Value {
    json!({
        "mode": "drill",
        "drill": { "network": {
            "subnetId": "subnet-0d0d0d0d", "securityGroupIds": ["sg-0d0d0d0d"],
            "dbSubnetGroupName": "drills", "vpcSecurityGroupIds": ["sg-0e0e0e0e"],
        } },
        "options": { "keepCopies": false, "onFailure": "cleanUp" },
    })
}

fn restore_id() -> impl Strategy<Value = Option<String>> {
    option::of("[a-z](-?[a-z0-9]){0,19}[a-z0-9]{0,1}")
}

fn options() -> impl Strategy<Value = Value> {
    (option::of(any::<bool>()), any::<bool>(), 1..=672_u16).prop_map(|(dry_run, keep, quarters)| {
        let given = json!({
            "keepCopies": keep,
            "onFailure": if keep { "keep" } else { "cleanUp" },
            "timeoutHours": f64::from(quarters) / 4.0,
        });
        changed(given, &json!({ "dryRun": dry_run }))
    })
}

fn tags(values: impl Strategy<Value = String>) -> impl Strategy<Value = Value> {
    prop::collection::btree_map("[A-Za-z]{1,8}", values, 0..3).prop_map(|tags| json!(tags))
}

fn network_map() -> impl Strategy<Value = Value> {
    prop::collection::btree_map("[a-z]{1,8}", "[a-z]{1,8}", 0..3)
        .prop_map(|names| json!({ "keyNames": names, "dbSubnetGroups": names }))
}

fn ec2() -> impl Strategy<Value = Value> {
    let figures = (1..64_i32, option::of(3000..16_000_i32));
    // Two volumes may come from one snapshot.
    let volume = (figures, 0..4_u8, option::of(any::<bool>())).prop_map(
        |((size, iops), snapshot, delete_on_termination)| {
            // As many as its size allows.
            let iops = iops.map(|iops| iops.min((500 * size).max(3000)));
            json!({
                "snapshotId": format!("snap-0a0a0a0{snapshot}"),
                "size": size, "volumeType": "gp3",
                "iops": iops, "deleteOnTermination": delete_on_termination,
            })
        },
    );
    let found = option::of((0..4_000_000_000_i64, 0..1_000_000_000_i32));
    let asked = (option::of(tags(any::<String>())), option::of(network_map()), any::<bool>());
    (prop::collection::vec(volume, 1..5), found, asked).prop_map(
        |(volumes, found, (tags, network_map, start))| {
            let volumes: Vec<Value> = volumes
                .into_iter()
                .zip('f'..)
                .map(|(volume, letter)| {
                    let named = json!({
                        "root": letter == 'f', "deviceName": format!("/dev/sd{letter}"),
                    });
                    changed(named, &volume)
                })
                .collect();
            let source = match found {
                None => json!({ "volumes": volumes }),
                Some((second, nanosecond)) => {
                    let at = jiff::Timestamp::new(second, nanosecond).unwrap();
                    json!({ "volumes": null, "instanceId": "i-0a0a0a0a", "at": at.to_string() })
                }
            };
            json!({
                "source": { "ec2": source },
                "target": {
                    "networkMap": network_map,
                    "ec2": { "tags": tags, "start": start },
                },
            })
        },
    )
}

fn rds() -> impl Strategy<Value = Value> {
    let names = (option::of(tags("[\\p{L}\\p{Nd} _./=+@-]{0,20}")), option::of("[a-z]{1,10}"));
    (any::<bool>(), option::of(1150..=u16::MAX), option::of(any::<bool>()), names).prop_map(
        |(latest, port, public, (tags, group))| {
            let source = if latest {
                json!({
                    "dbSnapshotIdentifier": null, "dbInstanceIdentifier": "orders", "at": "latest",
                })
            } else {
                json!({})
            };
            let target = json!({
                "port": port, "publiclyAccessible": public, "tags": tags, "optionGroupName": group,
            });
            json!({ "source": { "rds": source }, "target": { "rds": target } })
        },
    )
}
