//! A role at work in the place whose instances are recorded.

use aws_sdk_ec2::Client as Ec2;
use aws_sdk_rds::Client as Rds;
use jiff::Timestamp;
use restore::record::{Record, Settings};
use restore::{RestoreId, Session};
use step::{Sessions, StepError};

/// A session's clients.
#[derive(Debug)]
pub(crate) struct Clients {
    /// Whose they are.
    pub(crate) session: Session,
    pub(crate) ec2: Ec2,
    pub(crate) rds: Rds,
}

impl Clients {
    /// Those of the role of `session`, which is assumed under `name`.
    pub(crate) async fn open(
        sessions: &Sessions,
        session: &Session,
        name: &RestoreId,
    ) -> Result<Self, StepError> {
        let config = sessions.assume(session, name).await?;
        let session = session.clone();
        Ok(Self { session, ec2: Ec2::new(&config), rds: Rds::new(&config) })
    }

    /// The record of an instance here, as it was read at an instant.
    pub(crate) fn record(&self, settings: Settings, recorded_at: Timestamp) -> Record {
        Record {
            recorded_at,
            account_id: self.session.account_id.clone(),
            region: self.session.region.clone(),
            settings,
        }
    }
}
