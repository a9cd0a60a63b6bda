//! What of the facts does not fit the request.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::refusal::{Obstacle, ObstacleKind};
use super::{ami, option_groups};
use crate::Region;
use crate::availability::Availability;
use crate::facts::{Ec2Facts, Existing, Facts, KeyFacts, RdsFacts, SnapshotFacts, TargetFacts};
use crate::request::{MARK, Request, volume_misfits};
use crate::tag;

/// The most tags that a resource has (`EC2/Using_Tags`, `RDS/USER_Tagging`).
const MOST_TAGS: usize = 50;

/// Everything that stands in the way of a restore that is to be done by `deadline`.
///
/// What an earlier run of it has come past does not: a snapshot may be gone once the volumes are
/// made.
pub(super) fn of(request: &Request, deadline: Timestamp, facts: &Facts) -> Vec<Obstacle> {
    let mut found: Vec<Obstacle> = existing(request, facts).into_iter().collect();
    if request.is_drill() && facts.is_past_snapshots() {
        let what = "an earlier drill under this id has left what it restored: what this one tells of \
                    would not be its own; remove what is tagged with the id, or give another";
        found.push(Obstacle::at(ObstacleKind::AlreadyExists, "restoreId", what));
    }
    if !facts.is_past_snapshots() {
        found.extend(facts.snapshots.iter().filter_map(unusable));
        found.extend(option_groups::missing(request, facts));
        if let Some(TargetFacts::Ec2(ec2)) = &facts.target {
            found.extend(ec2_misfits(ec2, &facts.snapshots));
        }
        found.extend(too_many_tags(request, facts));
    }
    found.extend(keys(request, deadline, facts));
    if !facts.is_past_snapshots() {
        found.extend(facts.snapshots.iter().filter_map(failed));
    }
    found
}

fn existing(request: &Request, facts: &Facts) -> Option<Obstacle> {
    match (&facts.target, &request.target.rds) {
        (Some(TargetFacts::Rds(RdsFacts { existing: Existing::Foreign, .. })), Some(asked)) => {
            Some(Obstacle::at(
                ObstacleKind::AlreadyExists,
                "target.rds.dbInstanceIdentifier",
                format!(
                    "DB instance {} exists in the target Region and was not made by this restore; \
                     it is never overwritten: give another name",
                    asked.identifier()
                ),
            ))
        }
        _ => None,
    }
}

/// That the instance would have more tags than AWS takes, which says so only when all is copied that it
/// is made of: those of the request, or lent by the source, and the restore's own.
fn too_many_tags(request: &Request, facts: &Facts) -> Option<Obstacle> {
    let (path, given) = match &facts.target {
        Some(TargetFacts::Ec2(ec2)) => ("target.ec2.tags", &ec2.tags),
        Some(TargetFacts::Rds(_)) => {
            ("target.rds.tags", request.target.rds.as_ref()?.tags.as_ref()?)
        }
        None => return None,
    };
    let mut all: BTreeSet<&str> = given.keys().map(String::as_str).collect();
    all.extend([tag::ID, tag::STEP, tag::SOURCE]);
    if request.is_drill() {
        all.insert(MARK.0);
        all.extend(request.target.ec2.is_some().then_some("Name"));
    }
    let own = all.len() - given.len();
    (all.len() > MOST_TAGS).then(|| {
        let problem = format!(
            "{} tags, and {own} of the restore's own, are more than the {MOST_TAGS} that AWS takes: say here which it is to \
             have, at most {}",
            given.len(),
            MOST_TAGS - own
        );
        Obstacle::at(ObstacleKind::Invalid, path, problem)
    })
}

fn unusable(snapshot: &SnapshotFacts) -> Option<Obstacle> {
    let unusable = snapshot.unusable.as_ref()?;
    let problem = format!("{} {unusable}", snapshot.id);
    Some(Obstacle::at(ObstacleKind::Invalid, &snapshot.path, problem))
}

