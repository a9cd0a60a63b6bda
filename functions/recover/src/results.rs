//! What the children of a Map Run came to, as Step Functions writes it to S3.
//!
//! A child is described with its whole input and output, and with a cause of up to 32,768 characters
//! (BC:stepfunctions.SensitiveCause): the children of a large plan come to gigabytes. So one is read at
//! a time, and what is not needed of it is dropped before the next.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use restore::RestoreId;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use step::StepError;

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

/// A child, as a file describes it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Described {
    status: String,
    input: String,
    #[serde(default)]
    output: Option<String>,
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    cause: Option<String>,
    #[serde(default)]
    start_date: Option<Timestamp>,
    #[serde(default)]
    stop_date: Option<Timestamp>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Given {
    restore_id: RestoreId,
    path: String,
}

/// A child, without what it was given besides its restore.
#[derive(Debug)]
pub(crate) struct Child<Answer> {
    /// `SUCCEEDED`, `FAILED`, `TIMED_OUT`, `ABORTED` or `PENDING`.
    pub(crate) status: String,
    /// The restore that it is of.
    pub(crate) restore_id: RestoreId,
    /// The place of that restore in the plan.
    pub(crate) path: String,
    /// What it answered; nothing where it did not succeed.
    pub(crate) answer: Option<Answer>,
    pub(crate) error: Option<String>,
    pub(crate) cause: Option<String>,
    pub(crate) start_date: Option<Timestamp>,
    pub(crate) stop_date: Option<Timestamp>,
    /// The object that describes it.
    pub(crate) from: Arc<str>,
}

impl<Answer: DeserializeOwned> Child<Answer> {
    fn of(described: Described, from: &Arc<str>) -> serde_json::Result<Self> {
        let Given { restore_id, path } = serde_json::from_str(&described.input)?;
        Ok(Self {
            restore_id,
            path,
            answer: described.output.as_deref().map(serde_json::from_str).transpose()?,
            status: described.status,
            error: described.error,
            cause: described.cause,
            start_date: described.start_date,
            stop_date: described.stop_date,
            from: from.clone(),
        })
    }
}

impl<Answer> Child<Answer> {
    /// Whether it was begun.
    pub(crate) fn has_begun(&self) -> bool {
        self.status != "PENDING"
    }
}

/// Hands over every child of the Map Run, one at a time.
pub(crate) async fn each_child<Answer: DeserializeOwned>(
    objects: &Objects,
    run: &MapRun,
    mut take: impl FnMut(Child<Answer>),
) -> Result<(), StepError> {
    let manifest: Manifest = objects.read(&run.key).await?;
    for File { key } in manifest.result_files.into_values().flatten() {
        let from = objects.uri(&key);
        let each = objects.each(&key, |described| {
            take(Child::of(described, &from)?);
            Ok(())
        });
        each.await?;
    }
    Ok(())
}
