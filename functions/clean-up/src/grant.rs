//! How a restore's grants on keys are found again.

use restore::Service;
use restore::plan::{GRANT_SPREADS_SECONDS, KeyGrant};
use step::StepError;

use crate::found::{Found, Kind};
use crate::place::Search;
use crate::request::{Reason, Request};
use crate::survey::Survey;

/// The grants that KMS lists on the key, under the name and to the role, that `on` has.
///
/// A key that is gone has none any more (BC:kms.NotFoundException).
pub(crate) async fn find(
    search: Search<'_>,
    service: Service,
    on: &KeyGrant,
) -> Result<Vec<Found>, StepError> {
    let ids = match permission::grant::find(&search.place.kms, on).await {
        Err(error) if error.code() == Some("NotFoundException") => Vec::new(),
        listed => listed?,
    };
    let key = on.kms_key_id.as_str();
    let kind = || Kind::Grant { service, on: on.clone() };
    Ok(ids.iter().map(|id| search.found(key.to_owned(), id, kind())).collect())
}

/// The keys of which it is not known yet that no grant is left: KMS lists none, and lists those of a
/// few minutes ago only later (KMS/grants, "Eventual consistency for grants"). The share step may
/// have given one and have been cut off before anybody saw it.
///
/// After a success there is none of these: the restore has waited until it could use them.
pub(crate) fn not_known_yet<'a>(request: &Request, survey: &'a Survey) -> Vec<&'a str> {
    let is_told = |on: &KeyGrant| {
        let is_it = |one: &Found| matches!(&one.kind, Kind::Grant { on: found, .. } if found == on);
        survey.found.iter().any(is_it) || request.cleaned_up.contains(&name(on))
    };
    let is_early = request.elapsed_seconds < GRANT_SPREADS_SECONDS;
    if request.reason == Reason::Restored || !is_early {
        return Vec::new();
    }
    let unknown = survey.grants_seen.iter().filter(|on| !is_told(on));
    unknown.map(|on| on.kms_key_id.as_str()).collect()
}

/// A grant as it is told: by its key, which itself is not removed.
pub(crate) fn name(on: &KeyGrant) -> String {
    format!("{} (grant {} to {})", on.kms_key_id, on.name, on.grantee_principal)
}
