//! The grants by which a restore lets a role use a key.

use aws_sdk_kms::Client;
use aws_sdk_kms::types::{GrantListEntry, GrantOperation};
use restore::KeyArn;
use restore::plan::KeyGrant;
use step::{CallContext as _, StepError};

/// Gives `grant`, or finds it given: asked for twice with the same name and parameters, a grant is
/// made once (BC:kms.CreateGrantRequest.Name). So it may be tried again after any end.
///
/// # Errors
///
/// As KMS refused.
pub async fn give(kms: &Client, grant: &KeyGrant) -> Result<(), StepError> {
    let operations = grant.operations.iter().map(|one| GrantOperation::from(one.as_str()));
    kms.create_grant()
        .key_id(grant.kms_key_id.as_str())
        .name(&grant.name)
        .grantee_principal(grant.grantee_principal.as_str())
        .set_operations(Some(operations.collect()))
        .send()
        .await
        .during("kms:CreateGrant")
        .map(drop)
}

/// The ids of the grants on the key of `grant` that have its name and grantee: several, where runs
/// under one id had different needs.
///
/// # Errors
///
/// As KMS refused. Without leave to list, nobody can tell whether a grant is left.
pub async fn find(kms: &Client, grant: &KeyGrant) -> Result<Vec<String>, StepError> {
    let (key, grantee) = (grant.kms_key_id.as_str(), grant.grantee_principal.as_str());
    let pages = kms.list_grants().key_id(key).grantee_principal(grantee).into_paginator();
    let listed = pages.items().send().try_collect().await.during("kms:ListGrants")?;
    // What is found is taken away: nobody is to trust an endpoint's filter with that.
    let ours = listed.iter().filter(|one| {
        one.name() == Some(grant.name.as_str()) && one.grantee_principal() == Some(grantee)
    });
    Ok(ours.filter_map(GrantListEntry::grant_id).map(str::to_owned).collect())
}

/// Revokes the grant `id` on `key`. One that is not there is one that has been revoked, or retired.
///
/// # Errors
///
/// As KMS refused.
pub async fn revoke(kms: &Client, key: &KeyArn, id: &str) -> Result<(), StepError> {
    let revoked = kms.revoke_grant().key_id(key.as_str()).grant_id(id).send().await;
    match revoked.during("kms:RevokeGrant") {
        Err(error) if error.code() != Some("NotFoundException") => Err(error),
        _ => Ok(()),
    }
}
