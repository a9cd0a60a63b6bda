//! In which order the restores of a recovery are run, once each has been planned.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use restore::RestoreId;
use restore::plan::Room;
use restore::recovery::{
    Ending, Faults, Kept, Ledger, OnWaveFailure, Recovery, RestoreResult, Rooms, Schedule,
    ScheduledWave, Size, Sizes,
};
use restore::request::Fault;
use serde::{Deserialize, Serialize};
use step::{ErrorName, StepError};
use tracing::info;

use crate::results::{Child, each_child};
use crate::{Layout, MapRun, Objects};

/// What is run, and what stands in the way of the rest.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Scheduled {
    /// The waves that have anything to run, in order.
    pub waves: Vec<WaveToRun>,
    /// How many restores cannot be made.
    pub obstacles: usize,
    /// Why nothing is begun, where nothing is.
    pub refusal: Option<Refusal>,
    /// The object that tells what planning has told of each restore.
    pub planned: String,
}

/// Why nothing is begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Refusal {
    /// A name of the vocabulary: that of all obstacles, or that the plan is at fault.
    pub error: String,
    /// The obstacles by their places in the plan, in words, and where all are listed.
    pub cause: String,
}

/// A wave to be run.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WaveToRun {
    /// Its place in the plan.
    pub wave: usize,
    /// Its name.
    pub name: String,
    /// Its groups, which are run side by side.
    pub groups: Vec<GroupToRun>,
    /// Where their results go.
    pub results: String,
}

/// A group of restores to be run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupToRun {
    /// The object that lists them.
    pub items: String,
    /// How many at a time.
    pub concurrency: u32,
}

/// What planning has told of a restore, for the account at the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Known {
    /// Its place in the plan.
    pub(crate) path: String,
    /// The instant of its oldest snapshot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) recovery_point: Option<Timestamp>,
    /// Why it cannot be made, where it cannot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) obstacle: Option<RestoreResult>,
}

/// All that planning has told, by the restore.
pub(crate) type AllKnown = BTreeMap<RestoreId, Known>;

/// A snapshot of a plan, as the state machine passes it on.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PlannedSnapshot {
    size_gib: u32,
    #[serde(default)]
    taken_at: Option<Timestamp>,
}

#[derive(Debug, Deserialize)]
struct Answer {
    snapshots: Vec<PlannedSnapshot>,
    #[serde(default)]
    room: Vec<Room>,
}

/// What the children that planned the restores have told.
#[derive(Debug, Default)]
struct Told {
    sizes: Sizes,
    rooms: Rooms,
    known: AllKnown,
}

/// Reads what planning has told, and lays out what is to be run.
pub(crate) async fn schedule(
    objects: &Objects,
    layout: &Layout,
    preflight: &MapRun,
) -> Result<Scheduled, StepError> {
    let mut recovery: Recovery = objects.read(&layout.recovery()).await?;
    let ledger = Ledger::from(&recovery);
    let Told { sizes, rooms, mut known } = told(objects, &ledger, preflight).await?;
    for (restore_id, cause) in recovery.without_room(&rooms) {
        if let Some(known) = known.get_mut(&restore_id) {
            let error = ErrorName::LimitReached.as_str().to_owned();
            known.obstacle = Some(impossible(restore_id, error, cause));
        }
    }
    objects.write(&layout.planned(), &known).await?;
    let planned = layout.planned();
    let refusal = refusal(&ledger, &known).map(|Refusal { error, cause }| Refusal {
        error,
        cause: format!("{cause}; s3://{}/{planned} tells of every restore", objects.bucket()),
    });
    let obstacles = known.values().filter(|known| known.obstacle.is_some()).count();
    for wave in &mut recovery.waves {
        wave.restores.retain(|item| !is_impossible(&known, &item.restore_id));
    }
    let mut waves = Vec::new();
    if refusal.is_none() {
        for wave in Schedule::of(recovery, &sizes).waves {
            let place = ledger.waves.iter().position(|it| it.name == wave.name);
            waves.push(laid_out(objects, layout, place.unwrap_or_default(), &wave).await?);
        }
    }
    info!(waves = waves.len(), obstacles, "scheduled");
    Ok(Scheduled { waves, obstacles, refusal, planned })
}

async fn laid_out(
    objects: &Objects,
    layout: &Layout,
    place: usize,
    wave: &ScheduledWave,
) -> Result<WaveToRun, StepError> {
    let mut groups = Vec::new();
    for (number, group) in wave.groups.iter().enumerate() {
        let items = layout.group(place, number);
        objects.write(&items, &group.items).await?;
        groups.push(GroupToRun { items, concurrency: group.concurrency });
    }
    let results = layout.wave_results(place);
    Ok(WaveToRun { wave: place, name: wave.name.to_string(), groups, results })
}

