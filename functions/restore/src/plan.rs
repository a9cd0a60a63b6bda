//! The plan of a restore: its flow and its ordered hops, decided once and by facts alone.

mod ami;
mod decide;
mod doubts;
mod drill;
mod estimate;
#[cfg(test)]
pub(crate) mod examples;
mod grants;
mod hash;
mod launch;
mod obstacles;
mod option_groups;
pub(crate) mod path;
mod refusal;
mod room;
mod sharing;
mod turns;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use decide::{Decision, decide};
pub use estimate::{Estimate, HopEstimate, Minutes};
pub(crate) use grants::of as grants_of;
pub use grants::{GRANT_SPREADS_SECONDS, KeyGrant};
pub use launch::{DbLaunch, Launch, Place, VolumePlan};
pub use refusal::{Obstacle, ObstacleKind, Refusal};
pub use room::{DbQuota, Room, Scarce};
pub use sharing::Sharing;
pub use turns::{CopiesUnderWay, copying};

use crate::preflight::Row;
use crate::request::{Drill, OnFailure};
use crate::tag::Made;
use crate::{AccountId, Flow, KeyArn, PlanHash, RestoreId, Service, Session};

/// How a restore is done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// The id by which everything it makes is found.
    pub restore_id: RestoreId,
    /// The flow it takes.
    pub flow: Flow,
    /// The instant after which no step begins anything.
    pub deadline: Timestamp,
    /// Who reads and shares the snapshots.
    pub source: Session,
    /// Who brings the instance back.
    pub target: Session,
    /// The snapshots that the path begins with.
    pub snapshots: Vec<PathSnapshot>,
    /// What is done to them before the instance is made, in order; nothing where an earlier run
    /// has come further.
    pub hops: Vec<Hop>,
    /// The grants that the share step gives and the clean-up takes back; nothing where the request
    /// asks for none.
    ///
    /// The plan has them and not its share hop: a run that goes on from where an earlier one came
    /// to plans no hops, and its clean-up still has to look for what that one gave.
    #[serde(default)]
    pub grants: Vec<KeyGrant>,
    /// Those of an earlier run under the same id that was cut off. The state machine adds them: what
    /// that run asked for, this one need not know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier_grants: Vec<KeyGrant>,
    /// The EC2 instance to make.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<Launch>,
    /// The DB instance to make.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub db_instance: Option<DbLaunch>,
    /// What it does, as a hash that a later request can carry as `options.planHash`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<PlanHash>,
    /// What it takes and costs, as far as that can be told before; for a dry run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimate: Option<Estimate>,
    /// What it takes for good, of each thing once, and how much of that there was; for a dry run.
    /// Nothing of what an earlier run has taken already, cannot be read, or may be taken elsewhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub room: Vec<Room>,
    /// How what it brings back is looked at before it is taken away; of a drill.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drill: Option<Drill>,
    /// Whether nothing is done beyond this plan.
    pub dry_run: bool,
    /// Whether the copy that the instance is made from stays.
    pub keep_copies: bool,
    /// What happens to what was made when the restore fails.
    pub on_failure: OnFailure,
    /// What of the source is not restored, in words.
    pub not_restored: Vec<String>,
    /// What could not be proven of what is asked for, and what else is to be known beforehand, in
    /// words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// What each role will have to be allowed, and what is known of that.
    #[serde(default)]
    pub preflight: Vec<Row>,
}

impl Plan {
    /// The grants that must have ended once the restore has, each once: on a key, under a name, to a
    /// role.
    #[must_use]
    pub fn grants_to_end(&self) -> Vec<&KeyGrant> {
        let mut all: Vec<&KeyGrant> = Vec::new();
        for one in self.grants.iter().chain(&self.earlier_grants) {
            if !all.iter().any(|other| other.is_found_with(one)) {
                all.push(one);
            }
        }
        all
    }
}

/// A snapshot on its way: what it was, and what it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PathSnapshot {
    /// The snapshot that the request names: an EBS snapshot's id, or a DB snapshot's ARN.
    pub source: String,
    /// The snapshot that the path has come to: the same, or the newest copy.
    pub current: String,
    /// The key that [`Self::current`] is encrypted with; absent where it is not encrypted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kms_key_id: Option<KeyArn>,
    /// Its size in GiB.
    pub size_gib: i32,
    /// The instant whose data it holds, where AWS tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_at: Option<Timestamp>,
    /// Whom the source is shared with already; nothing where it is not to be shared, or that could
    /// not be looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared_with: Option<Sharing>,
}

