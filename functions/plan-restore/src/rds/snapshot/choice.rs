//! Which of the DB snapshots of one name: of which DB instance, and of when.
//!
//! A snapshot tells the identifier of its DB instance and so does every copy of it, in whatever
//! account and Region: others may have a DB instance of that name, and so may have the same account
//! before. What tells them apart is the resource id, "which can't be changed"
//! (BC:rds.DBSnapshot.DbiResourceId). The data of a copy is of when its original was taken
//! (BC:rds.DBSnapshot.OriginalSnapshotCreateTime), and not of when the copy was made
//! (BC:rds.DBSnapshot.SnapshotCreateTime).

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_rds::types::DbSnapshot;
use jiff::Timestamp;
use restore::request::At;
use restore::{RestoreId, Session, tag};

use super::super::options::is_automated;
use super::{data_of, is_own, made_at};

/// Which DB instance it is whose snapshots are asked for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Lives<'a> {
    /// The one that is there, by its resource id.
    As(&'a str),
    /// One that is not there any more; in its place may be what this very restore has made of it.
    NoMore {
        /// The resource id of that.
        made: Option<&'a str>,
    },
}

/// What is looked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    /// The identifier of the DB instance.
    pub(super) identifier: &'a str,
    /// Where it is, or was.
    pub(super) session: &'a Session,
    /// Which one it is.
    pub(super) lives: Lives<'a>,
    /// The instant of which the data is at the latest.
    pub(super) at: At,
    /// Whether it has to be one that can be shared as it is, where there is a choice.
    pub(super) shared_as_it_is: bool,
    /// The restore, whose own copies are none to restore.
    pub(super) restore_id: &'a RestoreId,
}

/// The newest snapshot of each DB instance, by its resource id.
type ByInstance<'a> = BTreeMap<&'a str, (Rank, &'a DbSnapshot)>;

/// By which the newest of several snapshots is the greatest: by its data; of equal ones the original,
/// which was there before its copies, unless it is of no use where one of them is.
type Rank = (Timestamp, bool, Reverse<Option<Timestamp>>);

impl Wanted<'_> {
    /// Of `snapshots` of that identifier the available one with the newest data.
    ///
    /// Where the DB instance is not there to tell its resource id, those count that were taken in its
    /// account and Region and their copies; where there are none, those that were copied to there.
    ///
    /// # Errors
    ///
    /// What is wrong, in words: there is none, or there are several DB instances that it may be of.
    pub(super) fn choose(&self, snapshots: Vec<DbSnapshot>) -> Result<DbSnapshot, String> {
        let usable: Vec<DbSnapshot> =
            snapshots.into_iter().filter(|snapshot| self.is_usable(snapshot)).collect();
        let from_here: BTreeSet<&str> =
            usable.iter().filter(|it| self.was_taken_here(it)).map(resource_id).collect();
        let is_of_it = |id: &str| match self.lives {
            Lives::As(own) => id == own,
            Lives::NoMore { .. } => from_here.is_empty() || from_here.contains(id),
        };
        let (own, others): (ByInstance<'_>, ByInstance<'_>) =
            self.newest(&usable).into_iter().partition(|(id, _)| is_of_it(id));
        let mut of_each = own.values();
        match (of_each.next(), of_each.next()) {
            (Some((_, snapshot)), None) => Ok((*snapshot).clone()),
            (None, _) => Err(self.none(&others)),
            (Some(_), Some(_)) => Err(self.several(&own)),
        }
    }

    /// Whether it is one to restore: not what this very restore has copied, by which a run that goes on
    /// would come to another path than the one before, nor a snapshot of what it has made.
    fn is_usable(&self, snapshot: &DbSnapshot) -> bool {
        let is_copy = snapshot.tag_list().iter().any(|tag| is_own(tag, self.restore_id));
        let is_of_made = match self.lives {
            Lives::NoMore { made: Some(made) } => resource_id(snapshot) == made,
            Lives::NoMore { made: None } | Lives::As(_) => false,
        };
        snapshot.status() == Some("available") && !is_copy && !is_of_made
    }

    /// Whether it can be shared where it has to be: what RDS or AWS Backup has taken cannot, but a copy
    /// of that can (`RDS/USER_ShareSnapshot`), as long as nobody takes it away, which other restores do
    /// with theirs.
    fn is_of_use(&self, snapshot: &DbSnapshot) -> bool {
        let is_of_restore = snapshot.tag_list().iter().any(|it| it.key() == Some(tag::ID));
        self.shared_as_it_is && !is_automated(snapshot) && !is_of_restore
    }

    /// Whether it was taken in the account and Region that it is in: "It only has a value in the case
    /// of a cross-account or cross-Region copy" (BC:rds.DBSnapshot.SourceDBSnapshotIdentifier).
    fn was_taken_here(&self, snapshot: &DbSnapshot) -> bool {
        let Some(source) = snapshot.source_db_snapshot_identifier() else { return true };
        let mut parts = source.split(':').skip(3);
        (parts.next(), parts.next())
            == (Some(self.session.region.as_str()), Some(self.session.account_id.as_str()))
    }

    fn newest<'a>(&self, usable: &'a [DbSnapshot]) -> ByInstance<'a> {
        let mut newest = ByInstance::new();
        for snapshot in usable {
            let Some(data_of) = data_of(snapshot).filter(|of| self.at.admits(*of)) else {
                continue;
            };
            let rank = (data_of, self.is_of_use(snapshot), Reverse(made_at(snapshot)));
            let ranked = (rank, snapshot);
            let known = newest.entry(resource_id(snapshot)).or_insert(ranked);
            if ranked.0 > known.0 {
                *known = ranked;
            }
        }
        newest
    }

    fn none(&self, others: &ByInstance<'_>) -> String {
        let Self { identifier, at, session, .. } = self;
        let named = match self.lives {
            Lives::As(id) => format!(" ({id})"),
            Lives::NoMore { .. } => String::new(),
        };
        let others = if others.is_empty() {
            String::new()
        } else {
            format!(
                "; of other DB instances of that name there are {}: name the one that is meant under \
                 `source.rds.dbSnapshotIdentifier`",
                told(others)
            )
        };
        format!(
            "no available snapshot of DB instance {identifier}{named} at {at} or before is found in account {} and Region \
             {}{others}",
            session.account_id, session.region
        )
    }

    fn several(&self, newest: &ByInstance<'_>) -> String {
        let Self { identifier, at, session, .. } = self;
        format!(
            "DB instance {identifier} is not there any more in account {} and Region {}, and the snapshots of that name at {at} or \
             before are of {} DB instances, the newest of each {}: name the one that is meant under \
             `source.rds.dbSnapshotIdentifier`",
            session.account_id,
            session.region,
            newest.len(),
            told(newest)
        )
    }
}

/// The resource id of the DB instance that a snapshot is of.
fn resource_id(snapshot: &DbSnapshot) -> &str {
    snapshot.dbi_resource_id().unwrap_or("of no known resource id")
}

fn told(newest: &ByInstance<'_>) -> String {
    let told = newest.iter().map(|(id, ((data_of, ..), snapshot))| {
        let name = snapshot.db_snapshot_identifier().unwrap_or_default();
        format!("{name} ({id}, of {data_of})")
    });
    told.collect::<Vec<_>>().join(", ")
}
