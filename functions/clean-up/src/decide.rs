//! What is done with each thing that was found, decided by all that was found.

use crate::found::{Attachment, Found, Kind, Life};
use crate::loading;
use crate::scope::{Fate, Scope};

/// How far the restored volumes have loaded their data from their snapshots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Initialisation {
    /// All of it, as far as AWS tells.
    Done,
    /// Not all of it.
    Underway {
        /// How far the least far is.
        percent: u8,
    },
    /// That could not be learned, for this reason.
    Unknown(String),
    /// Nobody knows which volumes there are.
    Unseen,
}

/// What is done with one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nothing, and nothing is said of it: the restore was for it, or it is gone.
    Ignore,
    /// It is removed now; a permission is taken from the target account.
    Remove,
    /// It is being removed, by AWS and, where it goes with an instance, with that.
    BeingRemoved { with: Option<String> },
    /// It is removed later.
    Wait {
        /// For what, in words.
        until: String,
        /// How far that is.
        percent: Option<u8>,
        /// The instance whose end it waits for.
        on: Option<String>,
    },
    /// It is removed by a later call: what AWS does not list yet may be made from it.
    Later,
    /// The permission stays as it looks now, and only this restore's tag goes: it was there before
    /// any restore, or other restores use it.
    Release,
    /// It stays, for this reason.
    Leave(String),
    /// It stays on purpose, for this reason.
    Keep(String),
    /// It stays, a copy to keep, and is marked as one where it is not yet.
    KeepCopy,
}

impl Verdict {
    fn wait(until: String) -> Self {
        Self::Wait { until, percent: None, on: None }
    }

    fn wait_for_end_of(instance_id: &str) -> Self {
        let until = format!("instance {instance_id} is terminated");
        Self::Wait { until, percent: None, on: Some(instance_id.to_owned()) }
    }
}

/// What is done with everything, in the order in which it is done: what was made last goes first.
///
/// `is_settled` says whether `found` is all there is, as far as AWS lists it in time.
pub(crate) fn all(
    found: Vec<Found>,
    scope: Scope,
    volumes: &Initialisation,
    is_settled: bool,
) -> Vec<(Found, Verdict)> {
    let now = |one: &Found| match verdict(one, &found, scope, volumes) {
        Verdict::Remove | Verdict::Release if one.kind.is_source() && !is_settled => Verdict::Later,
        other => other,
    };
    let verdicts: Vec<Verdict> = found.iter().map(now).collect();
    let mut decided: Vec<(Found, Verdict)> = found.into_iter().zip(verdicts).collect();
    decided.sort_by_key(|(one, verdict)| (*verdict == Verdict::Release, order(one)));
    decided
}

/// The place of a thing in the order of removal. A snapshot is not deleted while it is shared, and
/// nothing is shared any more without its key.
const fn order(one: &Found) -> (u8, u8) {
    match one.kind {
        Kind::Grant { .. } => (1, 0),
        Kind::Share { .. } => (1, 1),
        Kind::Snapshot { .. } | Kind::DbSnapshot { .. } if one.kind.depth() == 1 => (2, 0),
        _ => (0, u8::MAX - one.kind.depth()),
    }
}

fn verdict(one: &Found, all: &[Found], scope: Scope, volumes: &Initialisation) -> Verdict {
    if one.kind.life() == Life::Gone {
        return Verdict::Ignore;
    }
    match scope.fate(&one.kind) {
        Fate::Outcome => Verdict::Ignore,
        Fate::Stays(_) | Fate::Kept if one.kind.life() == Life::Going => Verdict::Ignore,
        Fate::Kept => Verdict::KeepCopy,
        Fate::Stays(why) => Verdict::Keep(why.to_owned()),
        Fate::Goes if one.kind.life() == Life::Going => Verdict::BeingRemoved { with: None },
        Fate::Goes => removal(one, all, scope, volumes),
    }
}

