//! A record is written where it is due.

use jiff::SignedDuration;
use records::Records;
use restore::record::Record;
use restore::request::At;
use step::{ErrorName, StepError};
use tracing::warn;

use crate::report::Report;

/// Writes the record, unless the newest one of its instance says the same and is not old.
pub(crate) async fn shelve(
    records: &Records,
    record: &Record,
    again_after: SignedDuration,
) -> Result<Report, StepError> {
    let shelf = record.shelf();
    let keys = records.keys(&shelf).await?;
    let newest = match shelf.newest(keys.iter().map(String::as_str), At::Latest) {
        Some(key) => read(records, key).await?,
        None => None,
    };
    if !record.is_due(newest.as_ref(), again_after) {
        return Ok(Report::unchanged());
    }
    records.write(record).await?;
    Ok(Report::written())
}

/// The record under a key; nothing of what is no record, over which another has to be written.
async fn read(records: &Records, key: &str) -> Result<Option<Record>, StepError> {
    match records.read(key).await {
        Ok(record) => Ok(Some(record)),
        Err(error) if error.name() == ErrorName::Unexpected => {
            warn!(%error, "written down anew");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}
