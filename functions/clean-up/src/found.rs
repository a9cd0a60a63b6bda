//! What a restore made, as it was found.

use restore::plan::KeyGrant;
use restore::share::Use;
use restore::tag::Made;
use restore::{AccountId, RestoreId, Service};

/// Something that this restore made, or a snapshot that it shared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// Where, as an index of the places that were surveyed.
    pub(crate) place: usize,
    /// Its ARN.
    pub(crate) arn: String,
    /// What calls take for it: its id or its identifier.
    pub(crate) id: String,
    /// What it is.
    pub(crate) kind: Kind,
}

/// What something is, and what matters of it here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An EBS snapshot, and whether it has the mark of a copy that is kept.
    Snapshot { made: Option<Made>, life: Life, copy: Copied, kept: bool },
    /// A volume.
    Volume {
        made: Option<Made>,
        life: Life,
        attachment: Option<Attachment>,
        /// The id of the snapshot that it was made from.
        from: Option<String>,
    },
    /// An instance.
    Instance { made: Option<Made>, life: Life },
    /// A security group.
    SecurityGroup { made: Option<Made> },
    /// A DB snapshot, and whether it has that mark.
    DbSnapshot { made: Option<Made>, life: Life, kept: bool },
    /// A DB instance, and whether it is protected from being deleted.
    DbInstance { made: Option<Made>, life: Life, protected: bool },
    /// A grant on the key of shared snapshots.
    Grant {
        /// Whose snapshots they are.
        service: Service,
        /// The grant, as the plan has it.
        on: KeyGrant,
    },
    /// The permission of an account on a snapshot.
    Share {
        service: Service,
        /// The account.
        account: AccountId,
        /// What this restore's tag says of it.
        own: Use,
        /// The other restores that rely on it.
        others: Vec<RestoreId>,
    },
}

/// Where something is between being made and being gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Life {
    /// Being made.
    Coming,
    /// There.
    There,
    /// There, and of no use.
    Failed,
    /// Being removed.
    Going,
    /// Gone, and only shown for a while.
    Gone,
}

/// What tells the copies of one snapshot apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Copied {
    /// What it is a copy of, as its tag says.
    pub(crate) source: Option<String>,
    /// When it was begun, in nanoseconds since 1970.
    pub(crate) began: Option<i128>,
    /// Whether another copy of the same is the one that serves (see [`crate::doubles`]).
    pub(crate) is_double: bool,
}

/// What a volume is attached to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Attachment {
    /// The instance.
    pub(crate) instance_id: String,
    /// Whether the volume goes when the instance does.
    pub(crate) delete_on_termination: bool,
}

impl Found {
    /// Whether it is the instance that an earlier run brought back, and is there.
    pub(crate) fn is_finished(&self) -> bool {
        matches!(self.kind, Kind::Instance { .. } | Kind::DbInstance { .. })
            && self.kind.made() == Some(Made::Finished)
            && self.is_alive()
    }

    /// Whether it is a volume that this restore brought back, and that has data to load: one that
    /// failed never loads anything.
    pub(crate) fn is_restored_volume(&self) -> bool {
        matches!(self.kind, Kind::Volume { made: Some(Made::Volume | Made::Finished), .. })
            && self.kind.life() != Life::Failed
    }

    /// Whether it is an instance of this restore, or its DB instance, that is there and that no run
    /// has finished. What earlier runs and given-up places have left is listed for a while after
    /// its end (BC:ec2.TerminateInstances: "terminated instances remain visible").
    pub(crate) fn is_unfinished_instance(&self) -> bool {
        matches!(self.kind, Kind::Instance { .. } | Kind::DbInstance { .. })
            && self.is_alive()
            && !self.is_finished()
    }

    fn is_alive(&self) -> bool {
        !matches!(self.kind.life(), Life::Going | Life::Gone)
    }
}

impl Kind {
    /// What it is to the restore, where its tag says so.
    pub(crate) const fn made(&self) -> Option<Made> {
        match self {
            Self::Snapshot { made, .. }
            | Self::Volume { made, .. }
            | Self::Instance { made, .. }
            | Self::SecurityGroup { made }
            | Self::DbSnapshot { made, .. }
            | Self::DbInstance { made, .. } => *made,
            Self::Grant { .. } | Self::Share { .. } => None,
        }
    }

    /// Where it is between being made and being gone.
    pub(crate) const fn life(&self) -> Life {
        match self {
            Self::Snapshot { life, .. }
            | Self::Volume { life, .. }
            | Self::Instance { life, .. }
            | Self::DbSnapshot { life, .. }
            | Self::DbInstance { life, .. } => *life,
            Self::SecurityGroup { .. } | Self::Grant { .. } | Self::Share { .. } => Life::There,
        }
    }

    /// Whether it is a snapshot, of EBS or of RDS.
    pub(crate) const fn is_snapshot(&self) -> bool {
        matches!(self, Self::Snapshot { .. } | Self::DbSnapshot { .. })
    }

    /// Whether it is a copy that a run which succeeded was to keep.
    pub(crate) const fn is_kept(&self) -> bool {
        matches!(self, Self::Snapshot { kept: true, .. } | Self::DbSnapshot { kept: true, .. })
    }

    /// Whether it is a volume that is attached to nothing.
    pub(crate) const fn is_loose_volume(&self) -> bool {
        matches!(self, Self::Volume { attachment: None, .. })
    }

    /// Whether it is a copy beside the one that serves.
    pub(crate) const fn is_double(&self) -> bool {
        matches!(self, Self::Snapshot { copy: Copied { is_double: true, .. }, .. })
    }

    /// Whether it is, or gives access to, what others may be made from.
    pub(crate) const fn is_source(&self) -> bool {
        match self {
            Self::Snapshot { .. }
            | Self::DbSnapshot { .. }
            | Self::Grant { .. }
            | Self::Share { .. } => true,
            Self::Volume { .. }
            | Self::Instance { .. }
            | Self::SecurityGroup { .. }
            | Self::DbInstance { .. } => false,
        }
    }

    /// Whether it is, or gives access to, something that restored volumes can load their data from
    /// (see [`crate::loading`]).
    pub(crate) const fn may_be_loaded_from(&self) -> bool {
        matches!(
            self,
            Self::Snapshot { .. }
                | Self::Grant { service: Service::Ec2, .. }
                | Self::Share { service: Service::Ec2, .. }
        ) && !self.is_of_others()
    }

    /// Whether it is a permission that no restore gave, and that stays.
    pub(crate) const fn is_of_others(&self) -> bool {
        matches!(self, Self::Share { own: Use::Found, .. })
    }

    /// How far along the path from the snapshots to the instance it lies: what lies further is
    /// made from what lies before it.
    pub(crate) const fn depth(&self) -> u8 {
        match self {
            Self::Grant { .. } | Self::Share { .. } => 0,
            Self::Snapshot { made, .. } | Self::DbSnapshot { made, .. } => match made {
                Some(Made::StagedSnapshot) => 1,
                Some(Made::CopyInTargetAccount) => 2,
                _ => 3,
            },
            Self::SecurityGroup { .. } => 4,
            Self::Volume { .. } => 5,
            Self::Instance { .. } | Self::DbInstance { .. } => 6,
        }
    }
}
