//! The two roles of a restore, at work in the Regions it touches.

use aws_config::SdkConfig;
use aws_sdk_ec2::Client as Ec2;
use aws_sdk_iam::Client as Iam;
use aws_sdk_kms::Client as Kms;
use aws_sdk_rds::Client as Rds;
use restore::request::Request;
use restore::{KeyArn, Region, RestoreId, Session};
use step::{ErrorName, Sessions, StepError};

use crate::obstacles::Obstacles;

/// A session's clients.
#[derive(Debug, Clone)]
pub(crate) struct Clients {
    /// Whose they are.
    pub(crate) session: Session,
    pub(crate) ec2: Ec2,
    pub(crate) rds: Rds,
    pub(crate) kms: Kms,
    pub(crate) iam: Iam,
    /// Whether IAM is at home in a Region that is not to be asked anything.
    pub(crate) iam_is_away: bool,
    pub(crate) config: SdkConfig,
}

impl Clients {
    fn new(session: Session, config: SdkConfig, iam_is_away: bool) -> Self {
        Self {
            session,
            iam_is_away,
            ec2: Ec2::new(&config),
            rds: Rds::new(&config),
            kms: Kms::new(&config),
            iam: Iam::new(&config),
            config,
        }
    }

    /// The same role's in another Region: its credentials are of a regional endpoint of STS, and so
    /// valid in every Region.
    fn in_region(&self, region: &Region) -> Self {
        if self.session.region == *region {
            return self.clone();
        }
        let there = aws_config::Region::new(region.as_str().to_owned());
        let config = self.config.to_builder().region(there).build();
        Self::new(self.session.in_region(region), config, self.iam_is_away)
    }

    /// IAM; it has one home for all Regions of a partition.
    ///
    /// # Errors
    ///
    /// That it cannot be asked, where its home is the Region of a source that is known by its records
    /// alone: what it would tell is not needed, and a call would hold up the plan until it fails.
    pub(crate) fn iam(&self) -> Result<&Iam, StepError> {
        if self.iam_is_away {
            let why =
                "IAM is at home in the Region of `source.recorded`, which is not asked anything";
            return Err(StepError::refused(ErrorName::Unexpected, why));
        }
        Ok(&self.iam)
    }
}

/// The clients of a restore; those of a role that could not be assumed are not there.
#[derive(Debug, Default)]
pub(crate) struct Accounts {
    /// The role that reads the snapshots, where they are.
    pub(crate) source: Option<Clients>,
    /// The restore role, where the instance goes.
    pub(crate) target: Option<Clients>,
    /// The restore role, where the snapshots are.
    pub(crate) restore_at_source: Option<Clients>,
}

impl Accounts {
    /// Assumes each role once, at the same time.
    ///
    /// # Errors
    ///
    /// Only what trying again may mend: a role that cannot be assumed is an obstacle.
    pub(crate) async fn open(
        sessions: &Sessions,
        request: &Request,
        restore_id: &RestoreId,
        obstacles: &mut Obstacles,
    ) -> Result<Self, StepError> {
        let (from, to) = (request.source_session(), request.target_session());
        let same_role = from.role_arn == to.role_arn;
        let away = request.source.recorded.as_ref().is_some_and(|recorded| {
            recorded.region != to.region && recorded.region.is_home_of_iam()
        });
        let target = async { sessions.assume(&to, restore_id).await };
        let source = async {
            if same_role { Ok(None) } else { sessions.assume(&from, restore_id).await.map(Some) }
        };
        let (target, source) = tokio::join!(target, source);
        let target = obstacles.note(target)?.map(|config| Clients::new(to, config, away));
        let source =
            obstacles.note(source)?.flatten().map(|config| Clients::new(from, config, away));
        let restore_at_source = target.as_ref().map(|it| it.in_region(&request.source.region));
        let source = if same_role { restore_at_source.clone() } else { source };
        Ok(Self { source, target, restore_at_source })
    }

    /// The clients of the role and Region of `session`.
    pub(crate) fn of(&self, session: &Session) -> Option<&Clients> {
        self.all().find(|clients| {
            (&clients.session.role_arn, &clients.session.region)
                == (&session.role_arn, &session.region)
        })
    }

    /// The clients of a role that lives in the account and works in the Region of `key`.
    pub(crate) fn at_home_with(&self, key: &KeyArn) -> Option<&Clients> {
        self.all().find(|clients| {
            (clients.session.account_id.as_str(), clients.session.region.as_str())
                == (key.account(), key.region())
                && clients.session.role_arn.account() == key.account()
        })
    }

    /// The clients of each role that is assumed, in one Region each.
    pub(crate) fn each_role(&self) -> impl Iterator<Item = &Clients> {
        let source = self.source.as_ref().filter(|clients| self.is_source_alone(clients));
        self.target.iter().chain(source)
    }

    /// Whether the role of `clients` is the source role, and the restore role another one.
    pub(crate) fn is_source_alone(&self, clients: &Clients) -> bool {
        let is = |of: &Option<Clients>| {
            of.as_ref().is_some_and(|of| of.session.role_arn == clients.session.role_arn)
        };
        is(&self.source) && !is(&self.target)
    }

    fn all(&self) -> impl Iterator<Item = &Clients> {
        [&self.target, &self.source, &self.restore_at_source].into_iter().flatten()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use aws_smithy_mocks::{RuleMode, mock_client};

    use super::*;

    /// The clients of the source account, which answer nothing that no rule names.
    pub(crate) fn clients() -> Clients {
        Clients {
            session: serde_json::from_value(serde_json::json!({
                "accountId": "111122223333",
                "region": "eu-west-1",
                "roleArn": "arn:aws:iam::111122223333:role/restore-source",
            }))
            .unwrap(),
            ec2: mock_client!(aws_sdk_ec2, RuleMode::MatchAny, []),
            rds: mock_client!(aws_sdk_rds, RuleMode::MatchAny, []),
            kms: mock_client!(aws_sdk_kms, RuleMode::MatchAny, []),
            iam: mock_client!(aws_sdk_iam, RuleMode::MatchAny, []),
            iam_is_away: false,
            config: SdkConfig::builder().build(),
        }
    }
}
