//! How restores share one permission: what each writes down, gives and takes back, call by call.
//!
//! The permission of an account on a snapshot is one bit. AWS tells neither who gave it nor who
//! relies on it, so each restore that uses it keeps a tag on the snapshot ([`crate::tag::share`])
//! whose value is a [`Use`]. Tags of other accounts' shares are not looked at: theirs is another
//! permission.
//!
//! [`Arrival`] and [`Departure`] are told what calls have answered and say which call comes next.
//! Neither remembers an earlier attempt: whatever is cut off, at whatever call, is mended by
//! beginning again. What they promise together, for any order of two restores' calls:
//!
//! - a permission is taken back only once no other restore's tag relies on it, and one that was
//!   there before any restore never;
//! - once all have left, there is no tag, and the permission is as it was before the first came.
//!
//! It rests on each writing before it looks. Who arrives writes its tag and then looks at the
//! permission; who leaves takes the permission and then looks at the tags. So one of the two
//! always sees the other, and gives the permission (back). Who leaves says so before it looks who
//! else is there, so that of two who leave at once the later one takes the permission along.

use crate::{AccountId, RestoreId, tag};

/// What a restore's tag says of the permission that it uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Use {
    /// A restore gave the permission, and the last one to leave takes it back.
    Given,
    /// The permission was there before any restore, and stays.
    Found,
    /// The restore gave the permission, needs it no more and is about to leave.
    Leaving,
}

impl Use {
    /// The tag's value.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Given => "given",
            Self::Found => "found",
            Self::Leaving => "leaving",
        }
    }

    /// What a tag's value says. A value that no restore writes counts as [`Use::Found`]: nobody
    /// withdraws a permission for it.
    #[must_use]
    pub fn of(value: &str) -> Self {
        [Self::Given, Self::Leaving]
            .into_iter()
            .find(|one| one.name() == value)
            .unwrap_or(Self::Found)
    }
}

/// Who uses one account's permission on a snapshot, as its tags say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Uses {
    /// What this restore's own tag says.
    pub own: Option<Use>,
    /// What the other restores' tags say.
    pub others: Vec<(RestoreId, Use)>,
}

impl Uses {
    /// What the tags of a snapshot, by key and value, tell `restore_id` of the permission of
    /// `account`.
    pub fn of<'a>(
        account: &AccountId,
        restore_id: &RestoreId,
        tags: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Self {
        let mut uses = Self::default();
        for (key, value) in tags {
            match tag::share_of(key) {
                Some((whose, _)) if whose != *account => {}
                Some((_, id)) if id == *restore_id => uses.own = Some(Use::of(value)),
                Some((_, id)) => uses.others.push((id, Use::of(value))),
                None => {}
            }
        }
        uses
    }

    /// The other restores that rely on the permission.
    #[must_use]
    pub fn relying(&self) -> Vec<RestoreId> {
        let relying = self.others.iter().filter(|(_, said)| *said != Use::Leaving);
        relying.map(|(user, _)| user.clone()).collect()
    }
}

/// A call about one account's permission on one snapshot. Each can be made again without harm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Call {
    /// Reads whether the account has the permission.
    LookAtPermission,
    /// Reads the snapshot's tags.
    LookAtTags,
    /// Writes this restore's tag.
    Tag(Use),
    /// Gives the account, and only it, the permission.
    Give,
    /// Takes the permission from the account, and only from it.
    Withdraw,
    /// Removes this restore's tag.
    Untag,
}

/// What a call has come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Learned {
    /// Whether the account has the permission.
    Permission(bool),
    /// Who uses it.
    Uses(Uses),
    /// A call that changes something was taken by AWS.
    Did(Call),
}

/// What comes next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next<End> {
    /// This call.
    Call(Call),
    /// Nothing: it has come to this.
    End(End),
}

/// How a restore comes to use a permission.
///
/// The permission is looked at before the tags: another restore writes its tag before it gives the
/// permission, so that a permission that is seen here has its tag there. A permission without any
/// tag is *found*. That is put right when it is not there at the look that follows every tag: who
/// gives it, takes it back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Arrival {
    permitted: Option<bool>,
    uses: Option<Uses>,
    given: bool,
}

/// What an arrival has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Arrived {
    /// The account has the permission.
    Shared {
        /// Whether it was given just now.
        given: bool,
    },
    /// AWS took the permission and does not show it yet.
    NotShown,
}

