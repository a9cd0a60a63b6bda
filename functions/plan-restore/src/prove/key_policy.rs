//! The policy of a key, read by a role that lives in the key's account: KMS shows it to no other
//! (BC:kms.GetKeyPolicy, "Cross-account use: No").

use restore::KeyArn;
use restore::preflight::{KeyPolicy, PolicyOfKey};
use step::{CallContext as _, ErrorName, StepError};

use crate::accounts::Accounts;

const GET: &str = "kms:GetKeyPolicy";

/// Nothing, where every dry run has settled its need.
pub(super) fn not_asked() -> PolicyOfKey {
    PolicyOfKey::Unreadable("it was not asked for".to_owned())
}

/// The policy of the key with the ARN `key`.
///
/// # Errors
///
/// Only what trying again may mend.
pub(super) async fn read(accounts: &Accounts, key: &str) -> Result<PolicyOfKey, StepError> {
    let Some(clients) = KeyArn::try_from(key).ok().and_then(|key| accounts.at_home_with(&key))
    else {
        let why = "no role of this restore is of the key's account";
        return Ok(PolicyOfKey::Unreadable(why.to_owned()));
    };
    match clients.kms.get_key_policy().key_id(key).send().await.during(GET) {
        Ok(answer) => Ok(KeyPolicy::read(answer.policy().unwrap_or_default())
            .map_or_else(PolicyOfKey::Unreadable, PolicyOfKey::Read)),
        Err(error) if error.name() == ErrorName::Throttled => Err(error),
        Err(error) => Ok(PolicyOfKey::Unreadable(error.to_string())),
    }
}
