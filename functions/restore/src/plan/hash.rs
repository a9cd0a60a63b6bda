//! What a plan would do, as a hash: what was looked at in a dry run is held against what is about
//! to be done.
//!
//! The hash has two parts, that of the snapshots' path and that of the instance with what stays of
//! the restore: a run that goes on where an earlier one has come past the snapshots has only the
//! second part left to do, and is held to that alone. Left out is what does not change what is
//! done: the restore id, the deadline, `dryRun` itself, whom the snapshots are shared with already,
//! what is known of permissions, how much is free of what it takes, what of the source is
//! not restored, and warnings.

use serde::Serialize;

use super::{DbLaunch, Hop, KeyGrant, Launch, Plan};
use crate::id::PlanHash;
use crate::name::digest;
use crate::request::{Drill, OnFailure};
use crate::{Flow, KeyArn, RoleArn, Session};

/// How many hex digits of SHA-256 each part has: 128 bits.
const PART: usize = 32;

/// What is done before the instance is made.
#[derive(Serialize)]
struct OfPath<'a> {
    flow: Flow,
    source: &'a Session,
    snapshots: Vec<&'a str>,
    hops: &'a [Hop],
    grants: Vec<Given<'a>>,
}

/// A grant, but for its name, which follows from the restore id.
#[derive(Serialize)]
struct Given<'a> {
    key: &'a KeyArn,
    to: &'a RoleArn,
    operations: &'a [String],
}

/// What is made of the snapshots, and what stays of the restore.
#[derive(Serialize)]
struct OfInstance<'a> {
    flow: Flow,
    target: &'a Session,
    instance: Option<&'a Launch>,
    db_instance: Option<&'a DbLaunch>,
    keep_copies: bool,
    on_failure: OnFailure,
    #[serde(skip_serializing_if = "Option::is_none")]
    drill: Option<&'a Drill>,
}

impl<'a> Given<'a> {
    fn of(grant: &'a KeyGrant) -> Self {
        let KeyGrant { kms_key_id, name: _, grantee_principal, operations } = grant;
        Self { key: kms_key_id, to: grantee_principal, operations }
    }
}

impl PlanHash {
    /// The hash of what `plan` does.
    pub(super) fn of(plan: &Plan) -> Self {
        // Each field by its name, so that nobody adds one without deciding whether it belongs here.
        let Plan {
            restore_id: _,
            flow,
            deadline: _,
            source,
            target,
            snapshots,
            hops,
            grants,
            earlier_grants: _,
            instance,
            db_instance,
            hash: _,
            estimate: _,
            drill,
            dry_run: _,
            keep_copies,
            on_failure,
            room: _,
            not_restored: _,
            warnings: _,
            preflight: _,
        } = plan;
        let path = OfPath {
            flow: *flow,
            source,
            snapshots: snapshots.iter().map(|snapshot| snapshot.source.as_str()).collect(),
            hops,
            grants: grants.iter().map(Given::of).collect(),
        };
        let instance = OfInstance {
            flow: *flow,
            target,
            instance: instance.as_ref(),
            db_instance: db_instance.as_ref(),
            keep_copies: *keep_copies,
            on_failure: *on_failure,
            drill: drill.as_ref(),
        };
        Self::joined(&part(&path), &part(&instance))
    }

    /// What `plan`, which has this hash, does otherwise than one that has the hash `approved`, in
    /// words; nothing where it does the same.
    pub(super) fn deviation(&self, approved: &Self, past_snapshots: bool) -> Option<&'static str> {
        let ((path, instance), (path_then, instance_then)) = (self.parts(), approved.parts());
        match (past_snapshots || path == path_then, instance == instance_then) {
            (true, true) => None,
            (false, true) => {
                Some("the snapshots and their path differ, or the grants on their keys")
            }
            (true, false) => Some(
                "the instance to make differs, or what stays of the restore (options.keepCopies, options.onFailure)",
            ),
            (false, false) => {
                Some("both the snapshots with their path and the instance to make differ")
            }
        }
    }
}

/// The hash of one part. What a plan is made of always has a JSON form; were there none, the text
/// of the error would stand for it, and be the same each time.
fn part(of: &impl Serialize) -> String {
    let text = serde_json::to_string(of).unwrap_or_else(|error| error.to_string());
    digest(&text)[..PART].to_owned()
}

#[cfg(test)]
mod tests;
