//! A bucket in memory, behind an ordinary client.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use aws_sdk_s3::Client;
use aws_sdk_s3::error::ErrorMetadata;
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;
use aws_sdk_s3::operation::put_object::{PutObjectError, PutObjectOutput};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::Object;
use aws_smithy_mocks::{MockResponse, RuleMode, mock, mock_client};
use records::Records;
use serde_json::Value;

/// Objects by their keys; of those whose key has a certain part none can be written.
#[derive(Debug, Clone, Default)]
pub(super) struct Bucket {
    objects: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
    closed: Option<&'static str>,
}

impl Bucket {
    /// One in which nothing can be written whose key has `part`.
    pub(super) fn closed_to(part: &'static str) -> Self {
        Self { closed: Some(part), ..Self::default() }
    }

    /// What the function sees of it.
    pub(super) fn records(&self) -> Records {
        let (listed, read, written) =
            (self.objects.clone(), self.objects.clone(), self.objects.clone());
        let closed = self.closed;
        let list = mock!(Client::list_objects_v2).then_compute_output(move |asked| {
            let prefix = asked.prefix().unwrap_or_default();
            let found = listed.lock().unwrap();
            let keys = found.keys().filter(|key| key.starts_with(prefix));
            let objects = keys.map(|key| Object::builder().key(key).build()).collect();
            ListObjectsV2Output::builder().set_contents(Some(objects)).build()
        });
        let get = mock!(Client::get_object).then_compute_output(move |asked| {
            let body = read.lock().unwrap()[asked.key().unwrap()].clone();
            GetObjectOutput::builder().body(ByteStream::from(body)).build()
        });
        let put = mock!(Client::put_object).then_compute_response(move |asked| {
            let key = asked.key().unwrap();
            if closed.is_some_and(|part| key.contains(part)) {
                let denied = ErrorMetadata::builder().code("AccessDenied").build();
                return MockResponse::Error(PutObjectError::generic(denied));
            }
            let body = asked.body().bytes().unwrap().to_vec();
            written.lock().unwrap().insert(key.to_owned(), body);
            MockResponse::Output(PutObjectOutput::builder().build())
        });
        let client = mock_client!(aws_sdk_s3, RuleMode::MatchAny, [&list, &get, &put]);
        Records::new(client, "recoveries")
    }

    /// The keys of all objects.
    pub(super) fn keys(&self) -> Vec<String> {
        self.objects.lock().unwrap().keys().cloned().collect()
    }

    /// An object.
    pub(super) fn json(&self, key: &str) -> Value {
        serde_json::from_slice(&self.objects.lock().unwrap()[key]).unwrap()
    }

    /// Writes an object that is no record.
    pub(super) fn damage(&self, key: &str) {
        self.objects.lock().unwrap().insert(key.to_owned(), b"{".to_vec());
    }
}
