//! The user data, which the placeholder's system was not to run.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::primitives::Blob;
use aws_sdk_ec2::types::{InstanceAttributeName, SecureBlobAttributeValue};
use aws_smithy_types::base64;
use restore::plan::Launch;
use step::{CallContext as _, StepError};

use super::MODIFY;

const DESCRIBE: &str = "ec2:DescribeInstanceAttribute";

/// Sets the user data, unless it is set; the instance must be stopped for it. Never logged: it may
/// hold secrets.
pub(super) async fn set(ec2: &Client, launch: &Launch, id: &str) -> Result<(), StepError> {
    let Some(user_data) = &launch.user_data else { return Ok(()) };
    let described = ec2
        .describe_instance_attribute()
        .instance_id(id)
        .attribute(InstanceAttributeName::UserData)
        .send()
        .await
        .during(DESCRIBE)?;
    let current = described.user_data().and_then(|attribute| attribute.value());
    if is_set(user_data, current) {
        return Ok(());
    }
    // The SDK encodes it, as the call wants it (BC:ec2.ModifyInstanceAttributeRequest.UserData:
    // "Depending on the tool or SDK ... the base64-encoding might be performed for you").
    let value = SecureBlobAttributeValue::builder().value(Blob::new(user_data.as_bytes())).build();
    ec2.modify_instance_attribute()
        .instance_id(id)
        .user_data(value)
        .send()
        .await
        .during(MODIFY)
        .map(|_| ())
}

/// Whether `current`, which AWS tells in base64, is the plain `user_data`.
fn is_set(user_data: &str, current: Option<&str>) -> bool {
    current.unwrap_or_default() == base64::encode(user_data)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_data_is_compared_as_aws_tells_it() {
        for (asked, current, set) in [
            ("#!/bin/sh", Some("IyEvYmluL3No"), true),
            ("#!/bin/sh", Some("b3RoZXI="), false),
            ("#!/bin/sh", None, false),
            ("", None, true),
        ] {
            assert_eq!(is_set(asked, current), set, "{asked} {current:?}");
        }
    }
}
