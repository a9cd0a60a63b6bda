//! What a plan takes and costs, as far as that can be told before anything is done.
//!
//! AWS publishes neither how fast it copies snapshots nor one price for all Regions, so every
//! figure follows from an assumption that is named beside it: who knows better can put in their
//! own. Sizes are those of the volumes: AWS copies the blocks that were written, which may be fewer,
//! and tells nobody how many there are.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

use super::turns::COPIES_AT_ONCE;
use super::{Hop, HopStep, PathSnapshot, Plan};
use crate::{Flow, Service};

/// What a plan takes and costs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Estimate {
    /// Each hop, in the plan's order.
    pub hops: Vec<HopEstimate>,
    /// How long it takes from the last snapshot to an instance that answers.
    pub instance: Minutes,
    /// How long it takes until the instance can be used.
    pub usable: Minutes,
    /// How long its volumes load their data from then on, where what they load it from is to go:
    /// the restore ends after that.
    pub initialisation: Minutes,
    /// How long it takes until the restore has ended.
    pub total: Minutes,
    /// What all of it costs once, in US dollars.
    pub usd: f64,
    /// What the figures rest on, in words.
    pub assumptions: Vec<String>,
}

/// What one hop takes and costs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HopEstimate {
    /// What is done.
    pub step: HopStep,
    /// How much is copied at most, in GiB.
    pub gib: u32,
    /// How long it takes.
    pub minutes: Minutes,
    /// What it costs once, for what leaves the Region, in US dollars.
    pub usd: f64,
    /// What its result costs for each month that it is kept, in US dollars; an intermediate is
    /// kept for as long as the restore runs.
    pub usd_per_month: f64,
}

/// A span of minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Minutes {
    /// Where all goes well.
    pub at_least: u32,
    /// Where it goes as slowly as is usual.
    pub at_most: u32,
}

/// MiB that AWS copies of one snapshot in a second: where all goes well, and as slowly as is usual.
const COPIED: (u32, u32) = (250, 50);
/// MiB that a volume loads in a second by itself: where all goes well, and as slowly as is usual.
const LOADED: (u32, u32) = (100, 10);
/// Minutes that a share takes until the other account sees it.
const SHARED: Minutes = Minutes { at_least: 1, at_most: 2 };
/// Minutes that the share takes where grants are given, which have to spread: at most as long as
/// they are waited for.
const GRANTED: Minutes = Minutes { at_least: 1, at_most: 10 };
/// Nothing to wait for.
const NONE: Minutes = Minutes { at_least: 0, at_most: 0 };
/// Minutes from the snapshots to an instance whose status checks pass.
const INSTANCE: Minutes = Minutes { at_least: 4, at_most: 15 };
/// Minutes from the snapshot to a DB instance that is available.
const DB_INSTANCE: Minutes = Minutes { at_least: 5, at_most: 40 };
/// US dollars for a GiB that goes from one Region to another.
const TRANSFER: f64 = 0.02;
/// US dollars for a GiB-month of EBS and of RDS snapshots.
const EBS_STORAGE: f64 = 0.05;
const RDS_STORAGE: f64 = 0.095;

impl Estimate {
    /// The estimate for what `plan` does.
    pub(super) fn of(plan: &Plan) -> Self {
        let shared = if plan.grants.is_empty() { SHARED } else { GRANTED };
        let path = &plan.snapshots;
        let hops: Vec<HopEstimate> =
            plan.hops.iter().map(|hop| of_hop(hop, path, shared)).collect();
        let (instance, storage) = match plan.flow.service() {
            Service::Ec2 => (INSTANCE, EBS_STORAGE),
            Service::Rds => (DB_INSTANCE, RDS_STORAGE),
        };
        let usable = hops.iter().fold(instance, |total, hop| total.and(hop.minutes));
        let initialisation = initialisation(plan);
        Self {
            instance,
            usable,
            initialisation,
            total: usable.and(initialisation),
            usd: cents(hops.iter().map(|hop| hop.usd).sum()),
            assumptions: assumptions(plan, storage),
            hops,
        }
    }
}

/// How long what the volumes load their data from has to outlive the instance's start, where some of
/// it is to go: the permissions between accounts always, copies unless they are kept.
///
/// All volumes load at the same time, each with a rate of its own.
fn initialisation(plan: &Plan) -> Minutes {
    let goes = match plan.flow {
        Flow::Ec2CrossAccount | Flow::Ec2CrossAccountCrossRegion => true,
        Flow::Ec2CrossRegion => !plan.keep_copies,
        _ => false,
    };
    match plan.snapshots.iter().map(size).max() {
        Some(largest) if goes => Minutes::of(largest, LOADED),
        _ => NONE,
    }
}

fn size(snapshot: &PathSnapshot) -> u32 {
    u32::try_from(snapshot.size_gib).unwrap_or_default()
}

