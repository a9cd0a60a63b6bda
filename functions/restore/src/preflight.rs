//! What each role will have to be allowed, and what is known of that before the first change.
//!
//! [`needs`] follows from the path alone (`flows.md`, "Who does what, with which key"). What AWS
//! answers to dry runs, what the key policies say and what IAM simulates is [`judge`]d, call by
//! call, without AWS: allowed, denied with the [`Statement`] that would allow it, or not to be
//! proven, with the reason. A denial refuses the restore; what cannot be proven is a warning.

mod denial;
#[cfg(test)]
mod example;
mod judge;
mod key_policy;
mod needs;
mod statement;
mod trust;

use serde::{Deserialize, Serialize};

pub use denial::{denials, warnings};
pub use judge::{Answer, Half, KeyEvidence, Limit, OwnPolicy, judge, judge_call};
pub use key_policy::{KeyPolicy, PolicyOfKey};
pub use needs::needs;
pub(crate) use needs::of_restore_role_on;
pub use statement::Statement;
pub use trust::{ASSUME, trusted};

use crate::plan::KeyGrant;
use crate::{Region, RoleArn, Service, Session};

/// The encryption context of every dry run, whose value is the restore's id. Nothing is encrypted
/// under it: what EBS and RDS encrypt has contexts of their own (`aws:ebs:id`, `aws:rds:db-id`). So
/// a role's policy can allow dry runs by it and nothing else: `infra/member-account.yaml`,
/// `ProveKeysDirectly`.
pub const DRY_RUN_CONTEXT: &str = "restore:preflight";

/// Something that a role will have to be allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// The service that is restored, which uses keys on the role's behalf.
    pub service: Service,
    /// Whose, and in which Region it is called.
    pub session: Session,
    /// The action, as policies name it.
    pub action: &'static str,
    /// What it is done to, as an ARN.
    pub resource: String,
    /// Whether that is something the restore makes, which then carries its tags.
    pub made: bool,
    /// For a call by which the role itself gives, finds or revokes a grant of the restore: that
    /// grant. A `kms:CreateGrant` without one is EC2's or RDS's, on the role's behalf.
    pub own_grant: Option<KeyGrant>,
    /// Whether a grant that the restore gives first will allow it.
    pub granted: bool,
    /// The steps that need it.
    pub needed_for: Vec<String>,
}

impl Need {
    /// Whether it is about a KMS key.
    #[must_use]
    pub fn is_of_key(&self) -> bool {
        self.action.starts_with("kms:")
    }

    /// The same need, known to be given by one of `grants` where it is.
    pub(crate) fn given_by(self, grants: &[KeyGrant]) -> Self {
        let gives = |grant: &KeyGrant| {
            let operation = self.action.strip_prefix("kms:");
            grant.grantee_principal == self.session.role_arn
                && grant.kms_key_id.as_str() == self.resource
                && grant.operations.iter().any(|one| Some(one.as_str()) == operation)
        };
        let granted = grants.iter().any(gives);
        Self { granted, ..self }
    }

    /// The service that uses the key, as `kms:ViaService` has it.
    #[must_use]
    pub fn via_service(&self) -> String {
        let Session { region, .. } = &self.session;
        let service = match self.service {
            Service::Ec2 => "ec2",
            Service::Rds => "rds",
        };
        let suffix = match region.partition() {
            "aws-cn" => "amazonaws.com.cn",
            _ => "amazonaws.com",
        };
        format!("{service}.{region}.{suffix}")
    }

    /// The service that a role is passed to, as `iam:PassedToService` has it: EC2 by an instance
    /// profile, RDS for enhanced monitoring.
    #[must_use]
    pub fn passed_to(&self) -> Option<&'static str> {
        (self.action == "iam:PassRole").then(|| {
            match (self.service, self.session.region.partition()) {
                (Service::Ec2, "aws-cn") => "ec2.amazonaws.com.cn",
                (Service::Ec2, _) => "ec2.amazonaws.com",
                (Service::Rds, _) => "monitoring.rds.amazonaws.com",
            }
        })
    }

    /// Whether it is the same permission, for whatever step.
    fn is_same(&self, other: &Self) -> bool {
        (self.action, &self.resource, self.made) == (other.action, &other.resource, other.made)
            && self.own_grant == other.own_grant
            && (&self.session.role_arn, &self.session.region)
                == (&other.session.role_arn, &other.session.region)
    }
}

/// A need, and what is known of it: one row of the plan's table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// The role.
    pub role: RoleArn,
    /// The Region in which it calls.
    pub region: Region,
    /// The action.
    pub action: String,
    /// What it is done to.
    pub resource: String,
    /// The steps that need it.
    pub needed_for: Vec<String>,
    /// What is known.
    #[serde(flatten)]
    pub proof: Proof,
}

impl Row {
    /// The row of `need`.
    #[must_use]
    pub fn new(need: &Need, proof: Proof) -> Self {
        Self {
            role: need.session.role_arn.clone(),
            region: need.session.region.clone(),
            action: need.action.to_owned(),
            resource: need.resource.clone(),
            needed_for: need.needed_for.clone(),
            proof,
        }
    }
}

/// What is known of a need.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "proof", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Proof {
    /// It is allowed.
    Allowed {
        /// What says so, where it is not AWS's answer to a dry run.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<String>,
    },
    /// It is not: the restore would fail.
    Denied {
        /// What says so.
        why: String,
        /// Where the statement is missing.
        belongs_in: BelongsIn,
        /// What would allow it, ready to paste.
        statement: Box<Statement>,
    },
    /// Nothing that a role may ask tells: a warning, never a pass.
    CannotBeProven {
        /// Why not.
        why: String,
    },
}

impl Proof {
    /// Proven by AWS's own answer.
    pub const ALLOWED: Self = Self::Allowed { why: None };

    /// Denied to the role, as AWS says in `message`: which may name another action than the need's,
    /// such as the tagging of what is made, and the very resource.
    #[must_use]
    pub fn denied_call(need: &Need, message: &str) -> Self {
        let named = message
            .split_once("is not authorized to perform: ")
            .and_then(|(_, rest)| rest.split_once(" on resource: "))
            .and_then(|(action, rest)| Some((action, rest.split_whitespace().next()?)));
        let mut statement = Statement::allowing(need, BelongsIn::Role);
        if let Some((action, resource)) = named {
            action.clone_into(&mut statement.action[0]);
            resource.clone_into(&mut statement.resource[0]);
        }
        Self::Denied {
            why: message.to_owned(),
            belongs_in: BelongsIn::Role,
            statement: Box::new(statement),
        }
    }

    /// Not to be proven, because of `why`.
    pub fn cannot(why: impl Into<String>) -> Self {
        Self::CannotBeProven { why: why.into() }
    }

    /// Denied, as `why` says, for want of a statement in `belongs_in`.
    #[must_use]
    pub fn denied(need: &Need, belongs_in: BelongsIn, why: impl Into<String>) -> Self {
        let statement = Box::new(Statement::allowing(need, belongs_in));
        Self::Denied { why: why.into(), belongs_in, statement }
    }
}

/// Where a policy statement belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum BelongsIn {
    /// In the policy of the KMS key.
    KeyPolicy,
    /// In a policy of the role.
    Role,
    /// In the trust policy of the role that is to be assumed.
    TrustPolicy,
}
