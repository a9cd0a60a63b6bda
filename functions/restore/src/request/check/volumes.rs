//! What EBS makes no volume of: the figures of each type, and what goes with what.
//!
//! The ranges are those of `CreateVolume` in the newest model at hand (`RS:aws-sdk-ec2` 1.274.0,
//! `CreateVolumeInput`). AWS raises its maxima now and then: they are raised here with the SDK, and
//! nothing is refused that its own model allows.

use std::ops::RangeInclusive;

use crate::request::{VolumeRequest, VolumeType};

/// A field of a volume, and what is wrong with it.
pub(crate) type Misfit = (&'static str, String);

/// Throughput in MiB/s, of gp3 alone.
const THROUGHPUT: RangeInclusive<i32> = 125..=2_000;

/// How many IOPS each MiB/s needs: "0.25 MiB/s per provisioned IOPS" (EBS/general-purpose).
const IOPS_PER_MIB: i32 = 4;

/// The IOPS that gp3 has where none are asked for, at any size.
const GP3_BASELINE: i32 = 3_000;

/// What the volumes of a type may be.
#[derive(Debug)]
struct Limits {
    /// Their size in GiB.
    size: RangeInclusive<i32>,
    /// Their IOPS, and how many at most for each GiB, where IOPS are provisioned.
    iops: Option<(RangeInclusive<i32>, i32)>,
    /// Whether an instance boots from them.
    boots: bool,
}

/// The limits of a type; the ratios of IOPS are those of EBS/general-purpose and
/// EBS/provisioned-iops.
const fn limits(volume_type: VolumeType) -> Limits {
    let (size, iops) = match volume_type {
        VolumeType::Standard => (1..=1_024, None),
        VolumeType::Gp2 => (1..=16_384, None),
        VolumeType::Gp3 => (1..=65_536, Some((GP3_BASELINE..=80_000, 500))),
        VolumeType::Io1 => (4..=16_384, Some((100..=64_000, 50))),
        VolumeType::Io2 => (4..=65_536, Some((100..=256_000, 1_000))),
        VolumeType::St1 | VolumeType::Sc1 => (125..=16_384, None),
    };
    Limits { size, iops, boots: !matches!(volume_type, VolumeType::St1 | VolumeType::Sc1) }
}

/// What EBS would refuse of `volume`. A field that is left open is held against nothing: it may yet
/// be filled in from the source volume.
pub(super) fn misfits(volume: &VolumeRequest) -> Vec<Misfit> {
    let Some(volume_type) = volume.volume_type else { return of_no_type(volume) };
    let (name, limits) = (volume_type.name(), limits(volume_type));
    let root = (volume.root && !limits.boots).then(|| {
        let why = format!("no instance boots from a volume of type {name}: give the root another");
        ("volumeType", why)
    });
    let size = volume.size.filter(|size| !limits.size.contains(size));
    let size = size.map(|size| ("size", outside(&format!("{size} GiB"), &limits.size, name)));
    [root, iops(volume, name, limits.iops), throughput(volume, volume_type), size]
        .into_iter()
        .flatten()
        .collect()
}

/// What EBS would refuse when `volume` is made of a snapshot of `snapshot_gib`: all that is known
/// of the source is filled in, and what is still open is as EBS has it by default.
pub(crate) fn misfits_when_made(volume: &VolumeRequest, snapshot_gib: i32) -> Vec<Misfit> {
    // BC:ec2.CreateVolumeRequest: VolumeType "Default: gp2", Iops "3,000 (default)", Size "the
    // default is the snapshot size".
    let volume_type = volume.volume_type.unwrap_or(VolumeType::Gp2);
    let baseline = (volume_type == VolumeType::Gp3).then_some(GP3_BASELINE);
    let made = VolumeRequest {
        volume_type: Some(volume_type),
        iops: volume.iops.or(baseline),
        size: volume.size.or((snapshot_gib > 0).then_some(snapshot_gib)),
        ..volume.clone()
    };
    let mut found = misfits(&made);
    if let (None, Some((range, _))) = (made.iops, limits(volume_type).iops) {
        let (name, least, most) = (volume_type.name(), range.start(), range.end());
        found.push(("iops", format!("required with type {name}: give {least} to {most}")));
    }
    found
}

/// What no volume of any type has.
fn of_no_type(volume: &VolumeRequest) -> Vec<Misfit> {
    [("iops", volume.iops, 100), ("throughput", volume.throughput, 125), ("size", volume.size, 1)]
        .into_iter()
        .filter(|(_, asked, least)| asked.is_some_and(|asked| asked < *least))
        .map(|(field, _, least)| (field, format!("is not at least {least}")))
        .collect()
}

fn iops(
    volume: &VolumeRequest,
    name: &str,
    limits: Option<(RangeInclusive<i32>, i32)>,
) -> Option<Misfit> {
    let iops = volume.iops?;
    let Some((range, per_gib)) = limits else {
        let why = format!("goes with gp3, io1 and io2, and the volume is of type {name}");
        return Some(("iops", why));
    };
    if !range.contains(&iops) {
        return Some(("iops", outside(&iops.to_string(), &range, name)));
    }
    let size = volume.size?;
    let most = size.saturating_mul(per_gib).max(*range.start());
    (iops > most).then(|| {
        let why = format!("{iops} is more than {per_gib} for each of its {size} GiB: {most}");
        ("iops", why)
    })
}

fn throughput(volume: &VolumeRequest, volume_type: VolumeType) -> Option<Misfit> {
    let throughput = volume.throughput?;
    if volume_type != VolumeType::Gp3 {
        let why = format!("goes with gp3 alone, and the volume is of type {}", volume_type.name());
        return Some(("throughput", why));
    }
    let range = THROUGHPUT;
    if !range.contains(&throughput) {
        return Some(("throughput", outside(&format!("{throughput} MiB/s"), &range, "gp3")));
    }
    let most = volume.iops? / IOPS_PER_MIB;
    (throughput > most).then(|| {
        let why = format!("{throughput} MiB/s needs {} IOPS", throughput * IOPS_PER_MIB);
        ("throughput", why)
    })
}

fn outside(asked: &str, range: &RangeInclusive<i32>, name: &str) -> String {
    format!("{asked} is not within {} to {}, the range of type {name}", range.start(), range.end())
}
