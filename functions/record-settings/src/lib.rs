//! Writes down what tagged instances are launched with, where it changes.
//!
//! On the day on which their account or Region cannot be reached, copies of their snapshots may lie
//! safe elsewhere, and nothing else be known of them: `plan-restore` then takes their settings from
//! these records (`source.recorded` of a request). They lie in the stack's own bucket, so that they are
//! there when the instances are not.
//!
//! It is called on a schedule, and writes nothing while nothing changes but a record from time to time,
//! by whose age it is seen that somebody still looks. What it could not read it tells in the end, as an
//! error of the invocation, after everything else has been written down: Lambda then calls it again with
//! the same event, which finds what is done already.

mod clients;
mod deployment;
mod ec2;
mod rds;
mod report;
mod shelve;
#[cfg(test)]
mod tests;

use futures_util::future::join_all;
use jiff::Timestamp;
use records::Records;
use restore::{RestoreId, Session};
use serde::Deserialize;
use step::{ErrorName, Sessions, StepError};
use tracing::info;

pub use deployment::Deployment;
pub use report::Report;

use crate::clients::Clients;
use crate::shelve::shelve;

/// What the sessions with the roles are called, as a restore's by its id.
const SESSION_NAME: &str = "record-settings";

/// How many instances are read, or written down, at the same time.
const AT_A_TIME: usize = 20;

/// An event of a schedule, as EventBridge sends it (EB/eb-events-structure).
#[derive(Debug, Deserialize)]
pub struct Request {
    /// When it was due, which is the instant of what is recorded.
    pub time: Timestamp,
}

/// Writes down the settings of every tagged instance in every place that the deployment names.
///
/// # Errors
///
/// - `Restore.InvalidInput`: the deployment names no place.
/// - As the vocabulary has it, naming every place and instance that could not be read or written down,
///   and why: all others have been.
pub async fn handle(
    sessions: &Sessions,
    records: &Records,
    deployment: &Deployment,
    request: Request,
) -> Result<Report, StepError> {
    if deployment.places.is_empty() {
        let message = "RecordSettingsOf: names no place to record the instances of";
        return Err(StepError::refused(ErrorName::InvalidInput, message));
    }
    let name = RestoreId::of_execution(SESSION_NAME);
    // One that cannot be reached holds up no other.
    let reports = join_all(deployment.places.iter().map(async |session| {
        match Clients::open(sessions, session, &name).await {
            Ok(clients) => Box::pin(place(&clients, records, deployment, request.time)).await,
            Err(error) => Report::unread(session, "everything", &error),
        }
    }))
    .await;
    let report = reports.into_iter().fold(Report::default(), Report::and);
    info!(
        written = report.written,
        unchanged = report.unchanged,
        passed_over = report.passed_over.join(", "),
        "settings recorded"
    );
    report.whole()
}

/// Writes down the settings of the instances of one place.
async fn place(
    clients: &Clients,
    records: &Records,
    deployment: &Deployment,
    now: Timestamp,
) -> Report {
    let (ec2, rds) =
        tokio::join!(ec2::read(clients, &deployment.tag), rds::read(clients, &deployment.tag));
    let mut report = ec2.report.and(rds.report);
    let found = ec2.settings.into_iter().chain(rds.settings);
    let found: Vec<_> = found.map(|settings| clients.record(settings, now)).collect();
    for some in found.chunks(AT_A_TIME) {
        let shelved = join_all(some.iter().map(async |record| {
            shelve(records, record, deployment.again_after)
                .await
                .unwrap_or_else(|error| Report::unread(&clients.session, &record.key(), &error))
        }))
        .await;
        report = shelved.into_iter().fold(report, Report::and);
    }
    report
}

/// What is read of one place.
#[derive(Debug, Default)]
struct Read {
    settings: Vec<restore::record::Settings>,
    report: Report,
}

/// Where it is, in words.
fn words(session: &Session) -> String {
    format!("account {} and Region {}", session.account_id, session.region)
}
