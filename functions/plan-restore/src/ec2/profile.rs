//! The instance profile that the instance is put under at the end, and the role it passes on.

use aws_sdk_iam::types::InstanceProfile;
use restore::RoleArn;
use restore::plan::{Obstacle, ObstacleKind};
use step::{CallContext as _, StepError};

use crate::accounts::Clients;
use crate::obstacles::Obstacles;

const GET: &str = "iam:GetInstanceProfile";
const PASS: &str = "iam:PassRole";
const PATH: &str = "target.ec2.iamInstanceProfile";

/// The role in the instance profile that is to be, by name or ARN; that there is none such is
/// noted. Where the role may not look, nothing tells whether it may pass on what is in the profile:
/// both are warned of.
///
/// # Errors
///
/// Only what trying again may mend: a role that may not look is noted, since the restore itself
/// does without.
pub(super) async fn role(
    clients: &Clients,
    obstacles: &mut Obstacles,
    profile: Option<&str>,
) -> Result<Option<RoleArn>, StepError> {
    let Some(profile) = profile else { return Ok(None) };
    // BC:iam.GetInstanceProfileRequest takes the name alone, which is the last part of the ARN.
    let name = profile.rsplit('/').next().unwrap_or(profile);
    let found = match clients.iam() {
        Ok(iam) => iam.get_instance_profile().instance_profile_name(name).send().await.during(GET),
        Err(away) => Err(away),
    };
    let found = match found {
        Ok(found) => Ok(found.instance_profile),
        Err(error) if error.code() == Some("NoSuchEntity") => Ok(None),
        Err(error) => Err(error),
    };
    let Some(found) = obstacles.ask(clients, GET, found)? else {
        let why =
            format!("which role is in instance profile `{profile}` is not known without {GET}");
        obstacles.doubt(clients, PASS, "create-and-attach-volumes", why);
        return Ok(None);
    };
    if let Some(found) = found.filter(|found| is_meant(profile, found)) {
        return Ok(passed(&found));
    }
    let account = &clients.session.account_id;
    let problem = format!("instance profile `{profile}` is not found in account {account}");
    obstacles.extend([Obstacle::at(ObstacleKind::Invalid, PATH, problem)]);
    Ok(None)
}

/// Whether the profile of that name is the one of that ARN, where one is given.
fn is_meant(profile: &str, found: &InstanceProfile) -> bool {
    !profile.starts_with("arn:") || found.arn() == profile
}

/// The one role in a profile; one without a role gives an instance none.
fn passed(profile: &InstanceProfile) -> Option<RoleArn> {
    profile.roles().first().and_then(|role| RoleArn::try_from(role.arn()).ok())
}

#[cfg(test)]
mod tests {
    use aws_sdk_iam::Client;
    use aws_sdk_iam::error::ErrorMetadata;
    use aws_sdk_iam::operation::get_instance_profile::{
        GetInstanceProfileError, GetInstanceProfileOutput,
    };
    use aws_sdk_iam::primitives::DateTime;
    use aws_sdk_iam::types::Role;
    use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
    use restore::preflight::Row;

    use super::*;
    use crate::accounts::tests::clients;

    const ARN: &str = "arn:aws:iam::111122223333:instance-profile/apps/orders";
    const ROLE: &str = "arn:aws:iam::111122223333:role/orders";

    fn there() -> Rule {
        mock!(Client::get_instance_profile)
            .match_requests(|asked| asked.instance_profile_name() == Some("orders"))
            .then_output(|| {
                let role = Role::builder()
                    .path("/")
                    .role_name("orders")
                    .role_id("AROA")
                    .arn(ROLE)
                    .create_date(DateTime::from_secs(0));
                let profile = InstanceProfile::builder()
                    .path("/apps/")
                    .instance_profile_name("orders")
                    .instance_profile_id("AIPA")
                    .arn(ARN)
                    .create_date(DateTime::from_secs(0))
                    .roles(role.build().unwrap());
                GetInstanceProfileOutput::builder()
                    .instance_profile(profile.build().unwrap())
                    .build()
            })
    }

    fn refused(code: &'static str) -> Rule {
        mock!(Client::get_instance_profile).then_error(move || {
            GetInstanceProfileError::generic(ErrorMetadata::builder().code(code).build())
        })
    }

    async fn looked_for(profile: &str, rule: &Rule) -> (Option<RoleArn>, usize, usize) {
        let iam = mock_client!(aws_sdk_iam, RuleMode::MatchAny, [rule]);
        let mut obstacles = Obstacles::default();
        let clients = Clients { iam, ..clients() };
        let passed_on = role(&clients, &mut obstacles, Some(profile)).await.unwrap();
        let (found, unseen) = obstacles.into_parts();
        (passed_on, found.len(), unseen.len())
    }

    fn actions(unseen: &[Row]) -> Vec<&str> {
        unseen.iter().map(|row| row.action.as_str()).collect()
    }

    #[tokio::test]
    async fn a_profile_is_found_by_its_name_and_by_its_arn_with_the_role_it_passes_on() {
        let role = Some(RoleArn::try_from(ROLE).unwrap());

        for profile in ["orders", ARN] {
            assert_eq!(looked_for(profile, &there()).await, (role.clone(), 0, 0), "{profile}");
        }
    }

    #[tokio::test]
    async fn a_profile_that_is_not_there_stands_in_the_way() {
        let elsewhere = "arn:aws:iam::111122223333:instance-profile/orders";

        assert_eq!(looked_for("orders", &refused("NoSuchEntity")).await, (None, 1, 0));
        assert_eq!(looked_for(elsewhere, &there()).await, (None, 1, 0));
    }

    #[tokio::test]
    async fn an_iam_that_is_away_is_not_asked_and_warned_of() {
        let rule = there();
        let iam = mock_client!(aws_sdk_iam, RuleMode::MatchAny, [&rule]);
        let mut obstacles = Obstacles::default();
        let clients = Clients { iam, iam_is_away: true, ..clients() };

        let found = role(&clients, &mut obstacles, Some("orders")).await.unwrap();

        assert_eq!((found, rule.num_calls()), (None, 0));
        assert_eq!(actions(&obstacles.into_parts().1), [GET, PASS]);
    }

    #[tokio::test]
    async fn a_role_that_may_not_look_is_warned_of_and_goes_on() {
        assert_eq!(looked_for("orders", &refused("AccessDenied")).await, (None, 0, 2));
    }
}
