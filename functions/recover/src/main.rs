//! The `recover` Lambda function.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let bucket = recover::bucket_from_env()?;
    step::serve(async |sessions: &step::Sessions, request| {
        let objects = recover::Objects::new(aws_sdk_s3::Client::new(sessions.own()), &bucket);
        recover::handle(&objects, request).await
    })
    .await
}
