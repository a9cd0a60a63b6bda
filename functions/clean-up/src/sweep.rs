//! One call's removals, and what they come to.

mod marks;

use std::collections::BTreeSet;

use restore::AccountId;
use restore::poll::{SHORTEST_SECONDS, next_look};
use restore::share::Departed;
use step::{ErrorName, StepError};
use tracing::info;

use crate::decide::Verdict;
use crate::found::{Found, Kind};
use crate::patience::Patience;
use crate::place::{self, Place};
use crate::request::{Left, Request, Response};
use crate::{ec2, grant, rds, share};

pub(crate) use marks::Marked;

/// The most things that one message names.
const NAMED: usize = 3;

/// What one call has done so far.
#[derive(Debug)]
pub(crate) struct Sweep<'a> {
    request: &'a Request,
    removed: Vec<String>,
    left: Vec<Left>,
    waiting: Vec<Waiting>,
    patience: Patience<'a>,
    /// Instances that could not be terminated.
    stuck: BTreeSet<String>,
    /// Whether this call goes no further: AWS is out of reach, or something has to be done first.
    halted: bool,
}

#[derive(Debug, PartialEq, Eq)]
struct Waiting {
    until: String,
    percent: Option<u8>,
}

impl<'a> Sweep<'a> {
    /// A call that has done nothing yet.
    pub(crate) fn of(request: &'a Request) -> Self {
        Self {
            request,
            removed: vec![],
            left: vec![],
            waiting: vec![],
            patience: Patience::of(request),
            stuck: BTreeSet::new(),
            halted: false,
        }
    }

    /// Notes that `what` could not be looked for: later, where AWS is but out of reach or asks to
    /// slow down.
    pub(crate) fn could_not_list(&mut self, what: &str, error: &StepError) {
        if error.name() == ErrorName::Throttled && self.is_patient(what) {
            self.wait(format!("AWS can be asked for {what} ({error})"), None);
        } else {
            self.leave(what, error.to_string());
        }
    }

    /// Notes that an earlier run made `found`, and that this one has brought back another.
    pub(crate) fn not_this_runs(&mut self, found: &Found) {
        let why = "made by an earlier run under this restoreId, which did not finish it, and not what \
                   this one has brought back: delete it, unless somebody uses it";
        self.leave(&found.arn, why.to_owned());
    }

    /// Does with `found` what was decided. What fails is noted.
    pub(crate) async fn carry_out(&mut self, place: &Place, found: &Found, verdict: Verdict) {
        if self.halted {
            return;
        }
        let outcome = match verdict {
            Verdict::Ignore | Verdict::Later => Ok(()),
            Verdict::Leave(why) => {
                self.leave(&name(found), why);
                Ok(())
            }
            Verdict::Keep(why) => {
                self.keep(&name(found), why);
                Ok(())
            }
            Verdict::KeepCopy => {
                self.keep_copy(place, found).await;
                Ok(())
            }
            Verdict::BeingRemoved { with: Some(instance_id) }
            | Verdict::Wait { on: Some(instance_id), .. }
                if self.stuck.contains(&instance_id) =>
            {
                self.leave(&found.arn, format!("held by {instance_id}, which stays"));
                Ok(())
            }
            Verdict::BeingRemoved { with } => {
                if with.is_none_or(|instance_id| self.is_removed(&instance_id)) {
                    self.removed(&found.arn);
                }
                self.wait(format!("{} is gone", found.id), None);
                Ok(())
            }
            Verdict::Wait { until, percent, .. } => {
                self.wait(until, percent);
                Ok(())
            }
            Verdict::Remove => self.remove(place, found).await,
            // Last of all: the tag goes by which a later call would find it, so that it can be
            // told as left in the last answer only.
            Verdict::Release if !self.waiting.is_empty() => Ok(()),
            Verdict::Release => self.leave_share(place, found).await,
        };
        if let Err(error) = outcome {
            self.failed(place, found, &error.by(&place.session, &found.id));
        }
    }

