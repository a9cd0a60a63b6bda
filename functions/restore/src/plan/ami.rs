//! Whether the AMI starts the root volume that replaces its own.

use super::refusal::{Obstacle, ObstacleKind};
use crate::boot::Misfit;
use crate::facts::Ec2Facts;

/// The path of the field that names the AMI.
pub(super) const PATH: &str = "target.ec2.imageId";

/// That the AMI is of another kind than the root volume, as far as that is known.
pub(super) fn misfit(ec2: &Ec2Facts) -> Option<Obstacle> {
    let misfits = ec2.image.boot.held_against(ec2.source_boot.as_ref()?).misfits;
    let told = |words: fn(&Misfit) -> String| {
        let each: Vec<String> = misfits.iter().map(words).collect();
        each.join(", ")
    };
    (!misfits.is_empty()).then(|| {
        let problem = format!(
            "{} does not match the root volume of the source instance: {}; choose an AMI of {}",
            ec2.image.id,
            told(|it| format!("{} {} instead of {}", it.what, it.ami, it.root)),
            told(|it| format!("{} {}", it.what, it.root)),
        );
        Obstacle::at(ObstacleKind::Invalid, PATH, problem)
    })
}

/// What nothing proves of the AMI, and what else it brings about, in words.
pub(super) fn warnings(ec2: &Ec2Facts) -> Vec<String> {
    let id = &ec2.image.id;
    let Some(source) = &ec2.source_boot else {
        return vec![format!(
            "{PATH}: that {id} matches the root volume in architecture, boot mode and platform \
             cannot be proven, since nothing tells what the instance was booted by that the \
             snapshots are of; where it does not match, the restored one never passes its status \
             checks"
        )];
    };
    let found = ec2.image.boot.held_against(source);
    let untold = (!found.untold.is_empty()).then(|| {
        let what = found.untold.join(", ");
        format!("{PATH}: that {id} matches the root volume in {what} cannot be proven")
    });
    let remarks = found.remarks.iter().map(|remark| format!("{PATH}: {id} {remark}"));
    untold.into_iter().chain(remarks).collect()
}
