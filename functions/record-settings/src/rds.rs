//! The settings of the tagged DB instances of a place.

use aws_sdk_rds::types::DbInstance;
use restore::id::DbInstanceIdentifier;
use restore::record::Settings;
use step::{CallContext as _, ErrorName, StepError};

use crate::clients::Clients;
use crate::deployment::Tag;
use crate::report::Report;
use crate::{Read, words};

const DESCRIBE_INSTANCES: &str = "rds:DescribeDBInstances";

/// The settings of every DB instance that has the tag. There is no filter for it
/// (BC:rds.DescribeDBInstancesMessage.Filters), so all are looked at.
pub(crate) async fn read(clients: &Clients, tag: &Tag) -> Read {
    let all = clients
        .rds
        .describe_db_instances()
        .into_paginator()
        .items()
        .send()
        .collect::<Result<Vec<_>, _>>()
        .await
        .during(DESCRIBE_INSTANCES);
    let all = match all {
        Ok(all) => all,
        Err(error) => {
            let report = Report::unread(&clients.session, "the DB instances", &error);
            return Read { report, ..Read::default() };
        }
    };
    let tagged = all.iter().filter(|instance| {
        tag.is_among(instance.tag_list().iter().map(|tag| (tag.key(), tag.value())))
    });
    tagged.fold(Read::default(), |read, instance| one(clients, instance, read))
}

fn one(clients: &Clients, instance: &DbInstance, mut read: Read) -> Read {
    let name = instance.db_instance_identifier().unwrap_or_default();
    let report = match (why_not(instance), DbInstanceIdentifier::try_from(name)) {
        (Some(why), _) => {
            Report::passed_over(format!("{name} in {}: {why}", words(&clients.session)))
        }
        (None, Ok(identifier)) => {
            let settings = settings::rds::settings(identifier, instance);
            read.settings.push(Settings::Rds(Box::new(settings)));
            return read;
        }
        (None, Err(error)) => {
            let error = StepError::refused(ErrorName::Unexpected, error.to_string());
            Report::unread(&clients.session, name, &error)
        }
    };
    Read { report: read.report.and(report), ..read }
}

/// Why a DB instance is not recorded, though it has the tag.
fn why_not(instance: &DbInstance) -> Option<String> {
    if let Some(cluster) = instance.db_cluster_identifier() {
        return Some(format!("is of DB cluster {cluster}, which is not restored yet"));
    }
    let status = instance.db_instance_status().unwrap_or_default();
    matches!(status, "creating" | "deleting").then(|| format!("is {status}"))
}
