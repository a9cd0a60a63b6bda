//! The `clean-up` Lambda function.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    step::serve(clean_up::handle).await
}
