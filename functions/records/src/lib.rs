//! The records of instances, as objects in S3, read and written whole.
//!
//! The bucket lies in the stack's own account and Region: it is there on the day on which the source
//! is not.

use std::env;

use aws_sdk_s3::Client;
use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;
use aws_sdk_s3::primitives::ByteStream;
use restore::record::{Record, Shelf};
use step::{CallContext as _, ErrorName, StepError};

const GET: &str = "s3:GetObject";
const LIST: &str = "s3:ListBucket";
const PUT: &str = "s3:PutObject";

/// Where the deployment tells the bucket (`infra/template.yaml`).
const BUCKET: &str = "RECOVERY_BUCKET";

/// The bucket that the records lie in.
///
/// # Errors
///
/// In words, when the environment does not tell it: the template and the binary are not of one
/// version.
pub fn bucket_from_env() -> Result<String, String> {
    env::var(BUCKET).map_err(|error| format!("{BUCKET}: {error}"))
}

/// The records in a bucket.
#[derive(Debug, Clone)]
pub struct Records {
    client: Client,
    bucket: String,
}

impl Records {
    /// Those in `bucket`.
    #[must_use]
    pub fn new(client: Client, bucket: &str) -> Self {
        Self { client, bucket: bucket.to_owned() }
    }

    /// The keys of an instance's records; none where nothing was recorded of it.
    ///
    /// # Errors
    ///
    /// As the vocabulary has it, where S3 refuses.
    pub async fn keys(&self, of: &Shelf) -> Result<Vec<String>, StepError> {
        let pages = self
            .client
            .list_objects_v2()
            .bucket(&self.bucket)
            .prefix(of.prefix())
            .into_paginator()
            .send()
            .collect::<Result<Vec<_>, _>>()
            .await
            .during(LIST)
            .map_err(|error| self.of(&error, of.prefix()))?;
        let objects = pages.iter().flat_map(ListObjectsV2Output::contents);
        Ok(objects.filter_map(|object| object.key().map(str::to_owned)).collect())
    }

    /// The record under a key.
    ///
    /// # Errors
    ///
    /// - `Restore.Unexpected`: what lies there is no record.
    /// - As the vocabulary has it, where S3 refuses.
    pub async fn read(&self, key: &str) -> Result<Record, StepError> {
        let found = self.client.get_object().bucket(&self.bucket).key(key).send().await;
        let body = found.during(GET).map_err(|error| self.of(&error, key))?.body.collect().await;
        // The connection broke: it is asked again.
        let body = body.map_err(|error| {
            self.of(&StepError::refused(ErrorName::Throttled, format!("{GET}: {error}")), key)
        })?;
        serde_json::from_slice(&body.to_vec()).map_err(|error| self.unexpected(key, &error))
    }

    /// Writes a record under its key.
    ///
    /// # Errors
    ///
    /// As the vocabulary has it, where S3 refuses.
    pub async fn write(&self, record: &Record) -> Result<(), StepError> {
        let key = record.key();
        let body = serde_json::to_vec(record).map_err(|error| self.unexpected(&key, &error))?;
        self.client
            .put_object()
            .bucket(&self.bucket)
            .key(&key)
            .content_type("application/json")
            .body(ByteStream::from(body))
            .send()
            .await
            .during(PUT)
            .map_err(|error| self.of(&error, &key))?;
        Ok(())
    }

    fn unexpected(&self, key: &str, error: &serde_json::Error) -> StepError {
        let message = format!("s3://{}/{key} is no record: {error}", self.bucket);
        StepError::refused(ErrorName::Unexpected, message)
    }

    /// The failure, said to be of an object.
    fn of(&self, error: &StepError, key: &str) -> StepError {
        StepError::refused(error.name(), format!("{error} (s3://{}/{key})", self.bucket))
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_s3::error::ErrorMetadata;
    use aws_sdk_s3::operation::get_object::{GetObjectError, GetObjectOutput};
    use aws_sdk_s3::operation::put_object::PutObjectOutput;
    use aws_sdk_s3::types::Object;
    use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};

    use super::*;

    const RECORD: &str = r#"{
        "recordedAt": "2026-11-23T03:00:00Z", "accountId": "999999999999", "region": "eu-west-3",
        "ec2": { "instanceId": "i-0a0a0a0a", "volumes": [] }
    }"#;
    const KEY: &str = "settings/999999999999/eu-west-3/ec2/i-0a0a0a0a/2026-11-23T03:00:00Z.json";

    fn records(rules: &[&Rule]) -> Records {
        let client = mock_client!(aws_sdk_s3, RuleMode::MatchAny, rules);
        Records::new(client, "recoveries")
    }

    fn holding(body: &'static str) -> Rule {
        mock!(Client::get_object)
            .match_requests(|asked| {
                (asked.bucket(), asked.key()) == (Some("recoveries"), Some(KEY))
            })
            .then_output(move || {
                let body = ByteStream::from_static(body.as_bytes());
                GetObjectOutput::builder().body(body).build()
            })
    }

    #[tokio::test]
    async fn a_record_is_listed_read_and_written_under_its_key() {
        let list = mock!(Client::list_objects_v2)
            .match_requests(|asked| {
                asked.prefix() == Some("settings/999999999999/eu-west-3/ec2/i-0a0a0a0a/")
            })
            .then_output(|| {
                ListObjectsV2Output::builder().contents(Object::builder().key(KEY).build()).build()
            });
        let put = mock!(Client::put_object)
            .match_requests(|asked| asked.key() == Some(KEY))
            .then_output(|| PutObjectOutput::builder().build());
        let get = holding(RECORD);
        let records = records(&[&list, &put, &get]);

        let record = records.read(KEY).await.unwrap();
        let keys = records.keys(&record.shelf()).await.unwrap();
        records.write(&record).await.unwrap();

        assert_eq!(keys, [KEY]);
        assert_eq!(put.num_calls(), 1);
    }

    #[tokio::test]
    async fn what_is_no_record_and_what_may_not_be_read_is_named_by_its_object() {
        let denied = mock!(Client::get_object).then_error(|| {
            GetObjectError::generic(ErrorMetadata::builder().code("AccessDenied").build())
        });
        for (rule, name) in
            [(holding("{}"), ErrorName::Unexpected), (denied, ErrorName::AccessDenied)]
        {
            let error = records(&[&rule]).read(KEY).await.unwrap_err();

            assert_eq!(error.name(), name);
            assert!(error.to_string().contains(&format!("s3://recoveries/{KEY}")), "{error}");
        }
    }
}
