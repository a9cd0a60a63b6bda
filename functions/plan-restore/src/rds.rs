//! The DB snapshot to restore, and what there is under the name it is restored to.

mod fit;
mod options;
mod quotas;
mod shares;
pub(crate) mod snapshot;
pub(crate) mod source;

use aws_sdk_rds::types::{DbInstance, DbSnapshot};
use restore::RestoreId;
use restore::availability::{Availability, is_made_in_vain};
use restore::facts::{DefaultGroups, Existing, KeyFacts, RdsFacts, SnapshotFacts};
use restore::plan::Sharing;
use restore::request::{Fault, RdsSource, RdsTarget, Request};
use restore::tag::{self, Made};
use step::{CallContext as _, ErrorName, StepError};

use crate::accounts::{Accounts, Clients};
use crate::invalid;
use crate::keys::{self, KeyBook};
use crate::obstacles::Obstacles;

const DESCRIBE_SNAPSHOTS: &str = "rds:DescribeDBSnapshots";
const DESCRIBE_INSTANCES: &str = "rds:DescribeDBInstances";

/// What an RDS restore's plan follows from, as far as it was found out.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) snapshot: Option<SnapshotFacts>,
    pub(crate) target: Option<RdsFacts>,
}

/// Looks up what the request names.
pub(crate) async fn gather(
    accounts: &Accounts,
    book: &KeyBook,
    obstacles: &mut Obstacles,
    request: &Request,
    from: &RdsSource,
    to: &RdsTarget,
    restore_id: &RestoreId,
) -> Result<Found, StepError> {
    let source = async {
        match &accounts.source {
            Some(clients) => snapshot::find(clients, obstacles, request, from, restore_id).await,
            None => Ok(None),
        }
    };
    let target = async {
        match &accounts.target {
            Some(clients) => existing(clients, to, restore_id).await.map(Some),
            None => Ok(None),
        }
    };
    let (source, target) = tokio::join!(source, target);
    let mut found = Found { snapshot: None, target: obstacles.note(target)?.flatten() };
    if let (Some(clients), Some((path, snapshot))) = (&accounts.source, source?) {
        let looked = looked_at(clients, book, obstacles, request, path, &snapshot);
        let facts = Box::pin(looked).await?;
        // What is made already fits.
        if let (Some(target), Some(into)) = (&accounts.target, &mut found.target)
            && into.existing == Existing::None
        {
            let class = class_of_source(clients, obstacles, &snapshot, to).await?;
            let lasting = &facts.lasting_options;
            let restored = fit::Restored { path, snapshot: &snapshot, lasting, class };
            into.defaults = Box::pin(fit::check(target, obstacles, restored, to)).await?;
            let gib = snapshot.allocated_storage().unwrap_or_default();
            let checked = quotas::check(accounts, obstacles, request.flow(), restore_id, to, gib);
            into.room = Box::pin(checked).await?;
        }
        found.snapshot = Some(facts);
    }
    Ok(found)
}

/// What is to be known of the snapshot: its key, the options that stay with it, and, where it is to be
/// shared, whom it is shared with already.
async fn looked_at(
    clients: &Clients,
    book: &KeyBook,
    obstacles: &mut Obstacles,
    request: &Request,
    path: &str,
    snapshot: &DbSnapshot,
) -> Result<SnapshotFacts, StepError> {
    let key = match snapshot.kms_key_id() {
        Some(arn) => {
            let asked = [(path.to_owned(), arn.to_owned())];
            keys::of_snapshots(clients, book, obstacles, &asked).await?.remove(arn)
        }
        None => None,
    };
    // One that is automated is shared with nobody: its copy will be.
    let is_shared = request.flow().crosses_accounts() && !options::is_automated(snapshot);
    let shared_with = async {
        if is_shared { shares::shared_with(clients, snapshot).await.map(Some) } else { Ok(None) }
    };
    let (group, shared_with) = tokio::join!(options::group(clients, snapshot), shared_with);
    let group = obstacles.ask(clients, options::READ, group)?.flatten();
    let mut facts = facts(path, snapshot, key)?;
    facts.lasting_options = options::lasting(snapshot, group.as_ref());
    facts.unshareable = options::unshareable(snapshot, &facts.lasting_options);
    if let (true, Some(why)) = (is_shared, shares::under_key_of_aws(snapshot)) {
        obstacles.doubt(clients, shares::SHARE, "share-snapshot", why);
    }
    if let Some(accounts) = obstacles.ask(clients, shares::READ, shared_with)?.flatten() {
        let target = &request.target.account_id;
        obstacles.extend(shares::full(snapshot, &accounts, target));
        let accounts = accounts.iter().map(String::as_str);
        facts.shared_with = Some(Sharing::with(accounts, target));
    }
    Ok(facts)
}

