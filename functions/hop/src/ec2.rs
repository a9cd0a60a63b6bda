//! Copies of EBS snapshots.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::config::retry::RetryConfig;
use aws_sdk_ec2::operation::copy_snapshot::CopySnapshotInput;
use aws_sdk_ec2::operation::copy_snapshot::builders::CopySnapshotInputBuilder;
use aws_sdk_ec2::types::{Filter, ResourceType, Snapshot, Tag, TagSpecification};
use restore::availability::Availability;
use restore::plan::PathSnapshot;
use restore::tag::{self, Made};
use step::{CallContext as _, ErrorName, StepError};
use tracing::info;

use crate::presign::{self, Presigner};
use crate::{Copies, Request, is_under};

/// Starts a copy of each snapshot of the hop that has none yet.
///
/// One after the other: `CopySnapshot` takes no client token, so a call that is dropped because
/// another one failed could leave a copy that nobody has heard of.
pub(crate) async fn copy(
    ec2: &Client,
    presigner: &Presigner,
    request: &Request,
) -> Result<Copies, StepError> {
    let made = request.made()?;
    let earlier = earlier_copies(ec2, request, made).await?;
    let mut copies = Copies::new();
    for snapshot in request.hop.concerned(&request.snapshots)? {
        let copy = match plan(request, snapshot, &earlier) {
            Plan::Adopt(copy) => {
                info!(source = snapshot.current, copy, "adopted a copy of an earlier attempt");
                copy
            }
            Plan::Copy => {
                let copy = start(ec2, presigner, request, made, snapshot)
                    .await
                    .map_err(|error| error.by(&request.hop.session, &request.subject(snapshot)))?;
                info!(source = snapshot.current, copy, "copy under way");
                copy
            }
        };
        copies.insert(snapshot.source.clone(), copy);
    }
    Ok(copies)
}

/// What this hop has made already.
async fn earlier_copies(
    ec2: &Client,
    request: &Request,
    made: Made,
) -> Result<Vec<Snapshot>, StepError> {
    let tagged =
        |key: &str, value: &str| Filter::builder().name(format!("tag:{key}")).values(value).build();
    ec2.describe_snapshots()
        .owner_ids("self")
        .filters(tagged(tag::ID, request.restore_id.as_str()))
        .filters(tagged(tag::STEP, made.name()))
        .into_paginator()
        .items()
        .send()
        .collect::<Result<Vec<_>, _>>()
        .await
        .during("ec2:DescribeSnapshots")
        .map_err(|error| error.by(&request.hop.session, "copies of an earlier attempt"))
}

/// What is left to do for one snapshot.
#[derive(Debug, PartialEq, Eq)]
enum Plan {
    /// An earlier attempt made this copy.
    Adopt(String),
    /// Nothing usable is there yet.
    Copy,
}

/// The oldest usable copy is the one to adopt: every attempt that sees two of them, because one
/// was made before the other could be found, must choose the same.
fn plan(request: &Request, snapshot: &PathSnapshot, earlier: &[Snapshot]) -> Plan {
    let is_its_copy = |copy: &&Snapshot| {
        copy.tags().iter().any(|tag| {
            tag.key() == Some(tag::SOURCE) && tag.value() == Some(snapshot.source.as_str())
        })
    };
    let is_usable = |copy: &&Snapshot| {
        let state = copy.state().map_or("", |state| state.as_str());
        let failed =
            matches!(Availability::of_snapshot(state, None, None), Availability::Failed { .. });
        !failed && is_under(copy.kms_key_id(), request.hop.kms_key_id.as_ref())
    };
    earlier
        .iter()
        .filter(is_its_copy)
        .filter(is_usable)
        .filter_map(|copy| Some((copy.start_time(), copy.snapshot_id()?)))
        .min()
        .map_or(Plan::Copy, |(_, copy)| Plan::Adopt(copy.to_owned()))
}

/// Starts the copy of `snapshot`.
///
/// The SDK's own retries are off: a call whose answer was lost may have made its copy, and only a
/// new look can tell (BC:ec2.CopySnapshotRequest has no `ClientToken`).
async fn start(
    ec2: &Client,
    presigner: &Presigner,
    request: &Request,
    made: Made,
    snapshot: &PathSnapshot,
) -> Result<String, StepError> {
    let mut copy = copy_of(request, made, snapshot)?;
    if request.crosses_regions() {
        let (from, to) = (&request.hop.source_region, &request.hop.session.region);
        copy = presign::ec2(presigner, copy, from, to, presign::now()).await?;
    }
    let once = ec2.config().to_builder().retry_config(RetryConfig::disabled()).build();
    copy.send_with(&Client::from_conf(once))
        .await
        .during("ec2:CopySnapshot")
        // A share or a copy of a moment ago.
        .map_err(|error| error.not_yet_known(&["InvalidSnapshot.NotFound"]))?
        .snapshot_id
        .ok_or_else(|| StepError::missing("ec2:CopySnapshot", "snapshotId"))
}

/// The copy to ask for: always encrypted, always under a key that is named, since what AWS takes
/// when none is named is the account's default key (EBS/ebs-copy-snapshot).
fn copy_of(
    request: &Request,
    made: Made,
    snapshot: &PathSnapshot,
) -> Result<CopySnapshotInputBuilder, StepError> {
    let key = request.hop.kms_key_id.as_ref().ok_or_else(|| {
        StepError::refused(ErrorName::Unexpected, "an EBS snapshot's copy is given no key")
    })?;
    let (restore_id, from) = (&request.restore_id, &request.hop.source_region);
    let tags = tag::all(restore_id, made, &snapshot.source);
    let tags = tags.map(|(key, value)| Tag::builder().key(key).value(value).build());
    Ok(CopySnapshotInput::builder()
        .description(format!("restore {restore_id}: copy of {} from {from}", snapshot.current))
        .encrypted(true)
        .kms_key_id(key.as_str())
        .source_region(from.as_str())
        .source_snapshot_id(&snapshot.current)
        .tag_specifications(
            TagSpecification::builder()
                .resource_type(ResourceType::Snapshot)
                .set_tags(Some(tags.into()))
                .build(),
        ))
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
