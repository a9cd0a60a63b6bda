//! From a request and the facts to a plan, a wait, or a refusal.

use jiff::Timestamp;

use super::{DbLaunch, Hop, HopStep, Launch, PathSnapshot, Plan};
use crate::availability::Availability;
use crate::facts::{Ec2Facts, Existing, Facts, KeyFacts, RdsFacts, SnapshotFacts, TargetFacts};
use crate::request::{Fault, RdsTarget, Request};
use crate::{Flow, KeyArn, Region, RestoreId, Session};

/// What is to be done.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// This.
    Plan(Box<Plan>),
    /// Nothing yet: a source snapshot is still being taken.
    NotYet {
        /// The snapshots that are not complete.
        waiting_for: Vec<String>,
        /// How far the last of them is, in percent.
        percent: Option<u8>,
    },
}

/// Why a restore cannot be done as asked. Nothing has been changed when one is given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The request does not fit what there is.
    #[error("{}", list(.0))]
    Invalid(Vec<Fault>),
    /// A snapshot under a default key would have to be shared with another account.
    #[error(
        "{}: encrypted with an AWS managed key, so AWS does not let it be shared with account {account}; \
         give `source.stagingKmsKeyId`, a customer managed key in the source account and Region, to copy it under first",
        .snapshots.join(", ")
    )]
    DefaultKeyNotShareable {
        /// The snapshots, each with its key.
        snapshots: Vec<String>,
        /// The account they would be shared with.
        account: String,
    },
    /// A key cannot serve.
    #[error("{}", list(.0))]
    KeyNotUsable(Vec<Fault>),
    /// There is something under the identifier that the DB instance is to have.
    #[error("{0}")]
    AlreadyExists(Fault),
    /// A snapshot will never be complete.
    #[error("{}", list(.0))]
    SnapshotFailed(Vec<Fault>),
}

