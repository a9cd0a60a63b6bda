//! The copy of a DB snapshot.

use aws_sdk_rds::Client;
use aws_sdk_rds::operation::copy_db_snapshot::CopyDbSnapshotInput;
use aws_sdk_rds::operation::copy_db_snapshot::builders::CopyDbSnapshotInputBuilder;
use aws_sdk_rds::operation::describe_db_snapshots::DescribeDBSnapshotsError;
use aws_sdk_rds::types::{DbSnapshot, Tag};
use restore::availability::Availability;
use restore::name;
use restore::plan::PathSnapshot;
use restore::tag::{self, Made};
use step::{CallContext as _, ErrorName, StepError};
use tracing::info;

use crate::presign::{self, Presigner};
use crate::{Copies, Request, is_under};

/// Starts the copy of the hop's DB snapshot, unless an earlier attempt did. A copy of an earlier run
/// that has failed is deleted first.
///
/// The copy's identifier follows from the restore's id, so that AWS itself lets there be one at
/// most: a second attempt that overtakes the first is told so, and looks again.
pub(crate) async fn copy(
    rds: &Client,
    presigner: &Presigner,
    request: &Request,
) -> Result<Copies, StepError> {
    let [snapshot] = request.hop.concerned(&request.snapshots)?[..] else {
        return Err(StepError::refused(
            ErrorName::Unexpected,
            "a hop of DB snapshots must concern exactly one: its copy's identifier is one",
        ));
    };
    let copy = copy_one(rds, presigner, request, snapshot)
        .await
        .map_err(|error| error.by(&request.hop.session, &request.subject(snapshot)))?;
    Ok(Copies::from([(snapshot.source.clone(), copy)]))
}

async fn copy_one(
    rds: &Client,
    presigner: &Presigner,
    request: &Request,
    snapshot: &PathSnapshot,
) -> Result<String, StepError> {
    let made = request.made()?;
    let identifier = name::db_snapshot(&request.restore_id, made);
    let found = look_up(rds, &identifier).await?;
    match plan(request, made, snapshot, found.as_ref())? {
        Plan::Adopt(copy) => {
            info!(source = snapshot.current, copy, "adopted the copy of an earlier attempt");
            return Ok(copy);
        }
        Plan::Replace { status } => delete(rds, &identifier, &status).await?,
        Plan::Copy => {}
    }
    let overtaken = match start(rds, presigner, request, made, snapshot).await {
        Ok(copy) => {
            info!(source = snapshot.current, copy, "copy under way");
            return Ok(copy);
        }
        Err(error) if error.name() == ErrorName::AlreadyExists => error,
        Err(error) => return Err(error),
    };
    let found = look_up(rds, &identifier).await?;
    match plan(request, made, snapshot, found.as_ref())? {
        Plan::Adopt(copy) => {
            info!(source = snapshot.current, copy, "adopted the copy of another attempt");
            Ok(copy)
        }
        Plan::Copy | Plan::Replace { .. } => Err(overtaken),
    }
}

/// Deletes a copy of an earlier run that has failed, and holds the identifier of the next one.
async fn delete(rds: &Client, identifier: &str, status: &str) -> Result<(), StepError> {
    if status != "deleting" {
        info!(copy = identifier, status, "deleting the failed copy of an earlier run");
        let deleted = rds.delete_db_snapshot().db_snapshot_identifier(identifier).send().await;
        match deleted.during("rds:DeleteDBSnapshot") {
            Err(error) if error.code() != Some("DBSnapshotNotFound") => return Err(error),
            _ => {}
        }
    }
    match look_up(rds, identifier).await? {
        None => Ok(()),
        Some(_) => Err(StepError::refused(
            ErrorName::QuotaExceeded,
            format!("{identifier}: the failed copy of an earlier run is still being deleted"),
        )),
    }
}

/// The DB snapshot of that identifier, where there is one.
async fn look_up(rds: &Client, identifier: &str) -> Result<Option<DbSnapshot>, StepError> {
    let found = rds.describe_db_snapshots().db_snapshot_identifier(identifier).send().await;
    let refusal = found.as_ref().err().and_then(|error| error.as_service_error());
    if refusal.is_some_and(DescribeDBSnapshotsError::is_db_snapshot_not_found_fault) {
        return Ok(None);
    }
    let found = found.during("rds:DescribeDBSnapshots")?;
    Ok(found.db_snapshots.unwrap_or_default().into_iter().next())
}

