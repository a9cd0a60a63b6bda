//! The mark of a restore that has succeeded.

use crate::found::{Found, Kind};
use crate::place::Place;
use crate::request::Request;
use crate::sweep::{Marked, Sweep};
use crate::{ec2, rds};

/// Marks what the restore brought back as finished, where it is not yet.
///
/// A mark that cannot be set is told in `left`, and nothing else depends on it. While AWS asks to
/// slow down, it is waited for.
pub(crate) async fn mark(
    places: &[Place],
    request: &Request,
    found: &[Found],
    sweep: &mut Sweep<'_>,
) -> Marked {
    let mut all = Marked::AsFarAsCanBe;
    // Of several instances under one id, the one that this run has brought back.
    let is_it = |one: &&Found| {
        let known = request.instance_id.as_ref();
        one.is_unfinished_instance()
            && (matches!(one.kind, Kind::DbInstance { .. }) || known.is_none_or(|id| *id == one.id))
    };
    for one in found.iter().filter(is_it) {
        let place = &places[one.place];
        let marked = match one.kind {
            Kind::DbInstance { .. } => {
                rds::mark_finished(&place.rds, &one.arn, &request.restore_id).await
            }
            _ => ec2::mark_finished(&place.ec2, &one.id).await,
        };
        if let Err(error) = marked
            && sweep.could_not_mark(one, &error.by(&place.session, &one.id)) == Marked::NotYet
        {
            all = Marked::NotYet;
        }
    }
    all
}
