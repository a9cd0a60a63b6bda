//! Proves what the roles will need, with calls that change nothing.
//!
//! Each need is tried as a dry run by the role that will have it. Where that does not settle it,
//! the key's policy is read and IAM is asked to simulate the role's own: both tell of calls through
//! EC2 and RDS, which a direct call is not. What a role may not even ask stays unproven.

mod answer;
mod ec2;
mod key_policy;
mod keys;
mod own_policy;
mod trust;

use std::collections::BTreeMap;

use futures_util::future::try_join_all;
use restore::facts::Facts;
use restore::preflight::{Answer, Need, OwnPolicy, Row, judge_call};
use restore::request::Request;
use restore::{KeyArn, RestoreId};
use step::StepError;

use crate::accounts::{Accounts, Clients};
use crate::keys::KeyBook;
use crate::roles::StepRoles;

/// The restore whose needs are proven.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub(crate) request: &'a Request,
    pub(crate) restore_id: &'a RestoreId,
    pub(crate) facts: &'a Facts,
    /// The functions' own roles.
    pub(crate) roles: &'a StepRoles,
}

/// A row for each of `needs`, in their order, and for each function that has to assume the roles; of
/// a role that could not be assumed, none.
///
/// # Errors
///
/// Only what trying again may mend.
pub(crate) async fn all(
    accounts: &Accounts,
    book: &KeyBook,
    subject: Subject<'_>,
    needs: &[Need],
) -> Result<Vec<Row>, StepError> {
    let restore_id = subject.restore_id;
    let proven = try_join_all(groups(accounts, needs).into_iter().map(async |group| {
        if KeyArn::try_from(group.resource).is_ok() {
            keys::prove(accounts, book, restore_id, &group).await
        } else {
            calls(subject, &group).await
        }
    }))
    .await?;
    let trust = trust::prove(accounts, subject.roles, subject.request.flow(), needs).await?;
    let mut rows: BTreeMap<usize, Vec<Row>> = BTreeMap::new();
    for (index, row) in proven.into_iter().flatten() {
        rows.entry(index).or_default().push(row);
    }
    Ok(rows.into_values().flatten().chain(trust).collect())
}

/// What one role needs of one key or resource in one Region.
#[derive(Debug)]
struct Group<'a> {
    clients: &'a Clients,
    resource: &'a str,
    /// The needs, each with its place among all.
    needs: Vec<(usize, &'a Need)>,
}

fn groups<'a>(accounts: &'a Accounts, needs: &'a [Need]) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    for (index, need) in needs.iter().enumerate() {
        let Some(clients) = accounts.of(&need.session) else { continue };
        let same = |group: &&mut Group<'_>| {
            group.resource == need.resource
                && group.needs.iter().all(|(_, other)| is_alike(other, need))
                && std::ptr::eq(group.clients, clients)
        };
        match groups.iter_mut().find(same) {
            Some(group) => group.needs.push((index, need)),
            None => {
                groups.push(Group {
                    clients,
                    resource: &need.resource,
                    needs: vec![(index, need)],
                });
            }
        }
    }
    groups
}

/// Whether one question to IAM is for both: it is asked with what one call brings along.
fn is_alike(one: &Need, other: &Need) -> bool {
    one.made == other.made && one.own_grant == other.own_grant
}

/// What is not about a key is the role's own policies' matter.
async fn calls(subject: Subject<'_>, group: &Group<'_>) -> Result<Vec<(usize, Row)>, StepError> {
    let answers = try_join_all(
        group.needs.iter().map(async |(_, need)| ec2::dry_run(group.clients, subject, need).await),
    )
    .await?;
    let unsettled: Vec<&Need> = group
        .needs
        .iter()
        .zip(&answers)
        .filter(|(_, answer)| matches!(answer, Answer::Other(_)))
        .map(|((_, need), _)| *need)
        .collect();
    let own = own_policy::simulate(group.clients, subject.restore_id, &unsettled).await?;
    let unknown = OwnPolicy::Unknown("IAM did not tell".to_owned());
    Ok(group
        .needs
        .iter()
        .zip(answers)
        .map(|((index, need), answer)| {
            let own = own.get(need.action).unwrap_or(&unknown);
            (*index, Row::new(need, judge_call(need, &answer, own)))
        })
        .collect())
}
