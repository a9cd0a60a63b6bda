//! The permission of another account on a snapshot, as AWS keeps it.
//!
//! [`restore::share`] decides which call comes next; here the calls are made. `share-snapshot`
//! arrives at a permission and `clean-up` leaves it, each with the calls of this one library, so
//! that the two understand each other's tags. So it is with the [`grant`]s on the snapshots' keys.

mod ec2;
pub mod grant;
mod rds;

use restore::share::{Arrival, Arrived, Call, Departed, Departure, Learned, Next, Use, Uses};
use restore::{AccountId, RestoreId, tag};
use step::StepError;

/// A snapshot, and the hands to share it with.
#[derive(Debug, Clone, Copy)]
pub enum Snapshot<'a> {
    /// An EBS snapshot, by its id.
    Ebs(&'a aws_sdk_ec2::Client, &'a str),
    /// A DB snapshot, by its ARN.
    Db(&'a aws_sdk_rds::Client, &'a str),
}

/// The permission of one account on one snapshot, as one restore uses it.
#[derive(Debug, Clone, Copy)]
pub struct Permission<'a> {
    /// The snapshot.
    pub snapshot: Snapshot<'a>,
    /// The account that has the permission, or is to have it.
    pub account: &'a AccountId,
    /// The restore that uses it.
    pub restore_id: &'a RestoreId,
}

impl Permission<'_> {
    /// Begins to use the permission: notes it, gives it where it is not there, and looks again.
    ///
    /// # Errors
    ///
    /// As a call to AWS failed. Whatever was done until then, arriving again ends it.
    pub async fn arrive(&self) -> Result<Arrived, StepError> {
        let mut arrival = Arrival::default();
        loop {
            match arrival.next() {
                Next::Call(call) => arrival.learn(self.make(call).await?),
                Next::End(arrived) => return Ok(arrived),
            }
        }
    }

    /// Ends the use of the permission that this restore's tag tells of as `own`.
    ///
    /// # Errors
    ///
    /// As a call to AWS failed. The tag is still there then, and departing again ends it.
    pub async fn depart(&self, own: Use) -> Result<Departed, StepError> {
        let mut departure = Departure::of(own);
        loop {
            match departure.next() {
                Next::Call(call) => departure.learn(self.make(call).await?),
                Next::End(departed) => return Ok(departed),
            }
        }
    }

    async fn make(&self, call: Call) -> Result<Learned, StepError> {
        let Self { snapshot, account, restore_id } = *self;
        let key = || tag::share(account, restore_id);
        match (call, snapshot) {
            (Call::LookAtPermission, Snapshot::Ebs(ec2, id)) => {
                return ec2::is_given(ec2, id, account).await.map(Learned::Permission);
            }
            (Call::LookAtPermission, Snapshot::Db(rds, arn)) => {
                return rds::is_given(rds, arn, account).await.map(Learned::Permission);
            }
            (Call::LookAtTags, Snapshot::Ebs(ec2, id)) => {
                let tags = ec2::tags(ec2, id).await?;
                let tags = tags.iter().filter_map(|tag| Some((tag.key()?, tag.value()?)));
                return Ok(Learned::Uses(Uses::of(account, restore_id, tags)));
            }
            (Call::LookAtTags, Snapshot::Db(rds, arn)) => {
                let tags = rds::tags(rds, arn).await?;
                let tags = tags.iter().filter_map(|tag| Some((tag.key()?, tag.value()?)));
                return Ok(Learned::Uses(Uses::of(account, restore_id, tags)));
            }
            (Call::Tag(said), Snapshot::Ebs(ec2, id)) => ec2::tag(ec2, id, &key(), said).await?,
            (Call::Tag(said), Snapshot::Db(rds, arn)) => rds::tag(rds, arn, &key(), said).await?,
            (Call::Give | Call::Withdraw, Snapshot::Ebs(ec2, id)) => {
                ec2::set(ec2, id, account, call == Call::Give).await?;
            }
            (Call::Give | Call::Withdraw, Snapshot::Db(rds, arn)) => {
                rds::set(rds, arn, account, call == Call::Give).await?;
            }
            (Call::Untag, Snapshot::Ebs(ec2, id)) => ec2::untag(ec2, id, &key()).await?,
            (Call::Untag, Snapshot::Db(rds, arn)) => rds::untag(rds, arn, &key()).await?,
        }
        Ok(Learned::Did(call))
    }
}
