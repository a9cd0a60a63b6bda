//! What a plan takes and costs, as far as that can be told before anything is done.
//!
//! AWS publishes neither how fast it copies snapshots nor one price for all Regions, so every
//! figure follows from an assumption that is named beside it: who knows better can put in their
//! own. Sizes are those of the volumes: AWS copies the blocks that were written, which may be fewer,
//! and tells nobody how many there are.

use serde::{Deserialize, Serialize};

use super::{Hop, HopStep, PathSnapshot};
use crate::Service;

/// What a plan takes and costs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Estimate {
    /// Each hop, in the plan's order.
    pub hops: Vec<HopEstimate>,
    /// How long it takes from the last snapshot to an instance that answers.
    pub instance: Minutes,
    /// How long all of it takes.
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
/// Minutes that a share takes until the other account sees it.
const SHARED: Minutes = Minutes { at_least: 1, at_most: 2 };
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
    /// The estimate for `hops` of `snapshots`, and the instance of `service` that they end in.
    pub(super) fn of(service: Service, snapshots: &[PathSnapshot], hops: &[Hop]) -> Self {
        let hops: Vec<HopEstimate> = hops.iter().map(|hop| of_hop(hop, snapshots)).collect();
        let (instance, storage) = match service {
            Service::Ec2 => (INSTANCE, EBS_STORAGE),
            Service::Rds => (DB_INSTANCE, RDS_STORAGE),
        };
        Self {
            instance,
            total: hops.iter().fold(instance, |total, hop| total.and(hop.minutes)),
            usd: cents(hops.iter().map(|hop| hop.usd).sum()),
            assumptions: assumptions(storage),
            hops,
        }
    }
}

fn of_hop(hop: &Hop, path: &[PathSnapshot]) -> HopEstimate {
    // A hop off the path is refused where it is done; here it would only have no size.
    let sizes = hop.concerned(path).unwrap_or_default();
    let sizes = sizes.iter().map(|snapshot| u32::try_from(snapshot.size_gib).unwrap_or_default());
    let (gib, largest) = sizes.fold((0, 0), |(sum, max), size| (sum + size, max.max(size)));
    let copied = |usd: f64, usd_per_month: f64| HopEstimate {
        step: hop.step,
        gib,
        // All snapshots of a hop are copied at the same time.
        minutes: Minutes {
            at_least: minutes(largest, COPIED.0),
            at_most: minutes(largest, COPIED.1),
        },
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
        HopStep::ShareSnapshot => HopEstimate { gib: 0, minutes: SHARED, ..copied(0.0, 0.0) },
        HopStep::StageSnapshot
        | HopStep::CopyIntoTargetAccount
        | HopStep::CopySnapshot
        | HopStep::ReencryptCopy => copied(f64::from(gib) * transfer, f64::from(gib) * storage),
    }
}

/// The minutes, from 1, in which so many GiB are copied at `rate` MiB a second.
fn minutes(gib: u32, rate: u32) -> u32 {
    (gib * 1024).div_ceil(rate * 60).max(1)
}

fn cents(usd: f64) -> f64 {
    (usd * 100.0).round() / 100.0
}

impl Minutes {
    const fn and(self, other: Self) -> Self {
        Self { at_least: self.at_least + other.at_least, at_most: self.at_most + other.at_most }
    }
}

fn assumptions(storage: f64) -> Vec<String> {
    let (fast, slow) = COPIED;
    vec![
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
    ]
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
        assert_eq!(estimate.total, Minutes { at_least: 12, at_most: 52 });
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
        assert_eq!(estimate.total, INSTANCE);
        assert_eq!(estimate.assumptions.len(), 4);
    }
}
