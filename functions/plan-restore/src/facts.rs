//! Gathers the facts of a restore with the two roles that will do it.

use restore::facts::{Facts, KeyFacts, Origin, TargetFacts};
use restore::request::Request;
use restore::{KeyReference, RestoreId};
use step::StepError;

use crate::accounts::{Accounts, Clients};
use crate::keys::KeyBook;
use crate::obstacles::Obstacles;
use crate::{ec2, isolation, keys, rds};

/// Everything the plan follows from but the proofs, as far as it can be found out. `recorded` is
/// what the record of an EC2 instance tells besides.
///
/// # Errors
///
/// Only what trying again may mend: all else is among the facts as an obstacle.
pub(crate) async fn gather(
    accounts: &Accounts,
    book: &KeyBook,
    mut obstacles: Obstacles,
    request: &Request,
    recorded: Option<&Origin>,
    restore_id: &RestoreId,
) -> Result<Facts, StepError> {
    let named = |key: &Option<KeyReference>| key.as_ref().map(ToString::to_string);
    let (target, source) = (&request.target, &request.source);
    let (target_key, staging_key, intermediate_key) = tokio::join!(
        named_key(
            accounts.target.as_ref(),
            book,
            "target.kmsKeyId",
            Some(target.kms_key_id.to_string())
        ),
        named_key(
            accounts.source.as_ref(),
            book,
            "source.stagingKmsKeyId",
            named(&source.staging_kms_key_id)
        ),
        // The first hop's key lives in the source's Region, and the restore role uses it there.
        named_key(
            accounts.restore_at_source.as_ref(),
            book,
            "target.intermediateKmsKeyId",
            named(&target.intermediate_kms_key_id)
        ),
    );
    let mut noted = |asked: Option<Asked>| match asked {
        Some((key, described)) => keys::noted(&mut obstacles, &key, described),
        None => Ok(None),
    };
    let mut facts = Facts {
        snapshots: Vec::new(),
        target_key: noted(target_key)?,
        staging_key: noted(staging_key)?,
        intermediate_key: noted(intermediate_key)?,
        target: None,
        copies_under_way: Vec::new(),
        not_restored: Vec::new(),
        obstacles: Vec::new(),
        preflight: Vec::new(),
    };
    if let (Some(from), Some(to)) = (&request.source.ec2, &request.target.ec2) {
        let asked = ec2::Asked { request, from, to, recorded };
        let found = ec2::gather(accounts, book, &mut obstacles, asked, restore_id);
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
    // A snapshot that nothing is made from any more is not shared either.
    let is_shared = request.flow().crosses_accounts() && !facts.is_past_snapshots();
    if let (Some(_), Some(source), true) = (&request.source.ec2, &accounts.source, is_shared) {
        let target = &request.target.account_id;
        let look = ec2::sharing::look(source, &mut obstacles, &mut facts.snapshots, target);
        Box::pin(look).await?;
    }
    Box::pin(ec2::copies::look(accounts, &mut obstacles, request, restore_id, &mut facts)).await?;
    Box::pin(isolation::check(accounts, &mut obstacles, request, &facts)).await?;
    (facts.obstacles, facts.preflight) = obstacles.into_parts();
    Ok(facts)
}

/// A key as the request names it, and what came of asking for it.
type Asked = (String, Result<KeyFacts, StepError>);

async fn named_key(
    clients: Option<&Clients>,
    book: &KeyBook,
    path: &'static str,
    key: Option<String>,
) -> Option<Asked> {
    let (clients, key) = (clients?, key?);
    let described = keys::describe(clients, book, path, &key).await;
    Some((key, described))
}
