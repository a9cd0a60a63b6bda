//! Gathers the facts of a restore with the two roles that will do it.

use aws_sdk_ec2::Client as Ec2;
use aws_sdk_kms::Client as Kms;
use aws_sdk_rds::Client as Rds;
use restore::facts::{Facts, KeyFacts, TargetFacts};
use restore::request::{Fault, Request};
use restore::{KeyReference, RestoreId, Session};
use step::{Sessions, StepError};

use crate::keys::{self, KeyRing};
use crate::{ec2, invalid, rds};

/// A session's clients.
#[derive(Debug)]
pub(crate) struct Clients {
    /// Whose they are.
    pub(crate) session: Session,
    pub(crate) ec2: Ec2,
    pub(crate) rds: Rds,
    pub(crate) kms: Kms,
}

impl Clients {
    async fn of(
        sessions: &Sessions,
        session: Session,
        restore_id: &RestoreId,
    ) -> Result<Self, StepError> {
        let config = sessions.assume(&session, restore_id).await?;
        Ok(Self { session, ec2: Ec2::new(&config), rds: Rds::new(&config), kms: Kms::new(&config) })
    }
}

/// Everything the plan follows from.
pub(crate) async fn gather(
    sessions: &Sessions,
    request: &Request,
    restore_id: &RestoreId,
) -> Result<Facts, StepError> {
    let target = Clients::of(sessions, request.target_session(), restore_id).await?;
    let source = Clients::of(sessions, request.source_session(), restore_id).await?;

    let path = "target.kmsKeyId";
    let target_key = keys::describe(&target, path, request.target.kms_key_id.as_str()).await?;
    let staging_key =
        optional_key(&source, "source.stagingKmsKeyId", request.source.staging_kms_key_id.as_ref())
            .await?;
    let intermediate_key = intermediate_key(
        sessions,
        request,
        restore_id,
        request.target.intermediate_kms_key_id.as_ref(),
    )
    .await?;

    let mut ring = KeyRing::new(&source);
    if let (Some(from), Some(to)) = (&request.source.ec2, &request.target.ec2) {
        let found = ec2::gather(&source, &target, &mut ring, request, from, to, restore_id).await?;
        return Ok(Facts {
            snapshots: found.snapshots,
            target_key,
            staging_key,
            intermediate_key,
            target: TargetFacts::Ec2(Box::new(found.target)),
            not_restored: found.not_restored,
        });
    }
    let (Some(from), Some(to)) = (&request.source.rds, &request.target.rds) else {
        return Err(invalid(vec![Fault::new("source", "give one of `ec2` and `rds`")]));
    };
    Ok(Facts {
        snapshots: vec![rds::snapshot(&source, &mut ring, from).await?],
        target_key,
        staging_key,
        intermediate_key,
        target: TargetFacts::Rds(rds::existing(&target, to, restore_id).await?),
        not_restored: Vec::new(),
    })
}

async fn optional_key(
    clients: &Clients,
    path: &'static str,
    key: Option<&KeyReference>,
) -> Result<Option<KeyFacts>, StepError> {
    match key {
        Some(key) => keys::describe(clients, path, key.as_str()).await.map(Some),
        None => Ok(None),
    }
}

/// The first hop's key lives in the source's Region, and the restore role uses it there.
async fn intermediate_key(
    sessions: &Sessions,
    request: &Request,
    restore_id: &RestoreId,
    key: Option<&KeyReference>,
) -> Result<Option<KeyFacts>, StepError> {
    let Some(key) = key else { return Ok(None) };
    let session = request.target_session().in_region(&request.source.region);
    let clients = Clients::of(sessions, session, restore_id).await?;
    optional_key(&clients, "target.intermediateKmsKeyId", Some(key)).await
}

#[cfg(test)]
pub(crate) mod tests {
    use aws_smithy_mocks::{RuleMode, mock_client};

    use super::*;

    /// The clients of the source account, which answer nothing that no rule names.
    pub(crate) fn clients() -> Clients {
        Clients {
            session: serde_json::from_value(serde_json::json!({
                "accountId": "111122223333",
                "region": "eu-west-1",
                "roleArn": "arn:aws:iam::111122223333:role/restore-source",
            }))
            .unwrap(),
            ec2: mock_client!(aws_sdk_ec2, RuleMode::MatchAny, []),
            rds: mock_client!(aws_sdk_rds, RuleMode::MatchAny, []),
            kms: mock_client!(aws_sdk_kms, RuleMode::MatchAny, []),
        }
    }
}
