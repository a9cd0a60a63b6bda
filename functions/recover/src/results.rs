//! What the children of a Map Run came to, as Step Functions writes it to S3.

use std::collections::BTreeMap;

use jiff::Timestamp;
use restore::RestoreId;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use step::{ErrorName, StepError};

use crate::Objects;

/// A Map Run, by where its results lie (`ResultWriterDetails`, SFN/input-output-resultwriter).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MapRun {
    /// The key of its manifest.
    pub key: String,
}

/// The manifest of a Map Run: its files, by the status of the children in them.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Manifest {
    result_files: BTreeMap<String, Vec<File>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct File {
    key: String,
}

/// A child, as the files describe it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Child {
    /// `SUCCEEDED`, `FAILED`, `TIMED_OUT`, `ABORTED` or `PENDING`.
    pub(crate) status: String,
    input: String,
    #[serde(default)]
    output: Option<String>,
    #[serde(default)]
    pub(crate) error: Option<String>,
    #[serde(default)]
    pub(crate) cause: Option<String>,
    #[serde(default)]
    pub(crate) start_date: Option<Timestamp>,
    #[serde(default)]
    pub(crate) stop_date: Option<Timestamp>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Given {
    restore_id: RestoreId,
    path: String,
}

impl Child {
    /// The restore that it is of.
    pub(crate) fn restore_id(&self) -> Result<RestoreId, StepError> {
        read::<Given>(&self.input).map(|given| given.restore_id)
    }

    /// The place of that restore in the plan.
    pub(crate) fn path(&self) -> Result<String, StepError> {
        read::<Given>(&self.input).map(|given| given.path)
    }

    /// What it answered; nothing where it did not succeed.
    pub(crate) fn answer<T: DeserializeOwned>(&self) -> Result<Option<T>, StepError> {
        self.output.as_deref().map(read).transpose()
    }

    /// Whether it was begun.
    pub(crate) fn has_begun(&self) -> bool {
        self.status != "PENDING"
    }
}

/// All children of the Map Run.
pub(crate) async fn children(objects: &Objects, run: &MapRun) -> Result<Vec<Child>, StepError> {
    let manifest: Manifest = objects.read(&run.key).await?;
    let mut all = Vec::new();
    for file in manifest.result_files.into_values().flatten() {
        all.extend(objects.read::<Vec<Child>>(&file.key).await?);
    }
    Ok(all)
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, StepError> {
    serde_json::from_str(text).map_err(|error| {
        StepError::refused(ErrorName::Unexpected, format!("the results of a Map Run: {error}"))
    })
}
