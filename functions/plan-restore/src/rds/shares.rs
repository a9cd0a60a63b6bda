//! Whether a DB snapshot can be shared with one more account.

use aws_sdk_rds::types::{DbSnapshot, DbSnapshotAttributesResult, OptionGroup};
use restore::AccountId;
use restore::plan::{Obstacle, ObstacleKind};
use step::{CallContext as _, StepError};

use crate::accounts::Clients;
use crate::obstacles::Obstacles;

const ATTRIBUTES: &str = "rds:DescribeDBSnapshotAttributes";
const OPTION_GROUPS: &str = "rds:DescribeOptionGroups";

/// How many accounts a DB snapshot can be shared with (`RDS/USER_ShareSnapshot`).
const MOST_ACCOUNTS: usize = 20;

/// Why AWS does not let the snapshot be shared, because of its option group; one that is shared
/// with as many accounts as can be is an obstacle of its own.
pub(super) async fn unshareable(
    source: &Clients,
    obstacles: &mut Obstacles,
    snapshot: &DbSnapshot,
    account: &AccountId,
) -> Result<Option<String>, StepError> {
    let (shared_with, options) =
        tokio::join!(shared_with(source, snapshot), option_group(source, snapshot));
    if let Some(shared_with) = obstacles.ask(source, ATTRIBUTES, shared_with)? {
        obstacles.extend(full(snapshot, &shared_with, account));
    }
    let options = obstacles.ask(source, OPTION_GROUPS, options)?.flatten();
    Ok(options.as_ref().and_then(binding))
}

/// The accounts that may restore the snapshot.
async fn shared_with(source: &Clients, snapshot: &DbSnapshot) -> Result<Vec<String>, StepError> {
    let described = source
        .rds
        .describe_db_snapshot_attributes()
        .db_snapshot_identifier(snapshot.db_snapshot_identifier().unwrap_or_default())
        .send()
        .await
        .during(ATTRIBUTES)?;
    let result = described.db_snapshot_attributes_result();
    Ok(result
        .map(DbSnapshotAttributesResult::db_snapshot_attributes)
        .unwrap_or_default()
        .iter()
        .filter(|attribute| attribute.attribute_name() == Some("restore"))
        .flat_map(|attribute| attribute.attribute_values().to_vec())
        .collect())
}

fn full(snapshot: &DbSnapshot, shared_with: &[String], account: &AccountId) -> Option<Obstacle> {
    let has_room = shared_with.len() < MOST_ACCOUNTS
        || shared_with.iter().any(|it| it == account.as_str() || it == "all");
    (!has_room).then(|| {
        let message = format!(
            "{} is shared with {} accounts, the most that RDS allows: withdraw one, or copy it",
            snapshot.db_snapshot_arn().unwrap_or_default(),
            shared_with.len()
        );
        Obstacle::new(ObstacleKind::Invalid, message)
    })
}

/// The snapshot's option group, where it is not a default one.
async fn option_group(
    source: &Clients,
    snapshot: &DbSnapshot,
) -> Result<Option<OptionGroup>, StepError> {
    let Some(name) = snapshot.option_group_name().filter(|name| !name.starts_with("default:"))
    else {
        return Ok(None);
    };
    let described = source
        .rds
        .describe_option_groups()
        .option_group_name(name)
        .send()
        .await
        .during(OPTION_GROUPS)?;
    Ok(described.option_groups_list.unwrap_or_default().into_iter().next())
}

/// Why a snapshot with this option group cannot be shared (`RDS/USER_ShareSnapshot`): of permanent
/// and persistent options only Oracle's `Timezone` and `OLS` let it be.
fn binding(group: &OptionGroup) -> Option<String> {
    let option = group.options().iter().find(|option| {
        let stays = option.permanent() == Some(true) || option.persistent() == Some(true);
        stays && !matches!(option.option_name(), Some("Timezone" | "OLS"))
    })?;
    Some(format!(
        "has the permanent or persistent option {} of option group {}",
        option.option_name().unwrap_or_default(),
        group.option_group_name().unwrap_or_default()
    ))
}

#[cfg(test)]
mod tests {
    use aws_sdk_rds::types::Option as GroupOption;

    use super::*;

    #[test]
    fn a_snapshot_that_is_shared_as_often_as_can_be_takes_no_other_account() {
        let snapshot = DbSnapshot::builder().db_snapshot_arn("arn:snapshot").build();
        let account = AccountId::try_from("444455556666").unwrap();
        let others = |count: usize| (0..count).map(|it| format!("{it:012}")).collect::<Vec<_>>();
        let mut with_it = others(19);
        with_it.push(account.to_string());

        assert_eq!(full(&snapshot, &others(19), &account), None);
        assert_eq!(full(&snapshot, &with_it, &account), None);
        let obstacle = full(&snapshot, &others(20), &account).unwrap();
        assert!(obstacle.message.contains("shared with 20 accounts"), "{obstacle:?}");
    }

    #[test]
    fn an_option_that_stays_keeps_a_snapshot_from_being_shared() {
        let group = |name: &str, persistent| {
            let option =
                GroupOption::builder().option_name(name).persistent(persistent).permanent(false);
            OptionGroup::builder().option_group_name("orders").options(option.build()).build()
        };

        assert!(binding(&group("TDE", true)).unwrap().contains("TDE"));
        assert_eq!(binding(&group("Timezone", true)), None);
        assert_eq!(binding(&group("APEX", false)), None);
    }
}