fn list(faults: &[Fault]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// Decides how `request` is done, from `facts` alone.
///
/// # Errors
///
/// A [`Refusal`], when it cannot be done as asked.
pub fn decide(
    request: &Request,
    restore_id: &RestoreId,
    deadline: Timestamp,
    facts: &Facts,
) -> Result<Decision, Refusal> {
    let flow = request.flow();
    refuse_existing(request, facts)?;
    refuse_misfits(facts)?;
    refuse_keys(facts)?;
    if facts.is_past_snapshots() {
        return Ok(Decision::Plan(Box::new(plan(request, restore_id, deadline, facts, vec![]))));
    }
    refuse_failed_snapshots(facts)?;
    if let Some(not_yet) = not_yet(facts) {
        return Ok(not_yet);
    }
    let hops = Path { request, facts, flow }.hops()?;
    Ok(Decision::Plan(Box::new(plan(request, restore_id, deadline, facts, hops))))
}

fn plan(
    request: &Request,
    restore_id: &RestoreId,
    deadline: Timestamp,
    facts: &Facts,
    hops: Vec<Hop>,
) -> Plan {
    let key = || facts.target_key.arn.clone();
    Plan {
        restore_id: restore_id.clone(),
        flow: request.flow(),
        deadline,
        source: request.source_session(),
        target: request.target_session(),
        snapshots: facts
            .snapshots
            .iter()
            .map(|snapshot| PathSnapshot {
                source: snapshot.id.clone(),
                current: snapshot.id.clone(),
                size_gib: snapshot.size_gib,
            })
            .collect(),
        hops,
        instance: match (&facts.target, &request.target.ec2) {
            (TargetFacts::Ec2(ec2), Some(target)) => Some(Launch::of(ec2, key(), target.start)),
            _ => None,
        },
        db_instance: request.target.rds.as_ref().map(|rds| DbLaunch::of(rds, key())),
        dry_run: request.options.dry_run,
        keep_copies: request.options.keep_copies,
        on_failure: request.options.on_failure,
        not_restored: not_restored(request, facts),
    }
}

impl Facts {
    /// Whether an earlier run of this restore has made all that the snapshots were needed for.
    fn is_past_snapshots(&self) -> bool {
        match &self.target {
            TargetFacts::Ec2(ec2) => ec2.volumes_made,
            TargetFacts::Rds(rds) => rds.existing == Existing::Ours,
        }
    }
}

fn refuse_existing(request: &Request, facts: &Facts) -> Result<(), Refusal> {
    match (&facts.target, &request.target.rds) {
        (TargetFacts::Rds(RdsFacts { existing: Existing::Foreign }), Some(asked)) => {
            Err(Refusal::AlreadyExists(Fault::new(
                "target.rds.dbInstanceIdentifier",
                format!(
                    "DB instance {} exists in the target Region and was not made by this restore; \
                     it is never overwritten: give another name",
                    asked.identifier()
                ),
            )))
        }
        _ => Ok(()),
    }
}

fn refuse_misfits(facts: &Facts) -> Result<(), Refusal> {
    let mut faults: Vec<Fault> = facts
        .snapshots
        .iter()
        .filter_map(|snapshot| {
            let unusable = snapshot.unusable.as_ref()?;
            Some(Fault::new(&snapshot.path, format!("{} {unusable}", snapshot.id)))
        })
        .collect();
    if let TargetFacts::Ec2(ec2) = &facts.target {
        faults.extend(ec2_misfits(ec2, &facts.snapshots));
    }
    if faults.is_empty() { Ok(()) } else { Err(Refusal::Invalid(faults)) }
}

fn ec2_misfits(ec2: &Ec2Facts, snapshots: &[SnapshotFacts]) -> Vec<Fault> {
    let mut faults = Vec::new();
    if let Some(unusable) = &ec2.image.unusable {
        faults.push(Fault::new("target.ec2.imageId", format!("{} {unusable}", ec2.image.id)));
    }
    for (index, (volume, snapshot)) in ec2.volumes.iter().zip(snapshots).enumerate() {
        // BC:ec2.CreateVolumeRequest.Size: "equal to or larger than the snapshot size".
        if let Some(size) = volume.size.filter(|size| *size < snapshot.size_gib) {
            faults.push(Fault::new(
                format!("source.ec2.volumes[{index}].size"),
                format!("{size} GiB is less than the snapshot's {} GiB", snapshot.size_gib),
            ));
        }
        if !volume.root && volume.device_name.as_str() == ec2.image.root_device_name {
            faults.push(Fault::new(
                format!("source.ec2.volumes[{index}].deviceName"),
                format!("`{}` is the AMI's root device", volume.device_name),
            ));
        }
    }
    faults
}

fn refuse_keys(facts: &Facts) -> Result<(), Refusal> {
    let named = [
        ("target.kmsKeyId", Some(&facts.target_key)),
        ("source.stagingKmsKeyId", facts.staging_key.as_ref()),
        ("target.intermediateKmsKeyId", facts.intermediate_key.as_ref()),
    ];
    let of_snapshots =
        facts.snapshots.iter().map(|snapshot| (snapshot.path.as_str(), snapshot.key.as_ref()));
    let faults: Vec<Fault> = named
        .into_iter()
        .chain(of_snapshots.filter(|_| !facts.is_past_snapshots()))
        .filter_map(|(path, key)| {
            let key = key?;
            let unusable = key.unusable.as_ref()?;
            Some(Fault::new(path, format!("key {} {unusable}", key.arn)))
        })
        .collect();
    if !faults.is_empty() {
        return Err(Refusal::KeyNotUsable(faults));
    }
    if let Some(key) = facts.staging_key.as_ref().filter(|key| key.managed_by_aws) {
        return Err(Refusal::Invalid(vec![Fault::new(
            "source.stagingKmsKeyId",
            format!(
                "key {} is managed by AWS: a copy under it could not be shared either",
                key.arn
            ),
        )]));
    }
    Ok(())
}

fn refuse_failed_snapshots(facts: &Facts) -> Result<(), Refusal> {
    let faults: Vec<Fault> = facts
        .snapshots
        .iter()
        .filter_map(|snapshot| match &snapshot.availability {
            Availability::Failed { reason } => {
                Some(Fault::new(&snapshot.path, format!("{} is in state {reason}", snapshot.id)))
            }
            Availability::Ready | Availability::Pending { .. } => None,
        })
        .collect();
    if faults.is_empty() { Ok(()) } else { Err(Refusal::SnapshotFailed(faults)) }
}

fn not_yet(facts: &Facts) -> Option<Decision> {
    let waiting_for: Vec<String> = facts
        .snapshots
        .iter()
        .filter(|snapshot| snapshot.availability != Availability::Ready)
        .map(|snapshot| snapshot.id.clone())
        .collect();
    if waiting_for.is_empty() {
        return None;
    }
    let all = facts.snapshots.iter().map(|snapshot| snapshot.availability.clone());
    let percent = match Availability::of_all(all) {
        Availability::Pending { percent } => percent,
        Availability::Ready | Availability::Failed { .. } => None,
    };
    Some(Decision::NotYet { waiting_for, percent })
}

fn not_restored(request: &Request, facts: &Facts) -> Vec<String> {
    let mut not_restored = facts.not_restored.clone();
    if request.source.region != request.target.region
        && request.target.rds.as_ref().is_some_and(|rds| rds.option_group_name.is_none())
    {
        not_restored.extend(facts.snapshots.iter().filter_map(|snapshot| {
            let group = snapshot.option_group.as_ref()?;
            Some(format!("option group {group}: option groups are regional; name one in target.rds.optionGroupName"))
        }));
    }
    not_restored
}

/// The path that the snapshots take.
struct Path<'a> {
    request: &'a Request,
    facts: &'a Facts,
    flow: Flow,
}

