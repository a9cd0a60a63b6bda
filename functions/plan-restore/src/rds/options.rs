//! The options that a DB snapshot and its copies cannot be without.
//!
//! A permanent option cannot be taken out of its option group, a persistent one not away from the DB
//! instances of the group (`RDS/USER_WorkingWithOptionGroups`), nor from their snapshots.

use aws_sdk_rds::types::{DbSnapshot, OptionGroup};
use restore::facts::Unshareable;
use step::{CallContext as _, StepError};

use crate::accounts::Clients;

pub(super) const READ: &str = "rds:DescribeOptionGroups";

/// Transparent Data Encryption, as the options of Oracle and SQL Server are called.
const TDE: &str = "TDE";

/// Of the options that stay those with which a snapshot can be shared all the same; both are
/// Oracle's (`RDS/USER_ShareSnapshot`).
const SHAREABLE: [&str; 2] = ["Timezone", "OLS"];

/// The snapshot's option group, where it is not a default one: those have no options.
pub(super) async fn group(
    source: &Clients,
    snapshot: &DbSnapshot,
) -> Result<Option<OptionGroup>, StepError> {
    let Some(name) = snapshot.option_group_name().filter(|name| !name.starts_with("default:"))
    else {
        return Ok(None);
    };
    let described =
        source.rds.describe_option_groups().option_group_name(name).send().await.during(READ)?;
    Ok(described.option_groups_list.unwrap_or_default().into_iter().next())
}

/// The permanent and persistent options of the snapshot: those of its `group`, and Transparent Data
/// Encryption where the snapshot itself tells of it (BC:rds.DBSnapshot.TdeCredentialArn).
pub(super) fn lasting(snapshot: &DbSnapshot, group: Option<&OptionGroup>) -> Vec<String> {
    let mut lasting: Vec<String> = group
        .map(OptionGroup::options)
        .unwrap_or_default()
        .iter()
        .filter(|option| option.permanent() == Some(true) || option.persistent() == Some(true))
        .filter_map(|option| option.option_name().map(str::to_owned))
        .collect();
    let is_told = snapshot.tde_credential_arn().is_some_and(|arn| !arn.is_empty());
    if is_told && !lasting.iter().any(|option| option == TDE) {
        lasting.push(TDE.to_owned());
    }
    lasting
}

/// Why AWS does not let the snapshot be shared, whatever its key (`RDS/USER_ShareSnapshot`).
///
/// What is both automated and has an option that stays cannot be shared as a copy either: that a
/// copy under another option group were without the option AWS does not document, and in one place a
/// copy keeps its group (BC:rds.CopyDBSnapshotMessage.OptionGroupName).
pub(super) fn unshareable(snapshot: &DbSnapshot, lasting: &[String]) -> Option<Unshareable> {
    let binding: Vec<&str> =
        lasting.iter().map(String::as_str).filter(|option| !SHAREABLE.contains(option)).collect();
    if !binding.is_empty() {
        return Some(Unshareable::NorAnyCopy(format!(
            "has the permanent or persistent option {} (option group {})",
            binding.join(", "),
            snapshot.option_group_name().unwrap_or("unknown")
        )));
    }
    is_automated(snapshot).then(|| Unshareable::AsItIs("is an automated snapshot".to_owned()))
}

/// Whether RDS or AWS Backup took the snapshot, not somebody by hand.
pub(super) fn is_automated(snapshot: &DbSnapshot) -> bool {
    matches!(snapshot.snapshot_type(), Some("automated" | "awsbackup"))
}

#[cfg(test)]
mod tests {
    use aws_sdk_rds::types::Option as GroupOption;

    use super::*;

    fn group(options: &[(&str, bool, bool)]) -> OptionGroup {
        let options = options.iter().map(|(name, persistent, permanent)| {
            GroupOption::builder()
                .option_name(*name)
                .persistent(*persistent)
                .permanent(*permanent)
                .build()
        });
        OptionGroup::builder()
            .option_group_name("orders")
            .set_options(Some(options.collect()))
            .build()
    }

    fn snapshot(kind: &str) -> DbSnapshot {
        DbSnapshot::builder().snapshot_type(kind).option_group_name("orders").build()
    }

    #[test]
    fn options_that_are_permanent_or_persistent_stay() {
        let group = group(&[
            ("APEX", false, false),
            ("TDE", true, false),
            ("Timezone", true, true),
            ("OLS", false, true),
        ]);

        assert_eq!(lasting(&snapshot("manual"), Some(&group)), ["TDE", "Timezone", "OLS"]);
        assert_eq!(lasting(&snapshot("manual"), None), Vec::<String>::new());
    }

    #[test]
    fn encryption_by_the_engine_is_known_by_the_snapshot_itself_too() {
        let snapshot = DbSnapshot::builder().tde_credential_arn("arn:tde").build();

        assert_eq!(lasting(&snapshot, None), ["TDE"]);
        assert_eq!(lasting(&snapshot, Some(&group(&[("TDE", true, true)]))), ["TDE"]);
    }

    #[test]
    fn what_no_copy_could_be_shared_of_either_is_told_from_what_a_copy_could() {
        let told = |kind: &str, options: &[&str]| {
            let options: Vec<String> = options.iter().map(|it| (*it).to_owned()).collect();
            unshareable(&snapshot(kind), &options)
        };
        let automated = || Some(Unshareable::AsItIs("is an automated snapshot".to_owned()));

        assert_eq!(told("manual", &[]), None);
        assert_eq!(told("automated", &[]), automated());
        assert_eq!(told("awsbackup", &["Timezone", "OLS"]), automated());
        assert_eq!(told("manual", &["Timezone", "OLS"]), None);
        for kind in ["manual", "automated"] {
            let Some(Unshareable::NorAnyCopy(why)) = told(kind, &["Timezone", "TDE"]) else {
                panic!("{kind}: a copy could be shared")
            };
            assert!(why.contains("option TDE (option group orders)"), "{why}");
        }
    }
}
