//! The day on which what a plan protects cannot be reached.

use serde::{Deserialize, Serialize};

use super::Faults;
use super::expand::Draft;
use crate::request::{Fault, Recorded, RecordedSetting, Request};
use crate::{AccountId, Region};

/// What cannot be reached: an account, a Region, or an account in a Region.
///
/// Restores whose source is there are made without it, of copies in their target's account and
/// Region and with the settings that were recorded, as if each said so under `source`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(extend("anyOf" = [
    { "required": ["accountId"] }, { "required": ["region"] },
])))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SourceLost {
    /// The account; every one in the Region when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<AccountId>,
    /// The Region; every one of the account when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,
    /// Recorded settings that these restores do without, each those of its service.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub leave_out: Vec<RecordedSetting>,
}

impl SourceLost {
    /// Whether anything is named.
    pub(super) const fn names_any(&self) -> bool {
        self.account_id.is_some() || self.region.is_some()
    }

    /// `request`, without its source where that is lost.
    ///
    /// # Errors
    ///
    /// Where its target is lost too, or its source tells no more than which snapshots there were.
    pub(super) fn spare(&self, mut request: Request) -> Result<Request, Vec<Fault>> {
        let (source, target) = (&request.source, &request.target);
        if self.includes(&target.account_id, &target.region) {
            let problem = format!(
                "{} in account {} cannot be reached, as `sourceLost` says: restore into another place, or \
                 leave this one out",
                target.region, target.account_id
            );
            return Err(vec![Fault::new("target", problem)]);
        }
        if !self.includes(&source.account_id, &source.region) {
            return Ok(request);
        }
        let service = request.service();
        let leave_out = self.leave_out.iter().filter(|it| it.service() == service).copied();
        let source = &mut request.source;
        source.recorded = Some(Recorded {
            account_id: source.account_id.clone(),
            region: source.region.clone(),
            leave_out: leave_out.collect(),
        });
        source.account_id = request.target.account_id.clone();
        source.region = request.target.region.clone();
        // All these are of the source's own side: its role, and what its keys would have been asked.
        source.role_arn = None;
        source.external_id = None;
        source.staging_kms_key_id = None;
        source.grant_key_access = false;
        request.target.intermediate_kms_key_id = None;
        request.check().map(|()| request)
    }

    /// Tells if it is of no matter to any of `drafts`, of which nothing else is wrong: most likely it
    /// was meant otherwise.
    pub(super) fn concerns_any(&self, drafts: &[Draft], faults: &mut Faults) {
        let lived = |draft: &Draft| {
            let lived = draft.request.source.recorded.as_ref()?;
            Some(self.includes(&lived.account_id, &lived.region))
        };
        if faults.is_empty() && !drafts.iter().filter_map(lived).any(|is_lost| is_lost) {
            faults.at("sourceLost", "no restore of the plan has its source there");
        }
    }

    fn includes(&self, account_id: &AccountId, region: &Region) -> bool {
        self.account_id.as_ref().is_none_or(|lost| lost == account_id)
            && self.region.as_ref().is_none_or(|lost| lost == region)
    }
}
