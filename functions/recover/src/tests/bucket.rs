//! A bucket in memory, behind an ordinary client.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use aws_sdk_s3::Client;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::operation::get_object::{GetObjectError, GetObjectOutput};
use aws_sdk_s3::operation::put_object::{PutObjectError, PutObjectOutput};
use aws_sdk_s3::primitives::{ByteStream, SdkBody};
use aws_sdk_s3::types::error::NoSuchKey;
use aws_smithy_mocks::{MockResponse, RuleMode, mock, mock_client};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::Objects;

type Stored = BTreeMap<String, (Vec<u8>, i64)>;

/// Objects by their keys, each with the size that it tells.
#[derive(Debug, Clone, Default)]
pub(super) struct Bucket(Arc<Mutex<Stored>>);

/// Objects that can neither be read nor written: S3 answers `code`.
pub(super) fn refusing(code: &'static str) -> Objects {
    let meta = move || aws_sdk_s3::error::ErrorMetadata::builder().code(code).build();
    let get = mock!(Client::get_object).then_error(move || GetObjectError::generic(meta()));
    let put = mock!(Client::put_object).then_error(move || PutObjectError::generic(meta()));
    // Nothing here is about the SDK's own retries, which take seconds.
    let client = mock_client!(aws_sdk_s3, RuleMode::MatchAny, [&get, &put], |config| {
        config.retry_config(RetryConfig::disabled())
    });
    Objects::new(client, "recoveries")
}

/// Objects that lie in another Region: S3 sends whoever asks there, and tells it or not.
pub(super) fn redirecting(region: Option<&'static str>) -> Objects {
    let get = mock!(Client::get_object).then_http_response(move || {
        let said = SdkBody::from("<Error><Code>PermanentRedirect</Code></Error>");
        let mut answer = HttpResponse::new(301.try_into().unwrap(), said);
        if let Some(region) = region {
            answer.headers_mut().insert("x-amz-bucket-region", region);
        }
        answer
    });
    Objects::new(mock_client!(aws_sdk_s3, RuleMode::MatchAny, [&get]), "recoveries")
}

impl Bucket {
    /// What the function sees of it.
    pub(super) fn objects(&self) -> Objects {
        let (reading, writing) = (self.0.clone(), self.0.clone());
        let get = mock!(Client::get_object).then_compute_response(move |asked| {
            match reading.lock().unwrap().get(asked.key().unwrap_or_default()) {
                Some((body, size)) => MockResponse::Output(
                    GetObjectOutput::builder()
                        .content_length(*size)
                        .body(ByteStream::from(body.clone()))
                        .build(),
                ),
                None => MockResponse::Error(GetObjectError::NoSuchKey(
                    NoSuchKey::builder()
                        .meta(aws_sdk_s3::error::ErrorMetadata::builder().code("NoSuchKey").build())
                        .build(),
                )),
            }
        });
        let put = mock!(Client::put_object).then_compute_response(move |asked| {
            let (mut held, key) = (writing.lock().unwrap(), asked.key().unwrap().to_owned());
            if asked.if_none_match() == Some("*") && held.contains_key(&key) {
                let there = aws_sdk_s3::error::ErrorMetadata::builder().code("PreconditionFailed");
                return MockResponse::Error(PutObjectError::generic(there.build()));
            }
            let body = asked.body().bytes().unwrap().to_vec();
            let size = i64::try_from(body.len()).unwrap();
            held.insert(key, (body, size));
            MockResponse::Output(PutObjectOutput::builder().build())
        });
        let client = mock_client!(aws_sdk_s3, RuleMode::MatchAny, [&get, &put]);
        Objects::new(client, "recoveries")
    }

    pub(super) fn put(&self, key: &str, what: &Value) {
        self.put_bytes(key, what.to_string().as_bytes());
    }

    pub(super) fn put_bytes(&self, key: &str, body: &[u8]) {
        let size = i64::try_from(body.len()).unwrap();
        self.0.lock().unwrap().insert(key.to_owned(), (body.to_vec(), size));
    }

    /// An object that tells this size; what is read of it is nothing.
    pub(super) fn put_large(&self, key: &str, size: i64) {
        self.0.lock().unwrap().insert(key.to_owned(), (Vec::new(), size));
    }

    pub(super) fn json<T: DeserializeOwned>(&self, key: &str) -> T {
        serde_json::from_slice(&self.0.lock().unwrap()[key].0).unwrap()
    }

    pub(super) fn all(&self) -> Stored {
        self.0.lock().unwrap().clone()
    }
}
