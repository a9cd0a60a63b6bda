//! The instance profile, which the placeholder's system was not to use.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::config::Config;
use aws_sdk_ec2::config::retry::RetryConfig;
use aws_sdk_ec2::types::{Filter, IamInstanceProfileAssociation, IamInstanceProfileSpecification};
use restore::plan::Launch;
use step::{CallContext as _, ErrorName, StepError};

const ASSOCIATE: &str = "ec2:AssociateIamInstanceProfile";
const DESCRIBE: &str = "ec2:DescribeIamInstanceProfileAssociations";

/// Associates the instance profile, unless it is.
pub(super) async fn associate(ec2: &Client, launch: &Launch, id: &str) -> Result<(), StepError> {
    let Some(profile) = &launch.iam_instance_profile else { return Ok(()) };
    let filter = |name: &str, values: &[&str]| {
        let filter = Filter::builder().name(name);
        values.iter().fold(filter, |filter, value| filter.values(*value)).build()
    };
    let described = ec2
        .describe_iam_instance_profile_associations()
        .filters(filter("instance-id", &[id]))
        .filters(filter("state", &["associating", "associated"]))
        .send()
        .await
        .during(DESCRIBE)?;
    if is_associated(profile, described.iam_instance_profile_associations())? {
        return Ok(());
    }
    ec2.associate_iam_instance_profile()
        .instance_id(id)
        .iam_instance_profile(specification(profile))
        .customize()
        // It has no client token, and a second sending is refused for what the first has done.
        .config_override(Config::builder().retry_config(RetryConfig::disabled()))
        .send()
        .await
        .during(ASSOCIATE)
        .map(|_| ())
}

fn specification(profile: &str) -> IamInstanceProfileSpecification {
    let specification = IamInstanceProfileSpecification::builder();
    if is_arn(profile) { specification.arn(profile) } else { specification.name(profile) }.build()
}

/// Whether `profile`, a name or an ARN, is the one that is associated. An instance has at most
/// one (BC:ec2.AssociateIamInstanceProfile).
fn is_associated(
    profile: &str,
    associations: &[IamInstanceProfileAssociation],
) -> Result<bool, StepError> {
    let Some(association) = associations.first() else { return Ok(false) };
    let arn = association.iam_instance_profile().and_then(|it| it.arn()).unwrap_or_default();
    // Its name is the last part of its path.
    let name = arn.rsplit('/').next().unwrap_or_default();
    if profile == if is_arn(profile) { arn } else { name } {
        return Ok(true);
    }
    let message = format!("somebody has given the instance profile {arn}, not {profile}");
    Err(StepError::refused(ErrorName::AlreadyExists, message))
}

fn is_arn(profile: &str) -> bool {
    profile.starts_with("arn:")
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::IamInstanceProfile;

    use super::*;

    const ARN: &str = "arn:aws:iam::444455556666:instance-profile/apps/orders";

    #[test]
    fn a_profile_goes_by_name_or_by_arn() {
        assert_eq!(specification(ARN).arn(), Some(ARN));
        assert_eq!(specification(ARN).name(), None);
        assert_eq!(specification("orders").name(), Some("orders"));
    }

    #[test]
    fn the_profile_that_is_there_is_known_by_its_name_and_by_its_arn() {
        let associated = |arn: &str| {
            let profile = IamInstanceProfile::builder().arn(arn).build();
            vec![IamInstanceProfileAssociation::builder().iam_instance_profile(profile).build()]
        };
        for (asked, associations, expected) in [
            ("orders", vec![], Ok(false)),
            ("orders", associated(ARN), Ok(true)),
            (ARN, associated(ARN), Ok(true)),
            ("ders", associated(ARN), Err(ErrorName::AlreadyExists)),
            ("other", associated(ARN), Err(ErrorName::AlreadyExists)),
            ("arn:other/orders", associated(ARN), Err(ErrorName::AlreadyExists)),
        ] {
            let seen = is_associated(asked, &associations).map_err(|error| error.name());
            assert_eq!(seen, expected, "{asked}");
        }
    }
}
