//! A request of an instance that cannot be asked, completed from its records.
//!
//! What is called is S3 where the stack is, and EC2 or RDS where the instance goes: nothing where it
//! lived.

mod copies;
#[cfg(test)]
mod tests;

use records::Records;
use restore::record::complete::{self, Completed};
use restore::record::{Record, Settings, Shelf};
use restore::request::{At, Ec2Source, Fault, RdsSource, Recorded, Request};
use step::StepError;

use crate::accounts::{Accounts, Clients};
use crate::invalid;

const PATH: &str = "source.recorded";

/// The request with what was recorded; nothing where it asks for none, or the role that would look
/// for the copies cannot be assumed, which is an obstacle already.
///
/// # Errors
///
/// `Restore.InvalidInput` where there is no record in time, no complete set of copies, or where the
/// target has to have settings of its own; as the vocabulary has it, where AWS refuses.
pub(crate) async fn completed(
    accounts: &Accounts,
    records: &Records,
    request: &Request,
) -> Result<Option<Completed>, StepError> {
    let (Some(recorded), Some(clients)) = (&request.source.recorded, &accounts.source) else {
        return Ok(None);
    };
    match (&request.source.ec2, &request.source.rds) {
        (Some(from), _) => ec2(clients, records, request, recorded, from).await.map(Some),
        (None, Some(from)) => rds(clients, records, request, recorded, from).await.map(Some),
        (None, None) => Ok(None),
    }
}

async fn ec2(
    clients: &Clients,
    records: &Records,
    request: &Request,
    recorded: &Recorded,
    from: &Ec2Source,
) -> Result<Completed, StepError> {
    let Some(id) = &from.instance_id else { return Err(names_none(complete::INSTANCE)) };
    let shelf = Shelf::of_ec2(&recorded.account_id, &recorded.region, id);
    let at = from.at.unwrap_or(At::Latest);
    let in_time = in_time(records, &shelf, at).await?;
    let Settings::Ec2(mut settings) = in_time.record.settings else {
        return Err(names_none(complete::INSTANCE));
    };
    if let Some(Record { settings: Settings::Ec2(newest), .. }) = &in_time.newest {
        settings.learn(newest);
    }
    let found = copies::of_volumes(clients, &settings.volumes, at).await?;
    complete::ec2(request, &settings, &found).map_err(invalid)
}

async fn rds(
    clients: &Clients,
    records: &Records,
    request: &Request,
    recorded: &Recorded,
    from: &RdsSource,
) -> Result<Completed, StepError> {
    let Some(id) = &from.db_instance_identifier else {
        return Err(names_none(complete::DB_INSTANCE));
    };
    let shelf = Shelf::of_rds(&recorded.account_id, &recorded.region, id);
    let in_time = in_time(records, &shelf, from.at.unwrap_or(At::Latest)).await?;
    let Settings::Rds(settings) = in_time.record.settings else {
        return Err(names_none(complete::DB_INSTANCE));
    };
    let found = copies::of_db_instance(clients, id.as_str()).await?;
    complete::rds(request, &settings, &found).map_err(invalid)
}

fn names_none(path: &str) -> StepError {
    invalid(vec![Fault::new(path, "names nothing that could have been recorded")])
}

/// The newest record at or before an instant, and that of all, where it is another: it knows of
/// snapshots that were taken since.
struct InTime {
    record: Record,
    newest: Option<Record>,
}

async fn in_time(records: &Records, shelf: &Shelf, at: At) -> Result<InTime, StepError> {
    let keys = records.keys(shelf).await?;
    let newest_at = |at| shelf.newest(keys.iter().map(String::as_str), at);
    let Some(key) = newest_at(at) else {
        let known = match keys.first() {
            Some(oldest) => format!("the oldest is {oldest}"),
            None => "nothing was ever recorded of it".to_owned(),
        };
        let problem = format!(
            "there is no record at {at} or before under {shelf} ({known}); give the settings under `target` and list \
             the snapshots under `source`, without `source.recorded`"
        );
        return Err(invalid(vec![Fault::new(PATH, problem)]));
    };
    let record = records.read(key).await?;
    let newest = match newest_at(At::Latest).filter(|newest| *newest != key) {
        Some(newest) => Some(records.read(newest).await?),
        None => None,
    };
    Ok(InTime { record, newest })
}
