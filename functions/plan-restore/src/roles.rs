//! The functions' own roles, as the deployment tells them.

use std::collections::BTreeMap;
use std::env;

use restore::RoleArn;

/// Where the deployment tells them (`infra/template.yaml`): a JSON object from the names of the
/// steps to ARNs.
const VARIABLE: &str = "STEP_ROLE_ARNS";

/// The role of each function that works by the roles of a restore, by the name of its step.
#[derive(Debug, Clone, Default)]
pub struct StepRoles(pub(crate) BTreeMap<String, RoleArn>);

impl StepRoles {
    /// Reads them from the function's environment.
    ///
    /// # Errors
    ///
    /// In words, when they are not there or make no sense: the template and the binary are not of
    /// one version.
    pub fn from_env() -> Result<Self, String> {
        let text = env::var(VARIABLE).map_err(|error| format!("{VARIABLE}: {error}"))?;
        Self::read(&text)
    }

    fn read(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map(Self).map_err(|error| format!("{VARIABLE}: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_roles_are_read_by_the_names_of_their_steps() {
        let roles = StepRoles::read(
            r#"{ "clean-up": "arn:aws:iam::123456789012:role/restore-CleanUpRole-1" }"#,
        );

        assert_eq!(roles.unwrap().0["clean-up"].name(), "restore-CleanUpRole-1");
    }

    #[test]
    fn what_is_no_role_is_refused_with_the_name_of_the_variable() {
        for text in ["", "[]", r#"{ "clean-up": "somebody" }"#] {
            let error = StepRoles::read(text).unwrap_err();
            assert!(error.starts_with("STEP_ROLE_ARNS: "), "{error}");
        }
    }
}
