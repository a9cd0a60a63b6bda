//! The `record-settings` Lambda function.

use record_settings::Deployment;
use records::Records;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let deployment = Deployment::from_env()?;
    let bucket = records::bucket_from_env()?;
    step::serve(async |sessions: &step::Sessions, event| {
        let records = Records::new(aws_sdk_s3::Client::new(sessions.own()), &bucket);
        record_settings::handle(sessions, &records, &deployment, event).await
    })
    .await
}