/// The class of the DB instance that the snapshot is of, where the request names none and that DB
/// instance is still there: RDS takes "the same `DBInstanceClass` as the original DB instance"
/// (BC:rds.RestoreDBInstanceFromDBSnapshotMessage), which no snapshot tells.
async fn class_of_source(
    source: &Clients,
    obstacles: &mut Obstacles,
    snapshot: &DbSnapshot,
    asked: &RdsTarget,
) -> Result<Option<String>, StepError> {
    let (None, Some(identifier)) = (&asked.db_instance_class, snapshot.db_instance_identifier())
    else {
        return Ok(None);
    };
    let described = instance(source, identifier).await;
    let found = obstacles.ask(source, DESCRIBE_INSTANCES, described)?.flatten();
    // Another one may have its name by now.
    let original = found.filter(|found| {
        found.dbi_resource_id().is_some() && found.dbi_resource_id() == snapshot.dbi_resource_id()
    });
    Ok(original.and_then(|found| found.db_instance_class))
}

/// The DB instance of that identifier, where there is one.
async fn instance(source: &Clients, identifier: &str) -> Result<Option<DbInstance>, StepError> {
    let described = source
        .rds
        .describe_db_instances()
        .db_instance_identifier(identifier.to_ascii_lowercase())
        .send()
        .await
        .during(DESCRIBE_INSTANCES);
    match described {
        Ok(described) => Ok(described.db_instances.unwrap_or_default().into_iter().next()),
        Err(error) if error.code() == Some("DBInstanceNotFound") => Ok(None),
        Err(error) => Err(error.by(&source.session, identifier)),
    }
}

fn facts(
    path: &str,
    snapshot: &DbSnapshot,
    key: Option<KeyFacts>,
) -> Result<SnapshotFacts, StepError> {
    let arn = snapshot
        .db_snapshot_arn()
        .ok_or_else(|| StepError::missing(DESCRIBE_SNAPSHOTS, "DBSnapshotArn"))?;
    let percent = snapshot.percent_progress().and_then(|percent| u8::try_from(percent).ok());
    Ok(SnapshotFacts {
        path: path.to_owned(),
        id: arn.to_owned(),
        availability: Availability::of_db_snapshot(snapshot.status().unwrap_or_default(), percent),
        key,
        unusable: None,
        unshareable: None,
        shared_with: None,
        size_gib: snapshot.allocated_storage().unwrap_or_default(),
        taken_at: snapshot::data_of(snapshot),
        archived_again: None,
        option_group: snapshot
            .option_group_name()
            .filter(|group| !group.starts_with("default:"))
            .map(str::to_owned),
        lasting_options: Vec::new(),
    })
}

/// Whether what an earlier run made is on its way out, or goes before the next one is made: then the
/// snapshots are needed once more.
fn is_to_be_made_anew(instance: &DbInstance) -> bool {
    let reached = instance.endpoint().is_some() || instance.latest_restorable_time().is_some();
    let state = instance.db_instance_status().unwrap_or_default();
    let is_finished = instance
        .tag_list()
        .iter()
        .any(|tag| tag.key() == Some(tag::STEP) && tag.value() == Some(Made::Finished.name()));
    state == "deleting" || (is_made_in_vain(state, reached) && !is_finished)
}

