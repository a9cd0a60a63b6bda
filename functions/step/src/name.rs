//! The closed vocabulary of failures, and what each of them means.

/// The names that the state machine matches on: one row each in `statemachine/README.md`, whose
/// cells are written from here.
///
/// A new name is a new decision for the state machine, so there is one only where the machine, or
/// the person who reads it, must act differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorName {
    /// The request is wrong, and sending it again cannot help.
    InvalidInput,
    /// A role may not do this: a missing permission, trust or key policy.
    AccessDenied,
    /// A key cannot serve: disabled, asymmetric, pending deletion, or out of reach.
    KeyNotUsable,
    /// A snapshot is under a default key, which AWS does not let be shared.
    DefaultKeyNotShareable,
    /// Something is there already that this restore did not make.
    AlreadyExists,
    /// Another execution holds the restore's id; only the state machine raises it.
    AlreadyRunning,
    /// AWS asked to slow down, or was briefly out of reach.
    Throttled,
    /// An account limit was met, or a name is not free yet; room may appear later.
    QuotaExceeded,
    /// An account limit was met that does not empty by itself.
    LimitReached,
    /// AWS has no capacity of this kind in this zone now.
    InsufficientCapacity,
    /// A resource that the restore waits for will never be usable.
    ResourceFailed,
    /// The restore's deadline has passed.
    TimedOut,
    /// A drill restored and did not pass; only the state machine raises it.
    DrillFailed,
    /// AWS answered in a way this step does not know how to handle.
    Unexpected,
}

impl ErrorName {
    /// Every name.
    pub const ALL: [Self; 14] = [
        Self::InvalidInput,
        Self::AccessDenied,
        Self::KeyNotUsable,
        Self::DefaultKeyNotShareable,
        Self::AlreadyExists,
        Self::AlreadyRunning,
        Self::Throttled,
        Self::QuotaExceeded,
        Self::LimitReached,
        Self::InsufficientCapacity,
        Self::ResourceFailed,
        Self::TimedOut,
        Self::DrillFailed,
        Self::Unexpected,
    ];