impl Path<'_> {
    fn hops(&self) -> Result<Vec<Hop>, Refusal> {
        let mut hops = Vec::new();
        if self.flow.crosses_accounts() {
            hops.extend(self.stage()?);
            hops.push(self.share());
        }
        match self.flow {
            Flow::Ec2SameLocation | Flow::Ec2CrossAccount => {}
            Flow::Ec2CrossRegion | Flow::Ec2CrossAccountCrossRegion | Flow::RdsCrossRegion => {
                hops.push(self.to_target(HopStep::CopySnapshot));
            }
            Flow::RdsSameLocation if self.is_under_target_key() => {}
            Flow::RdsSameLocation | Flow::RdsCrossAccount => {
                hops.push(self.to_target(HopStep::ReencryptCopy));
            }
            Flow::RdsCrossAccountCrossRegion => {
                hops.push(self.copy_into_target_account());
                hops.push(self.to_target(HopStep::ReencryptCopy));
            }
        }
        Ok(hops)
    }

    /// The hop that makes shareable copies of what cannot be shared as it is.
    fn stage(&self) -> Result<Option<Hop>, Refusal> {
        let unshareable: Vec<&SnapshotFacts> =
            self.facts.snapshots.iter().filter(|snapshot| !is_shareable(snapshot)).collect();
        if unshareable.is_empty() {
            return Ok(None);
        }
        let Some(staging_key) = &self.facts.staging_key else {
            return Err(self.refuse_unshareable(&unshareable));
        };
        let snapshots = unshareable.into_iter().map(|snapshot| snapshot.id.clone()).collect();
        let key = Some(staging_key.arn.clone());
        let source = self.request.source_session();
        Ok(Some(Hop { snapshots, ..self.hop(HopStep::StageSnapshot, source, key) }))
    }

    fn refuse_unshareable(&self, unshareable: &[&SnapshotFacts]) -> Refusal {
        let under_default_key: Vec<String> = unshareable
            .iter()
            .filter_map(|snapshot| {
                let key = snapshot.key.as_ref().filter(|key| key.managed_by_aws)?;
                Some(format!("{} (key {})", snapshot.id, key.arn))
            })
            .collect();
        if !under_default_key.is_empty() {
            return Refusal::DefaultKeyNotShareable {
                snapshots: under_default_key,
                account: self.request.target.account_id.to_string(),
            };
        }
        let faults = unshareable.iter().filter_map(|snapshot| {
            let why = snapshot.unshareable.as_ref()?;
            Some(Fault::new(
                "source.stagingKmsKeyId",
                format!(
                    "required: {} {why}, so AWS does not let it be shared; it is copied under this key first",
                    snapshot.id
                ),
            ))
        });
        Refusal::Invalid(faults.collect())
    }

    fn share(&self) -> Hop {
        Hop {
            share_with: Some(self.request.target.account_id.clone()),
            ..self.hop(HopStep::ShareSnapshot, self.request.source_session(), None)
        }
    }

    /// The hop that ends in the target account and Region, under the target key.
    fn to_target(&self, step: HopStep) -> Hop {
        let key = Some(self.facts.target_key.arn.clone());
        let hop = self.hop(step, self.request.target_session(), key);
        let crosses_regions = self.request.source.region != self.request.target.region;
        Hop {
            // BC:rds.CopyDBSnapshotMessage.OptionGroupName: to be given when the copy changes
            // Region and the source's option group is not a default one.
            option_group_name: (crosses_regions && self.has_option_group())
                .then(|| self.rds().and_then(|rds| rds.option_group_name.clone()))
                .flatten(),
            ..hop
        }
    }

    /// The first of two hops: into the target account, in the source's Region.
    fn copy_into_target_account(&self) -> Hop {
        let session = self.request.target_session().in_region(&self.request.source.region);
        let key = match &self.facts.intermediate_key {
            Some(key) => Some(key.arn.clone()),
            None => self.key_of_shared_snapshot(),
        };
        self.hop(HopStep::CopyIntoTargetAccount, session, key)
    }

    /// The key of what is shared: the staged copy's where there is one.
    fn key_of_shared_snapshot(&self) -> Option<KeyArn> {
        let snapshot = self.facts.snapshots.first()?;
        if is_shareable(snapshot) {
            snapshot.key.as_ref().map(|key| key.arn.clone())
        } else {
            self.facts.staging_key.as_ref().map(|key| key.arn.clone())
        }
    }

    fn is_under_target_key(&self) -> bool {
        let target = &self.facts.target_key.arn;
        self.facts
            .snapshots
            .iter()
            .all(|snapshot| snapshot.key.as_ref().is_some_and(|key| key.arn == *target))
    }

    fn has_option_group(&self) -> bool {
        self.facts.snapshots.iter().any(|snapshot| snapshot.option_group.is_some())
    }

    fn rds(&self) -> Option<&RdsTarget> {
        self.request.target.rds.as_ref()
    }

    fn hop(&self, step: HopStep, session: Session, kms_key_id: Option<KeyArn>) -> Hop {
        let source_region: Region = self.request.source.region.clone();
        Hop {
            step,
            service: self.request.service(),
            session,
            source_region,
            kms_key_id,
            snapshots: self.facts.snapshots.iter().map(|snapshot| snapshot.id.clone()).collect(),
            share_with: None,
            option_group_name: None,
        }
    }
}

/// Whether AWS lets the snapshot be shared with another account.
fn is_shareable(snapshot: &SnapshotFacts) -> bool {
    let under_default_key = snapshot.key.as_ref().is_some_and(|key: &KeyFacts| key.managed_by_aws);
    !under_default_key && snapshot.unshareable.is_none()
}

#[cfg(test)]
mod tests;
