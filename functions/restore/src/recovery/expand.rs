//! From a plan to whole requests: every fault of it, or every restore of it.

use serde_json::Value;

use super::merge::{Stack, weight};
use super::network::Carried;
use super::profiles::Profiles;
use super::{
    DEFAULT_CONCURRENCY, Faults, Item, MAX_EXPANDED_BYTES, PlannedRestore, Recover, Recovery,
    RecoveryPlan, RecoveryWave, SourceLost, check, ids, twice,
};
use crate::id::RecoveryId;
use crate::request::{self, Fault, Mode};
use crate::{Request, RestoreId};

/// A request that nothing is wrong with by itself.
pub(super) struct Draft {
    wave: usize,
    /// Where it is written.
    pub(super) path: String,
    /// Whether the plan gives its id.
    pub(super) named: bool,
    pub(super) request: Request,
}

impl RecoveryPlan {
    /// Lays every restore over its defaults, and checks all of it.
    ///
    /// # Errors
    ///
    /// Every fault there is. What is wrong in defaults or a profile is told once, where it is
    /// written; restores that lie over it are then looked at by themselves. Of a plan that is too
    /// large nothing else is looked at.
    pub fn expand(&self, recovery: &RecoveryId, recover: &Recover) -> Result<Recovery, Faults> {
        let mut faults = Faults::default();
        check::size(self, &mut faults);
        if !faults.is_empty() {
            return Err(faults);
        }
        check::plan(self, recover, &mut faults);
        let mode = recover.mode.unwrap_or(self.mode);
        let mut drafts = self.drafts(mode, recover.source_lost.as_ref(), &mut faults);
        if let Some(lost) = &recover.source_lost {
            lost.concerns_any(&drafts, &mut faults);
        }
        ids::give(recovery, &mut drafts, &mut faults);
        twice::used(self, &drafts, &mut faults);
        twice::made(&drafts, &mut faults);
        faults.or(|| self.recovery(recovery, recover, mode, drafts))
    }

    /// The requests that nothing is wrong with.
    fn drafts(
        &self,
        mode: Mode,
        source_lost: Option<&SourceLost>,
        faults: &mut Faults,
    ) -> Vec<Draft> {
        let (profiles, network) = (Profiles::of(self, faults), self.network_map.lookup());
        let mut carried = Carried::of(&self.network_map);
        let (mut drafts, mut bytes) = (Vec::with_capacity(self.restores()), 0);
        // Most restores lie over the same as the one before.
        let mut last = None;
        for (path, wave, restore) in self.places() {
            let over = (self.waves[wave].profile.as_ref(), restore.profile.as_ref());
            let beneath = match last.take() {
                Some((names, beneath)) if names == over => beneath,
                _ => profiles.beneath(over.0, over.1),
            };
            let merged = merged(restore, beneath.as_ref(), mode);
            last = Some((over, beneath));
            if let Ok(merged) = &merged {
                bytes += weight(merged);
                if bytes > MAX_EXPANDED_BYTES {
                    let most = MAX_EXPANDED_BYTES;
                    let problem = format!(
                        "come to more than {most} bytes with their defaults and what goes with them of \
                         `networkMap`"
                    );
                    faults.at("waves", problem);
                    break;
                }
            }
            let request = merged.and_then(|merged| Request::read(&merged));
            match request.and_then(|request| match source_lost {
                Some(place) => place.spare(request),
                None => Ok(request),
            }) {
                Err(found) => found.into_iter().for_each(|fault| faults.within(&path, fault)),
                Ok(mut request) => {
                    request.restore_id.clone_from(&restore.restore_id);
                    // Whatever the plan is for this time: it serves for both.
                    if restore.restore_id.as_ref().is_some_and(RestoreId::is_of_drill) {
                        faults.within(&path, request::of_drill());
                        continue;
                    }
                    network.apply(&mut request);
                    bytes += carried.lay_under(&mut request, &path, faults);
                    let named = restore.restore_id.is_some();
                    drafts.push(Draft { wave, path, named, request });
                }
            }
        }
        drafts
    }

    fn recovery(
        &self,
        id: &RecoveryId,
        recover: &Recover,
        mode: Mode,
        drafts: Vec<Draft>,
    ) -> Recovery {
        let dry_run = recover.dry_run.unwrap_or(self.options.dry_run);
        let first = recover.from_wave.as_ref();
        let first = first.and_then(|name| self.waves.iter().position(|wave| wave.name == *name));
        let mut waves: Vec<RecoveryWave> = self
            .waves
            .iter()
            .enumerate()
            .map(|(index, wave)| RecoveryWave {
                name: wave.name.clone(),
                skipped: first.is_some_and(|first| index < first),
                max_concurrency: wave
                    .max_concurrency
                    .or(self.max_concurrency)
                    .unwrap_or(DEFAULT_CONCURRENCY),
                tolerated_failure_percentage: wave
                    .tolerated_failure_percentage
                    .or(self.tolerated_failure_percentage)
                    .unwrap_or_default(),
                on_wave_failure: wave.on_wave_failure.or(self.on_wave_failure).unwrap_or_default(),
                restores: Vec::with_capacity(wave.restores.len()),
            })
            .collect();
        for Draft { wave, path, mut request, .. } in drafts {
            request.options.dry_run = dry_run;
            // Given to each of them above.
            let Some(restore_id) = request.restore_id.take() else { continue };
            let restore_id = if mode == Mode::Drill { restore_id.of_drill() } else { restore_id };
            request.restore_id = Some(restore_id.clone());
            waves[wave].restores.push(Item { restore_id, path, request, size_gib: None });
        }
        Recovery {
            recovery_id: id.clone(),
            plan_id: self.plan_id.clone(),
            mode,
            dry_run,
            rto_minutes: self.rto_minutes,
            rpo_minutes: self.rpo_minutes,
            waves,
        }
    }
}

/// What `restore` comes to with what lies beneath it; where that is at fault, what is wrong with the
/// restore itself, which may be nothing.
fn merged(
    restore: &PlannedRestore,
    beneath: Option<&Stack>,
    mode: Mode,
) -> Result<Value, Vec<Fault>> {
    let layer = restore.layer();
    let Some(beneath) = beneath else {
        return Err(layer.misfit().into_iter().collect());
    };
    match layer.forbidden() {
        Some(fault) => Err(vec![fault]),
        None => beneath.clone().with(layer).request(mode).map_err(|fault| vec![fault]),
    }
}
