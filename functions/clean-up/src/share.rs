//! How a permission is withdrawn.

use restore::{AccountId, RestoreId, Service, tag};
use step::StepError;

use crate::found::Found;
use crate::place::Place;
use crate::{ec2, rds};

/// What has become of a permission.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Withdrawn {
    /// The target account had it, and has it no more.
    Yes,
    /// The target account did not have it.
    NotGiven,
    /// Another restore has begun to use it.
    StillUsed(Vec<String>),
}

/// The permission on one snapshot.
#[derive(Debug)]
pub(crate) struct Share<'a> {
    pub(crate) place: &'a Place,
    pub(crate) service: Service,
    pub(crate) snapshot: &'a Found,
    pub(crate) account: &'a AccountId,
    pub(crate) restore_id: &'a RestoreId,
}

impl Share<'_> {
    /// Takes the permission from the target account, and only from it.
    ///
    /// The permission goes first and the tag last. In the other order an end between the two would
    /// leave a permission that nothing tells of; in this one it leaves a tag, by which the next
    /// call finds it and ends what was begun.
    ///
    /// Another restore may have begun to rely on the permission in the meantime. Its tag is there
    /// then, once the permission is gone, and it gets the permission back.
    pub(crate) async fn withdraw(&self) -> Result<Withdrawn, StepError> {
        if !self.is_given().await? {
            self.stop_using().await?;
            return Ok(Withdrawn::NotGiven);
        }
        self.set(false).await?;
        let users = self.users().await?;
        if !users.is_empty() {
            self.set(true).await?;
        }
        self.stop_using().await?;
        Ok(if users.is_empty() { Withdrawn::Yes } else { Withdrawn::StillUsed(users) })
    }

    /// Takes away this restore's tag, and leaves the permission.
    pub(crate) async fn stop_using(&self) -> Result<(), StepError> {
        let (place, restore_id) = (self.place, self.restore_id);
        match self.service {
            Service::Ec2 => ec2::stop_using(&place.ec2, &self.snapshot.id, restore_id).await,
            Service::Rds => rds::stop_using(&place.rds, &self.snapshot.arn, restore_id).await,
        }
    }

    async fn is_given(&self) -> Result<bool, StepError> {
        let (place, id) = (self.place, &self.snapshot.id);
        match self.service {
            Service::Ec2 => ec2::is_given(&place.ec2, id, self.account).await,
            Service::Rds => rds::is_given(&place.rds, id, self.account).await,
        }
    }

    async fn set(&self, given: bool) -> Result<(), StepError> {
        let (place, id) = (self.place, &self.snapshot.id);
        match self.service {
            Service::Ec2 => ec2::set(&place.ec2, id, self.account, given).await,
            Service::Rds => rds::set(&place.rds, id, self.account, given).await,
        }
    }

    async fn users(&self) -> Result<Vec<String>, StepError> {
        let (place, id) = (self.place, &self.snapshot.id);
        match self.service {
            Service::Ec2 => ec2::users(&place.ec2, id, self.restore_id).await,
            Service::Rds => rds::users(&place.rds, id, self.restore_id).await,
        }
    }
}

/// The restores other than `restore_id` that use the share of a snapshot with these tag keys.
pub(crate) fn other_users<'a>(
    keys: impl Iterator<Item = &'a str>,
    restore_id: &RestoreId,
) -> Vec<String> {
    keys.filter_map(|key| key.strip_prefix(tag::SHARE_PREFIX))
        .filter(|user| *user != restore_id.as_str())
        .map(str::to_owned)
        .collect()
}
