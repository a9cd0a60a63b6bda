//! Removes what a restore made on its way, and says what it left.
//!
//! What there is to remove is never remembered but looked up: by the tag `restore:id`, in every
//! account and Region that the restore's flow goes through. So a clean-up that is interrupted, or
//! follows several runs of one restore, finds all of it, and nothing without this restore's tag is
//! ever touched. Grants on keys have no tags; they are found by their name, on the keys that the plan
//! has them for. One call removes what can be removed now and says whether there is more to come;
//! the state machine waits and calls again.
//!
//! What goes first is what was made last: the instance, its volumes, the copies from the last hop
//! back to the first, the grants, the shares. Nothing goes while something else is still being made
//! from it. After a failure that may be something that AWS does not list yet: until it must
//! (`restore::poll::SETTLED_SECONDS`), snapshots and permissions stay, and nothing is said to be
//! all.
//!
//! On success the instance is marked as finished, before anything is removed: a later run under the
//! same id that fails takes nothing of it away.
//!
//! A removal that fails does not fail the clean-up: it is told in `left`, with the reason, and the
//! rest goes on. What may go through later is tried again for a while first. What stays on purpose is
//! told as `kept`; of all else the state machine knows that something is left to do.

mod decide;
mod doubles;
mod ec2;
mod finished;
mod found;
mod grant;
mod loading;
mod patience;
mod place;
mod rds;
mod request;
mod scope;
mod share;
mod survey;
mod sweep;

pub use request::{Answer, Left, Reason, Request, Response};

use futures_util::future::join_all;
use place::Place;
use step::{Sessions, StepError};
use sweep::{Marked, Sweep};
use tracing::info;

/// Removes what can be removed now.
///
/// # Errors
///
/// None: what AWS refuses is told in `left`, and what it may take later is waited for, so that what
/// was removed is not forgotten.
pub async fn handle(sessions: &Sessions, request: Request) -> Result<Answer, StepError> {
    let mut sweep = Sweep::of(&request);
    // All at once: a Region that does not answer takes most of an invocation.
    let opening = join_all(place::of(&request.plan).into_iter().map(async |(part, session)| {
        let opened = sessions.assume(&session, &request.restore_id).await;
        (part, session, opened)
    }));
    let mut places = Vec::new();
    for (part, session, opened) in opening.await {
        match opened {
            Ok(config) => places.push(Place::new(part, session, &config)),
            Err(error) => sweep.could_not_list(&place::name(&session), &error),
        }
    }
    // It is larger than what the runtime should hold on its stack.
    Ok(Box::pin(clean(&places, &request, sweep)).await)
}

async fn clean(places: &[Place], request: &Request, mut sweep: Sweep<'_>) -> Answer {
    let survey = survey::all(places, request, &mut sweep).await;
    for key in grant::not_known_yet(request, &survey) {
        sweep.wait(format!("KMS must know of any grant on {key}"), None);
    }
    let mut marked = false;
    if request.reason == Reason::Restored {
        let mark = finished::mark(places, request, &survey, &mut sweep).await;
        if mark == Marked::NotYet {
            return Answer { marked, response: sweep.conclude() };
        }
        marked = mark == Marked::All;
        finished::others(request, &survey.found).for_each(|other| sweep.not_this_runs(other));
    }
    let scope = scope::Scope::of(request, &survey.found);
    let volumes = survey::initialisation(places, request, &survey, scope, &mut sweep).await;
    let is_settled = request.settles_in().is_none();
    for (found, verdict) in decide::all(survey.found, scope, &volumes, is_settled) {
        sweep.carry_out(&places[found.place], &found, verdict).await;
    }
    let response = sweep.conclude();
    info!(?response, marked, "cleaned up as far as it goes now");
    Answer { marked, response }
}

#[cfg(test)]
mod tests;
