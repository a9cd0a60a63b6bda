//! The marks that a restore which has succeeded sets, and what comes of one that is refused.

use step::{ErrorName, StepError};

use super::{Sweep, is_gone, is_out_of_reach};
use crate::found::{Found, Kind};
use crate::place::Place;
use crate::scope::KEPT;
use crate::{ec2, rds};

/// Whether the restore is marked as finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Marked {
    /// Not yet: another call will do.
    NotYet,
    /// What could not be seen or marked has been told.
    AsFarAsCanBe,
    /// All that it brought back is.
    All,
}

impl Sweep<'_> {
    /// Notes that `found` could not be marked as finished, and whether that is to be tried again.
    pub(crate) fn could_not_mark(&mut self, found: &Found, error: &StepError) -> Marked {
        let mark = format!("the mark of {}", found.arn);
        if error.name() == ErrorName::Throttled && self.is_patient(&mark) {
            self.halted = true;
            self.wait(format!("{} can be marked as finished ({error})", found.id), None);
            return Marked::NotYet;
        }
        self.leave(&found.arn, format!("not marked as finished: {error}"));
        Marked::AsFarAsCanBe
    }

    /// Marks a copy that is to stay, so that no later run takes it away either. Where that is
    /// refused for good it stays all the same, and what that means is told. One that is listed and
    /// not known may be gone: then no later call lists it.
    pub(super) async fn keep_copy(&mut self, place: &Place, found: &Found) {
        let marked = match found.kind {
            _ if found.kind.is_kept() => Ok(()),
            Kind::DbSnapshot { .. } => {
                rds::mark_kept(&place.rds, &found.arn, &self.request.restore_id).await
            }
            _ => ec2::mark_kept(&place.ec2, &found.id).await,
        };
        let Err(error) = marked.map_err(|error| error.by(&place.session, &found.id)) else {
            return self.keep(&found.arn, KEPT.to_owned());
        };
        let mark = format!("the mark of {}", found.arn);
        let may_pass = error.name() == ErrorName::Throttled || is_gone(&error);
        if may_pass && self.is_patient(&mark) {
            self.halted = is_out_of_reach(&error);
            return self.wait(format!("{} can be marked as kept ({error})", found.id), None);
        }
        let danger = "but not marked so: a later run under this restoreId may take it away, once \
                      what was brought back is gone";
        self.keep(&found.arn, format!("{KEPT}, {danger}: {error}"));
    }
}