/// What there is under the identifier that the DB instance is to have.
pub(crate) async fn existing(
    target: &Clients,
    asked: &RdsTarget,
    restore_id: &RestoreId,
) -> Result<RdsFacts, StepError> {
    let described = target
        .rds
        .describe_db_instances()
        .db_instance_identifier(asked.identifier())
        .send()
        .await
        .during(DESCRIBE_INSTANCES);
    let found = match described {
        Ok(described) => described.db_instances.unwrap_or_default().into_iter().next(),
        Err(error) if error.code() == Some("DBInstanceNotFound") => None,
        Err(error) if error.name() == ErrorName::InvalidInput => {
            return Err(invalid(vec![Fault::new(
                "target.rds.dbInstanceIdentifier",
                error.to_string(),
            )]));
        }
        Err(error) => return Err(error.by(&target.session, &asked.identifier())),
    };
    let ours = |tag: &aws_sdk_rds::types::Tag| {
        tag.key() == Some(tag::ID) && tag.value() == Some(restore_id.as_str())
    };
    Ok(RdsFacts {
        existing: match found {
            None => Existing::None,
            Some(instance) if instance.tag_list().iter().any(ours) => {
                if is_to_be_made_anew(&instance) { Existing::None } else { Existing::Ours }
            }
            Some(_) => Existing::Foreign,
        },
        defaults: DefaultGroups::default(),
        room: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use aws_sdk_rds::Client;
    use aws_sdk_rds::error::ErrorMetadata;
    use aws_sdk_rds::operation::describe_db_instances::{
        DescribeDBInstancesError, DescribeDbInstancesOutput,
    };
    use aws_sdk_rds::operation::describe_db_snapshots::DescribeDbSnapshotsOutput;
    use aws_sdk_rds::types::Tag;
    use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};

    use super::*;
    use crate::accounts::tests::clients;

    async fn found(describe: Rule) -> Result<Existing, StepError> {
        let rds = mock_client!(aws_sdk_rds, RuleMode::MatchAny, [&describe]);
        let target = Clients { rds, ..clients() };
        let asked = serde_json::from_value(serde_json::json!({ "dbInstanceIdentifier": "Orders" }));
        let restore_id = RestoreId::try_from("orders-1").unwrap();
        existing(&target, &asked.unwrap(), &restore_id).await.map(|facts| facts.existing)
    }

    fn instance_with(tag: (&'static str, &'static str)) -> Rule {
        mock!(Client::describe_db_instances)
            .match_requests(|request| request.db_instance_identifier() == Some("orders"))
            .then_output(move || {
                let tag = Tag::builder().key(tag.0).value(tag.1).build();
                DescribeDbInstancesOutput::builder()
                    .db_instances(DbInstance::builder().tag_list(tag).build())
                    .build()
            })
    }

    #[tokio::test]
    async fn a_db_instance_is_ours_only_by_this_restores_tag() {
        let absent = mock!(Client::describe_db_instances).then_error(|| {
            let error = ErrorMetadata::builder().code("DBInstanceNotFound").build();
            DescribeDBInstancesError::generic(error)
        });

        assert_eq!(found(absent).await.unwrap(), Existing::None);
        assert_eq!(found(instance_with((tag::ID, "orders-1"))).await.unwrap(), Existing::Ours);
        for (state, step, existing) in [
            ("restore-error", Made::Instance, Existing::None),
            ("inaccessible-encryption-credentials", Made::Instance, Existing::None),
            ("deleting", Made::Instance, Existing::None),
            ("storage-full", Made::Instance, Existing::Ours),
            ("restore-error", Made::Finished, Existing::Ours),
        ] {
            let tag = |key: &str, value: &str| Tag::builder().key(key).value(value).build();
            let instance = DbInstance::builder()
                .db_instance_status(state)
                .tag_list(tag(tag::ID, "orders-1"))
                .tag_list(tag(tag::STEP, step.name()));
            let rule = mock!(Client::describe_db_instances).then_output(move || {
                DescribeDbInstancesOutput::builder().db_instances(instance.clone().build()).build()
            });
            assert_eq!(found(rule).await.unwrap(), existing, "{state}");
        }
        assert_eq!(found(instance_with((tag::ID, "orders-2"))).await.unwrap(), Existing::Foreign);
        assert_eq!(found(instance_with(("Name", "orders-1"))).await.unwrap(), Existing::Foreign);
    }

    #[tokio::test]
    async fn a_db_instance_that_is_made_takes_nothing_more() {
        let request = Request::read(&serde_json::json!({
            "source": {
                "accountId": "111122223333", "region": "eu-west-1",
                "rds": { "dbSnapshotIdentifier": "orders-nightly" },
            },
            "target": {
                "accountId": "111122223333", "region": "eu-west-1",
                "roleArn": "arn:aws:iam::111122223333:role/restore-target",
                "kmsKeyId": "alias/orders", "rds": { "dbInstanceIdentifier": "orders" },
            },
        }));
        let (request, restore_id) = (request.unwrap(), RestoreId::try_from("orders-1").unwrap());
        let snapshots = mock!(Client::describe_db_snapshots).then_output(|| {
            let arn = "arn:aws:rds:eu-west-1:111122223333:snapshot:orders-nightly";
            let snapshot = DbSnapshot::builder().db_snapshot_arn(arn).status("available").build();
            DescribeDbSnapshotsOutput::builder().db_snapshots(snapshot).build()
        });
        let made = instance_with((tag::ID, "orders-1"));
        // Nothing answers for quotas: they are not asked for.
        let rds = mock_client!(aws_sdk_rds, RuleMode::MatchAny, [&snapshots, &made]);
        let clients = Clients { rds, ..clients() };
        let accounts = Accounts {
            source: Some(clients.clone()),
            target: Some(clients),
            restore_at_source: None,
        };
        let (book, mut obstacles) = (KeyBook::default(), Obstacles::default());
        let (Some(from), Some(to)) = (&request.source.rds, &request.target.rds) else {
            panic!("no RDS request")
        };

        let found = gather(&accounts, &book, &mut obstacles, &request, from, to, &restore_id);
        let target = Box::pin(found).await.unwrap().target.unwrap();

        assert_eq!((target.existing, target.room), (Existing::Ours, vec![]));
    }

    #[tokio::test]
    async fn a_denied_look_is_not_taken_for_an_absence() {
        let denied = mock!(Client::describe_db_instances).then_error(|| {
            let error = ErrorMetadata::builder().code("AccessDenied").build();
            DescribeDBInstancesError::generic(error)
        });

        let error = found(denied).await.unwrap_err();

        assert_eq!(error.name(), ErrorName::AccessDenied);
    }
}
