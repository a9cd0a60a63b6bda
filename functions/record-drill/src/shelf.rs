//! Where the evidence of drills lies: one object for each, which is written once.

use aws_sdk_s3::Client;
use objects::Bucket;
use restore::drill::Evidence;
use restore::name;
use serde::Serialize;
use step::StepError;

/// What is said of an object that is none.
const FAULT: &str = "is no evidence of a drill";

/// The bucket that evidence lies in.
#[derive(Debug, Clone)]
pub struct Shelf(Bucket);

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
        Self(Bucket::new(client, bucket))
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
        if let Some(body) = self.0.write_once(&key, &evidence).await? {
            return Ok((self.kept(key, &body), evidence, true));
        }
        let body = self.0.get(&key).await?;
        let evidence = self.0.parse(&key, &body, FAULT)?;
        Ok((self.kept(key, &body), evidence, false))
    }

    fn kept(&self, key: String, body: &[u8]) -> Kept {
        Kept { bucket: self.0.name().to_owned(), key, sha256: name::sha256(body) }
    }
}
