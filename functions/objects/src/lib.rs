//! Objects in S3, read and written whole, or read element by element where they are long lists.
//!
//! What a recovery comes to, the evidence of drills and the records of instances lie in one bucket, of
//! the stack's own account and Region. What lies where, and what it has to be, is known to whoever
//! keeps it there. A failure names the object that it is of, and has the name that the vocabulary has
//! for it.

mod elements;

use std::{env, fmt};

use aws_sdk_s3::Client;
use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;
use aws_sdk_s3::operation::put_object::builders::PutObjectFluentBuilder;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::ChecksumAlgorithm;
use serde::Serialize;
use serde::de::DeserializeOwned;
use step::{CallContext as _, ErrorName, StepError};

use self::elements::{Elements, NoArray};

/// The call that reads an object, as its IAM action.
pub const GET: &str = "s3:GetObject";
const LIST: &str = "s3:ListBucket";
const PUT: &str = "s3:PutObject";

/// Where the deployment tells the bucket (`infra/template.yaml`).
const BUCKET: &str = "RECOVERY_BUCKET";

/// The name of the stack's bucket.
///
/// # Errors
///
/// In words, when the environment does not tell it: the template and the binary are not of one
/// version.
pub fn bucket_from_env() -> Result<String, String> {
    env::var(BUCKET).map_err(|error| format!("{BUCKET}: {error}"))
}

/// A bucket.
#[derive(Debug, Clone)]
pub struct Bucket {
    client: Client,
    name: String,
}