/// What is left to do.
#[derive(Debug, PartialEq, Eq)]
enum Plan {
    /// An earlier attempt made this copy.
    Adopt(String),
    /// Nothing is there yet.
    Copy,
    /// One of an earlier run has failed, and goes first.
    Replace {
        /// How AWS says that it has failed.
        status: String,
    },
}

/// A DB snapshot of the copy's identifier is adopted only if it is the very copy that is asked
/// for: of this restore and this hop, from this snapshot, under this key. The DB instance keeps
/// the data and the key of the snapshot that it is made from, so another one would be restored
/// without a word.
fn plan(
    request: &Request,
    made: Made,
    snapshot: &PathSnapshot,
    found: Option<&DbSnapshot>,
) -> Result<Plan, StepError> {
    let Some(found) = found else { return Ok(Plan::Copy) };
    let copy = found
        .db_snapshot_arn()
        .ok_or_else(|| StepError::missing("rds:DescribeDBSnapshots", "DBSnapshotArn"))?;
    for (key, wanted) in tag::all(&request.restore_id, made, &snapshot.source) {
        let value = found.tag_list().iter().find(|tag| tag.key() == Some(key)).map(Tag::value);
        if value != Some(Some(wanted.as_str())) {
            let why = format!("its tag {key} is not `{wanted}`");
            return Err(already_exists(copy, &why));
        }
    }
    if let Some(key) = found.kms_key_id().filter(|_| !is_under_key(request, found)) {
        return Err(already_exists(copy, &format!("it is under key {key}")));
    }
    match Availability::of_db_snapshot(found.status().unwrap_or_default(), None) {
        Availability::Ready | Availability::Pending { .. } => Ok(Plan::Adopt(copy.to_owned())),
        Availability::Failed { reason } => Ok(Plan::Replace { status: reason }),
    }
}

fn is_under_key(request: &Request, found: &DbSnapshot) -> bool {
    is_under(found.kms_key_id(), request.hop.kms_key_id.as_ref())
}

fn already_exists(copy: &str, why: &str) -> StepError {
    StepError::refused(
        ErrorName::AlreadyExists,
        format!(
            "{copy} exists and is not the copy that this restore makes: {why}; \
             it is never overwritten: delete it, or give the restore another `restoreId`"
        ),
    )
}

/// Starts the copy. The SDK may retry it: the identifier lets there be one copy at most.
async fn start(
    rds: &Client,
    presigner: &Presigner,
    request: &Request,
    made: Made,
    snapshot: &PathSnapshot,
) -> Result<String, StepError> {
    let mut copy = copy_of(request, made, snapshot);
    let (from, to) = (&request.hop.source_region, &request.hop.session.region);
    // "Applies only to GovCloud (US) Regions. It's ignored in other Regions"
    // (BC:rds.CopyDBSnapshotMessage.PreSignedUrl).
    if request.crosses_regions() && from.partition() == "aws-us-gov" {
        copy = presign::rds(presigner, copy, from, to, presign::now()).await?;
    }
    copy.send_with(rds)
        .await
        .during("rds:CopyDBSnapshot")
        // A share or a copy of a moment ago.
        .map_err(|error| error.not_yet_known(&["DBSnapshotNotFound"]))?
        .db_snapshot
        .and_then(|copy| copy.db_snapshot_arn)
        .ok_or_else(|| StepError::missing("rds:CopyDBSnapshot", "DBSnapshotArn"))
}

/// The copy to ask for.
///
/// The source's tags stay behind: a tag reserved by AWS fails the whole copy
/// (GH:1Strategy/rds-oracle-cross-account-cross-region-dr#1), and a share's tag would be copied
/// too.
fn copy_of(request: &Request, made: Made, snapshot: &PathSnapshot) -> CopyDbSnapshotInputBuilder {
    let tags = tag::all(&request.restore_id, made, &snapshot.source);
    let tags = tags.map(|(key, value)| Tag::builder().key(key).value(value).build());
    CopyDbSnapshotInput::builder()
        .source_db_snapshot_identifier(&snapshot.current)
        .target_db_snapshot_identifier(name::db_snapshot(&request.restore_id, made))
        .set_kms_key_id(request.hop.kms_key_id.as_ref().map(ToString::to_string))
        .set_tags(Some(tags.into()))
        .copy_tags(false)
        .set_option_group_name(request.hop.option_group_name.clone())
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
