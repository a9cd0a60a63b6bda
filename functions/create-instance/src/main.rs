//! The `create-instance` Lambda function.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    step::serve(create_instance::handle).await
}
