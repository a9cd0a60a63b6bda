//! How a restore's grants on keys are found again.

use restore::plan::{GRANT_SPREADS_SECONDS, KeyGrant, Plan};
use step::StepError;

use crate::found::{Found, Kind};
use crate::place::Search;
use crate::request::{Reason, Request};
use crate::survey::Survey;

/// The grants that KMS lists under the names that the plan has.
pub(crate) async fn find(search: Search<'_>, plan: &Plan) -> Result<Vec<Found>, StepError> {
    let mut found = Vec::new();
    for on in plan.grants_to_end() {
        for id in permission::grant::find(&search.place.kms, on).await? {
            let kind = Kind::Grant { service: plan.flow.service(), on: on.clone() };
            found.push(search.found(on.kms_key_id.to_string(), &id, kind));
        }
    }
    Ok(found)
}

/// The keys of which it is not known yet that no grant is left: KMS lists none, and lists those of a
/// few minutes ago only later (KMS/grants, "Eventual consistency for grants"). The share step may
/// have given one and have been cut off before anybody saw it.
///
/// After a success there is none of these: the restore has waited until it could use them.
pub(crate) fn not_known_yet<'a>(request: &'a Request, survey: &Survey) -> Vec<&'a str> {
    let is_told = |on: &KeyGrant| {
        let is_it = |one: &Found| matches!(&one.kind, Kind::Grant { on: found, .. } if found == on);
        survey.found.iter().any(is_it) || request.cleaned_up.contains(&name(on))
    };
    let is_early = request.elapsed_seconds < GRANT_SPREADS_SECONDS;
    if request.reason == Reason::Restored || !is_early || !survey.grants_seen {
        return Vec::new();
    }
    let unknown = request.plan.grants_to_end().into_iter().filter(|on| !is_told(on));
    unknown.map(|on| on.kms_key_id.as_str()).collect()
}

/// A grant as it is told: by its key, which itself is not removed.
pub(crate) fn name(on: &KeyGrant) -> String {
    format!("{} (grant {} to {})", on.kms_key_id, on.name, on.grantee_principal)
}
