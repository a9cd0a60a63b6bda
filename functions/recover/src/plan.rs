//! Which restores a recovery has.

use jiff::Timestamp;
use restore::Request as RestoreRequest;
use restore::RestoreId;
use restore::id::{PlanId, RecoveryId};
use restore::recovery::{Faults, Item, Ledger, PlanObject, Recover, Recovery, RecoveryPlan};
use restore::request::Mode;
use serde::{Serialize, Serializer};
use serde_json::Value;
use step::{ErrorName, StepError};
use tracing::info;

use crate::{Layout, Objects};

/// A plan that nothing is wrong with, and where its restores lie to be planned.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Planned {
    /// The id of the recovery.
    pub recovery_id: RecoveryId,
    /// The plan.
    pub plan_id: PlanId,
    /// What it is for.
    pub mode: Mode,
    /// Whether nothing is done beyond planning.
    pub dry_run: bool,
    /// How many restores are to be run.
    pub restores: usize,
    /// What the names of its restores' executions end with: another run of the recovery has others.
    pub run: String,
    /// Where the recovery's objects lie.
    pub layout: Layout,
    /// The bucket they lie in.
    pub bucket: String,
    /// The object of all restores.
    pub preflight: String,
    /// Where the results of planning them go.
    pub preflight_results: String,
}

/// A restore to be planned, as an item of the Map Run.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ToPlan<'a> {
    restore_id: &'a RestoreId,
    path: &'a str,
    request: RestoreRequest,
}

/// Every restore of a recovery that is to be planned. Each is laid out as it is written: all requests a
/// second time would be the most that is held.
struct AllToPlan<'a>(&'a Recovery);

impl Serialize for AllToPlan<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(to_run(self.0).map(to_plan))
    }
}

/// Reads the plan that `input` gives or names, checks it whole, and lays out its restores.
pub(crate) async fn plan(
    objects: &Objects,
    input: &Value,
    started_at: Timestamp,
    execution_name: &str,
) -> Result<Planned, StepError> {
    let recover = Recover::read(input).map_err(|faults| refused(&faults))?;
    let at = recover.plan_object.as_ref();
    let plan = match (&recover.plan, at) {
        (Some(plan), _) => RecoveryPlan::read(plan),
        (None, Some(at)) => RecoveryPlan::parse(&objects.plan(at).await?),
        (None, None) => RecoveryPlan::read(&Value::Null),
    }
    .map_err(|faults| plan_refused(at, &faults))?;
    let recovery = plan
        .expand(&recover.id(execution_name), &recover)
        .map_err(|faults| plan_refused(at, &faults))?;
    let layout = Layout::of(&recovery.recovery_id, started_at, execution_name);
    let restores = to_run(&recovery).count();
    objects.write(&layout.ledger(), &Ledger::from(&recovery)).await?;
    objects.write(&layout.recovery(), &recovery).await?;
    objects.write(&layout.preflight(), &AllToPlan(&recovery)).await?;
    info!(recovery = %recovery.recovery_id, restores, "planned");
    Ok(Planned {
        restores,
        recovery_id: recovery.recovery_id.clone(),
        plan_id: recovery.plan_id.clone(),
        mode: recovery.mode,
        dry_run: recovery.dry_run,
        run: restore::name::run(execution_name),
        bucket: objects.bucket().to_owned(),
        preflight: layout.preflight(),
        preflight_results: layout.preflight_results(),
        layout,
    })
}

/// The restores of the waves that are not skipped.
fn to_run(recovery: &Recovery) -> impl Iterator<Item = &Item> {
    let waves = recovery.waves.iter().filter(|wave| !wave.skipped);
    waves.flat_map(|wave| &wave.restores)
}

fn to_plan(item: &Item) -> ToPlan<'_> {
    let mut request = item.request.clone();
    request.options.dry_run = true;
    ToPlan { restore_id: &item.restore_id, path: &item.path, request }
}

/// The faults of a plan that lies `at` an object, or in the input itself. The object is named first:
/// who is told of them may know neither the input nor which of many plans it named.
fn plan_refused(at: Option<&PlanObject>, faults: &Faults) -> StepError {
    let Some(at) = at else { return refused(faults) };
    StepError::refused(ErrorName::InvalidInput, format!("planObject: {at}: {faults}"))
}

fn refused(faults: &Faults) -> StepError {
    StepError::refused(ErrorName::InvalidInput, faults.to_string())
}
