//! Which volume of an instance a snapshot is a copy of, and of when.
//!
//! A copy of an EBS snapshot tells neither: its volume is "an arbitrary source volume ID"
//! (BC:ec2.CopySnapshot), and its start is that of the copy. What it does tell is in what people and
//! services write on it: tags taken along from its source, tags of a restore that has kept its
//! copies, and descriptions, in which EC2's console (`[Copied snap-… from …]`) and the copy of an AMI
//! (`… for SourceSnapshot snap-…`) name the snapshot copied. A DB snapshot tells all of it by itself.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{RdsSettings, Volume};
use crate::request::{At, Recorded};
use crate::snapshot_set::{self, Taken};
use crate::{AccountId, Region};

/// A completed EBS snapshot, by what it may tell of its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried<'a> {
    /// The volume that AWS tells.
    pub volume_id: Option<&'a str>,
    /// When it was started.
    pub started_at: Timestamp,
    /// What is written on it: its description, the values of its tags.
    pub words: Vec<&'a str>,
}

/// Where a snapshot comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Descent {
    /// Of which volume it is, and of when at the latest.
    pub taken: Taken,
    /// The instant whose data it holds; nothing of a copy that tells no more than its volume.
    pub data_of: Option<Timestamp>,
}

impl Descent {
    /// That of a snapshot whose data is of this instant.
    const fn known(volume: usize, at: Timestamp) -> Self {
        Self { taken: Taken { volume, at }, data_of: Some(at) }
    }
}

/// What copies of the volumes of an instance are known by.
#[derive(Debug)]
pub struct Pedigree<'a> {
    volumes: &'a [Volume],
    by_volume: BTreeMap<&'a str, usize>,
    by_snapshot: BTreeMap<&'a str, Taken>,
}

impl<'a> Pedigree<'a> {
    /// That of `volumes`.
    #[must_use]
    pub fn of(volumes: &'a [Volume]) -> Self {
        let places = || volumes.iter().enumerate();
        let by_volume = places().map(|(volume, it)| (it.volume_id.as_str(), volume)).collect();
        let by_snapshot = places()
            .flat_map(|(volume, it)| {
                it.snapshots.iter().map(move |snapshot| {
                    (snapshot.snapshot_id.as_str(), Taken { volume, at: snapshot.taken_at })
                })
            })
            .collect();
        Self { volumes, by_volume, by_snapshot }
    }

    /// Of which volume a snapshot is and of when; nothing where that is not known, or where it names
    /// several.
    ///
    /// Where only the volume is named, the instant is that of the copy, which is none before that
    /// of the data: so what `at` admits is never of a later state. Of when the data is, is then not
    /// known.
    #[must_use]
    pub fn descent(&self, carried: &Carried<'_>) -> Option<Descent> {
        let at = carried.started_at;
        if let Some(&volume) = carried.volume_id.and_then(|id| self.by_volume.get(id)) {
            return Some(Descent::known(volume, at));
        }
        let named: BTreeSet<&str> = carried.words.iter().flat_map(|words| ids(words)).collect();
        let snapshots: Vec<Taken> =
            named.iter().filter_map(|id| self.by_snapshot.get(id).copied()).collect();
        let volumes: Vec<usize> =
            named.iter().filter_map(|id| self.by_volume.get(id).copied()).collect();
        let mut all = snapshots.iter().map(|it| it.volume).chain(volumes);
        let volume = all.next()?;
        if all.any(|other| other != volume) {
            return None;
        }
        // A copy of a copy may name both; the data is that of the first.
        let of_data = snapshots.iter().map(|it| it.at).min();
        let unknown = Descent { taken: Taken { volume, at }, data_of: None };
        Some(of_data.map_or(unknown, |at| Descent::known(volume, at)))
    }

    /// For each volume the place among `taken` of its snapshot in the newest complete set that `at`
    /// admits.
    ///
    /// # Errors
    ///
    /// In words, where there is none: which volumes have no copy at all.
    pub fn newest_set(&self, taken: &[Taken], at: At) -> Result<Vec<usize>, String> {
        let (places, admitted): (Vec<usize>, Vec<Taken>) =
            taken.iter().copied().enumerate().filter(|(_, it)| at.admits(it.at)).unzip();
        if let Some(set) = snapshot_set::newest(self.volumes.len(), &admitted) {
            return Ok(set.into_iter().filter_map(|place| places.get(place).copied()).collect());
        }
        let without: Vec<String> = self
            .volumes
            .iter()
            .enumerate()
            .filter(|(volume, _)| !admitted.iter().any(|it| it.volume == *volume))
            .map(|(_, it)| format!("{} ({})", it.volume_id, it.device_name))
            .collect();
        Err(if self.volumes.is_empty() {
            "no volume of it was recorded".to_owned()
        } else if without.is_empty() {
            "no copies of all its volumes are of snapshots started within 15 minutes of each other"
                .to_owned()
        } else {
            format!("there is no copy of {}", without.join(", "))
        })
    }
}

/// The ids of snapshots and volumes in a text.
fn ids(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-').filter(|word| {
        let id = word.strip_prefix("snap-").or_else(|| word.strip_prefix("vol-"));
        id.is_some_and(|id| {
            matches!(id.len(), 8..=17) && id.bytes().all(|it| it.is_ascii_hexdigit())
        })
    })
}

/// A DB snapshot, by what it tells of its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DbCarried<'a> {
    /// The resource id of its DB instance.
    pub dbi_resource_id: Option<&'a str>,
    /// The ARN of the snapshot that it is a copy of, where that was in another account or Region.
    pub source: Option<&'a str>,
}

impl RdsSettings {
    /// Whether a DB snapshot, of a DB instance of this one's identifier, is of the one that lived at
    /// `recorded`, when it lies in an account and Region: others may have an instance of that name.
    ///
    /// The first hop of a copy to another account and Region lies in the other account, and is what
    /// the second is a copy of.
    #[must_use]
    pub fn is_of(
        &self,
        snapshot: &DbCarried<'_>,
        recorded: &Recorded,
        (account, region): (&AccountId, &Region),
    ) -> bool {
        let known = self.dbi_resource_id.as_deref().zip(snapshot.dbi_resource_id);
        if let Some((own, of)) = known
            && own == of
        {
            return true;
        }
        if (account, region) == (&recorded.account_id, &recorded.region) {
            // Where it lived, another may have had the name before or after it.
            return known.is_none();
        }
        let Some(source) = snapshot.source else { return false };
        let mut parts = source.split(':').skip(3);
        let from = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        from.0 == recorded.region.as_str()
            && (from.1 == recorded.account_id.as_str() || from.1 == account.as_str())
    }
}
