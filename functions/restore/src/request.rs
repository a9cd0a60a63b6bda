//! The request: the public contract of the `restore` state machine.
//!
//! Field names are AWS's own in camelCase. Reading one refuses what it does not know, naming the
//! field's path; [`Request::check`] then holds the fields against each other and reports every
//! fault, not the first.

mod check;
mod drill;
mod ec2;
#[cfg(test)]
pub(crate) mod examples;
mod network_map;
#[cfg(test)]
pub(crate) mod properties;
mod rds;
mod recorded;
mod shape;

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(crate) use check::volume_misfits;
pub(crate) use drill::of_drill;
pub use drill::{Drill, DrillCommand, DrillNetwork, MARK, MAX_COMMAND_MINUTES, Mode};
pub use ec2::{Ec2Alternative, Ec2Source, Ec2Target, VolumeRequest, VolumeType};
pub(crate) use network_map::stored;
pub use network_map::{Lookup, MAX_MAPPED, NetworkKind, NetworkMap};
pub use rds::{RdsAlternative, RdsSource, RdsTarget, StorageType};
pub use recorded::{Recorded, RecordedSetting};
pub(crate) use shape::list_for_object;

use crate::{
    AccountId, Flow, KeyReference, PlanHash, Region, RestoreId, RoleArn, Service, Session,
};

/// What to restore, to where.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Request {
    /// The id of this restore; derived from the execution's name when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restore_id: Option<RestoreId>,
    /// What it is for: to have the instance, or to know that it could be had.
    #[serde(default, skip_serializing_if = "Mode::is_default")]
    pub mode: Mode,
    /// Where the snapshots are.
    pub source: Source,
    /// Where the instance goes.
    pub target: Target,
    /// How to go about it.
    #[serde(default)]
    pub options: Options,
    /// How the drill is done that `mode` asks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drill: Option<Drill>,
    /// The execution that starts this one, as an execution of a recovery names itself: the Step
    /// Functions console links the two (SFN/concepts-nested-workflows). Where that is one of a
    /// recovery of the same stack, the topic tells of this restore only if it fails: the recovery
    /// tells the rest.
    #[serde(
        default,
        rename = "AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID",
        skip_serializing_if = "Option::is_none"
    )]
    pub started_by: Option<String>,
}

/// Where the snapshots are, and who may read and share them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Source {
    /// The account that owns the snapshots.
    pub account_id: AccountId,
    /// The Region the snapshots are in.
    pub region: Region,
    /// The source role; required when the accounts differ, else the restore role when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role_arn: Option<RoleArn>,
    /// The external id that the source role's trust policy asks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// A customer managed key in the source account and Region, to copy under first what cannot
    /// be shared as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staging_kms_key_id: Option<KeyReference>,
    /// Whether the restore role is given a KMS grant on each source key for as long as the restore
    /// uses it, so that no key policy has to name the role.
    #[serde(default)]
    pub grant_key_access: bool,
    /// Where the instance lived, when that place cannot be reached and copies of its snapshots lie in
    /// the target's account and Region already. What `target` leaves open is as it was recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recorded: Option<Recorded>,
    /// The EBS snapshots, or the instance they are of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ec2: Option<Ec2Source>,
    /// The DB snapshot, or the DB instance it is of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rds: Option<RdsSource>,
}

/// Where the instance goes, and who brings it there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Target {
    /// The account that receives the instance.
    pub account_id: AccountId,
    /// The Region that receives it.
    pub region: Region,
    /// The restore role.
    pub role_arn: RoleArn,
    /// The external id that the restore role's trust policy asks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// The key that the restored storage is encrypted with, in the target Region.
    pub kms_key_id: KeyReference,
    /// The key for the first of the two hops of an RDS restore to another account and Region, in
    /// the source's Region; the snapshot's own key when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intermediate_kms_key_id: Option<KeyReference>,
    /// What stands here in the place of the network that the source's instance has. Where the source
    /// names an instance, and its subnet, security groups, key pair or groups of RDS are left open
    /// below, they are what this makes of the instance's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network_map: Option<NetworkMap>,
    /// The EC2 instance to make.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ec2: Option<Ec2Target>,
    /// The DB instance to make.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rds: Option<RdsTarget>,
}

/// How a restore goes about its work.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Options {
    /// Plan only: nothing is changed, and the plan is the execution's output.
    pub dry_run: bool,
    /// Keep the copy that the instance was made from, for good: no later run under the same id takes
    /// it away, whatever it asks for. What keeps it is its tag `restore:kept`. A run that goes on
    /// with the volumes or the DB instance of an earlier one makes no copy: it keeps those of the
    /// earlier run that are still there.
    pub keep_copies: bool,
    /// What happens to what was made when the restore fails.
    pub on_failure: OnFailure,
    /// The deadline, in hours from the execution's start.
    pub timeout_hours: f64,
    /// The hash of a plan that a dry run answered: the restore is refused if what would be done
    /// now differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan_hash: Option<PlanHash>,
}

