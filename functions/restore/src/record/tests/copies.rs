//! Which copies are of which volume.

use super::{at, ec2_record, record};
use crate::record::copies::{Carried, Descent, Pedigree};
use crate::record::{Ec2Settings, MOST_SNAPSHOTS, Settings, TakenSnapshot};
use crate::request::At;
use crate::snapshot_set::Taken;

const COPIED_AT: &str = "2026-11-23T02:00:00Z";
const TAKEN_AT: &str = "2026-11-23T01:00:00Z";

fn settings() -> Ec2Settings {
    match record(&ec2_record()).settings {
        Settings::Ec2(ec2) => *ec2,
        Settings::Rds(_) => panic!("not of EC2"),
    }
}

#[test]
fn a_copy_tells_its_volume_by_what_is_written_on_it() {
    let settings = settings();
    let pedigree = Pedigree::of(&settings.volumes);
    let of = |volume, instant| {
        let taken = Taken { volume, at: at(instant) };
        Some(Descent { taken, data_of: Some(taken.at) })
    };
    // It is taken for one of the copy's start, and not told to hold the data of then.
    let copied =
        |volume| Some(Descent { taken: Taken { volume, at: at(COPIED_AT) }, data_of: None });
    // AWS tells this of every copy.
    let no_volume = Some("vol-ffffffff");
    for (volume_id, words, expected) in [
        // The snapshot it was copied from: a tag of a restore, the console, an AMI.
        (no_volume, &["snap-0000bbbb"][..], of(1, TAKEN_AT)),
        (no_volume, &["[Copied snap-0000aaaa from eu-west-3] nightly"], of(0, TAKEN_AT)),
        (
            no_volume,
            &[
                "Copied for DestinationAmi ami-01 from SourceAmi ami-02 for SourceSnapshot snap-0000bbbb. Task created on 1",
            ],
            of(1, TAKEN_AT),
        ),
        // The volume alone, in a tag with more after it, or in an ARN.
        (no_volume, &["vol-0b0b0b0b:5c6f2b8e"], copied(1)),
        (None, &["orders", "arn:aws:ec2:eu-west-3:999999999999:volume/vol-0a0a0a0a"], copied(0)),
        // Both agree; and the instance is no volume.
        (no_volume, &["vol-0a0a0a0a", "snap-0000aaaa", "i-0a0a0a0a"], of(0, TAKEN_AT)),
        // A snapshot of where the instance lived itself.
        (Some("vol-0b0b0b0b"), &[], of(1, COPIED_AT)),
        // Two volumes, none, one of another instance, one that only begins alike.
        (no_volume, &["vol-0a0a0a0a", "snap-0000bbbb"], None),
        (no_volume, &["Created by CreateImage(i-0a0a0a0a) for ami-0c0c0c0c"], None),
        (no_volume, &["snap-0000cccc", "vol-0c0c0c0c"], None),
        (no_volume, &["snap-0000aaaa0", "my-vol-0a0a0a0a"], None),
    ] {
        let carried = Carried { volume_id, started_at: at(COPIED_AT), words: words.to_vec() };
        assert_eq!(pedigree.descent(&carried), expected, "{words:?}");
    }
}

#[test]
fn the_newest_complete_set_that_is_admitted_is_found_or_what_it_lacks_is_told() {
    let settings = settings();
    let pedigree = Pedigree::of(&settings.volumes);
    let taken = |all: &[(usize, &str)]| -> Vec<Taken> {
        all.iter().map(|&(volume, instant)| Taken { volume, at: at(instant) }).collect()
    };
    let nightly = [
        (1, "2026-11-23T01:00:00Z"),
        (0, "2026-11-23T01:00:00Z"),
        (0, "2026-11-22T01:00:00Z"),
        (1, "2026-11-22T01:01:00Z"),
        (0, "2026-11-24T01:00:00Z"),
    ];
    let before = At::Instant(at("2026-11-22T12:00:00Z"));

    assert_eq!(pedigree.newest_set(&taken(&nightly), At::Latest), Ok(vec![1, 0]));
    assert_eq!(pedigree.newest_set(&taken(&nightly), before), Ok(vec![2, 3]));
    assert_eq!(
        pedigree.newest_set(&taken(&nightly[4..]), At::Latest),
        Err("there is no copy of vol-0b0b0b0b (/dev/sdf)".to_owned())
    );
    let apart = taken(&[nightly[1], nightly[3]]);
    let error = pedigree.newest_set(&apart, At::Latest).unwrap_err();
    assert!(error.contains("within 15 minutes"), "{error}");
    let nothing = Pedigree::of(&[]).newest_set(&apart, At::Latest);
    assert_eq!(nothing, Err("no volume of it was recorded".to_owned()));
}

#[test]
fn a_record_before_the_instant_learns_of_snapshots_that_a_later_one_knows() {
    let (mut before, mut later) = (settings(), settings());
    let new = TakenSnapshot { snapshot_id: "snap-0000dddd".into(), taken_at: at(COPIED_AT) };
    later.volumes[1].snapshots = vec![new];
    later.volumes[0].volume_id = "vol-0f0f0f0f".into();
    before.learn(&later);
    before.learn(&later);

    let known = |volume: usize| -> Vec<&str> {
        before.volumes[volume].snapshots.iter().map(|it| it.snapshot_id.as_str()).collect()
    };
    assert_eq!(known(1), ["snap-0000bbbb", "snap-0000dddd"]);
    // Another volume under the same device is none of its.
    assert_eq!(known(0), ["snap-0000aaaa"]);
}

#[test]
fn of_many_snapshots_a_record_keeps_the_newest_in_their_order() {
    let mut volume = settings().volumes.remove(0);
    volume.snapshots = (0..MOST_SNAPSHOTS + 5)
        .map(|number| TakenSnapshot {
            snapshot_id: format!("snap-{number:08x}"),
            taken_at: at(TAKEN_AT)
                + jiff::SignedDuration::from_hours(i64::try_from(number % 50).unwrap()),
        })
        .collect();
    let mut other = volume.clone();
    other.snapshots.reverse();
    volume.keep_newest();
    other.keep_newest();

    assert_eq!(volume.snapshots.len(), MOST_SNAPSHOTS);
    assert_eq!(volume, other);
    assert!(volume.snapshots.is_sorted_by(|one, next| one.taken_at >= next.taken_at));
}