impl Arrival {
    /// What comes next.
    #[must_use]
    pub fn next(&self) -> Next<Arrived> {
        let Some(permitted) = self.permitted else { return Next::Call(Call::LookAtPermission) };
        let Some(uses) = &self.uses else { return Next::Call(Call::LookAtTags) };
        match (uses.own, permitted) {
            (None, _) => Next::Call(Call::Tag(first_use(permitted, uses))),
            (Some(Use::Leaving), _) | (Some(Use::Found), false) => {
                Next::Call(Call::Tag(Use::Given))
            }
            (Some(Use::Given | Use::Found), true) => {
                Next::End(Arrived::Shared { given: self.given })
            }
            (Some(Use::Given), false) if self.given => Next::End(Arrived::NotShown),
            (Some(Use::Given), false) => Next::Call(Call::Give),
        }
    }

    /// Takes in what the call that came next has come to.
    pub fn learn(&mut self, learned: Learned) {
        match learned {
            Learned::Permission(permitted) => self.permitted = Some(permitted),
            Learned::Uses(uses) => self.uses = Some(uses),
            // What was written is remembered: a look-up of tags may not know of it yet
            // (EC2API/eventual-consistency).
            Learned::Did(Call::Tag(said)) => {
                self.uses.get_or_insert_default().own = Some(said);
                self.permitted = None;
            }
            Learned::Did(call) => {
                self.given |= call == Call::Give;
                self.permitted = None;
            }
        }
    }
}

/// What a restore's first tag says.
///
/// Where others use the permission, what they say of it holds for this restore too, and *found*
/// outweighs *given*: to leave a permission that nobody needs is a smaller harm than to withdraw
/// one that somebody relies on.
fn first_use(permitted: bool, uses: &Uses) -> Use {
    let is_given_by_others = || uses.others.iter().all(|(_, said)| *said != Use::Found);
    if !permitted || (!uses.others.is_empty() && is_given_by_others()) {
        Use::Given
    } else {
        Use::Found
    }
}

/// How a restore leaves a permission.
///
/// The tag goes last. In any other order an end between the two would leave a permission that
/// nothing tells of; in this one it leaves a tag, by which the next attempt ends what was begun. A
/// permission that others rely on and that is not there was taken by such an attempt: it is given
/// back.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Departure {
    own: Use,
    relying: Option<Vec<RestoreId>>,
    permitted: Option<bool>,
    withdrawn: bool,
    is_over: bool,
}

/// What a departure has come to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Departed {
    /// The account had the permission from a restore, and has it no more.
    Withdrawn,
    /// The account did not have the permission.
    NotThere,
    /// The permission was there before any restore, and stays.
    Kept,
    /// The permission stays for these restores; the last of them takes it back.
    Used(Vec<RestoreId>),
}

impl Departure {
    /// The departure of a restore whose tag says `own`.
    #[must_use]
    pub const fn of(own: Use) -> Self {
        let withdrawn = matches!(own, Use::Leaving);
        Self { own, relying: None, permitted: None, withdrawn, is_over: false }
    }

    /// What comes next.
    #[must_use]
    pub fn next(&self) -> Next<Departed> {
        if self.is_over {
            return Next::End(self.end());
        }
        match self.own {
            Use::Found => return Next::Call(Call::Untag),
            Use::Given => return Next::Call(Call::Tag(Use::Leaving)),
            Use::Leaving => {}
        }
        // In this order, so that what another gives in between is not taken: its tag was there first.
        let Some(permitted) = self.permitted else { return Next::Call(Call::LookAtPermission) };
        let Some(relying) = &self.relying else { return Next::Call(Call::LookAtTags) };
        Next::Call(match (relying.is_empty(), permitted) {
            (true, true) => Call::Withdraw,
            (false, false) => Call::Give,
            (true, false) | (false, true) => Call::Untag,
        })
    }

    /// Takes in what the call that came next has come to.
    pub fn learn(&mut self, learned: Learned) {
        match learned {
            Learned::Permission(permitted) => self.permitted = Some(permitted),
            Learned::Uses(uses) => self.relying = Some(uses.relying()),
            Learned::Did(Call::Tag(said)) => self.own = said,
            Learned::Did(Call::Untag) => self.is_over = true,
            // Others may have come, or left, in the meantime.
            Learned::Did(call @ (Call::Give | Call::Withdraw)) => {
                self.withdrawn = call == Call::Withdraw;
                self.permitted = Some(call == Call::Give);
                self.relying = None;
            }
            Learned::Did(Call::LookAtPermission | Call::LookAtTags) => {}
        }
    }

    fn end(&self) -> Departed {
        match &self.relying {
            None => Departed::Kept,
            Some(relying) if !relying.is_empty() => Departed::Used(relying.clone()),
            Some(_) if self.withdrawn => Departed::Withdrawn,
            Some(_) => Departed::NotThere,
        }
    }
}

#[cfg(test)]
mod tests;
