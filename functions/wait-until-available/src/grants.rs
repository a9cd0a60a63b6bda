//! Grants on the keys of shared snapshots, until the role can use the keys by them.
//!
//! KMS takes a grant at once and knows of it everywhere only a while later (KMS/grants, "Eventual
//! consistency for grants"). Its token would do at once, but EC2 and RDS, which will use the key, take
//! none. So the key is asked, by the role that was given the grant, until it answers.

use std::collections::HashMap;

use aws_sdk_kms::Client;
use aws_sdk_kms::types::DryRunModifierType;
use restore::RestoreId;
use restore::availability::Availability;
use restore::plan::{GRANT_SPREADS_SECONDS, KeyGrant};
use restore::preflight::{DRY_RUN_CONTEXT, Half};
use step::{CallContext as _, ErrorName, StepError};

use crate::look::{Look, Seen};

/// How long a key may take to answer to its grant: twice what AWS says is usual. What is denied
/// after that is no matter of spreading.
pub(crate) const GRANT_SEEN_SECONDS: u32 = 2 * GRANT_SPREADS_SECONDS;

/// Looks at the keys that the session's role was given grants on.
///
/// # Errors
///
/// `Restore.AccessDenied`, naming key and role, when a key still does not answer although the grant
/// must have spread; else as KMS refused.
pub(crate) async fn look_at(
    kms: &Client,
    look: Look<'_>,
    restore_id: &RestoreId,
    grants: &[KeyGrant],
) -> Result<Vec<Seen>, StepError> {
    let mut seen = Vec::with_capacity(grants.len());
    for grant in grants {
        let key = grant.kms_key_id.as_str();
        let answer = ask(kms, restore_id, key).await.map_err(|it| it.by(look.session, key))?;
        let availability = match (answer, look.elapsed_seconds >= GRANT_SEEN_SECONDS) {
            (Answer::Usable, _) | (Answer::Unclear, true) => Availability::Ready,
            (Answer::Unclear | Answer::Denied(_), false) => Availability::Pending { percent: None },
            (Answer::Denied(why), true) => return Err(never(look, grant, &why)),
        };
        seen.push(Seen {
            what: format!("key {key}"),
            state: format!("does not answer to the grant {} yet", grant.name),
            availability,
            lacks_key: true,
            endpoint: None,
        });
    }
    Ok(seen)
}

/// What a key answers to the role.
#[derive(Debug, PartialEq, Eq)]
enum Answer {
    /// It can be used.
    Usable,
    /// It is denied, and AWS does not say whether for want of the grant: the role's own policies may
    /// allow it through EC2 and RDS alone.
    Unclear,
    /// It is denied, in these words.
    Denied(String),
}

/// Asks for what the grant is for, as a dry run. A role whose policies allow no direct use is denied
/// that in any case; then AWS's words, and whether it may look at the key, tell what the key's side
/// has come to.
async fn ask(kms: &Client, restore_id: &RestoreId, key: &str) -> Result<Answer, StepError> {
    let context = HashMap::from([(DRY_RUN_CONTEXT.to_owned(), restore_id.to_string())]);
    let tried = kms
        .decrypt()
        .key_id(key)
        .set_encryption_context(Some(context))
        .dry_run(true)
        .dry_run_modifiers(DryRunModifierType::IgnoreCiphertext)
        .send()
        .await
        .during("kms:Decrypt");
    let Some(decrypt) = denial(tried)? else { return Ok(Answer::Usable) };
    let half = Half::of(&decrypt);
    if half == Half::KeyPolicy {
        return Ok(Answer::Denied(decrypt));
    }
    let described = kms.describe_key().key_id(key).send().await.during("kms:DescribeKey");
    Ok(match (denial(described)?, half) {
        (Some(describe), _) => Answer::Denied(describe),
        (None, Half::Role) => Answer::Usable,
        (None, _) => Answer::Unclear,
    })
}

/// The words of a denial; nothing where the call was, or would have been, taken.
fn denial<T>(answered: Result<T, StepError>) -> Result<Option<String>, StepError> {
    match answered {
        Ok(_) => Ok(None),
        Err(error) if error.code() == Some("DryRunOperationException") => Ok(None),
        Err(error) if error.name() == ErrorName::AccessDenied => Ok(Some(error.to_string())),
        Err(error) => Err(error),
    }
}

fn never(look: Look<'_>, grant: &KeyGrant, why: &str) -> StepError {
    let Look { session, elapsed_seconds, .. } = look;
    StepError::refused(
        ErrorName::AccessDenied,
        format!(
            "{} cannot use the key {} in {}, {elapsed_seconds} s after it was given the grant {}: \
             that has been revoked, or a policy of the role, of the key or of an organisation denies \
             it ({why})",
            session.role_arn, grant.kms_key_id, session.region, grant.name
        ),
    )
}

#[cfg(test)]
mod tests;
