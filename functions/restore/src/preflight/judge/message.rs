//! Which half of a permission AWS says is missing, and what limits it.

/// A half of a permission: a key's policy and the role's own must both give it, or the key's alone
/// where it names the role of its own account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Half {
    /// The role's: its policies, its boundary, its session's, its organisation's.
    Role,
    /// The key's: its policy, its organisation's.
    KeyPolicy,
    /// AWS does not say.
    Unsaid,
}

impl Half {
    /// The half that AWS's words for a denial name
    /// (IAM/troubleshoot_access-denied, "Access denied error message examples").
    ///
    /// Of a key of another account AWS says less: "because the resource does not exist in this
    /// Region, no resource-based policies allow access, or a resource-based policy explicitly
    /// denies access".
    #[must_use]
    pub fn of(message: &str) -> Self {
        if let Some(limit) = Limit::of(message) {
            return limit.half();
        }
        let message = message.to_ascii_lowercase();
        if message.contains("resource-based polic") {
            Self::KeyPolicy
        } else if message.contains("identity-based policy") {
            Self::Role
        } else {
            Self::Unsaid
        }
    }
}

/// A policy that allows nothing by itself, and keeps what others allow within its bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Of the organisation, for the roles of its accounts.
    ServiceControlPolicy,
    /// Of the organisation, for what its accounts own.
    ResourceControlPolicy,
    /// Of the role.
    PermissionsBoundary,
    /// Of the session that was made of the role.
    SessionPolicy,
    /// Of the way that the call takes.
    VpcEndpointPolicy,
}

impl Limit {
    const ALL: [Self; 5] = [
        Self::ServiceControlPolicy,
        Self::ResourceControlPolicy,
        Self::PermissionsBoundary,
        Self::SessionPolicy,
        Self::VpcEndpointPolicy,
    ];

    /// The limit that AWS's words for a denial name, where it is one.
    #[must_use]
    pub fn of(message: &str) -> Option<Self> {
        let message = message.to_ascii_lowercase();
        Self::ALL.into_iter().find(|limit| message.contains(&limit.name().to_ascii_lowercase()))
    }

    /// What AWS calls it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ServiceControlPolicy => "service control policy",
            Self::ResourceControlPolicy => "resource control policy",
            Self::PermissionsBoundary => "permissions boundary",
            Self::SessionPolicy => "session policy",
            Self::VpcEndpointPolicy => "VPC endpoint policy",
        }
    }

    /// The half of the permission that it takes away.
    pub(super) const fn half(self) -> Half {
        match self {
            Self::ResourceControlPolicy => Half::KeyPolicy,
            Self::ServiceControlPolicy
            | Self::PermissionsBoundary
            | Self::SessionPolicy
            | Self::VpcEndpointPolicy => Half::Role,
        }
    }
}
