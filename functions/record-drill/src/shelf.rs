//! Where the evidence of drills lies: one object for each, which is written once.

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::ChecksumAlgorithm;
use restore::drill::Evidence;
use restore::name;
use serde::Serialize;
use step::{CallContext as _, ErrorName, StepError};

const GET: &str = "s3:GetObject";
const PUT: &str = "s3:PutObject";

/// The bucket that evidence lies in.
#[derive(Debug, Clone)]
pub struct Shelf {
    client: Client,
    bucket: String,
}

/// A piece of evidence that lies on the shelf.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Kept {
    /// The bucket.
    pub bucket: String,
    /// The object's key.
    pub key: String,
    /// The SHA-256 of the object, in hex digits: by it anybody can tell later that it is as it was.
    pub sha256: String,
}

impl Shelf {
    /// That in `bucket`.
    #[must_use]
    pub fn new(client: Client, bucket: &str) -> Self {
        Self { client, bucket: bucket.to_owned() }
    }

    /// Puts `evidence` under `key`, unless some lies there: what is there then is answered, and
    /// nothing is ever written over. Whether it is new is answered, too.
    ///
    /// # Errors
    ///
    /// - `Restore.Unexpected`: what lies there is no evidence.
    /// - As the vocabulary has it, where S3 refuses.
    pub(crate) async fn keep(
        &self,
        key: String,
        evidence: Evidence,
    ) -> Result<(Kept, Evidence, bool), StepError> {
        let body =
            serde_json::to_vec_pretty(&evidence).map_err(|error| self.unexpected(&key, &error))?;
        let put = self
            .client
            .put_object()
            .bucket(&self.bucket)
            .key(&key)
            .content_type("application/json")
            // S3 keeps the digest with the object, and refuses a body that it does not fit
            // (S3/checking-object-integrity).
            .checksum_algorithm(ChecksumAlgorithm::Sha256)
            // "Uploads the object only if the object key name does not already exist"
            // (BC:s3.PutObjectRequest.IfNoneMatch).
            .if_none_match("*")
            .body(ByteStream::from(body.clone()))
            .send()
            .await
            .during(PUT);
        match put {
            Ok(_) => Ok((self.kept(key, &body), evidence, true)),
            Err(error) if error.code() == Some("PreconditionFailed") => {
                let body = self.read(&key).await?;
                let evidence =
                    serde_json::from_slice(&body).map_err(|error| self.unexpected(&key, &error))?;
                Ok((self.kept(key, &body), evidence, false))
            }
            Err(error) => Err(self.of(&error, &key)),
        }
    }

    fn kept(&self, key: String, body: &[u8]) -> Kept {
        Kept { bucket: self.bucket.clone(), key, sha256: name::sha256(body) }
    }

    async fn read(&self, key: &str) -> Result<Vec<u8>, StepError> {
        let found = self.client.get_object().bucket(&self.bucket).key(key).send().await;
        let body = found.during(GET).map_err(|error| self.of(&error, key))?.body.collect().await;
        // The connection broke: it is asked again.
        let body = body.map_err(|error| {
            self.of(&StepError::refused(ErrorName::Throttled, format!("{GET}: {error}")), key)
        })?;
        Ok(body.to_vec())
    }

    fn unexpected(&self, key: &str, error: &serde_json::Error) -> StepError {
        let message = format!("s3://{}/{key} is no evidence of a drill: {error}", self.bucket);
        StepError::refused(ErrorName::Unexpected, message)
    }

    /// The failure, said to be of an object.
    fn of(&self, error: &StepError, key: &str) -> StepError {
        StepError::refused(error.name(), format!("{error} (s3://{}/{key})", self.bucket))
    }
}
