//! In which order, and how many at a time, the restores of a wave are run.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::lanes::lanes;
use super::{Item, OnWaveFailure, Recovery, RecoveryWave};
use crate::id::{Label, PlanId, RecoveryId};
use crate::{AccountId, Region, RestoreId, Service};

/// The copies of EBS snapshots that an account has under way to one Region at most
/// (EBS/ebs-resource-quotas).
const EBS_COPIES: u32 = 20;
/// Those of DB snapshots that come from another Region (`RDS/USER_CopySnapshot`,
/// `RDS/CHAP_Limits`).
const RDS_COPIES: u32 = 20;

/// How large restores are, by their ids, as far as that has been found out.
pub type Sizes = BTreeMap<RestoreId, Size>;

/// How large a restore is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Size {
    /// Its snapshots together, in GiB.
    pub gib: u32,
    /// How many snapshots it has: an instance has one for each volume.
    pub snapshots: u32,
}

/// A recovery, put in order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Schedule {
    /// The id by which a later run goes on.
    pub recovery_id: RecoveryId,
    /// The plan.
    pub plan_id: PlanId,
    /// Whether nothing is done beyond planning.
    pub dry_run: bool,
    /// The waves to run, in order: without those that are skipped.
    pub waves: Vec<ScheduledWave>,
}

/// A wave, whose groups are run side by side.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScheduledWave {
    /// Its name.
    pub name: Label,
    /// How many of its restores, in percent, may fail without failing it.
    pub tolerated_failure_percentage: f64,
    /// What its failure means for those after it.
    pub on_wave_failure: OnWaveFailure,
    /// Its restores.
    pub groups: Vec<Group>,
}

/// Restores that draw on one quota, or on a share of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Group {
    /// The account that receives them.
    pub account_id: AccountId,
    /// The Region that receives them.
    pub region: Region,
    /// The service: EBS and RDS count copies apart.
    pub service: Service,
    /// Whether they come from other Regions, and so are copied.
    pub copied: bool,
    /// How many run at the same time.
    pub concurrency: u32,
    /// The restores, in the order in which they are begun.
    pub items: Vec<Item>,
}

/// What tells the groups of a wave apart.
type Quota = (AccountId, Region, Service, bool);

impl Schedule {
    /// Puts `recovery` in order, knowing of some restores their `sizes`.
    ///
    /// Within a group the largest is begun first: it takes longest, and begun last it would be
    /// waited for alone. One of unknown size may be the largest of all, and is begun before those
    /// that are known. Among equals the plan's order stays.
    #[must_use]
    pub fn of(recovery: Recovery, sizes: &Sizes) -> Self {
        let waves = recovery.waves.into_iter().filter(|wave| !wave.skipped);
        Self {
            recovery_id: recovery.recovery_id,
            plan_id: recovery.plan_id,
            dry_run: recovery.dry_run,
            waves: waves.map(|wave| ScheduledWave::of(wave, sizes)).collect(),
        }
    }
}

impl ScheduledWave {
    fn of(wave: RecoveryWave, sizes: &Sizes) -> Self {
        let mut groups: BTreeMap<Quota, Vec<Item>> = BTreeMap::new();
        for mut item in wave.restores {
            item.size_gib = sizes.get(&item.restore_id).map(|size| size.gib);
            groups.entry(quota(&item)).or_default().push(item);
        }
        let most = wave.max_concurrency;
        Self {
            name: wave.name,
            tolerated_failure_percentage: wave.tolerated_failure_percentage,
            on_wave_failure: wave.on_wave_failure,
            groups: groups
                .into_iter()
                .flat_map(|(of, items)| shared(of, items, most, sizes))
                .collect(),
        }
    }
}

fn quota(item: &Item) -> Quota {
    let (target, flow) = (&item.request.target, item.request.flow());
    (target.account_id.clone(), target.region.clone(), flow.service(), flow.crosses_regions())
}

/// The groups of restores that draw on one quota, of which at most `most` run at a time: one, or two
/// that share it.
fn shared(of: Quota, mut items: Vec<Item>, most: u32, sizes: &Sizes) -> Vec<Group> {
    items.sort_by_key(|item| (item.size_gib.is_some(), Reverse(item.size_gib)));
    let (account_id, region, service, copied) = of;
    let group = |concurrency, items| {
        let (account_id, region) = (account_id.clone(), region.clone());
        Group { account_id, region, service, copied, concurrency, items }
    };
    if !copied {
        return vec![group(most, items)];
    }
    let quota = match service {
        Service::Ec2 => EBS_COPIES,
        Service::Rds => RDS_COPIES,
    };
    let mut groups = Vec::new();
    for lane in lanes(items.iter().map(|item| copies(item, sizes)), quota, most) {
        let its = |item: &mut Item| lane.copies.contains(&copies(item, sizes));
        groups.push(group(lane.concurrency, items.extract_if(.., its).collect()));
    }
    groups
}

/// How many snapshots of a restore are copied at the same time; one where it is not known better.
fn copies(item: &Item, sizes: &Sizes) -> u32 {
    let listed = || {
        let volumes = item.request.source.ec2.as_ref()?.volumes.as_ref()?;
        u32::try_from(volumes.len()).ok()
    };
    sizes.get(&item.restore_id).map(|size| size.snapshots).or_else(listed).unwrap_or(1).max(1)
}
