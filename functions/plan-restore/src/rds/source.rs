//! The DB instance that the snapshots are of: read where the request's map translates its network,
//! since a snapshot tells neither the groups that it is in nor its parameters.

use std::collections::BTreeMap;

use restore::id::DbInstanceIdentifier;
use restore::plan::Obstacle;
use restore::record::RdsSettings;
use restore::record::complete::Completed;
use restore::request::Request;
use restore::translation::{Translation, gone};
use step::StepError;

use super::instance;
use crate::accounts::{Accounts, Clients};
use crate::obstacles::Obstacles;

/// `request` with the groups that it leaves open as its DB instance has them, translated; nothing
/// where no map says anything of such, or where what was found out is an obstacle.
///
/// # Errors
///
/// Only what trying again may mend.
pub(crate) async fn completed(
    accounts: &Accounts,
    obstacles: &mut Obstacles,
    request: &Request,
) -> Result<Option<Completed>, StepError> {
    let (Some(from), Some(clients)) = (&request.source.rds, &accounts.source) else {
        return Ok(None);
    };
    let Some(identifier) = from.db_instance_identifier.as_ref().filter(|_| request.needs_map())
    else {
        return Ok(None);
    };
    let Some(found) = obstacles.note(read(clients, identifier).await)? else { return Ok(None) };
    // Its snapshots tell by themselves of when their data is.
    let completed = |request, not_restored| {
        Ok(Some(Completed { request, not_restored, origin: None, data_of: BTreeMap::new() }))
    };
    let mut filled = request.clone();
    let (Some(had), Some(asked)) = (found, &mut filled.target.rds) else {
        return completed(filled, vec![gone(&format!("DB instance {identifier}"))]);
    };
    match Translation::of(request).fill_rds(asked, &had.settings) {
        Ok(not_restored) => completed(filled, not_restored),
        Err(fault) => {
            obstacles.extend([Obstacle::from(fault)]);
            Ok(None)
        }
    }
}

/// The settings of the DB instance; nothing of one that is not there any more.
async fn read(
    source: &Clients,
    identifier: &DbInstanceIdentifier,
) -> Result<Option<RdsSettings>, StepError> {
    let found = instance(source, identifier.as_str()).await?;
    Ok(found.map(|instance| settings::rds::settings(identifier.clone(), &instance)))
}

#[cfg(test)]
mod tests;
