//! The `record-drill` Lambda function.

use record_drill::Shelf;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let bucket = record_drill::bucket_from_env()?;
    step::serve(async |sessions: &step::Sessions, request| {
        let shelf = Shelf::new(aws_sdk_s3::Client::new(sessions.own()), &bucket);
        record_drill::handle(&shelf, request).await
    })
    .await
}
