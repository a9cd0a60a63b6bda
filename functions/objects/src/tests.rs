//! Objects of a bucket in memory, behind an ordinary client.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::error::ErrorMetadata;
use aws_sdk_s3::operation::get_object::{GetObjectError, GetObjectOutput};
use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Error;
use aws_sdk_s3::operation::put_object::{PutObjectError, PutObjectOutput};
use aws_sdk_s3::primitives::SdkBody;
use aws_sdk_s3::types::Object;
use aws_smithy_mocks::{MockResponse, Rule, RuleMode, mock, mock_client};
use serde_json::{Value, json};

use super::*;

const KEY: &str = "settings/orders/first.json";

type Held = Arc<Mutex<BTreeMap<String, Vec<u8>>>>;

fn bucket(rules: &[&Rule]) -> Bucket {
    // Nothing here is about the SDK's own retries, which take seconds.
    let client = mock_client!(aws_sdk_s3, RuleMode::MatchAny, rules, |config| {
        config.retry_config(RetryConfig::disabled())
    });
    Bucket::new(client, "recoveries")
}

/// What is written is there to be read; as in S3, what is to be put only where nothing is is refused
/// elsewhere.
fn holding(held: &Held) -> Bucket {
    let (reading, writing) = (held.clone(), held.clone());
    let get = mock!(Client::get_object).then_compute_output(move |asked| {
        let body = reading.lock().unwrap()[asked.key().unwrap()].clone();
        GetObjectOutput::builder().body(ByteStream::from(body)).build()
    });
    let put = mock!(Client::put_object).then_compute_response(move |asked| {
        let mut held = writing.lock().unwrap();
        let key = asked.key().unwrap().to_owned();
        if asked.if_none_match() == Some("*") && held.contains_key(&key) {
            return MockResponse::Error(PutObjectError::generic(refusal("PreconditionFailed")));
        }
        held.insert(key, asked.body().bytes().unwrap().to_vec());
        MockResponse::Output(PutObjectOutput::builder().build())
    });
    bucket(&[&get, &put])
}

fn refusal(code: &str) -> ErrorMetadata {
    ErrorMetadata::builder().code(code).build()
}

#[tokio::test]
async fn what_is_written_is_read_and_written_over() {
    let bucket = holding(&Held::default());
    for what in [json!({ "first": 1 }), json!({ "second": 2 })] {
        bucket.write(KEY, &what).await.unwrap();

        assert_eq!(bucket.read::<Value>(KEY, "is no test").await.unwrap(), what);
    }
}

#[tokio::test]
async fn what_is_written_once_is_never_written_over() {
    let held = Held::default();
    let bucket = holding(&held);

    let first = bucket.write_once(KEY, &json!({ "first": 1 })).await.unwrap();
    let second = bucket.write_once(KEY, &json!({ "second": 2 })).await.unwrap();

    assert_eq!(second, None);
    assert_eq!(first, Some(b"{\n  \"first\": 1\n}".to_vec()));
    assert_eq!(first, held.lock().unwrap().get(KEY).cloned());
}

#[tokio::test]
async fn s3_is_asked_to_keep_the_digest_of_what_is_written_once() {
    let put = mock!(Client::put_object)
        .match_requests(|asked| asked.checksum_algorithm() == Some(&ChecksumAlgorithm::Sha256))
        .then_output(|| PutObjectOutput::builder().build());

    bucket(&[&put]).write_once(KEY, &json!({})).await.unwrap();

    assert_eq!(put.num_calls(), 1);
}

#[tokio::test]
async fn the_keys_of_every_page_are_told() {
    let list = mock!(Client::list_objects_v2)
        .match_requests(|asked| asked.prefix() == Some("settings/"))
        .then_compute_output(|asked| {
            let more = asked.continuation_token().is_none();
            let key = if more { "settings/a" } else { "settings/b" };
            ListObjectsV2Output::builder()
                .contents(Object::builder().key(key).build())
                .is_truncated(more)
                .set_next_continuation_token(more.then(|| "more".to_owned()))
                .build()
        });

    assert_eq!(bucket(&[&list]).keys("settings/").await.unwrap(), ["settings/a", "settings/b"]);
}

