//! The `plan-restore` Lambda function.

use plan_restore::StepRoles;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let roles = StepRoles::from_env()?;
    step::serve(async |sessions: &step::Sessions, request| {
        plan_restore::handle(sessions, &roles, request).await
    })
    .await
}
