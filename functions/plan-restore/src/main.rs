//! The `plan-restore` Lambda function.

use plan_restore::StepRoles;
use records::Records;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let roles = StepRoles::from_env()?;
    let bucket = records::bucket_from_env()?;
    step::serve(async |sessions: &step::Sessions, request| {
        let records = Records::new(aws_sdk_s3::Client::new(sessions.own()), &bucket);
        plan_restore::handle(sessions, &roles, &records, request).await
    })
    .await
}
