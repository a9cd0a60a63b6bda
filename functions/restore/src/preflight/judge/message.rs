//! Which half of a permission AWS says is missing.

/// A half of a permission: a key's policy and the role's own must both give it, or the key's alone
/// where it names the role of its own account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Half {
    /// The role's: its policies, its boundary, its session's, its organisation's.
    Role,
    /// The key policy's.
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
        const ROLE: [&str; 4] = [
            "identity-based policy",
            "permissions boundary",
            "session policy",
            "service control policy",
        ];
        let message = message.to_ascii_lowercase();
        if message.contains("resource-based polic") {
            Self::KeyPolicy
        } else if ROLE.iter().any(|policy| message.contains(policy)) {
            Self::Role
        } else {
            Self::Unsaid
        }
    }
}