    /// What the call has come to.
    pub(crate) fn conclude(mut self) -> Response {
        let settles_in = self.request.settles_in();
        let is_all = self.waiting.is_empty();
        if settles_in.is_some() {
            self.wait("AWS must list all that was made".to_owned(), None);
        }
        let mut cleaned_up = self.request.cleaned_up.clone();
        for arn in self.removed {
            if !cleaned_up.contains(&arn) {
                cleaned_up.push(arn);
            }
        }
        let left = self.left;
        if self.waiting.is_empty() {
            return Response::Done { cleaned_up, left };
        }
        // Only as far as all of it is: the pace of one says nothing of another.
        let percents: Option<Vec<u8>> = self.waiting.iter().map(|one| one.percent).collect();
        let percent = percents.and_then(|percents| percents.into_iter().min());
        let named: Vec<&str> =
            self.waiting.iter().take(NAMED).map(|one| one.until.as_str()).collect();
        let more = match self.waiting.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(", and {more} more"),
        };
        Response::Pending {
            percent,
            wait_seconds: match settles_in {
                // Nothing is to be seen any sooner.
                Some(seconds) if is_all => seconds.max(SHORTEST_SECONDS),
                _ => {
                    let next = next_look(percent, self.request.elapsed_seconds);
                    self.patience.next_try().map_or(next, |sooner| next.min(sooner))
                }
            },
            waiting_for: format!("until {}{more}", named.join(", ")),
            cleaned_up,
            left,
            refused_since: self.patience.refused_since(self.halted),
        }
    }

    async fn remove(&mut self, place: &Place, found: &Found) -> Result<(), StepError> {
        let (ec2, rds, id) = (&place.ec2, &place.rds, &found.id);
        match &found.kind {
            Kind::Snapshot { .. } => ec2::delete_snapshot(ec2, id).await?,
            Kind::Volume { .. } => ec2::delete_volume(ec2, id).await?,
            Kind::SecurityGroup { .. } => ec2::delete_group(ec2, id).await?,
            Kind::DbSnapshot { .. } => rds::delete_snapshot(rds, id).await?,
            Kind::Instance { .. } => ec2::terminate(ec2, id).await?,
            Kind::DbInstance { protected: false, .. } => rds::delete_instance(rds, id).await?,
            Kind::DbInstance { protected: true, .. } => {
                rds::unprotect(rds, id).await?;
                self.wait(format!("{id} can be deleted"), None);
                return Ok(());
            }
            Kind::Grant { on, .. } => {
                permission::grant::revoke(&place.kms, &on.kms_key_id, id).await?;
            }
            Kind::Share { .. } => return self.leave_share(place, found).await,
        }
        let removed = name(found);
        info!(removed, "removed");
        self.removed(&removed);
        if matches!(found.kind, Kind::Instance { .. } | Kind::DbInstance { .. }) {
            self.wait(format!("{id} is gone"), None);
        }
        Ok(())
    }

    async fn leave_share(&mut self, place: &Place, found: &Found) -> Result<(), StepError> {
        let Kind::Share { account, own, .. } = &found.kind else { return Ok(()) };
        match share::depart(place, found, account, *own, &self.request.restore_id).await {
            Ok(Departed::Withdrawn) => {
                info!(arn = found.arn, %account, "share withdrawn");
                self.removed(&permission(found, account));
            }
            Ok(Departed::Used(others)) => {
                let why = format!("used by restore {}", share::names(&others));
                info!(arn = found.arn, why, "left");
                let resource = permission(found, account);
                self.left.push(Left { resource, why, used_by_others: true, kept: false });
            }
            Ok(Departed::NotThere | Departed::Kept) => {}
            Err(error) if is_gone(&error) => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Sorts out why something could not be removed: it is busy or out of reach, or AWS asks to slow
    /// down, and another call will do; or it stays.
    ///
    /// What is out of reach lets each further call last until its time-out, so they are left to the
    /// next invocation. Requests are throttled by action: others go on.
    fn failed(&mut self, place: &Place, found: &Found, error: &StepError) {
        let again =
            error.name() == ErrorName::Throttled || is_busy(error) || is_no_more_known(error);
        let told = match &found.kind {
            Kind::Share { account, .. } => permission(found, account),
            _ => name(found),
        };
        // What is out of reach is all that there is.
        let out_of_reach = is_out_of_reach(error);
        let refused = if out_of_reach { place::name(&place.session) } else { told.clone() };
        if again && self.is_patient(&refused) {
            self.halted = out_of_reach;
            self.wait(format!("{} can be removed ({error})", found.id), None);
            return;
        }
        if matches!(found.kind, Kind::Instance { .. }) {
            self.stuck.insert(found.id.clone());
        }
        self.leave(&told, error.to_string());
    }

    /// Whether AWS has time yet for `what`, which it has refused now.
    pub(crate) fn is_patient(&mut self, what: &str) -> bool {
        self.patience.lasts_for(what)
    }

    fn is_removed(&self, instance_id: &str) -> bool {
        self.removed.iter().any(|arn| arn.ends_with(&format!("/{instance_id}")))
    }

    fn removed(&mut self, arn: &str) {
        self.removed.push(arn.to_owned());
    }

    fn leave(&mut self, resource: &str, why: String) {
        info!(resource, why, "left");
        let resource = resource.to_owned();
        self.left.push(Left { resource, why, used_by_others: false, kept: false });
    }

    fn keep(&mut self, resource: &str, why: String) {
        info!(resource, why, "kept");
        let resource = resource.to_owned();
        self.left.push(Left { resource, why, used_by_others: false, kept: true });
    }

    /// Notes that there is something to wait for.
    pub(crate) fn wait(&mut self, until: String, percent: Option<u8>) {
        let waiting = Waiting { until, percent };
        if !self.waiting.contains(&waiting) {
            self.waiting.push(waiting);
        }
    }
}

/// What was found as it is told: by its ARN, and a grant by its key and its own name.
fn name(found: &Found) -> String {
    match &found.kind {
        Kind::Grant { on, .. } => grant::name(on),
        _ => found.arn.clone(),
    }
}

/// A permission as it is told: by its snapshot, which itself is not removed.
fn permission(found: &Found, account: &AccountId) -> String {
    format!("{} (permission of {account})", found.arn)
}

/// Whether AWS did not answer, rather than refuse: its Region may be down.
fn is_out_of_reach(error: &StepError) -> bool {
    matches!(error.code(), Some("Timeout" | "DispatchFailure" | "NoAnswer"))
}

/// Whether something still holds on to a resource, or it changes: what AWS often only sees to
/// have ended a while after it has.
fn is_busy(error: &StepError) -> bool {
    let busy = [
        "DependencyViolation",
        "IncorrectInstanceState",
        "IncorrectState",
        "InvalidDBInstanceState",
        "InvalidDBSnapshotState",
        "InvalidGroup.InUse",
        "VolumeInUse",
    ];
    error.code().is_some_and(|code| busy.contains(&code))
}

/// Whether an instance that was listed a moment ago is not known any more: listings lag behind
/// (EC2API/eventual-consistency), and it is gone once they agree.
fn is_no_more_known(error: &StepError) -> bool {
    matches!(error.code(), Some("InvalidInstanceID.NotFound" | "DBInstanceNotFound"))
}

/// Whether a snapshot whose permission was to be withdrawn, or that was to be marked, is gone.
fn is_gone(error: &StepError) -> bool {
    matches!(error.code(), Some("InvalidSnapshot.NotFound" | "DBSnapshotNotFound"))
}

#[cfg(test)]
mod tests;
