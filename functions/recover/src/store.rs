//! The objects of recoveries, and the plans that inputs name.

use std::sync::Arc;

use aws_sdk_s3::Client;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use objects::{Bucket, GET, collected};
use restore::recovery::{MAX_PLAN_BYTES, PlanObject};
use serde::Serialize;
use serde::de::DeserializeOwned;
use step::{CallContext as _, ErrorName, StepError};

/// The header by which S3 tells the Region of a bucket (`S3/API_HeadBucket`).
const BUCKET_REGION: &str = "x-amz-bucket-region";

/// What is said of an object of a recovery that is none.
const FAULT: &str = "is not as it was written";

/// The bucket of the recoveries' objects, and whatever plans lie elsewhere.
#[derive(Debug, Clone)]
pub struct Objects(Bucket);

impl Objects {
    /// Those of `bucket`.
    #[must_use]
    pub fn new(client: Client, bucket: &str) -> Self {
        Self(Bucket::new(client, bucket))
    }

    /// The bucket's name.
    pub(crate) fn bucket(&self) -> &str {
        self.0.name()
    }

    /// How an object of the bucket is named, in words.
    pub(crate) fn uri(&self, key: &str) -> Arc<str> {
        format!("s3://{}/{key}", self.bucket()).into()
    }

    /// A plan as it is stored.
    ///
    /// Its size is looked at before it is read, so that a plan of any size takes no more memory than
    /// the largest that may be.
    pub(crate) async fn plan(&self, at: &PlanObject) -> Result<Vec<u8>, StepError> {
        let asked = self.0.client().get_object().bucket(at.bucket.as_str()).key(&at.key);
        let found = match asked.set_version_id(at.version_id.clone()).send().await {
            Err(error) if is_elsewhere(&error) => return Err(self.elsewhere(&error, at)),
            answered => answered.during(GET).map_err(|error| not_read(&error, at))?,
        };
        let bytes = found.content_length().unwrap_or_default();
        if usize::try_from(bytes).unwrap_or_default() > MAX_PLAN_BYTES {
            let problem = format!("has {bytes} bytes, and at most {MAX_PLAN_BYTES} are read");
            return Err(refused(at, &problem));
        }
        collected(found.body).await.map_err(|error| not_read(&error, at))
    }

    /// That the plan which the input names lies in another Region than the bucket.
    fn elsewhere<E>(&self, error: &SdkError<E>, at: &PlanObject) -> StepError {
        let told = error.raw_response().and_then(|answer| answer.headers().get(BUCKET_REGION));
        let there = told.map_or_else(|| "another Region".to_owned(), |it| format!("Region {it}"));
        let here = self.0.client().config().region().map(ToString::to_string).unwrap_or_default();
        let problem = format!(
            "is in a bucket of {there}, and plans are read in {here} alone, where the stack is: copy it to a bucket \
             of that Region, as under s3://{}/plans/",
            self.bucket()
        );
        refused(at, &problem)
    }

    /// An object of the recovery's own.
    pub(crate) async fn read<T: DeserializeOwned>(&self, key: &str) -> Result<T, StepError> {
        self.0.read(key, FAULT).await
    }

    /// Hands over each element of an object of the recovery's own that is an array. No more is held of
    /// it than one element, however long it is.
    pub(crate) async fn each<T: DeserializeOwned>(
        &self,
        key: &str,
        take: impl FnMut(T) -> serde_json::Result<()>,
    ) -> Result<(), StepError> {
        self.0.each(key, FAULT, take).await
    }

    /// Writes an object of the recovery's own.
    pub(crate) async fn write(&self, key: &str, what: &impl Serialize) -> Result<(), StepError> {
        self.0.write(key, what).await
    }

    /// Writes an object of the recovery's own, unless it is there.
    pub(crate) async fn write_once(
        &self,
        key: &str,
        what: &impl Serialize,
    ) -> Result<(), StepError> {
        self.0.write_once(key, what).await.map(drop)
    }
}

/// Whether S3 sends whoever asked to another Region (S3/ErrorResponses, `PermanentRedirect`). The
/// client follows nobody there, whose endpoint is that of the stack's Region.
fn is_elsewhere<E: ProvideErrorMetadata>(error: &SdkError<E>) -> bool {
    error.as_service_error().and_then(ProvideErrorMetadata::code) == Some("PermanentRedirect")
}

/// The failure to read the plan that the input names. S3 answers `AccessDenied` for an object that is
/// not there to whoever may not list the bucket (`S3/API_GetObject`, "Permissions").
fn not_read(error: &StepError, at: &PlanObject) -> StepError {
    match error.code() {
        Some("NoSuchKey" | "NoSuchVersion") => refused(at, "is not there"),
        Some("NoSuchBucket") => refused(at, "is in a bucket that is not there"),
        Some("InvalidObjectState") => refused(at, "is archived: restore the object first"),
        _ if error.name() == ErrorName::AccessDenied => StepError::refused(
            ErrorName::AccessDenied,
            format!(
                "planObject: {at}: {error}: it is not there, or this function's role may not \
                 s3:GetObject it (PlanObjectArns of the stack) or kms:Decrypt it (PlanKeyArns)"
            ),
        ),
        _ => StepError::refused(error.name(), format!("planObject: {at}: {error}")),
    }
}

fn refused(at: &PlanObject, problem: &str) -> StepError {
    StepError::refused(ErrorName::InvalidInput, format!("planObject: {at} {problem}"))
}
