//! The document: what is restored in which order, written once for many.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::merge::Layer;
use super::{Faults, MAX_PLAN_BYTES, NetworkMap};
use crate::RestoreId;
use crate::id::{Label, PlanId};
use crate::request::{self, Mode};

/// What to recover, in which order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RecoveryPlan {
    /// What the plan is called in reports, events and metrics.
    pub plan_id: PlanId,
    /// What it is for: as a drill, each restore of it is one, whatever `options.onFailure` and
    /// `options.keepCopies` say of what stays.
    #[serde(default, skip_serializing_if = "Mode::is_default")]
    pub mode: Mode,
    /// What every restore has, unless its profiles or it itself say otherwise.
    #[serde(default)]
    pub defaults: Defaults,
    /// Defaults by name, for the waves and restores that name them.
    #[cfg_attr(feature = "schema", schemars(extend("maxProperties" = super::MAX_PROFILES)))]
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub profiles: BTreeMap<Label, Profile>,
    /// What the network around the sources is called on the target's side: of what restores name, and
    /// of what their source's instance has where they leave it open.
    #[cfg_attr(feature = "schema", schemars(with = "super::schema::PlanNetworkMap"))]
    #[serde(default)]
    pub network_map: NetworkMap,
    /// How many restores run at the same time in each group of a wave: those of one service into
    /// one account and Region. The copies that AWS has under way to a Region at most bound it too.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 10_000)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_concurrency: Option<u32>,
    /// How many restores of a wave, in percent, may fail without failing the wave; none when
    /// absent.
    #[cfg_attr(feature = "schema", schemars(range(min = 0, max = 100)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tolerated_failure_percentage: Option<f64>,
    /// What a failed wave means for those after it; they are not begun when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_wave_failure: Option<OnWaveFailure>,
    /// In how many minutes from its start the recovery is to be complete (RTO).
    #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rto_minutes: Option<u32>,
    /// How many minutes old, at its start, the oldest snapshot may be that it restores (RPO).
    #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rpo_minutes: Option<u32>,
    /// The waves, in the order in which they are run.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 100)))]
    pub waves: Vec<Wave>,
    /// How to go about it.
    #[serde(default)]
    pub options: PlanOptions,
}

/// What every restore has.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Defaults {
    /// Of a request's `source`.
    #[cfg_attr(feature = "schema", schemars(with = "Option<super::schema::PartialSource>"))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Partial>,
    /// Of a request's `target`.
    #[cfg_attr(feature = "schema", schemars(with = "Option<super::schema::PartialTarget>"))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Partial>,
    /// Of a request's `options`.
    #[cfg_attr(feature = "schema", schemars(with = "Option<super::schema::PartialOptions>"))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub options: Option<Partial>,
    /// Of a request's `drill`; nothing but a drill looks at it.
    #[cfg_attr(feature = "schema", schemars(with = "Option<super::schema::PartialDrill>"))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drill: Option<Partial>,
}

/// Defaults by name.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Profile {
    /// The profile that this one is laid over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extends: Option<Label>,
    /// Of a request's `source`.
    #[cfg_attr(feature = "schema", schemars(with = "Option<super::schema::PartialSource>"))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Partial>,
    /// Of a request's `target`.
    #[cfg_attr(feature = "schema", schemars(with = "Option<super::schema::PartialTarget>"))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Partial>,
    /// Of a request's `options`.
    #[cfg_attr(feature = "schema", schemars(with = "Option<super::schema::PartialOptions>"))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub options: Option<Partial>,
    /// Of a request's `drill`; nothing but a drill looks at it.
    #[cfg_attr(feature = "schema", schemars(with = "Option<super::schema::PartialDrill>"))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drill: Option<Partial>,
}

/// Restores that are run together, after those of the wave before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Wave {
    /// Its name, which no other wave of the plan has.
    pub name: Label,
    /// The profile of all its restores.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<Label>,
    /// As in the plan, which it overrides.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 10_000)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_concurrency: Option<u32>,
    /// As in the plan, which it overrides.
    #[cfg_attr(feature = "schema", schemars(range(min = 0, max = 100)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tolerated_failure_percentage: Option<f64>,
    /// As in the plan, which it overrides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_wave_failure: Option<OnWaveFailure>,
    /// What it restores.
    #[cfg_attr(feature = "schema", schemars(length(min = 1)))]
    pub restores: Vec<PlannedRestore>,
}

