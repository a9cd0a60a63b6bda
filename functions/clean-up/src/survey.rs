//! What a restore made, in all its places.

use restore::Service;
use restore::plan::KeyGrant;
use step::{ErrorName, StepError};

use crate::decide::Initialisation;
use crate::found::Found;
use crate::place::{Part, Place, Search};
use crate::request::Request;
use crate::scope::{Fate, Scope};
use crate::sweep::Sweep;
use crate::{doubles, ec2, grant, loading, place, rds};

/// All that a restore made, as far as it can be seen.
#[derive(Debug)]
pub(crate) struct Survey {
    /// What was found.
    pub(crate) found: Vec<Found>,
    /// Whether all volumes are among it.
    volumes_seen: bool,
    /// Whether all that was brought back is among it.
    pub(crate) outcome_seen: bool,
    /// The grants of the plan that are among it if KMS knows of them.
    pub(crate) grants_seen: Vec<KeyGrant>,
}

/// Looks for all that the restore made. What cannot be looked for is noted in `sweep`.
pub(crate) async fn all(places: &[Place], request: &Request, sweep: &mut Sweep<'_>) -> Survey {
    let (mut found, mut grants_seen) = (Vec::new(), Vec::new());
    let (mut volumes_seen, mut outcome_seen) = (false, false);
    for (index, place) in places.iter().enumerate() {
        let search = Search { index, place, restore_id: &request.restore_id };
        let mut keep = |what: &str, listed: Result<Vec<Found>, StepError>| match listed {
            Ok(listed) => found.extend(listed),
            Err(error) => {
                let what = format!("{what}: {}", place::name(&place.session));
                sweep.could_not_list(&what, &error.by(&place.session, what.as_str()));
            }
        };
        if place.part == Part::Source {
            // What is not told of one key hides nothing on the others.
            for on in request.plan.grants_to_end() {
                let service = request.plan.flow.service();
                let listed = grant::find(search, service, on).await;
                if listed.is_ok() {
                    grants_seen.push(on.clone());
                }
                keep(&format!("grants on {}", on.kms_key_id), listed);
            }
        }
        match (request.plan.flow.service(), place.part) {
            (Service::Ec2, Part::Source) => {
                keep("EBS snapshots", ec2::snapshots(search).await);
                keep("shares", ec2::shares(search).await);
            }
            (Service::Ec2, Part::Between) => {
                keep("EBS snapshots", ec2::snapshots(search).await);
            }
            (Service::Ec2, Part::Target) => {
                let known = request.instance_id.as_deref();
                let instances = ec2::instances(search, known).await;
                let volumes = ec2::volumes(search).await;
                volumes_seen = volumes.is_ok();
                outcome_seen = volumes_seen && instances.is_ok();
                keep("instances", instances);
                keep("volumes", volumes);
                keep("security groups", ec2::groups(search).await);
                keep("EBS snapshots", ec2::snapshots(search).await);
            }
            (Service::Rds, Part::Source | Part::Between) => {
                keep("DB snapshots", rds::snapshots(search).await);
            }
            (Service::Rds, Part::Target) => {
                let instances = rds::instances(search).await;
                outcome_seen = instances.is_ok();
                keep("DB instances", instances);
                keep("DB snapshots", rds::snapshots(search).await);
            }
        }
    }
    // A copy of an earlier run can be what this one restores from: the plan names it, and it stays.
    found.retain(|one| !is_restored_from(request, one));
    // Without the volumes nobody knows which of two copies they were made from.
    if volumes_seen {
        doubles::note(&mut found);
    }
    Survey { found, volumes_seen, outcome_seen, grants_seen }
}

fn is_restored_from(request: &Request, one: &Found) -> bool {
    let mut sources = request.plan.snapshots.iter().map(|snapshot| &snapshot.source);
    one.kind.is_snapshot() && sources.any(|source| *source == one.id || *source == one.arn)
}

/// What is asked for there, as it is called where it is refused.
const STATUS: &str = "how far the volumes are";

/// How far the restored volumes have loaded their data, where it matters: they stay, and
/// something goes that they may still load it from.
pub(crate) async fn initialisation(
    places: &[Place],
    request: &Request,
    survey: &Survey,
    scope: Scope,
    sweep: &mut Sweep<'_>,
) -> Initialisation {
    let goes = |one: &&Found| scope.fate(&one.kind) == Fate::Goes;
    let mut going = survey.found.iter().filter(goes);
    let target = places.iter().find(|place| place.part == Part::Target);
    let Some(target) = target.filter(|_| survey.volumes_seen) else {
        return Initialisation::Unseen;
    };
    if !scope.keeps_volumes() || !going.any(|one| loading::is_from(one, &survey.found)) {
        return Initialisation::Done;
    }
    let restored = survey.found.iter().filter(|one| one.is_restored_volume());
    let ids: Vec<String> = restored.map(|volume| volume.id.clone()).collect();
    match ec2::initialisation(&target.ec2, &ids, request.elapsed_seconds).await {
        Ok(told) => told,
        Err(error) => {
            let again = error.name() == ErrorName::Throttled && sweep.is_patient(STATUS);
            let error = error.by(&target.session, &ids.join(", "));
            if again {
                sweep.wait(format!("AWS tells {STATUS} ({error})"), None);
                Initialisation::Underway { percent: 0 }
            } else {
                Initialisation::Unknown(error.to_string())
            }
        }
    }
}
