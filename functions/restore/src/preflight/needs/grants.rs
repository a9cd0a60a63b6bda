//! What the role that shares must be allowed, to give grants and to take them back.

use crate::plan::{HopStep, KeyGrant};
use crate::preflight::Need;
use crate::request::Request;

/// For each of `grants`: giving it; and finding and revoking it, which alone proves that none is
/// left, whatever was interrupted.
pub(super) fn of(request: &Request, grants: &[KeyGrant]) -> Vec<Need> {
    let share = HopStep::ShareSnapshot.name();
    let calls = [
        ("kms:CreateGrant", share),
        ("kms:ListGrants", "clean-up"),
        ("kms:RevokeGrant", "clean-up"),
    ];
    let need = |grant: &KeyGrant, (action, step): (&'static str, &str)| Need {
        service: request.service(),
        session: request.source_session(),
        action,
        resource: grant.kms_key_id.to_string(),
        made: false,
        own_grant: Some(grant.clone()),
        granted: false,
        needed_for: vec![step.to_owned()],
    };
    grants.iter().flat_map(|grant| calls.map(|call| need(grant, call))).collect()
}
