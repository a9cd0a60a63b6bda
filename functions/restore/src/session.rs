//! Whose hands a call is made with, and where.

use serde::{Deserialize, Serialize};

use crate::{AccountId, Region, RoleArn};

/// The role a step assumes and the Region it then works in.
///
/// Credentials never pass through the state machine: each step assumes the role itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// The account the role belongs to.
    pub account_id: AccountId,
    /// The Region the calls go to.
    pub region: Region,
    /// The role.
    pub role_arn: RoleArn,
    /// The external id its trust policy asks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
}

impl Session {
    /// The same role in another Region.
    #[must_use]
    pub fn in_region(&self, region: &Region) -> Self {
        Self { region: region.clone(), ..self.clone() }
    }
}
