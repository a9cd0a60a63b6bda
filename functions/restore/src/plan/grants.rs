//! The grants by which the restore role uses the source keys without their key policies.

use serde::{Deserialize, Serialize};

use super::path::Path;
use crate::facts::Facts;
use crate::preflight::of_restore_role_on;
use crate::request::Request;
use crate::{KeyArn, RestoreId, RoleArn, Service, name};

/// A grant on one key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyGrant {
    /// The key.
    pub kms_key_id: KeyArn,
    /// Its name, by which the restore finds it again. A grant that is asked for twice with all the
    /// same parameters is made once (BC:kms.CreateGrantRequest.Name).
    pub name: String,
    /// Who may use the key by it: the restore role.
    pub grantee_principal: RoleArn,
    /// What it allows, as KMS names the operations of a grant. Nothing where an earlier run has
    /// come past all that needs the key, and the grant is only looked for.
    pub operations: Vec<String>,
}

impl KeyGrant {
    /// Whether a look for the one finds the other, too: all that may differ is what they allow.
    pub(super) fn is_found_with(&self, other: &Self) -> bool {
        (&self.kms_key_id, &self.name, &self.grantee_principal)
            == (&other.kms_key_id, &other.name, &other.grantee_principal)
    }
}

/// How long AWS may take to know of a grant, or of its end: "usually less than five minutes"
/// (KMS/grants, "Eventual consistency for grants").
pub const GRANT_SPREADS_SECONDS: u32 = 300;

/// The grants that `request` asks for: one for each key of what is shared, so that unencrypted
/// snapshots need none.
pub(crate) fn of(request: &Request, restore_id: &RestoreId, facts: &Facts) -> Vec<KeyGrant> {
    if !request.source.grant_key_access || !request.flow().crosses_accounts() {
        return Vec::new();
    }
    let keys = Path::of(request, facts).shared_keys().into_iter();
    keys.map(|key| KeyGrant {
        name: name::grant(restore_id),
        grantee_principal: request.target.role_arn.clone(),
        operations: operations(&key, request, facts),
        kms_key_id: key,
    })
    .collect()
}

/// What the restore role needs of `key`, and nothing else.
///
/// A grantee that makes grants can pass on no more than it has (KMS/grants, "Granting `CreateGrant`
/// permission"), and EC2 and RDS make theirs in its name. For EC2 what it needs itself suffices: the
/// Auto Scaling guide has no other operations granted to a role of another account ("Required AWS
/// KMS key policy for use with encrypted volumes", example 2). What RDS puts into its own grants AWS
/// does not say; that these end with the resource they are for means that they can be retired, so
/// `RetireGrant` is among the operations: by it a grantee can give up a grant, and nothing else.
fn operations(key: &KeyArn, request: &Request, facts: &Facts) -> Vec<String> {
    let actions = of_restore_role_on(key, request, facts);
    let mut operations: Vec<String> = actions
        .iter()
        .filter_map(|action| action.strip_prefix("kms:"))
        .map(str::to_owned)
        .collect();
    if request.service() == Service::Rds && actions.contains(&"kms:CreateGrant") {
        operations.push("RetireGrant".to_owned());
    }
    operations
}

#[cfg(test)]
mod tests;