/// A request, as far as it differs from its defaults.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlannedRestore {
    /// Its id; when absent it follows from the recovery's id and from what is restored to where.
    /// Restores of one source into one account and Region have to give theirs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restore_id: Option<RestoreId>,
    /// A profile of its own, which is laid over the wave's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<Label>,
    /// Of a request's `source`.
    #[cfg_attr(feature = "schema", schemars(with = "Option<super::schema::PartialSource>"))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Partial>,
    /// Of a request's `target`.
    #[cfg_attr(feature = "schema", schemars(with = "Option<super::schema::PartialTarget>"))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Partial>,
    /// Of a request's `options`.
    #[cfg_attr(feature = "schema", schemars(with = "Option<super::schema::PartialOptions>"))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub options: Option<Partial>,
    /// Of a request's `drill`; nothing but a drill looks at it.
    #[cfg_attr(feature = "schema", schemars(with = "Option<super::schema::PartialDrill>"))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drill: Option<Partial>,
}

/// Some fields of a part of a request. A `null` takes away what lies beneath (RFC 7396).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Partial(pub Map<String, Value>);

/// What a failed wave means for those after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum OnWaveFailure {
    /// They are not begun.
    #[default]
    Stop,
    /// They are run all the same.
    Continue,
}

/// How a recovery goes about its work.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct PlanOptions {
    /// Plan every restore and change nothing.
    pub dry_run: bool,
}

impl RecoveryPlan {
    /// Reads a plan as it is stored.
    ///
    /// # Errors
    ///
    /// What keeps it from being one: that it is empty, too large, not JSON, or the first field that
    /// does not fit, since nothing is known of the rest. What its fields are when held against each
    /// other, [`Self::expand`] tells.
    pub fn parse(document: &[u8]) -> Result<Self, Faults> {
        if document.len() > MAX_PLAN_BYTES {
            let size = document.len();
            let problem = format!("has {size} bytes, and at most {MAX_PLAN_BYTES} are read");
            return Err(Faults::one(PLAN, problem));
        }
        if document.trim_ascii().is_empty() {
            return Err(Faults::one(PLAN, "is empty"));
        }
        let document: Value = serde_json::from_slice(document)
            .map_err(|error| Faults::one(PLAN, format!("is not JSON: {error}")))?;
        Self::read(&document)
    }

    /// Reads a plan that is JSON already.
    ///
    /// # Errors
    ///
    /// The first field that does not fit.
    pub fn read(document: &Value) -> Result<Self, Faults> {
        if !document.is_object() {
            return Err(Faults::one(PLAN, "is no JSON object"));
        }
        let plan: Self = serde_path_to_error::deserialize(document).map_err(|error| {
            let path = match request::path(&error) {
                path if path == request::WHOLE => PLAN.to_owned(),
                path => path,
            };
            Faults::one(path, error.inner().to_string())
        })?;
        match request::list_for_object(document, &plan, PLAN) {
            Some(fault) => Err(Faults::one(fault.path, fault.problem)),
            None => Ok(plan),
        }
    }

    /// How many restores it has.
    #[must_use]
    pub fn restores(&self) -> usize {
        self.waves.iter().map(|wave| wave.restores.len()).sum()
    }

    /// Each restore, with its path and the index of its wave.
    pub(super) fn places(&self) -> impl Iterator<Item = (String, usize, &PlannedRestore)> {
        self.waves.iter().enumerate().flat_map(|(index, wave)| {
            wave.restores.iter().enumerate().map(move |(number, restore)| {
                (format!("waves[{index}].restores[{number}]"), index, restore)
            })
        })
    }
}

/// The path of a fault of a plan as a whole.
const PLAN: &str = "plan";

/// What lays some fields of a request over others.
macro_rules! layers {
    ($($of:ident),+) => { $(
        impl $of {
            pub(super) const fn layer(&self) -> Layer<'_> {
                Layer {
                    source: self.source.as_ref(),
                    target: self.target.as_ref(),
                    options: self.options.as_ref(),
                    drill: self.drill.as_ref(),
                }
            }
        }
    )+ };
}

layers!(Defaults, Profile, PlannedRestore);
