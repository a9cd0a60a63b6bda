//! The records of instances, as objects in S3, read and written whole.
//!
//! The bucket lies in the stack's own account and Region: it is there on the day on which the source
//! is not.

use aws_sdk_s3::Client;
use objects::Bucket;
use restore::record::{Record, Shelf};
use step::StepError;

pub use objects::bucket_from_env;

/// What is said of an object that is none.
const FAULT: &str = "is no record";

/// The records in a bucket.
#[derive(Debug, Clone)]
pub struct Records(Bucket);

impl Records {
    /// Those in `bucket`.
    #[must_use]
    pub fn new(client: Client, bucket: &str) -> Self {
        Self(Bucket::new(client, bucket))
    }

    /// The keys of an instance's records; none where nothing was recorded of it.
    ///
    /// # Errors
    ///
    /// As the vocabulary has it, where S3 refuses.
    pub async fn keys(&self, of: &Shelf) -> Result<Vec<String>, StepError> {
        self.0.keys(of.prefix()).await
    }

    /// The record under a key.
    ///
    /// # Errors
    ///
    /// - `Restore.Unexpected`: what lies there is no record.
    /// - As the vocabulary has it, where S3 refuses.
    pub async fn read(&self, key: &str) -> Result<Record, StepError> {
        self.0.read(key, FAULT).await
    }

    /// Writes a record under its key.
    ///
    /// # Errors
    ///
    /// As the vocabulary has it, where S3 refuses.
    pub async fn write(&self, record: &Record) -> Result<(), StepError> {
        self.0.write(&record.key(), record).await
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_s3::error::ErrorMetadata;
    use aws_sdk_s3::operation::get_object::{GetObjectError, GetObjectOutput};
    use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;
    use aws_sdk_s3::operation::put_object::PutObjectOutput;
    use aws_sdk_s3::primitives::ByteStream;
    use aws_sdk_s3::types::Object;
    use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
    use step::ErrorName;

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
