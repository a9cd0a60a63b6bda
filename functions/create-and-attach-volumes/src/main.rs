//! The `create-and-attach-volumes` Lambda function.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    step::serve(create_and_attach_volumes::handle).await
}
