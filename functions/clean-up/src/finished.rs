//! The mark of a restore that has succeeded.

use restore::tag::Made;

use crate::found::{Found, Kind};
use crate::place::Place;
use crate::request::Request;
use crate::survey::Survey;
use crate::sweep::{Marked, Sweep};
use crate::{ec2, rds};

/// Marks what the restore brought back as finished, where it is not yet: the DB instance, or the
/// instance with its volumes, of which those that could not be seen are marked by a later clean-up.
///
/// A mark that cannot be set is told in `left`, and nothing else depends on it. While AWS asks to
/// slow down, it is waited for.
pub(crate) async fn mark(
    places: &[Place],
    request: &Request,
    survey: &Survey,
    sweep: &mut Sweep<'_>,
) -> Marked {
    let found = survey.found.as_slice();
    let mut all = if survey.outcome_seen { Marked::All } else { Marked::AsFarAsCanBe };
    for one in found.iter().filter(|one| is_brought_back(request, one)) {
        let place = &places[one.place];
        let marked = match one.kind {
            Kind::DbInstance { .. } if one.is_finished() => continue,
            Kind::DbInstance { .. } => {
                rds::mark_finished(&place.rds, &one.arn, &request.restore_id).await
            }
            _ => match unmarked(one, found) {
                ids if ids.is_empty() => continue,
                ids => ec2::mark_finished(&place.ec2, ids).await,
            },
        };
        if let Err(error) = marked {
            all = all.min(sweep.could_not_mark(one, &error.by(&place.session, &one.id)));
        }
    }
    all
}

/// What an earlier run under the same id has made and not finished, beside what this one has brought
/// back: a DB instance of another name, or another instance. It is nobody's to take away: whether
/// somebody has found a use for it, nothing tells.
pub(crate) fn others<'a>(
    request: &'a Request,
    found: &'a [Found],
) -> impl Iterator<Item = &'a Found> {
    found.iter().filter(|one| one.is_unfinished_instance() && !is_brought_back(request, one))
}

/// Whether it is the instance or the DB instance that is the outcome: of several under one id, the
/// one that this run has brought back.
fn is_brought_back(request: &Request, one: &Found) -> bool {
    let known = match (&one.kind, &request.plan.db_instance) {
        (Kind::DbInstance { .. }, asked) => asked.as_ref().map(|asked| asked.identifier.as_str()),
        _ => request.instance_id.as_deref(),
    };
    (one.is_finished() || one.is_unfinished_instance()) && known.is_none_or(|id| id == one.id)
}

/// The ids of an instance and of the restored volumes that are attached to it, without those that
/// have the mark.
fn unmarked(instance: &Found, found: &[Found]) -> Vec<String> {
    let is_its = |one: &&Found| match &one.kind {
        Kind::Volume { made: Some(Made::Volume), attachment: Some(it), .. } => {
            it.instance_id == instance.id
        }
        _ => false,
    };
    let own = Some(instance).filter(|it| !it.is_finished());
    own.into_iter().chain(found.iter().filter(is_its)).map(|one| one.id.clone()).collect()
}
