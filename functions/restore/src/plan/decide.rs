//! From a request and the facts to a plan, a wait, or a refusal.

use jiff::Timestamp;

use super::path::Path;
use super::refusal::{Obstacle, ObstacleKind, Refusal};
use super::{
    DbLaunch, Estimate, Hop, Launch, PathSnapshot, Plan, ami, obstacles, option_groups, turns,
};
use crate::availability::Availability;
use crate::facts::{Facts, KeyFacts, TargetFacts};
use crate::request::Request;
use crate::{PlanHash, RestoreId, Service};

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

/// Decides how `request` is done, from `facts` alone: the same plan each time, whose every hop has
/// something to do, and whose every copy is under a key of the Region that it is made in.
///
/// # Errors
///
/// A [`Refusal`] that tells everything that stands in the way, when it cannot be done as asked.
pub fn decide(
    request: &Request,
    restore_id: &RestoreId,
    deadline: Timestamp,
    facts: &Facts,
) -> Result<Decision, Refusal> {
    let (hops, unshareable) = if facts.is_past_snapshots() {
        (Vec::new(), Vec::new())
    } else {
        Path::of(request, facts).hops()
    };
    let mut all = facts.obstacles.clone();
    all.extend(obstacles::of(request, deadline, facts));
    all.extend(unshareable);
    all.extend(crate::preflight::denials(&facts.preflight));
    if request.is_drill() {
        all.iter_mut().for_each(Obstacle::name_the_drill);
    }
    if let Some(refusal) = Refusal::of(all) {
        return Err(refusal);
    }
    if !facts.is_past_snapshots() && !facts.is_complete() {
        return Ok(not_yet(facts));
    }
    let key = known(request, facts)?;
    let plan = plan(request, restore_id, deadline, facts, key, hops);
    let hash = PlanHash::of(&plan);
    if let Some(obstacle) = deviation(request, facts, &hash) {
        return Err(obstacle.into());
    }
    let estimate = plan.dry_run.then(|| Estimate::of(&plan));
    Ok(Decision::Plan(Box::new(Plan { hash: Some(hash), estimate, ..plan })))
}

/// The target key, once all is known that a plan is made of. Whoever could not find something out
/// says why, as an obstacle; where nobody has, there is no plan either.
fn known<'a>(request: &Request, facts: &'a Facts) -> Result<&'a KeyFacts, Obstacle> {
    let service = request.service();
    let of_target = match &facts.target {
        Some(TargetFacts::Ec2(_)) => Some(Service::Ec2),
        Some(TargetFacts::Rds(_)) => Some(Service::Rds),
        None => None,
    };
    if of_target != Some(service) {
        let (path, what) = (format!("target.{}", service.name()), "nothing is known of the target");
        return Err(Obstacle::at(ObstacleKind::Invalid, path, what));
    }
    if facts.snapshots.is_empty() && !facts.is_past_snapshots() {
        let (path, what) =
            (format!("source.{}", service.name()), "nothing is known of the snapshots");
        return Err(Obstacle::at(ObstacleKind::Invalid, path, what));
    }
    facts.target_key.as_ref().ok_or_else(|| {
        let what = "nothing is known of the key";
        Obstacle::at(ObstacleKind::KeyNotUsable, "target.kmsKeyId", what)
    })
}

/// That what would be done is not what was approved.
fn deviation(request: &Request, facts: &Facts, hash: &PlanHash) -> Option<Obstacle> {
    let approved = request.options.plan_hash.as_ref()?;
    let what = hash.deviation(approved, facts.is_past_snapshots())?;
    Some(Obstacle::at(
        ObstacleKind::Invalid,
        "options.planHash",
        format!(
            "what would be done now is not what was approved: {what} (hash {hash} instead of {approved}); look at a new \
             dry run, and give its hash"
        ),
    ))
}

fn plan(
    request: &Request,
    restore_id: &RestoreId,
    deadline: Timestamp,
    facts: &Facts,
    key: &KeyFacts,
    hops: Vec<Hop>,
) -> Plan {
    let key = || key.arn.clone();
    let snapshots: Vec<PathSnapshot> = facts
        .snapshots
        .iter()
        .map(|snapshot| PathSnapshot {
            source: snapshot.id.clone(),
            current: snapshot.id.clone(),
            kms_key_id: snapshot.key.as_ref().map(|key| key.arn.clone()),
            size_gib: snapshot.size_gib,
            taken_at: snapshot.taken_at,
            shared_with: snapshot.shared_with,
        })
        .collect();
    let waiting = turns::of(deadline, facts, &hops);
    let dry_run = request.options.dry_run;
    Plan {
        restore_id: restore_id.clone(),
        flow: request.flow(),
        deadline,
        source: request.source_session(),
        target: request.target_session(),
        estimate: None,
        room: if dry_run { facts.room().to_vec() } else { Vec::new() },
        hash: None,
        snapshots,
        hops,
        grants: super::grants_of(request, restore_id, facts),
        earlier_grants: Vec::new(),
        instance: match (&facts.target, &request.target.ec2) {
            (Some(TargetFacts::Ec2(ec2)), Some(target)) => {
                let launch = Launch::of(ec2, key(), target.start);
                Some(if request.is_drill() { launch.marked(restore_id) } else { launch })
            }
            _ => None,
        },
        db_instance: request.target.rds.as_ref().map(|rds| {
            let launch = DbLaunch::of(rds, key());
            if request.is_drill() { launch.marked() } else { launch }
        }),
        drill: request.drill.clone(),
        dry_run,
        keep_copies: request.options.keep_copies,
        on_failure: request.options.on_failure,
        not_restored: facts
            .not_restored
            .iter()
            .cloned()
            .chain(option_groups::not_taken_along(request, facts))
            .collect(),
        warnings: warnings(facts),
        preflight: facts
            .preflight
            .iter()
            .cloned()
            .chain(super::doubts::of(request, deadline, facts))
            .chain(waiting)
            .collect(),
    }
}

impl Facts {
    /// Whether every snapshot can be used.
    fn is_complete(&self) -> bool {
        self.snapshots.iter().all(|snapshot| snapshot.availability == Availability::Ready)
    }
}

fn not_yet(facts: &Facts) -> Decision {
    let all = facts.snapshots.iter().map(|snapshot| snapshot.availability.clone());
    let percent = match Availability::of_all(all) {
        Availability::Pending { percent } => percent,
        Availability::Ready | Availability::Failed { .. } => None,
    };
    let waiting_for = facts
        .snapshots
        .iter()
        .filter(|snapshot| snapshot.availability != Availability::Ready)
        .map(|snapshot| snapshot.id.clone())
        .collect();
    Decision::NotYet { waiting_for, percent }
}

/// What is not proven of the AMI; that of an instance which is made already is not asked about.
fn warnings(facts: &Facts) -> Vec<String> {
    match &facts.target {
        Some(TargetFacts::Ec2(ec2)) if !facts.is_past_snapshots() => ami::warnings(ec2),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