impl Bucket {
    /// The one of this `name`.
    #[must_use]
    pub fn new(client: Client, name: &str) -> Self {
        Self { client, name: name.to_owned() }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The client that it is reached by, for what lies in another one.
    #[must_use]
    pub const fn client(&self) -> &Client {
        &self.client
    }

    /// The keys that begin with `prefix`, in S3's order, which is that of their bytes.
    ///
    /// # Errors
    ///
    /// As the vocabulary has it, where S3 refuses.
    pub async fn keys(&self, prefix: &str) -> Result<Vec<String>, StepError> {
        let pages = self
            .client
            .list_objects_v2()
            .bucket(&self.name)
            .prefix(prefix)
            .into_paginator()
            .send()
            .collect::<Result<Vec<_>, _>>()
            .await
            .during(LIST)
            .map_err(|error| self.of(&error, prefix))?;
        let objects = pages.iter().flat_map(ListObjectsV2Output::contents);
        Ok(objects.filter_map(|object| object.key().map(str::to_owned)).collect())
    }

    /// The bytes of the object under `key`.
    ///
    /// # Errors
    ///
    /// As the vocabulary has it, where S3 refuses.
    pub async fn get(&self, key: &str) -> Result<Vec<u8>, StepError> {
        let body = self.open(key).await?;
        collected(body).await.map_err(|error| self.of(&error, key))
    }

    async fn open(&self, key: &str) -> Result<ByteStream, StepError> {
        let found = self.client.get_object().bucket(&self.name).key(key).send().await;
        Ok(found.during(GET).map_err(|error| self.of(&error, key))?.body)
    }

    /// What the object under `key` tells as JSON.
    ///
    /// # Errors
    ///
    /// - `Restore.Unexpected`: it is another thing; the object is told with `fault`, such as `is no
    ///   record`.
    /// - As the vocabulary has it, where S3 refuses.
    pub async fn read<T: DeserializeOwned>(&self, key: &str, fault: &str) -> Result<T, StepError> {
        self.parse(key, &self.get(key).await?, fault)
    }

    /// Hands `take` each element of the array that the object under `key` is, as it arrives. However
    /// long the array is, it takes the memory of one element.
    ///
    /// # Errors
    ///
    /// - `Restore.Unexpected`: it is another thing, or `take` refuses an element; the object is told
    ///   with `fault` and the element's place.
    /// - As the vocabulary has it, where S3 refuses, or the connection broke: elements may have been
    ///   handed over by then.
    pub async fn each<T: DeserializeOwned>(
        &self,
        key: &str,
        fault: &str,
        mut take: impl FnMut(T) -> serde_json::Result<()>,
    ) -> Result<(), StepError> {
        let mut body = self.open(key).await?;
        let (mut elements, mut place) = (Elements::default(), 0);
        let faulty = |problem: &dyn fmt::Display| self.unexpected(key, fault, problem);
        while let Some(piece) = body.next().await {
            let piece = piece.map_err(|error| self.of(&broken(&error), key))?;
            let taken: Result<(), Option<StepError>> = elements.take(&piece, |element| {
                let taken = serde_json::from_slice(element).and_then(&mut take);
                taken.map_err(|error| faulty(&format_args!("[{place}]: {error}")))?;
                place += 1;
                Ok(())
            });
            taken.map_err(|refused| refused.unwrap_or_else(|| faulty(&NoArray)))?;
        }
        elements.end().map_err(|no_array| faulty(&no_array))
    }

    /// What `body`, which is that of the object under `key`, tells as JSON.
    ///
    /// # Errors
    ///
    /// `Restore.Unexpected`: it is another thing; the object is told with `fault`.
    pub fn parse<T: DeserializeOwned>(
        &self,
        key: &str,
        body: &[u8],
        fault: &str,
    ) -> Result<T, StepError> {
        serde_json::from_slice(body).map_err(|error| self.unexpected(key, fault, &error))
    }

    /// Writes `what` as JSON under `key`, in the place of whatever is there.
    ///
    /// # Errors
    ///
    /// As the vocabulary has it, where S3 refuses.
    pub async fn write(&self, key: &str, what: &impl Serialize) -> Result<(), StepError> {
        let body = serde_json::to_vec(what).map_err(|error| self.unwritable(key, &error))?;
        let put = self.put(key, body).send().await.during(PUT);
        put.map(drop).map_err(|error| self.of(&error, key))
    }

    /// Writes `what` as JSON, laid out to be read, under `key`, unless an object is there: nothing is
    /// ever written over. What was written is answered, or nothing where an object was there.
    ///
    /// # Errors
    ///
    /// As the vocabulary has it, where S3 refuses.
    pub async fn write_once(
        &self,
        key: &str,
        what: &impl Serialize,
    ) -> Result<Option<Vec<u8>>, StepError> {
        let body = serde_json::to_vec_pretty(what).map_err(|error| self.unwritable(key, &error))?;
        let put = self
            .put(key, body.clone())
            // S3 keeps the digest with the object, and refuses a body that it does not fit
            // (S3/checking-object-integrity).
            .checksum_algorithm(ChecksumAlgorithm::Sha256)
            // "Uploads the object only if the object key name does not already exist"
            // (BC:s3.PutObjectRequest.IfNoneMatch).
            .if_none_match("*")
            .send()
            .await
            .during(PUT);
        match put {
            Ok(_) => Ok(Some(body)),
            Err(error) if error.code() == Some("PreconditionFailed") => Ok(None),
            Err(error) => Err(self.of(&error, key)),
        }
    }

    fn put(&self, key: &str, body: Vec<u8>) -> PutObjectFluentBuilder {
        let put = self.client.put_object().bucket(&self.name).key(key);
        put.content_type("application/json").body(ByteStream::from(body))
    }

    fn unwritable(&self, key: &str, error: &serde_json::Error) -> StepError {
        self.unexpected(key, "cannot be written", error)
    }

    fn unexpected(&self, key: &str, fault: &str, error: &dyn fmt::Display) -> StepError {
        let message = format!("s3://{}/{key} {fault}: {error}", self.name);
        StepError::refused(ErrorName::Unexpected, message)
    }

    /// The failure, said to be of an object.
    fn of(&self, error: &StepError, key: &str) -> StepError {
        StepError::refused(error.name(), format!("{error} (s3://{}/{key})", self.name))
    }
}

/// All of the body that [`GET`] has answered.
///
/// # Errors
///
/// `Restore.Throttled`: the connection broke, and the object is to be asked for again.
pub async fn collected(mut body: ByteStream) -> Result<Vec<u8>, StepError> {
    // Its length is what S3 says that it is: so it is written down once, and not once more for each
    // time that it outgrows what there is room for.
    let mut all = Vec::with_capacity(usize::try_from(body.size_hint().0).unwrap_or_default());
    while let Some(piece) = body.next().await {
        all.extend_from_slice(&piece.map_err(|error| broken(&error))?);
    }
    Ok(all)
}

fn broken(error: &dyn fmt::Display) -> StepError {
    StepError::refused(ErrorName::Throttled, format!("{GET}: {error}"))
}

#[cfg(test)]
mod tests;
