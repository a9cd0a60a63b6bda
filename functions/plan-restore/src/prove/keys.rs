//! KMS dry runs: one role's use of one key.
//!
//! They carry an encryption context of their own, [`DRY_RUN_CONTEXT`]. KMS/testing-permissions: a dry
//! run is authorised like the call itself and then answered with `DryRunOperationException`.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_kms::Client;
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::{DataKeySpec, DryRunModifierType, GrantConstraints, GrantOperation};
use futures_util::future::try_join_all;
use restore::plan::KeyGrant;
use restore::preflight::{Answer, DRY_RUN_CONTEXT, KeyEvidence, Need, Row, judge};
use restore::{RestoreId, Session};
use step::{CallContext as _, StepError};

use super::{Group, answer, key_policy, own_policy};
use crate::accounts::Accounts;
use crate::keys::{DESCRIBE, KeyBook};

const LIST: &str = "kms:ListGrants";
const FROM: &str = "kms:ReEncryptFrom";
const TO: &str = "kms:ReEncryptTo";

type Answers = BTreeMap<&'static str, Answer>;

/// The rows of a role's needs of a key, each with its need's place.
pub(super) async fn prove(
    accounts: &Accounts,
    book: &KeyBook,
    restore_id: &RestoreId,
    group: &Group<'_>,
) -> Result<Vec<(usize, Row)>, StepError> {
    let run = DryRun {
        kms: &group.clients.kms,
        session: &group.clients.session,
        key: group.resource,
        context: HashMap::from([(DRY_RUN_CONTEXT.to_owned(), restore_id.to_string())]),
    };
    let answers = try_join_all(group.needs.iter().map(async |(_, need)| match need.action {
        DESCRIBE => match book.answer(group.clients, group.resource) {
            Some(answer) => Ok::<Answers, StepError>(Answers::from([(DESCRIBE, answer)])),
            None => Ok(Answers::from([(DESCRIBE, run.describe().await?)])),
        },
        // One call that needs both; it is made for the one.
        TO => Ok(Answers::new()),
        FROM => run.re_encrypt().await,
        "kms:CreateGrant" => {
            let answer = match &need.own_grant {
                Some(grant) => run.give(grant).await?,
                None => run.of(need.action).await?,
            };
            Ok(Answers::from([(need.action, answer)]))
        }
        LIST => Ok(Answers::from([(LIST, run.list().await?)])),
        action => Ok(Answers::from([(action, run.of(action).await?)])),
    }))
    .await?;
    let answers: Answers = answers.into_iter().flatten().collect();
    let unsettled: Vec<&Need> = group
        .needs
        .iter()
        .map(|(_, need)| *need)
        .filter(|need| answers.get(need.action) != Some(&Answer::Succeeds))
        .collect();
    let (policy, own) = if unsettled.is_empty() {
        (key_policy::not_asked(), BTreeMap::new())
    } else {
        tokio::try_join!(
            key_policy::read(accounts, group.resource),
            own_policy::simulate(group.clients, restore_id, &unsettled),
        )?
    };
    let evidence = KeyEvidence { answers: &answers, policy: &policy, own: &own };
    Ok(group
        .needs
        .iter()
        .flat_map(|(index, need)| {
            judge(need, &evidence).into_iter().map(|proof| (*index, Row::new(need, proof)))
        })
        .collect())
}

struct DryRun<'a> {
    kms: &'a Client,
    session: &'a Session,
    key: &'a str,
    context: HashMap<String, String>,
}