fn ec2_misfits(ec2: &Ec2Facts, snapshots: &[SnapshotFacts]) -> Vec<Obstacle> {
    let invalid = |path: String, problem| Obstacle::at(ObstacleKind::Invalid, path, problem);
    let mut misfits = Vec::new();
    if let Some(unusable) = &ec2.image.unusable {
        let problem = format!("{} {unusable}", ec2.image.id);
        misfits.push(invalid(ami::PATH.to_owned(), problem));
    }
    misfits.extend(ami::misfit(ec2));
    for (volume, snapshot) in ec2.volumes.iter().zip(snapshots) {
        // BC:ec2.CreateVolumeRequest.Size: "equal to or larger than the snapshot size".
        if let Some(size) = volume.size.filter(|size| *size < snapshot.size_gib) {
            misfits.push(invalid(
                snapshot.field_of_volume("size"),
                format!("{size} GiB is less than the snapshot's {} GiB", snapshot.size_gib),
            ));
        }
        if !volume.root && volume.device_name.as_str() == ec2.image.root_device_name {
            misfits.push(invalid(
                snapshot.field_of_volume("deviceName"),
                format!("`{}` is the AMI's root device", volume.device_name),
            ));
        }
        for (field, problem) in volume_misfits(volume, snapshot.size_gib) {
            let path = snapshot.field_of_volume(field);
            // A path that all volumes have in common does not say which.
            let problem = if path == snapshot.path {
                format!("{field} of {}: {problem}", volume.device_name)
            } else {
                problem
            };
            misfits.push(invalid(path, problem));
        }
    }
    misfits
}

impl SnapshotFacts {
    /// The path of the field that says `field` of its volume; where the volumes are found by their
    /// instance, that is what the request names.
    fn field_of_volume(&self, field: &str) -> String {
        match self.path.strip_suffix(".snapshotId") {
            Some(volume) => format!("{volume}.{field}"),
            None => self.path.clone(),
        }
    }
}

fn keys(request: &Request, deadline: Timestamp, facts: &Facts) -> Vec<Obstacle> {
    let (source, target) = (&request.source.region, &request.target.region);
    let named = [
        ("target.kmsKeyId", facts.target_key.as_ref(), target),
        ("source.stagingKmsKeyId", facts.staging_key.as_ref(), source),
        ("target.intermediateKmsKeyId", facts.intermediate_key.as_ref(), source),
    ];
    let of_snapshots = facts
        .snapshots
        .iter()
        .map(|snapshot| (snapshot.path.as_str(), snapshot.key.as_ref(), source));
    let mut found: Vec<Obstacle> = named
        .into_iter()
        .chain(of_snapshots.filter(|_| !facts.is_past_snapshots()))
        .filter_map(|(path, key, region)| {
            let key = key?;
            let problem = key.unusable_until(deadline).or_else(|| key.out_of_reach_of(region))?;
            let problem = format!("key {} {problem}", key.arn);
            Some(Obstacle::at(ObstacleKind::KeyNotUsable, path, problem))
        })
        .collect();
    if let Some(key) = facts.staging_key.as_ref().filter(|key| key.managed_by_aws) {
        found.push(Obstacle::at(
            ObstacleKind::Invalid,
            "source.stagingKmsKeyId",
            format!(
                "key {} is managed by AWS: a copy under it could not be shared either",
                key.arn
            ),
        ));
    }
    found
}

impl KeyFacts {
    /// Why it cannot serve a restore that may last until `deadline`.
    fn unusable_until(&self, deadline: Timestamp) -> Option<String> {
        // BC:kms.KeyMetadata.ValidTo: "When the key material expires, KMS deletes the key material
        // and the KMS key becomes unusable."
        let expires = self.expires.filter(|expires| *expires <= deadline).map(|expires| {
            format!(
                "has imported key material that expires at {expires}, before the restore's \
                 deadline: import it again with a later date, or shorten options.timeoutHours"
            )
        });
        self.unusable.clone().or(expires)
    }

    /// Why nothing of `region` is encrypted with it: keys serve one Region alone.
    fn out_of_reach_of(&self, region: &Region) -> Option<String> {
        let own = self.arn.region();
        (own != region.as_str()).then(|| format!("is of Region {own}, and is used in {region}"))
    }
}

fn failed(snapshot: &SnapshotFacts) -> Option<Obstacle> {
    match &snapshot.availability {
        Availability::Failed { reason } => Some(Obstacle::at(
            ObstacleKind::SnapshotFailed,
            &snapshot.path,
            format!("{} is in state {reason}", snapshot.id),
        )),
        Availability::Ready | Availability::Pending { .. } => None,
    }
}