async fn told(objects: &Objects, ledger: &Ledger, preflight: &MapRun) -> Result<Told, StepError> {
    let (mut told, mut obstacles) = (Told::default(), Kept::of_recovery(ledger));
    let each = each_child(objects, preflight, |child: Child<Answer>| {
        let mut recovery_point = None;
        if let Some(Answer { snapshots, room }) = child.answer {
            // The oldest, if the instant of each is known: none is less than any.
            recovery_point = snapshots.iter().map(|snapshot| snapshot.taken_at).min().flatten();
            let gib = snapshots.iter().map(|snapshot| snapshot.size_gib).sum();
            let snapshots = u32::try_from(snapshots.len()).unwrap_or(u32::MAX);
            told.sizes.insert(child.restore_id.clone(), Size { gib, snapshots });
            told.rooms.insert(child.restore_id.clone(), room);
        }
        if let Some(error) = child.error.filter(|error| is_obstacle(error)) {
            let cause = child.cause.unwrap_or_default();
            obstacles.keep(impossible(child.restore_id.clone(), error, cause), &child.from);
        }
        let known = Known { path: child.path, recovery_point, obstacle: None };
        told.known.insert(child.restore_id, known);
    });
    each.await?;
    for obstacle in obstacles.into_results() {
        if let Some(known) = told.known.get_mut(&obstacle.restore_id) {
            known.obstacle = Some(obstacle);
        }
    }
    Ok(told)
}

/// The names by which planning says that a restore cannot be made. By any other it could not tell:
/// it was throttled, say, or stopped. Such a restore is begun, and what keeps it then is told of it.
const OBSTACLES: [ErrorName; 8] = [
    ErrorName::InvalidInput,
    ErrorName::AccessDenied,
    ErrorName::KeyNotUsable,
    ErrorName::DefaultKeyNotShareable,
    ErrorName::AlreadyExists,
    ErrorName::LimitReached,
    ErrorName::InsufficientCapacity,
    ErrorName::ResourceFailed,
];

fn is_obstacle(error: &str) -> bool {
    OBSTACLES.iter().any(|name| name.as_str() == error)
}

/// The result of a restore that is not begun, and so has no times of its own.
fn impossible(restore_id: RestoreId, error: String, cause: String) -> RestoreResult {
    RestoreResult {
        restore_id,
        ending: Ending::Failed { error, cause },
        started_at: None,
        found_finished: false,
        up_at: None,
        checked_at: None,
        ended_at: None,
        recovery_point: None,
        left: Vec::new(),
        cut: None,
    }
}

fn is_impossible(known: &AllKnown, restore_id: &RestoreId) -> bool {
    known.get(restore_id).is_some_and(|known| known.obstacle.is_some())
}

/// Why nothing is begun: a wave that stops the recovery when more fail than it tolerates has that
/// many that cannot be made. A wave after which the recovery goes on does not keep the others.
fn refusal(ledger: &Ledger, known: &AllKnown) -> Option<Refusal> {
    let mut found: Vec<(&Known, &Ending)> = Vec::new();
    for wave in ledger.waves.iter().filter(|wave| !wave.skipped) {
        let known = wave.restores.iter().filter_map(|entry| known.get(&entry.restore_id));
        let of_wave: Vec<_> =
            known.filter_map(|known| Some((known, &known.obstacle.as_ref()?.ending))).collect();
        if wave.on_wave_failure == OnWaveFailure::Stop && !wave.tolerates(of_wave.len()) {
            found.extend(of_wave);
        }
    }
    let faults: Faults =
        found.iter().map(|(known, ending)| Fault::new(known.path.clone(), words(ending))).collect();
    let names: BTreeSet<&str> = found.iter().filter_map(|(_, ending)| name(ending)).collect();
    let error = match names.len() {
        0 | 1 => *names.first()?,
        _ => ErrorName::InvalidInput.as_str(),
    };
    Some(Refusal { error: error.to_owned(), cause: faults.to_string() })
}

fn name(ending: &Ending) -> Option<&str> {
    match ending {
        Ending::Failed { error, .. } => Some(error),
        Ending::Succeeded | Ending::NotStarted | Ending::Skipped => None,
    }
}

fn words(ending: &Ending) -> String {
    match ending {
        Ending::Failed { error, cause } => format!("{error}: {cause}"),
        Ending::Succeeded | Ending::NotStarted | Ending::Skipped => String::new(),
    }
}