    /// What `ErrorEquals` matches in the state machine.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidInput => "Restore.InvalidInput",
            Self::AccessDenied => "Restore.AccessDenied",
            Self::KeyNotUsable => "Restore.KeyNotUsable",
            Self::DefaultKeyNotShareable => "Restore.DefaultKeyNotShareable",
            Self::AlreadyExists => "Restore.AlreadyExists",
            Self::AlreadyRunning => "Restore.AlreadyRunning",
            Self::Throttled => "Restore.Throttled",
            Self::QuotaExceeded => "Restore.QuotaExceeded",
            Self::LimitReached => "Restore.LimitReached",
            Self::InsufficientCapacity => "Restore.InsufficientCapacity",
            Self::ResourceFailed => "Restore.ResourceFailed",
            Self::TimedOut => "Restore.TimedOut",
            Self::DrillFailed => "Restore.DrillFailed",
            Self::Unexpected => "Restore.Unexpected",
        }
    }

    /// When a step, or the state machine, fails by it.
    #[must_use]
    pub const fn when(self) -> &'static str {
        match self {
            Self::InvalidInput => {
                "a field of the request is wrong, or names what does not exist or does not fit"
            }
            Self::AccessDenied => "a role may not make a call, or cannot be assumed",
            Self::KeyNotUsable => {
                "a KMS key is disabled, asymmetric, pending deletion, or out of reach of the role; \
                 also where EBS or RDS make something that fails, and that is most likely why (a \
                 copy in `error`, a volume that vanished, an instance that ended in its launch)"
            }
            Self::DefaultKeyNotShareable => {
                "a snapshot under an AWS managed key (`aws/ebs`, `aws/rds`) would have to be shared"
            }
            Self::AlreadyExists => {
                "a resource of that name exists and was not made by this restore; or what an \
                 earlier run under the id has brought back cannot be marked as finished"
            }
            Self::AlreadyRunning => {
                "another execution holds the id of the restore or the recovery and has not ended"
            }
            Self::Throttled => {
                "AWS asked to slow down, answered with a server error, or did not answer, or does \
                 not know yet what was made a moment ago"
            }
            Self::QuotaExceeded => {
                "a limit that empties by itself, such as copies in flight, or the name of a DB \
                 instance that is still being deleted"
            }
            Self::LimitReached => {
                "a limit of the account that does not empty by itself, such as DB instances or \
                 manual snapshots; in a recovery also where the restores before one leave it no \
                 room of such a quota, or no address in its subnet"
            }
            Self::InsufficientCapacity => {
                "AWS has no capacity of this kind in this zone now, or the subnet no free address"
            }
            Self::ResourceFailed => {
                "something the restore waits for will never be usable; in a recovery, restores of \
                 it failed or were not begun; in a clean-up, something is left that was to go"
            }
            Self::TimedOut => {
                "the deadline (`options.timeoutHours`) has passed, or will before a quota can be \
                 tried again, which the cause then names"
            }
            Self::DrillFailed => {
                "a drill restored, and a check failed or could not be made, or something of it \
                 could not be taken away"
            }
            Self::Unexpected => "anything else",
        }
    }

    /// What the state machine does about it. How it tries again is held against the definitions by
    /// `tests/errors.rs`, number by number.
    #[must_use]
    pub const fn what_the_machine_does(self) -> &'static str {
        match self {
            Self::InvalidInput => "stops; the cause gives the field's path",
            Self::AccessDenied => "stops; the cause names the call, the role and AWS's own words",
            Self::KeyNotUsable => {
                "a call that has something made under it is tried again: 10 s doubling, 3 times, \
                 full jitter, copies after 30 s doubling, without; then stops; the cause names the \
                 key, or the evidence and what the role needs"
            }
            Self::DefaultKeyNotShareable => "stops before anything is changed",
            Self::AlreadyExists => "stops; nothing is ever overwritten",
            Self::AlreadyRunning => {
                "stops before it looks at any resource; the cause names that execution"
            }
            Self::Throttled => {
                "tries again: 5 s doubling to 60 s, 8 times, full jitter; copies and shares after \
                 30 s, then 60 s, without"
            }
            Self::QuotaExceeded => {
                "tries again every 60 to 300 s, full jitter, until the deadline; copies and shares \
                 60 to 360 s after each refusal"
            }
            Self::LimitReached => {
                "stops, before anything is changed where AWS tells how much is used"
            }
            Self::InsufficientCapacity => {
                "tries the request's `alternatives` in their order, each from the instance on; \
                 stops after the last, and before anything is changed where none of their subnets \
                 has a free address"
            }
            Self::ResourceFailed => {
                "stops; the cause gives the resource's own reason, or where the report of the \
                 recovery lies"
            }
            Self::TimedOut => "stops; every look and every retry checks it",
            Self::DrillFailed => {
                "tears down, records the evidence, stops; the cause names each check"
            }
            Self::Unexpected => "stops; the cause is AWS's own",
        }
    }

    /// What a person does about it.
    #[must_use]
    pub const fn what_a_person_does(self) -> &'static str {
        match self {
            Self::InvalidInput => "correct the request",
            Self::AccessDenied => "add the permission or trust, start again",
            Self::KeyNotUsable => "enable the key or open its policy, start again",
            Self::DefaultKeyNotShareable => "give `source.stagingKmsKeyId`",
            Self::AlreadyExists => "choose another name, or another restore id",
            Self::AlreadyRunning => {
                "follow that one, or stop it and start again, or choose another id"
            }
            Self::Throttled => "look at the account's API use if it persists",
            Self::QuotaExceeded => "nothing, or ask AWS for more",
            Self::LimitReached => {
                "remove something, ask AWS for more or name another subnet, start again"
            }
            Self::InsufficientCapacity => "choose another instance type or zone, start again",
            Self::ResourceFailed => "mend the reason, start again",
            Self::TimedOut => "start again with a later deadline",
            Self::DrillFailed => "mend what would have failed on the day, drill again",
            Self::Unexpected => "report it",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_one_word_of_the_vocabulary() {
        let mut names = ErrorName::ALL.map(ErrorName::as_str);
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
        assert!(names.iter().all(|name| name.starts_with("Restore.")));
    }

    #[test]
    fn every_name_says_what_it_means_in_cells_of_one_table() {
        for name in ErrorName::ALL {
            for cell in [name.when(), name.what_the_machine_does(), name.what_a_person_does()] {
                let fits = !cell.is_empty() && !cell.contains(['|', '\n']) && cell.trim() == cell;
                assert!(fits, "{name:?}: {cell:?}");
            }
        }
    }
}