/// The longest deadline that a request may set: the definition's own backstop is an hour longer.
pub const MAX_TIMEOUT_HOURS: f64 = 168.0;

impl Default for Options {
    fn default() -> Self {
        Self {
            dry_run: false,
            keep_copies: false,
            on_failure: OnFailure::CleanUp,
            timeout_hours: 48.0,
            plan_hash: None,
        }
    }
}

/// What happens to what was made when the restore fails. Shares and grants are withdrawn in both
/// cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum OnFailure {
    /// It is removed.
    CleanUp,
    /// It stays, so that the same request run again goes on from there.
    Keep,
}

/// A point in time to restore to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum At {
    /// The newest snapshot there is.
    Latest,
    /// The newest snapshot at or before an instant.
    Instant(Timestamp),
}

impl At {
    /// Whether a snapshot taken at `instant` comes into question.
    #[must_use]
    pub fn admits(self, instant: Timestamp) -> bool {
        match self {
            Self::Latest => true,
            Self::Instant(latest) => instant <= latest,
        }
    }
}

impl TryFrom<String> for At {
    type Error = String;

    fn try_from(value: String) -> Result<Self, String> {
        if value == "latest" {
            return Ok(Self::Latest);
        }
        value
            .parse()
            .map(Self::Instant)
            .map_err(|_| format!("`{value}` is neither `latest` nor an RFC 3339 instant"))
    }
}

impl From<At> for String {
    fn from(at: At) -> Self {
        at.to_string()
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Latest => f.write_str("latest"),
            Self::Instant(instant) => instant.fmt(f),
        }
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for At {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "At".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "`latest`, or the instant at or before which the snapshot was taken",
            "anyOf": [{ "const": "latest" }, { "type": "string", "format": "date-time" }],
        })
    }
}

/// One fault of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The path of the field at fault, such as `source.ec2.volumes[1].deviceName`.
    pub path: String,
    /// What is wrong with it, and what would be right.
    pub problem: String,
}

impl Fault {
    /// A fault of the field at `path`.
    pub fn new(path: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { path: path.into(), problem: problem.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.problem)
    }
}

impl Request {
    /// Reads a request and checks it.
    ///
    /// # Errors
    ///
    /// Every fault found, each with the path of its field. A request whose JSON does not fit is
    /// refused at the first misfit, since nothing is known of the rest.
    pub fn read(input: &Value) -> Result<Self, Vec<Fault>> {
        let request: Self = serde_path_to_error::deserialize(input)
            .map_err(|error| vec![Fault::new(path(&error), error.inner().to_string())])?;
        if let Some(fault) = list_for_object(input, &request, WHOLE) {
            return Err(vec![fault]);
        }
        request.check().map(|()| request)
    }

    /// The service it restores.
    #[must_use]
    pub const fn service(&self) -> Service {
        if self.source.ec2.is_some() { Service::Ec2 } else { Service::Rds }
    }

    /// The flow it takes.
    #[must_use]
    pub fn flow(&self) -> Flow {
        Flow::of(self.service(), &self.source_session(), &self.target_session())
    }

    /// The session that reads and shares the snapshots: the source role's, or the restore role's
    /// where the request names no source role.
    #[must_use]
    pub fn source_session(&self) -> Session {
        let (role_arn, external_id) = match &self.source.role_arn {
            Some(role_arn) => (role_arn.clone(), self.source.external_id.clone()),
            None => (self.target.role_arn.clone(), self.target.external_id.clone()),
        };
        Session {
            account_id: self.source.account_id.clone(),
            region: self.source.region.clone(),
            role_arn,
            external_id,
        }
    }

    /// The session that brings the instance back.
    #[must_use]
    pub fn target_session(&self) -> Session {
        Session {
            account_id: self.target.account_id.clone(),
            region: self.target.region.clone(),
            role_arn: self.target.role_arn.clone(),
            external_id: self.target.external_id.clone(),
        }
    }
}

/// The path of a fault of a request as a whole.
pub(crate) const WHOLE: &str = "request";

/// The path of a misfit; serde tells of the whole request as `.`, and of a field of it that has no
/// name as nothing at all.
pub(crate) fn path(error: &serde_path_to_error::Error<serde_json::Error>) -> String {
    match error.path().to_string().as_str() {
        "" | "." => WHOLE.to_owned(),
        path => path.to_owned(),
    }
}
