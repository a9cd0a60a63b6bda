//! What restored volumes load their data from.

use restore::tag::Made;

use crate::found::{Found, Kind};

/// Whether `one` is, or gives access to, what a restored volume among `all` was made from, and so
/// loads its data from.
///
/// That is one snapshot, in the volume's own Region. Where it is a copy, nothing that the copy was
/// made from is needed any more: neither what was shared, nor the grant on its key, nor what was
/// staged for that. Of a volume that does not tell it may be any.
pub(crate) fn is_from(one: &Found, all: &[Found]) -> bool {
    if !one.kind.may_be_loaded_from() {
        return false;
    }
    let restored = all.iter().filter(|other| other.is_restored_volume());
    let mut origins = restored.map(|volume| match &volume.kind {
        Kind::Volume { from, .. } => from.as_deref(),
        _ => None,
    });
    origins.any(|origin| match (origin, &one.kind) {
        (None, _) => true,
        (Some(origin), Kind::Grant { .. }) => !is_own_copy(origin, all),
        (Some(origin), _) => origin == one.id,
    })
}

/// Whether a snapshot is a copy in the target account, which needs no grant of the source's.
fn is_own_copy(id: &str, all: &[Found]) -> bool {
    let is_copy = |kind: &Kind| matches!(kind, Kind::Snapshot { made: Some(Made::Copy), .. });
    all.iter().any(|one| one.id == id && is_copy(&one.kind))
}