/// One step of the path that the snapshots take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Hop {
    /// What is done.
    pub step: HopStep,
    /// The service whose snapshots they are.
    pub service: Service,
    /// Who does it, and in which Region: that of the result.
    pub session: Session,
    /// The Region that the snapshots are in before it.
    pub source_region: crate::Region,
    /// The key that the result is encrypted with; absent for a share, and for a hop whose result
    /// stays unencrypted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kms_key_id: Option<KeyArn>,
    /// The snapshots it concerns, by [`PathSnapshot::source`].
    pub snapshots: Vec<String>,
    /// For a share, the account that receives the permission.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share_with: Option<AccountId>,
    /// For a DB snapshot whose option group is not a default one, the group of the result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub option_group_name: Option<String>,
}

impl Hop {
    /// The snapshots of `path` that it concerns, each once: two volumes can come from one
    /// snapshot.
    ///
    /// # Errors
    ///
    /// [`OffPath`], when it names a snapshot that is not there: to leave one out would only be
    /// noticed when the instance lacks a volume.
    pub fn concerned<'a>(
        &self,
        path: &'a [PathSnapshot],
    ) -> Result<Vec<&'a PathSnapshot>, OffPath> {
        let mut concerned: Vec<&PathSnapshot> = Vec::new();
        for source in &self.snapshots {
            if concerned.iter().any(|snapshot| snapshot.source == *source) {
                continue;
            }
            let found = path.iter().find(|snapshot| snapshot.source == *source);
            concerned.push(found.ok_or_else(|| OffPath(source.clone()))?);
        }
        Ok(concerned)
    }
}

/// A hop names a snapshot that is not on the path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not among the restore's snapshots")]
pub struct OffPath(pub String);

/// What a hop does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HopStep {
    /// Copies, in the source account, what cannot be shared as it is.
    StageSnapshot,
    /// Gives the target account permission.
    ShareSnapshot,
    /// Copies a shared DB snapshot into the target account, in the source's Region.
    CopyIntoTargetAccount,
    /// Copies into the target Region, under the target key.
    CopySnapshot,
    /// Brings a DB snapshot under the target key.
    ReencryptCopy,
}

impl HopStep {
    /// Its name, as the timeline and the tags have it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::StageSnapshot => "stage-snapshot",
            Self::ShareSnapshot => "share-snapshot",
            Self::CopyIntoTargetAccount => "copy-into-target-account",
            Self::CopySnapshot => "copy-snapshot",
            Self::ReencryptCopy => "reencrypt-copy",
        }
    }

    /// What the hop makes; a share makes nothing.
    #[must_use]
    pub const fn makes(self) -> Option<Made> {
        match self {
            Self::StageSnapshot => Some(Made::StagedSnapshot),
            Self::ShareSnapshot => None,
            Self::CopyIntoTargetAccount => Some(Made::CopyInTargetAccount),
            Self::CopySnapshot => Some(Made::Copy),
            Self::ReencryptCopy => Some(Made::ReencryptedCopy),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn hop(snapshots: &[&str]) -> Hop {
        serde_json::from_value(json!({
            "step": "copy-snapshot",
            "service": "ec2",
            "session": {
                "accountId": "444455556666",
                "region": "eu-central-1",
                "roleArn": "arn:aws:iam::444455556666:role/restore-target",
            },
            "sourceRegion": "eu-west-1",
            "snapshots": snapshots,
        }))
        .unwrap()
    }

    fn on_path(source: &str) -> PathSnapshot {
        PathSnapshot {
            source: source.to_owned(),
            current: format!("{source}-copy"),
            kms_key_id: None,
            size_gib: 8,
            taken_at: None,
            shared_with: None,
        }
    }

    #[test]
    fn a_snapshot_that_becomes_two_volumes_goes_the_path_once() {
        let path = [on_path("snap-1"), on_path("snap-2"), on_path("snap-1")];

        let concerned = hop(&["snap-1", "snap-1"]).concerned(&path).unwrap();

        assert_eq!(concerned, [&path[0]]);
    }

    #[test]
    fn a_snapshot_that_is_not_on_the_path_is_named() {
        let error = hop(&["snap-3"]).concerned(&[on_path("snap-1")]).unwrap_err();

        assert_eq!(error.to_string(), "snap-3 is not among the restore's snapshots");
    }
}
