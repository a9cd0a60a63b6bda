//! The figures of volumes, each type's at its bounds.

use serde_json::{Value, json};

use super::{accepts, refuses};
use crate::Flow;
use crate::request::examples::changed;

const FLOW: Flow = Flow::Ec2CrossAccount;

/// A request whose second volume is as `figures` say.
fn data(figures: &Value) -> Value {
    let second = json!({ "snapshotId": "snap-0b0b0b0b", "deviceName": "/dev/sdf" });
    let first = json!({ "snapshotId": "snap-0a0a0a0a", "deviceName": "/dev/xvda", "root": true });
    json!({ "source": { "ec2": { "volumes": [first, changed(second, figures)] } } })
}

fn path(field: &str) -> String {
    format!("source.ec2.volumes[1].{field}")
}

#[test]
fn each_type_has_its_figures() {
    for figures in [
        json!({ "volumeType": "standard", "size": 1 }),
        json!({ "volumeType": "standard", "size": 1024 }),
        json!({ "volumeType": "gp2", "size": 16_384 }),
        json!({ "volumeType": "gp3", "size": 1, "iops": 3000, "throughput": 750 }),
        json!({ "volumeType": "gp3", "size": 65_536, "iops": 80_000, "throughput": 2000 }),
        json!({ "volumeType": "gp3", "size": 160, "iops": 80_000 }),
        json!({ "volumeType": "gp3", "iops": 3003, "throughput": 750 }),
        json!({ "volumeType": "io1", "size": 4, "iops": 200 }),
        json!({ "volumeType": "io1", "size": 16_384, "iops": 64_000 }),
        json!({ "volumeType": "io2", "size": 4, "iops": 4000 }),
        json!({ "volumeType": "io2", "size": 65_536, "iops": 256_000 }),
        json!({ "volumeType": "st1", "size": 125 }),
        json!({ "volumeType": "sc1", "size": 16_384 }),
    ] {
        accepts(FLOW, &data(&figures));
    }
}

#[test]
fn what_is_out_of_a_types_range_is_told_its_range() {
    for (figures, field, words) in [
        (json!({ "volumeType": "standard", "size": 1025 }), "size", "1 to 1024"),
        (json!({ "volumeType": "gp2", "size": 16_385 }), "size", "1 to 16384"),
        (json!({ "volumeType": "gp3", "size": 65_537 }), "size", "1 to 65536"),
        (json!({ "volumeType": "io1", "size": 3 }), "size", "4 to 16384"),
        (json!({ "volumeType": "io2", "size": 65_537 }), "size", "4 to 65536"),
        (json!({ "volumeType": "st1", "size": 124 }), "size", "124 GiB is not within 125 to 16384"),
        (json!({ "volumeType": "sc1", "size": 0 }), "size", "125 to 16384"),
        (json!({ "volumeType": "gp3", "iops": 2999 }), "iops", "3000 to 80000"),
        (json!({ "volumeType": "gp3", "iops": 80_001 }), "iops", "3000 to 80000"),
        (json!({ "volumeType": "io1", "iops": 64_001 }), "iops", "100 to 64000"),
        (json!({ "volumeType": "io2", "iops": 99 }), "iops", "100 to 256000"),
        (json!({ "volumeType": "gp3", "throughput": 124 }), "throughput", "125 to 2000"),
        (json!({ "volumeType": "gp3", "throughput": 2001 }), "throughput", "125 to 2000"),
    ] {
        refuses(FLOW, &data(&figures), &[(path(field).as_str(), words)]);
    }
}

#[test]
fn iops_and_throughput_go_with_the_types_that_have_them_provisioned() {
    for other in ["standard", "gp2", "st1", "sc1"] {
        let asked = data(&json!({ "volumeType": other, "iops": 3000 }));
        let words = format!("goes with gp3, io1 and io2, and the volume is of type {other}");
        refuses(FLOW, &asked, &[(path("iops").as_str(), words.as_str())]);
    }
    for other in ["standard", "gp2", "st1", "sc1", "io1", "io2"] {
        let asked = data(&json!({ "volumeType": other, "throughput": 250 }));
        let words = format!("goes with gp3 alone, and the volume is of type {other}");
        refuses(FLOW, &asked, &[(path("throughput").as_str(), words.as_str())]);
    }
}

#[test]
fn iops_are_as_many_as_the_size_allows_and_throughput_as_the_iops_do() {
    for (figures, field, words) in [
        (json!({ "volumeType": "gp3", "size": 159, "iops": 79_501 }), "iops", "500 for each"),
        (json!({ "volumeType": "gp3", "size": 1, "iops": 3001 }), "iops", "its 1 GiB: 3000"),
        (json!({ "volumeType": "io1", "size": 4, "iops": 201 }), "iops", "its 4 GiB: 200"),
        (json!({ "volumeType": "io2", "size": 4, "iops": 4001 }), "iops", "1000 for each"),
        (
            json!({ "volumeType": "gp3", "iops": 3003, "throughput": 751 }),
            "throughput",
            "751 MiB/s needs 3004 IOPS",
        ),
    ] {
        refuses(FLOW, &data(&figures), &[(path(field).as_str(), words)]);
    }
}

#[test]
fn no_instance_boots_from_a_hard_disk_but_the_magnetic_one() {
    let root = |volume_type: &str| {
        let root = json!({
            "snapshotId": "snap-0a0a0a0a", "deviceName": "/dev/xvda", "root": true,
            "volumeType": volume_type,
        });
        json!({ "source": { "ec2": { "volumes": [root] } } })
    };
    for volume_type in ["st1", "sc1"] {
        refuses(
            FLOW,
            &root(volume_type),
            &[("source.ec2.volumes[0].volumeType", "no instance boots from")],
        );
        accepts(FLOW, &data(&json!({ "volumeType": volume_type })));
    }
    for volume_type in ["standard", "gp2", "gp3", "io1", "io2"] {
        accepts(FLOW, &root(volume_type));
    }
}

#[test]
fn what_the_source_volume_may_fill_in_is_held_against_nothing_yet() {
    for figures in [
        json!({ "iops": 100, "throughput": 2000, "size": 1 }),
        json!({ "volumeType": "io1" }),
        json!({ "volumeType": "io1", "iops": 64_000 }),
        json!({ "volumeType": "gp3", "throughput": 2000 }),
    ] {
        accepts(FLOW, &data(&figures));
    }
    for (field, least) in [("iops", 100), ("throughput", 125), ("size", 1)] {
        let asked = data(&json!({ field: least - 1 }));
        let words = format!("is not at least {least}");
        refuses(FLOW, &asked, &[(path(field).as_str(), words.as_str())]);
    }
}