fn of_hop(hop: &Hop, path: &[PathSnapshot], shared: Minutes) -> HopEstimate {
    // A hop off the path is refused where it is done; here it would only have no size.
    let concerned = hop.concerned(path).unwrap_or_default();
    let mut sizes: Vec<u32> = concerned.into_iter().map(size).collect();
    sizes.sort_unstable_by_key(|size| Reverse(*size));
    let gib: u32 = sizes.iter().sum();
    // So many at a time, the largest first: each round takes as long as its largest.
    let rounds = sizes.chunks(COPIES_AT_ONCE).filter_map(|round| round.first());
    let rounds = rounds.map(|largest| Minutes::of(*largest, COPIED));
    let minutes = rounds.reduce(Minutes::and).unwrap_or(Minutes::of(0, COPIED));
    let copied = |usd: f64, usd_per_month: f64| HopEstimate {
        step: hop.step,
        gib,
        minutes,
        usd: cents(usd),
        usd_per_month: cents(usd_per_month),
    };
    let storage = match hop.service {
        Service::Ec2 => EBS_STORAGE,
        Service::Rds => RDS_STORAGE,
    };
    let leaves = hop.session.region != hop.source_region;
    let transfer = if leaves { TRANSFER } else { 0.0 };
    match hop.step {
        HopStep::ShareSnapshot => HopEstimate { gib: 0, minutes: shared, ..copied(0.0, 0.0) },
        HopStep::StageSnapshot
        | HopStep::CopyIntoTargetAccount
        | HopStep::CopySnapshot
        | HopStep::ReencryptCopy => copied(f64::from(gib) * transfer, f64::from(gib) * storage),
    }
}

/// The minutes, from 1, in which so many GiB are copied at `rate` MiB a second.
const fn minutes(gib: u32, rate: u32) -> u32 {
    let minutes = (gib * 1024).div_ceil(rate * 60);
    if minutes == 0 { 1 } else { minutes }
}

fn cents(usd: f64) -> f64 {
    (usd * 100.0).round() / 100.0
}

impl Minutes {
    /// Those in which so many GiB go at a rate in MiB a second, the fast one and the slow one.
    const fn of(gib: u32, (fast, slow): (u32, u32)) -> Self {
        Self { at_least: minutes(gib, fast), at_most: minutes(gib, slow) }
    }

    const fn and(self, other: Self) -> Self {
        Self { at_least: self.at_least + other.at_least, at_most: self.at_most + other.at_most }
    }
}

