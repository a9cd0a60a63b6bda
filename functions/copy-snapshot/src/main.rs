//! The `copy-snapshot` Lambda function.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    step::serve(copy_snapshot::handle).await
}