impl DryRun<'_> {
    /// The answer to a direct call of `action`.
    async fn of(&self, action: &'static str) -> Result<Answer, StepError> {
        let (kms, key, context) = (self.kms, self.key, Some(self.context.clone()));
        match action {
            // BC:kms.DecryptRequest.DryRunModifiers: no ciphertext is needed.
            "kms:Decrypt" => answer::of(
                kms.decrypt()
                    .key_id(key)
                    .set_encryption_context(context)
                    .dry_run(true)
                    .dry_run_modifiers(DryRunModifierType::IgnoreCiphertext)
                    .send()
                    .await
                    .during("kms:Decrypt"),
            ),
            "kms:Encrypt" => answer::of(
                kms.encrypt()
                    .key_id(key)
                    .plaintext(Blob::new(DRY_RUN_CONTEXT))
                    .set_encryption_context(context)
                    .dry_run(true)
                    .send()
                    .await
                    .during("kms:Encrypt"),
            ),
            "kms:GenerateDataKey" => answer::of(
                kms.generate_data_key()
                    .key_id(key)
                    .key_spec(DataKeySpec::Aes256)
                    .set_encryption_context(context)
                    .dry_run(true)
                    .send()
                    .await
                    .during("kms:GenerateDataKey"),
            ),
            "kms:GenerateDataKeyWithoutPlaintext" => answer::of(
                kms.generate_data_key_without_plaintext()
                    .key_id(key)
                    .key_spec(DataKeySpec::Aes256)
                    .set_encryption_context(context)
                    .dry_run(true)
                    .send()
                    .await
                    .during("kms:GenerateDataKeyWithoutPlaintext"),
            ),
            "kms:CreateGrant" => {
                let constraints =
                    GrantConstraints::builder().set_encryption_context_equals(context).build();
                answer::of(
                    kms.create_grant()
                        .key_id(key)
                        .grantee_principal(self.session.role_arn.as_str())
                        .operations(GrantOperation::Decrypt)
                        .constraints(constraints)
                        .dry_run(true)
                        .send()
                        .await
                        .during("kms:CreateGrant"),
                )
            }
            _ => Ok(Answer::Other("it has no dry run".to_owned())),
        }
    }

    /// The answer to giving `grant` itself.
    async fn give(&self, grant: &KeyGrant) -> Result<Answer, StepError> {
        let operations =
            grant.operations.iter().map(|one| GrantOperation::from(one.as_str())).collect();
        answer::of(
            self.kms
                .create_grant()
                .key_id(self.key)
                .name(&grant.name)
                .grantee_principal(grant.grantee_principal.as_str())
                .set_operations(Some(operations))
                .dry_run(true)
                .send()
                .await
                .during("kms:CreateGrant"),
        )
    }

    /// The answer to a look at the key's grants, which changes nothing. Revoking has a dry run, but
    /// only of a grant that is there (BC:kms.RevokeGrantRequest.GrantId).
    async fn list(&self) -> Result<Answer, StepError> {
        answer::of(self.kms.list_grants().key_id(self.key).limit(1).send().await.during(LIST))
    }

    async fn describe(&self) -> Result<Answer, StepError> {
        answer::of(self.kms.describe_key().key_id(self.key).send().await.during(DESCRIBE))
    }

    /// The answers of both halves of a re-encryption, from the key to itself: the keys of the two
    /// ends may be in two Regions, and a call has one.
    ///
    /// AWS names the half that it denies, and then says nothing of the other.
    async fn re_encrypt(&self) -> Result<Answers, StepError> {
        let context = Some(self.context.clone());
        let answered = answer::of(
            self.kms
                .re_encrypt()
                .source_key_id(self.key)
                .destination_key_id(self.key)
                .set_source_encryption_context(context.clone())
                .set_destination_encryption_context(context)
                .dry_run(true)
                .dry_run_modifiers(DryRunModifierType::IgnoreCiphertext)
                .send()
                .await
                .during("kms:ReEncrypt*"),
        )?;
        let (from, to) = match answered {
            Answer::Denied(message) if message.contains(TO) => {
                let other = format!("its dry run stopped at {TO}");
                (Answer::Other(other), Answer::Denied(message))
            }
            Answer::Denied(message) => {
                let other = format!("its dry run stopped at {FROM}");
                (Answer::Denied(message), Answer::Other(other))
            }
            answer => (answer.clone(), answer),
        };
        Ok(Answers::from([(FROM, from), (TO, to)]))
    }
}

#[cfg(test)]
mod tests;
