//! What `plan-restore` may find of a request, likely or not.

use jiff::Timestamp;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::availability::Availability;
use crate::facts::{Existing, Facts, KeyFacts, SnapshotFacts, TargetFacts, Unshareable};
use crate::plan::examples::{Case, key};
use crate::plan::{Obstacle, ObstacleKind, Sharing};
use crate::preflight::{BelongsIn, Proof, Row};
use crate::request::examples::{SOURCE_ACCOUNT, SOURCE_REGION, TARGET_ACCOUNT, TARGET_REGION};

/// Something that is found otherwise than by a first run that nothing stands in the way of.
#[derive(Debug, Clone)]
pub(super) enum Otherwise {
    /// One of the snapshots, of however many volumes.
    Snapshot(Index, OfSnapshot),
    /// What of the target key is found.
    TargetKey(Option<KeyFacts>),
    /// What of the staging key is found.
    StagingKey(Option<KeyFacts>),
    /// What of the intermediate key is found.
    IntermediateKey(Option<KeyFacts>),
    /// An earlier run has made all that the snapshots were needed for.
    Made,
    /// The target holds what does not fit: a DB instance of somebody else, an AMI of no use.
    Misfit,
    /// Nothing is found out about the target.
    NoTarget,
    /// Nothing is found out about the snapshots.
    NoSnapshots,
    /// Something stands in the way.
    Obstacle(ObstacleKind),
    /// A role is denied one of the things that it needs.
    Denied(Index, BelongsIn),
    /// Nothing proves that a role may do one of the things that it needs to.
    Unproven(Index),
}

/// What is found otherwise of a snapshot.
#[derive(Debug, Clone)]
pub(super) enum OfSnapshot {
    State(Availability),
    Key(Option<KeyFacts>),
    Archived,
    ArchivedAgain(Timestamp),
    Unshareable(Unshareable),
    SharedWith(Sharing),
    Size(i32),
    OptionGroup,
    LastingOption,
}

impl Otherwise {
    /// `case`, in which this is found, too.
    pub(super) fn found(self, case: Case) -> Case {
        match self {
            Self::Snapshot(which, other) => case.finding(|facts| tell(facts, which, &other)),
            Self::TargetKey(key) => case.finding(|facts| facts.target_key = key),
            Self::StagingKey(key) => case.finding(|facts| facts.staging_key = key),
            Self::IntermediateKey(key) => case.finding(|facts| facts.intermediate_key = key),
            Self::Made => case.made(),
            Self::Misfit => case.finding(|facts| match &mut facts.target {
                Some(TargetFacts::Ec2(ec2)) => ec2.image.unusable = Some("is gone".to_owned()),
                Some(TargetFacts::Rds(rds)) => rds.existing = Existing::Foreign,
                None => {}
            }),
            Self::NoTarget => case.finding(|facts| facts.target = None),
            Self::NoSnapshots => case.finding(|facts| facts.snapshots.clear()),
            Self::Obstacle(kind) => case.finding(|facts| {
                facts.obstacles.push(Obstacle::new(kind, "it is as it is"));
            }),
            Self::Denied(which, belongs_in) => judged(case, which, Some(belongs_in)),
            Self::Unproven(which) => judged(case, which, None),
        }
    }
}

fn tell(facts: &mut Facts, which: Index, other: &OfSnapshot) {
    if facts.snapshots.is_empty() {
        return;
    }
    let id = which.get(&facts.snapshots).id.clone();
    for snapshot in facts.snapshots.iter_mut().filter(|snapshot| snapshot.id == id) {
        other.tell(snapshot);
    }
}

impl OfSnapshot {
    fn tell(&self, snapshot: &mut SnapshotFacts) {
        match self.clone() {
            Self::State(availability) => snapshot.availability = availability,
            Self::Key(key) => snapshot.key = key,
            Self::Archived => snapshot.unusable = Some("is archived".to_owned()),
            Self::ArchivedAgain(at) => snapshot.archived_again = Some(at),
            Self::Unshareable(why) => snapshot.unshareable = Some(why),
            Self::SharedWith(sharing) => snapshot.shared_with = Some(sharing),
            Self::Size(gib) => snapshot.size_gib = gib,
            Self::OptionGroup => snapshot.option_group = Some("orders".to_owned()),
            Self::LastingOption => snapshot.lasting_options = vec!["TDE".to_owned()],
        }
    }
}

/// `case`, with one of the needs that it has denied for want of a statement there, or not proven.
fn judged(case: Case, which: Index, denied: Option<BelongsIn>) -> Case {
    let needs = case.needs();
    if needs.is_empty() {
        return case;
    }
    let need = which.get(&needs);
    let proof = match denied {
        Some(BelongsIn::KeyPolicy) if need.is_of_key() => {
            Proof::denied(need, BelongsIn::KeyPolicy, "AWS says no")
        }
        Some(_) => Proof::denied(need, BelongsIn::Role, "AWS says no"),
        None => Proof::cannot("nobody tells"),
    };
    let row = Row::new(need, proof);
    case.finding(|facts| facts.preflight.push(row))
}

