//! What a restore is, without a word to AWS.
//!
//! A restore brings back one EC2 instance or one RDS instance from native snapshots. A
//! [`Request`] says which; what `plan-restore` finds out about it are the [`facts`]; one pure
//! function, [`plan::decide`], makes of both either a [`plan::Plan`] (the [`Flow`] and its
//! ordered hops, each with its Region, account, role and key) or a [`plan::Refusal`] that names
//! what to do. What its roles will have to be allowed is [`preflight`]'s. Many restores in waves,
//! from one document, are a [`recovery`]; one that is only to show that it could be done is a
//! [`drill`]. An instance that cannot be asked any more is known by its [`record`]; what the network
//! around it is at the target, by a [`translation`]. Everything a restore makes carries its
//! [`tag`]s and is named by [`name`], so that a step that runs twice finds what the first run made.

pub mod availability;
pub mod boot;
pub mod drill;
pub mod facts;
pub mod flow;
pub mod id;
pub mod name;
pub mod plan;
pub mod poll;
pub mod preflight;
pub mod record;
pub mod recovery;
pub mod request;
pub mod session;
pub mod share;
pub mod snapshot_set;
pub mod tag;
pub mod translation;

pub use flow::{Flow, Service};
pub use id::{
    AccountId, ImageId, InstanceId, KeyArn, KeyReference, PlanHash, PlanId, RecoveryId, Region,
    RestoreId, RoleArn, SecurityGroupId, SnapshotId, SubnetId,
};
pub use request::Request;
pub use session::Session;
