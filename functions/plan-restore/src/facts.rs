//! Gathers the facts of a restore with the two roles that will do it.

use restore::RestoreId;
use restore::facts::{Facts, KeyFacts, TargetFacts};
use restore::request::Request;
use step::StepError;

use crate::accounts::{Accounts, Clients};
use crate::keys::KeyBook;
use crate::obstacles::Obstacles;
use crate::{ec2, keys, rds};

/// Everything the plan follows from but the proofs, as far as it can be found out.
///
/// # Errors
///
/// Only what trying again may mend: all else is among the facts as an obstacle.
pub(crate) async fn gather(
    accounts: &Accounts,
    book: &KeyBook,
    mut obstacles: Obstacles,
    request: &Request,
    restore_id: &RestoreId,
) -> Result<Facts, StepError> {
    let (target_key, staging_key, intermediate_key) = tokio::join!(
        named_key(
            accounts.target.as_ref(),
            book,
            "target.kmsKeyId",
            Some(request.target.kms_key_id.as_str())
        ),
        named_key(
            accounts.source.as_ref(),
            book,
            "source.stagingKmsKeyId",
            request.source.staging_kms_key_id.as_ref().map(restore::KeyReference::as_str)
        ),
        // The first hop's key lives in the source's Region, and the restore role uses it there.
        named_key(
            accounts.restore_at_source.as_ref(),
            book,
            "target.intermediateKmsKeyId",
            request.target.intermediate_kms_key_id.as_ref().map(restore::KeyReference::as_str)
        ),
    );
    let mut facts = Facts {
        snapshots: Vec::new(),
        target_key: obstacles.note(target_key)?.flatten(),
        staging_key: obstacles.note(staging_key)?.flatten(),
        intermediate_key: obstacles.note(intermediate_key)?.flatten(),
        target: None,
        not_restored: Vec::new(),
        obstacles: Vec::new(),
        preflight: Vec::new(),
    };
    if let (Some(from), Some(to)) = (&request.source.ec2, &request.target.ec2) {
        let found = ec2::gather(accounts, book, &mut obstacles, request, from, to, restore_id);
        let found = Box::pin(found).await?;
        facts.snapshots = found.snapshots;
        facts.target = found.target.map(|target| TargetFacts::Ec2(Box::new(target)));
        facts.not_restored = found.not_restored;
    }
    if let (Some(from), Some(to)) = (&request.source.rds, &request.target.rds) {
        let found = rds::gather(accounts, book, &mut obstacles, request, from, to, restore_id);
        let found = Box::pin(found).await?;
        facts.snapshots = found.snapshot.into_iter().collect();
        facts.target = found.target.map(TargetFacts::Rds);
    }
    (facts.obstacles, facts.preflight) = obstacles.into_parts();
    Ok(facts)
}

async fn named_key(
    clients: Option<&Clients>,
    book: &KeyBook,
    path: &'static str,
    key: Option<&str>,
) -> Result<Option<KeyFacts>, StepError> {
    match (clients, key) {
        (Some(clients), Some(key)) => keys::describe(clients, book, path, key).await.map(Some),
        _ => Ok(None),
    }
}
