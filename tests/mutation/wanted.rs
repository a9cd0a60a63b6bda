//! What a policy statement has to allow, as IAM reads one: not as it is written.

use restore::preflight::{BelongsIn, Need};
use restore::{RoleArn, Session};

/// What is to be allowed, by which policy.
#[derive(Debug)]
pub(crate) struct Wanted {
    /// The policy, as a refusal names it.
    pub(crate) policy: String,
    /// The role, in a policy that is not its own.
    pub(crate) principal: Option<String>,
    /// The action.
    pub(crate) action: &'static str,
    /// On what.
    pub(crate) resource: Resource,
    /// Under which condition.
    pub(crate) condition: Option<(&'static str, String)>,
}

/// What an action is allowed on.
#[derive(Debug)]
pub(crate) enum Resource {
    /// Whatever matches this pattern: what is yet to be made, and everything.
    Any(String),
    /// The one of this name.
    Named(String),
}

impl Wanted {
    /// What allows `need`, as far as that is the matter of one of the policies.
    pub(crate) fn of(need: &Need, belongs_in: BelongsIn) -> Self {
        let role = need.session.role_arn.to_string();
        let (policy, principal, resource) = match belongs_in {
            // A key policy is about its own key, whatever that is called.
            BelongsIn::KeyPolicy => (
                format!("the key policy of {}", need.resource),
                Some(role),
                Resource::Any("*".to_owned()),
            ),
            BelongsIn::Role => (format!("a policy of the role {role}"), None, Resource::of(need)),
            BelongsIn::TrustPolicy => panic!("no need of a restore is a matter of trust: {need:?}"),
        };
        let condition = match (need.action, &need.own_grant) {
            ("kms:CreateGrant", Some(grant)) => {
                Some(("kms:GranteePrincipal", grant.grantee_principal.to_string()))
            }
            ("kms:CreateGrant", None) => Some(("kms:GrantIsForAWSResource", "true".to_owned())),
            _ => need.passed_to().map(|service| ("iam:PassedToService", service.to_owned())),
        };
        Self { policy, principal, action: need.action, resource, condition }
    }

    /// What lets `function`, by its role, assume the role of `session`.
    pub(crate) fn of_trust(function: &RoleArn, session: &Session) -> Self {
        Self {
            policy: format!("the trust policy of the role {}", session.role_arn),
            principal: Some(function.to_string()),
            action: "sts:AssumeRole",
            resource: Resource::Any("*".to_owned()),
            condition: session.external_id.clone().map(|id| ("sts:ExternalId", id)),
        }
    }
}

impl Resource {
    fn of(need: &Need) -> Self {
        let resource = need.resource.clone();
        if need.made || resource == "*" { Self::Any(resource) } else { Self::Named(resource) }
    }

    /// Whether it is what IAM reads of `written`.
    pub(crate) fn is(&self, written: &str) -> bool {
        match self {
            Self::Any(pattern) => pattern == written,
            Self::Named(name) => literal(written).as_ref() == Some(name),
        }
    }
}

/// The one name that a policy's `resource` matches; nothing where it may match others
/// (`IAM/reference_policies_variables`, "Specifying special characters").
fn literal(resource: &str) -> Option<String> {
    let mut name = String::with_capacity(resource.len());
    let mut rest = resource;
    while let Some(letter) = rest.chars().next() {
        let escaped = ["${*}", "${?}", "${$}"].into_iter().find(|it| rest.starts_with(it));
        rest = match (escaped, letter) {
            (Some(escape), _) => {
                name.push_str(&escape[2..3]);
                &rest[escape.len()..]
            }
            (None, '*' | '?') => return None,
            (None, '$') if rest.starts_with("${") => return None,
            (None, letter) => {
                name.push(letter);
                &rest[letter.len_utf8()..]
            }
        };
    }
    Some(name)
}
