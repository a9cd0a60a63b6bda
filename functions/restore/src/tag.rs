//! The tags by which a restore, and every policy written for it, knows what it made.
//!
//! Everything a restore makes carries [`ID`], [`STEP`] and [`SOURCE`]. A source snapshot that is
//! shared carries one [`share`] tag per restore that uses the share.

use crate::{AccountId, RestoreId};

/// The restore that made the resource: its [`RestoreId`].
pub const ID: &str = "restore:id";

/// What the resource is to the restore: the name of a [`Made`].
pub const STEP: &str = "restore:step";

/// What the resource was made from: a snapshot's id or ARN, for a volume followed by `:` and the
/// device it is for.
pub const SOURCE: &str = "restore:source";

/// That the resource, a copy, was to outlive the restore which has made it, and that this has
/// succeeded: no clean-up under its id takes it away any more. The value says nothing.
pub const KEPT: &str = "restore:kept";

/// What a resource is to the restore that made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Made {
    /// A copy in the source account of a snapshot that cannot be shared as it is.
    StagedSnapshot,
    /// A copy in the target account and the source's Region.
    CopyInTargetAccount,
    /// A copy in the target's Region.
    Copy,
    /// A copy under the target key.
    ReencryptedCopy,
    /// The security group without rules that the instance is launched into.
    SealedGroup,
    /// The root volume that the instance was launched with.
    Placeholder,
    /// The instance, or the DB instance.
    Instance,
    /// The instance, once it is all that was asked for; whether it comes up is still to be seen.
    RestoredInstance,
    /// The instance with its volumes, or the DB instance, of a restore that has succeeded:
    /// somebody's by now, which no later run under the same id stops, changes or removes.
    Finished,
    /// A restored volume.
    Volume,
}

impl Made {
    /// Every kind.
    pub const ALL: [Self; 10] = [
        Self::StagedSnapshot,
        Self::CopyInTargetAccount,
        Self::Copy,
        Self::ReencryptedCopy,
        Self::SealedGroup,
        Self::Placeholder,
        Self::Instance,
        Self::RestoredInstance,
        Self::Finished,
        Self::Volume,
    ];

    /// The value of the tag [`STEP`].
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::StagedSnapshot => "stage-snapshot",
            Self::CopyInTargetAccount => "copy-into-target-account",
            Self::Copy => "copy-snapshot",
            Self::ReencryptedCopy => "reencrypt-copy",
            Self::SealedGroup => "seal-instance",
            Self::Placeholder => "placeholder",
            Self::Instance => "create-instance",
            Self::RestoredInstance => "restored",
            Self::Finished => "finished",
            Self::Volume => "create-volume",
        }
    }

    /// The kind that a [`STEP`] tag names.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|made| made.name() == name)
    }

    /// Whether the finished restore does without it.
    #[must_use]
    pub const fn is_intermediate(self) -> bool {
        match self {
            Self::StagedSnapshot
            | Self::CopyInTargetAccount
            | Self::Copy
            | Self::ReencryptedCopy
            | Self::SealedGroup
            | Self::Placeholder => true,
            Self::Instance | Self::RestoredInstance | Self::Finished | Self::Volume => false,
        }
    }

    /// Whether it is an instance that is all that was asked for, whatever came after.
    #[must_use]
    pub const fn is_whole(self) -> bool {
        matches!(self, Self::RestoredInstance | Self::Finished)
    }

    /// Whether it is a copy of a snapshot, which `options.keepCopies` keeps when it is the last
    /// of its path.
    #[must_use]
    pub const fn is_copy(self) -> bool {
        matches!(
            self,
            Self::StagedSnapshot | Self::CopyInTargetAccount | Self::Copy | Self::ReencryptedCopy
        )
    }
}

/// The tag on a source snapshot that says that a restore uses the permission of `account` on it.
///
/// Its value is a [`crate::share::Use`]. It is written before the permission is given, so that a
/// share is never left without a trace. The account is part of the key: one snapshot can be shared
/// with several, each by other restores. At most 67 characters of the 128 that a key may have, and
/// one of the 50 tags of a snapshot for as long as the restore uses it (`EC2/Using_Tags`,
/// `RDS/USER_Tagging`).
#[must_use]
pub fn share(account: &AccountId, restore_id: &RestoreId) -> String {
    format!("{SHARE_PREFIX}{account}:{restore_id}")
}

/// The account that has the permission and the restore that uses it, of a tag's key.
#[must_use]
pub fn share_of(key: &str) -> Option<(AccountId, RestoreId)> {
    let (account, restore_id) = key.strip_prefix(SHARE_PREFIX)?.split_once(':')?;
    Some((account.try_into().ok()?, restore_id.try_into().ok()?))
}

/// What every share tag begins with.
pub const SHARE_PREFIX: &str = "restore:share:";

/// The three tags of something made for `restore_id` from `source`.
#[must_use]
pub fn all(restore_id: &RestoreId, made: Made, source: &str) -> [(&'static str, String); 3] {
    [(ID, restore_id.to_string()), (STEP, made.name().to_owned()), (SOURCE, source.to_owned())]
}

/// The [`SOURCE`] tag of the volume made from `snapshot` for `device`: one snapshot can become
/// several volumes.
#[must_use]
pub fn volume_source(snapshot: &str, device: &str) -> String {
    format!("{snapshot}:{device}")
}

/// The snapshot and the device of a volume's [`SOURCE`] tag.
#[must_use]
pub fn of_volume(source: &str) -> Option<(&str, &str)> {
    source.split_once(':')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_found_by_its_name() {
        for made in Made::ALL {
            assert_eq!(Made::of(made.name()), Some(made));
        }
    }

    #[test]
    fn a_share_is_found_by_its_tag_and_nothing_else_is_taken_for_one() {
        let account = AccountId::try_from("444455556666").unwrap();
        let restore_id = RestoreId::try_from("a123456789012345678901234567890123456789").unwrap();
        let key = share(&account, &restore_id);

        assert!(key.len() <= 128, "{key}");
        assert_eq!(share_of(&key), Some((account, restore_id)));
        for other in ["restore:share:orders", "restore:share:4444:orders", "restore:id", ""] {
            assert_eq!(share_of(other), None, "{other}");
        }
    }

    #[test]
    fn a_volume_tells_by_its_tag_what_it_was_made_from_and_for_which_device() {
        let source = volume_source("snap-0a0a0a0a", "/dev/xvda");

        assert_eq!(of_volume(&source), Some(("snap-0a0a0a0a", "/dev/xvda")));
        assert_eq!(of_volume("snap-0a0a0a0a"), None);
    }

    #[test]
    fn a_copy_is_always_an_intermediate() {
        assert!(Made::ALL.into_iter().filter(|made| made.is_copy()).all(Made::is_intermediate));
    }
}