/// Nothing otherwise, something, or a good deal.
pub(super) fn otherwise() -> impl Strategy<Value = Vec<Otherwise>> {
    let one_of_the_snapshots = (any::<Index>(), of_snapshot())
        .prop_map(|(which, other)| Otherwise::Snapshot(which, other));
    let perhaps_a_key = || option::weighted(0.9, any_key());
    let key_of_the_request = prop_oneof![
        perhaps_a_key().prop_map(Otherwise::TargetKey),
        perhaps_a_key().prop_map(Otherwise::StagingKey),
        perhaps_a_key().prop_map(Otherwise::IntermediateKey),
    ];
    let target =
        select(vec![Otherwise::Made, Otherwise::Made, Otherwise::Misfit, Otherwise::NoTarget]);
    let proof = prop_oneof![
        any::<Index>().prop_map(|which| Otherwise::Denied(which, BelongsIn::Role)),
        any::<Index>().prop_map(|which| Otherwise::Denied(which, BelongsIn::KeyPolicy)),
        any::<Index>().prop_map(Otherwise::Unproven),
    ];
    let one = prop_oneof![
        8 => one_of_the_snapshots,
        4 => key_of_the_request,
        2 => target,
        1 => proof,
        1 => obstacle_kind().prop_map(Otherwise::Obstacle),
        1 => Just(Otherwise::NoSnapshots),
    ];
    prop::collection::vec(one, 0..5)
}

fn of_snapshot() -> impl Strategy<Value = OfSnapshot> {
    let sharing = (0..20_u32, any::<bool>(), any::<bool>())
        .prop_map(|(accounts, target, everybody)| Sharing { accounts, target, everybody });
    prop_oneof![
        8 => state().prop_map(OfSnapshot::State),
        4 => option::weighted(0.8, any_key()).prop_map(OfSnapshot::Key),
        1 => Just(OfSnapshot::Archived),
        1 => instant().prop_map(OfSnapshot::ArchivedAgain),
        2 => unshareable().prop_map(OfSnapshot::Unshareable),
        1 => sharing.prop_map(OfSnapshot::SharedWith),
        1 => (-1..70_000_i32).prop_map(OfSnapshot::Size),
        1 => Just(OfSnapshot::OptionGroup),
        1 => Just(OfSnapshot::LastingOption),
    ]
}

/// What AWS's words for the states of snapshots are read as.
fn state() -> impl Strategy<Value = Availability> {
    let ebs = select(vec!["pending", "completed", "error", "recoverable", "recovering"]);
    let db = select(vec!["available", "creating", "copying", "failed", "incompatible-restore"]);
    let percent = || option::of(0..=100_u8);
    prop_oneof![
        (ebs, percent()).prop_map(|(word, percent)| {
            let progress = percent.map(|percent| format!("{percent}%"));
            Availability::of_snapshot(word, progress.as_deref(), None)
        }),
        (db, percent()).prop_map(|(word, percent)| Availability::of_db_snapshot(word, percent)),
    ]
}

/// A key of any account, Region and manager, that can serve or cannot; often one that the request
/// names, or that the snapshots are under.
fn any_key() -> impl Strategy<Value = KeyFacts> {
    let region = select(vec![SOURCE_REGION, SOURCE_REGION, TARGET_REGION, "us-east-1"]);
    let account = select(vec![SOURCE_ACCOUNT, TARGET_ACCOUNT, "999988887777"]);
    let number = select(vec![0x01, 0x10, 0x11, 0x12, 0x13_u8]);
    let unusable = option::weighted(0.1, Just("is disabled".to_owned()));
    let expires = option::weighted(0.1, instant());
    (region, account, number, option::weighted(0.3, Just(())), (unusable, expires)).prop_map(
        |(region, account, number, managed, (unusable, expires))| KeyFacts {
            managed_by_aws: managed.is_some(),
            unusable,
            expires,
            ..key(region, account, number)
        },
    )
}

/// Before the deadline of a case, or after it.
fn instant() -> impl Strategy<Value = Timestamp> {
    select(vec!["2026-11-24T12:00:00Z", "2026-11-26T12:00:00Z"])
        .prop_map(|instant| instant.parse().unwrap())
}

fn unshareable() -> impl Strategy<Value = Unshareable> {
    select(vec![
        Unshareable::AsItIs("is automated".to_owned()),
        Unshareable::AsItIs("is automated".to_owned()),
        Unshareable::NorAnyCopy("has the permanent option TDE".to_owned()),
    ])
}

fn obstacle_kind() -> impl Strategy<Value = ObstacleKind> {
    select(vec![
        ObstacleKind::AlreadyExists,
        ObstacleKind::Invalid,
        ObstacleKind::KeyNotUsable,
        ObstacleKind::DefaultKeyNotShareable,
        ObstacleKind::SnapshotFailed,
        ObstacleKind::AccessDenied,
        ObstacleKind::LimitReached,
        ObstacleKind::NoCapacity,
    ])
}