#[tokio::test]
async fn what_is_no_such_json_is_told_in_the_words_of_who_reads_it() {
    let held = Held::default();
    held.lock().unwrap().insert(KEY.to_owned(), b"{".to_vec());

    let error = holding(&held).read::<Value>(KEY, "is no record").await.unwrap_err();

    assert_eq!(error.name(), ErrorName::Unexpected);
    let words = format!("s3://recoveries/{KEY} is no record: ");
    assert!(error.to_string().starts_with(&words), "{error}");
}

/// The elements of what lies under the key, but for one of `refused`.
async fn elements(held: &str, refused: &Value) -> Result<Vec<Value>, StepError> {
    let all = Held::default();
    all.lock().unwrap().insert(KEY.to_owned(), held.as_bytes().to_vec());
    let mut elements = Vec::new();
    let bucket = holding(&all);
    let each = bucket.each(KEY, "is no list", |element: Value| {
        if element == *refused {
            return Err(serde::de::Error::custom("is refused"));
        }
        elements.push(element);
        Ok(())
    });
    each.await.map(|()| elements)
}

#[tokio::test]
async fn a_list_is_read_element_by_element() {
    let read = elements(r#"[{ "a": [1] }, "b", 3]"#, &Value::Null).await.unwrap();

    assert_eq!(read, [json!({ "a": [1] }), json!("b"), json!(3)]);
}

#[tokio::test]
async fn a_list_that_is_none_is_told_with_the_place_at_fault() {
    for (held, words) in [
        ("", "is no JSON array"),
        ("[1,", "is no JSON array"),
        ("{}", "is no JSON array"),
        ("[1, x]", "[1]: expected value"),
        ("[1, 2, null]", "[2]: is refused"),
    ] {
        let error = elements(held, &Value::Null).await.unwrap_err();

        assert_eq!(error.name(), ErrorName::Unexpected);
        let words = format!("s3://recoveries/{KEY} is no list: {words}");
        assert!(error.to_string().starts_with(&words), "{error}");
    }
}

#[tokio::test]
async fn what_s3_refuses_keeps_its_class_and_names_the_object() {
    for (code, name) in
        [("SlowDown", ErrorName::Throttled), ("AccessDenied", ErrorName::AccessDenied)]
    {
        let get =
            mock!(Client::get_object).then_error(move || GetObjectError::generic(refusal(code)));
        let put =
            mock!(Client::put_object).then_error(move || PutObjectError::generic(refusal(code)));
        let list = mock!(Client::list_objects_v2)
            .then_error(move || ListObjectsV2Error::generic(refusal(code)));
        let bucket = bucket(&[&get, &put, &list]);

        for error in [
            bucket.get(KEY).await.unwrap_err(),
            bucket.each(KEY, "is no list", |_: Value| Ok(())).await.unwrap_err(),
            bucket.write(KEY, &json!({})).await.unwrap_err(),
            bucket.write_once(KEY, &json!({})).await.unwrap_err(),
            bucket.keys(KEY).await.unwrap_err(),
        ] {
            assert_eq!(error.name(), name, "{error}");
            assert!(error.to_string().contains(&format!("s3://recoveries/{KEY}")), "{error}");
        }
    }
}

#[tokio::test]
async fn a_connection_that_breaks_in_the_middle_of_an_object_is_tried_again() {
    let get = mock!(Client::get_object)
        .then_output(|| GetObjectOutput::builder().body(ByteStream::new(SdkBody::taken())).build());

    let bucket = bucket(&[&get]);
    for error in [
        bucket.get(KEY).await.unwrap_err(),
        bucket.each(KEY, "is no list", |_: Value| Ok(())).await.unwrap_err(),
    ] {
        assert_eq!(error.name(), ErrorName::Throttled, "{error}");
        assert!(error.to_string().contains(KEY), "{error}");
    }
}