fn assumptions(plan: &Plan, storage: f64) -> Vec<String> {
    let (fast, slow) = COPIED;
    let mut all = vec![
        format!(
            "every copy is a full one of the volume's whole size, and AWS copies {slow} to {fast} MiB/s of each snapshot: \
             it publishes no rate, and copies only the blocks that were written"
        ),
        format!(
            "{TRANSFER} USD for each GiB between Regions, {storage} USD for each GiB-month of a snapshot: list prices of \
             many Regions, not of all"
        ),
        format!(
            "{} to {} minutes until an instance answers, {} to {} until a DB instance does; waiting for quotas and \
             capacity comes on top",
            INSTANCE.at_least, INSTANCE.at_most, DB_INSTANCE.at_least, DB_INSTANCE.at_most
        ),
        "the instance and its storage, KMS requests, and the functions themselves are not counted"
            .to_owned(),
    ];
    if initialisation(plan) != NONE {
        let (fast, slow) = LOADED;
        all.push(format!(
            "the instance can be used while its volumes load their data, and the restore ends after that, since what they \
             load it from goes then: {slow} to {fast} MiB/s of each, all at the same time; AWS publishes no rate, loads only \
             the blocks that were written, and may take 5 minutes more to tell that it is done"
        ));
    }
    if !plan.grants.is_empty() {
        all.push(format!(
            "KMS knows of a grant everywhere within {} to {} minutes, for which the share waits",
            GRANTED.at_least, GRANTED.at_most
        ));
    }
    let too_many = |hop: &Hop| hop.step.makes().is_some() && hop.snapshots.len() > COPIES_AT_ONCE;
    if plan.hops.iter().any(too_many) {
        all.push(format!(
            "a Region receives {COPIES_AT_ONCE} copies of EBS snapshots at a time from an account, and nobody else's are among \
             them; the next begin when all of these are done"
        ));
    }
    all
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Flow;
    use crate::plan::examples::Case;

    fn estimate(flow: Flow, sizes: &[i32]) -> Estimate {
        let dry = Case::of(flow).asking(&json!({ "options": { "dryRun": true } }));
        let case = dry.finding(|facts| {
            for (snapshot, size) in facts.snapshots.iter_mut().zip(sizes) {
                snapshot.size_gib = *size;
            }
        });
        case.plan().estimate.unwrap()
    }

    /// To the cent.
    fn costs(usd: f64, expected: f64) -> bool {
        (usd - expected).abs() < 0.005
    }

    #[test]
    fn only_a_dry_run_is_estimated() {
        assert_eq!(Case::of(Flow::RdsCrossRegion).plan().estimate, None);
    }

    #[test]
    fn what_goes_to_another_region_is_paid_for_and_takes_as_long_as_its_largest_snapshot() {
        let estimate = estimate(Flow::Ec2CrossAccountCrossRegion, &[100, 50, 0]);

        let [share, copy] = &estimate.hops[..] else { panic!("{estimate:?}") };
        assert_eq!((share.step, share.gib), (HopStep::ShareSnapshot, 0));
        assert!(costs(share.usd, 0.0), "{share:?}");
        assert_eq!(copy.step, HopStep::CopySnapshot);
        assert!(copy.gib >= 150, "{copy:?}");
        assert!(copy.usd >= 3.0, "{copy:?}");
        assert_eq!(copy.minutes, Minutes { at_least: 7, at_most: 35 });
        assert_eq!(estimate.usable, Minutes { at_least: 12, at_most: 52 });
        // The largest volume loads as long.
        assert_eq!(estimate.initialisation, Minutes { at_least: 18, at_most: 171 });
        assert_eq!(estimate.total, Minutes { at_least: 30, at_most: 223 });
    }

    #[test]
    fn a_copy_within_the_region_costs_its_storage_alone() {
        let estimate = estimate(Flow::RdsCrossAccount, &[200]);

        assert!(costs(estimate.usd, 0.0), "{estimate:?}");
        let copy = estimate.hops.last().unwrap();
        assert_eq!(copy.step, HopStep::ReencryptCopy);
        assert!(costs(copy.usd_per_month, 19.0), "{copy:?}");
    }

    #[test]
    fn a_restore_without_a_hop_takes_as_long_as_its_instance() {
        let estimate = estimate(Flow::Ec2SameLocation, &[]);

        assert_eq!(estimate.hops, []);
        assert_eq!((estimate.usable, estimate.total), (INSTANCE, INSTANCE));
        assert_eq!(estimate.assumptions.len(), 4);
    }

    /// What is asked for with `options`, of volumes of 20 GiB.
    fn asking(flow: Flow, options: &serde_json::Value) -> Estimate {
        let mut change = json!({ "options": { "dryRun": true } });
        change["options"].as_object_mut().unwrap().extend(options.as_object().unwrap().clone());
        Case::of(flow).asking(&change).plan().estimate.unwrap()
    }

    #[test]
    fn a_restore_ends_once_the_volumes_have_loaded_what_goes_then() {
        for (flow, keeps, waits) in [
            (Flow::Ec2SameLocation, false, false),
            (Flow::Ec2CrossRegion, false, true),
            (Flow::Ec2CrossRegion, true, false),
            (Flow::Ec2CrossAccount, false, true),
            // The permissions go, whatever stays of the copies.
            (Flow::Ec2CrossAccount, true, true),
            (Flow::Ec2CrossAccountCrossRegion, false, true),
            (Flow::Ec2CrossAccountCrossRegion, true, true),
            (Flow::RdsCrossAccount, false, false),
        ] {
            let estimate = asking(flow, &json!({ "keepCopies": keeps }));

            assert_eq!(estimate.initialisation != NONE, waits, "{flow}, kept: {keeps}");
            let told = estimate.assumptions.iter().any(|it| it.contains("load their data"));
            assert_eq!(told, waits, "{flow}: {:?}", estimate.assumptions);
            assert_eq!(estimate.total, estimate.usable.and(estimate.initialisation));
        }
    }

    #[test]
    fn grants_have_to_spread() {
        let grants = json!({ "source": { "grantKeyAccess": true }, "options": { "dryRun": true } });
        let estimate = Case::of(Flow::Ec2CrossAccount).asking(&grants).plan().estimate.unwrap();

        assert_eq!(estimate.hops[0].minutes, GRANTED);
        assert!(estimate.assumptions.iter().any(|it| it.contains("grant")), "{estimate:?}");
        let without = asking(Flow::Ec2CrossAccount, &json!({}));
        assert_eq!(without.hops[0].minutes, SHARED);
    }

    #[test]
    fn more_snapshots_than_are_copied_at_once_go_in_rounds() {
        let of = |count: usize| {
            let dry = json!({ "options": { "dryRun": true } });
            let case = Case::of(Flow::Ec2CrossRegion).asking(&dry).finding(|facts| {
                let snapshot = |index: usize| crate::facts::SnapshotFacts {
                    id: format!("snap-{index:08x}"),
                    // One large one among small ones.
                    size_gib: if index == 7 { 1000 } else { 100 },
                    ..facts.snapshots[0].clone()
                };
                facts.snapshots = (0..count).map(snapshot).collect();
            });
            case.plan().estimate.unwrap()
        };
        let (one_round, two_rounds) = (of(20), of(21));

        let copy = |estimate: &Estimate| estimate.hops[0].minutes;
        assert_eq!(copy(&one_round), Minutes::of(1000, COPIED));
        assert_eq!(copy(&two_rounds), Minutes::of(1000, COPIED).and(Minutes::of(100, COPIED)));
        let told = |of: &Estimate| of.assumptions.iter().any(|it| it.contains("at a time"));
        assert!(!told(&one_round) && told(&two_rounds));
    }
}