fn removal(one: &Found, all: &[Found], scope: Scope, volumes: &Initialisation) -> Verdict {
    let being_made = || Verdict::wait(format!("{} is made, and can be removed", one.id));
    match &one.kind {
        Kind::Instance { .. } => Verdict::Remove,
        Kind::Volume { attachment: Some(attachment), .. } => attached(attachment, all, scope),
        Kind::SecurityGroup { .. } => match ending_instance(all, scope) {
            Some(instance_id) => Verdict::wait_for_end_of(instance_id),
            None => Verdict::Remove,
        },
        kind if kind.life() == Life::Coming => being_made(),
        Kind::Volume { .. } | Kind::DbInstance { .. } => Verdict::Remove,
        Kind::Share { .. } if one.kind.is_of_others() => Verdict::Release,
        // The others may have left by then, and the permission would go.
        Kind::Share { others, .. } if !others.is_empty() => {
            source(one, all, scope, volumes).unwrap_or(Verdict::Release)
        }
        Kind::Grant { .. }
        | Kind::Share { .. }
        | Kind::Snapshot { .. }
        | Kind::DbSnapshot { .. } => source(one, all, scope, volumes).unwrap_or(Verdict::Remove),
    }
}

fn attached(attachment: &Attachment, all: &[Found], scope: Scope) -> Verdict {
    let instance_id = &attachment.instance_id;
    let its_instance =
        all.iter().find(|one| matches!(one.kind, Kind::Instance { .. }) && one.id == *instance_id);
    match its_instance {
        Some(instance) if scope.ends_instances() && instance.is_finished() => {
            return Verdict::Ignore;
        }
        Some(instance) if scope.fate(&instance.kind) == Fate::Goes => {}
        // A person has put it to use.
        _ => return Verdict::Keep(format!("attached to {instance_id}")),
    }
    if attachment.delete_on_termination {
        return Verdict::BeingRemoved { with: Some(instance_id.clone()) };
    }
    Verdict::wait_for_end_of(instance_id)
}

/// An instance that is about to be terminated, and until then holds on to its security groups.
fn ending_instance(all: &[Found], scope: Scope) -> Option<&str> {
    let is_there = |one: &&Found| {
        matches!(one.kind, Kind::Instance { .. })
            && one.kind.life() != Life::Gone
            && scope.fate(&one.kind) == Fate::Goes
    };
    all.iter().find(is_there).map(|one| one.id.as_str())
}

/// What a snapshot, or the permission to use it, has to outlive: what is still being made from
/// it, and volumes that stay and still load their data from it.
///
/// AWS warns that data can be lost where a share is withdrawn before (EBS/ebs-copy-snapshot).
fn source(one: &Found, all: &[Found], scope: Scope, volumes: &Initialisation) -> Option<Verdict> {
    let made_from_it = all.iter().find(|other| {
        other.kind.life() == Life::Coming
            && other.kind.depth() > one.kind.depth()
            && !matches!(other.kind, Kind::Instance { .. })
    });
    if let Some(other) = made_from_it {
        return Some(Verdict::wait(format!("{} is made from {}", other.id, one.id)));
    }
    let is_needed = match volumes {
        Initialisation::Unseen => one.kind.may_be_loaded_from(),
        _ => loading::is_from(one, all),
    };
    if !scope.keeps_volumes() || !is_needed {
        return None;
    }
    match volumes {
        Initialisation::Done => None,
        Initialisation::Underway { percent } => Some(Verdict::Wait {
            until: "the volumes have loaded their data".to_owned(),
            percent: Some(*percent),
            on: None,
        }),
        Initialisation::Unknown(why) => Some(may_be_needed(why)),
        Initialisation::Unseen => Some(may_be_needed("the restored volumes could not be seen")),
    }
}

fn may_be_needed(why: &str) -> Verdict {
    Verdict::Leave(format!(
        "the restored volumes may still load their data from it: {why}. It is needed until EC2 \
         (DescribeVolumeStatus) shows each of them as initialised by 100 %, or each has been read \
         in full; then start the same request again under this restoreId, which takes it away if \
         EC2 shows so, or take it away yourself"
    ))
}

#[cfg(test)]
mod tests;
