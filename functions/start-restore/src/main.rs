//! The `start-restore` Lambda function.

use start_restore::Deployment;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let deployment = Deployment::from_env()?;
    step::serve(async |sessions: &step::Sessions, event| {
        let states = aws_sdk_sfn::Client::new(sessions.own());
        start_restore::handle(&states, &deployment, event).await
    })
    .await
}
