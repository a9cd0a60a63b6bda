//! Names and tokens that follow from the restore id, so that a second attempt finds the first.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use crate::RestoreId;
use crate::tag::Made;

/// The identifier of the DB snapshot that a hop of this restore makes.
///
/// At most 65 characters of the 255 that a DB snapshot may have, in lower case as RDS stores it.
#[must_use]
pub fn db_snapshot(restore_id: &RestoreId, made: Made) -> String {
    format!("{restore_id}-{}", made.name())
}

/// The client token of a call that makes `thing` for this restore: the same for every attempt.
///
/// `attempt` rises only when AWS has said that the token is burnt: what it made is known to be
/// gone. 64 characters, the most that `ClientToken` takes
/// (BC:ec2.RunInstancesRequest.ClientToken).
#[must_use]
pub fn client_token(restore_id: &RestoreId, thing: &str, attempt: u32) -> String {
    digest(&format!("{restore_id}/{thing}/{attempt}"))
}

/// The name of the security group without rules that the instance is launched into.
#[must_use]
pub fn sealed_group(restore_id: &RestoreId) -> String {
    format!("restore-{restore_id}-sealed")
}

/// The name of the grants that this restore gives on keys: at most 48 characters of the 256 that a
/// grant's name may have, all of them among those it may have (BC:kms.CreateGrantRequest.Name).
#[must_use]
pub fn grant(restore_id: &RestoreId) -> String {
    format!("restore:{restore_id}")
}

/// What names an execution that `event` starts, whatever that is called by: 32 hex digits.
#[must_use]
pub fn event(event: &str) -> String {
    digest(event)[..32].to_owned()
}

/// What the names of the executions end with that an execution of this name starts: 12 hex digits,
/// so that with a restore id before them a name has at most 53 of its 80 characters
/// (BC:states.StartExecutionInput.name).
#[must_use]
pub fn run(execution_name: &str) -> String {
    digest(execution_name)[..12].to_owned()
}

/// SHA-256 in 64 hex digits.
pub(crate) fn digest(of: &str) -> String {
    sha256(of.as_bytes())
}

/// The SHA-256 of an object, in 64 hex digits.
#[must_use]
pub fn sha256(of: &[u8]) -> String {
    Sha256::digest(of).iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_has_a_name_that_kms_takes() {
        let longest = format!("a{}", "1".repeat(39));
        for id in ["orders", "orders-2026-11-23", &longest] {
            let name = grant(&RestoreId::try_from(id).unwrap());

            // BC:kms.CreateGrantRequest.Name: `^[a-zA-Z0-9:/_-]+$`, at most 256.
            let is_taken = |c: char| c.is_ascii_alphanumeric() || ":/_-".contains(c);
            assert!(name.len() <= 256 && name.chars().all(is_taken), "{name}");
        }
    }

    #[test]
    fn a_token_is_the_same_for_every_attempt_until_it_is_burnt() {
        let id = RestoreId::try_from("orders").unwrap();

        let first = client_token(&id, "instance", 0);

        assert_eq!(first.len(), 64);
        assert_eq!(first, client_token(&id, "instance", 0));
        assert_ne!(first, client_token(&id, "instance", 1));
        assert_ne!(first, client_token(&id, "volume", 0));
    }
}
