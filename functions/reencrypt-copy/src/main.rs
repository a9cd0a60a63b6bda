//! The `reencrypt-copy` Lambda function.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    step::serve(reencrypt_copy::handle).await
}
