//! A drill as figures, so that a trend can be drawn.

use serde_json::{Map, Value, json};

use super::{Evidence, Status};
use crate::id::{DbInstanceIdentifier, DbSnapshotReference};
use crate::request::{RdsTarget, Request};
use crate::{AccountId, Region};

/// The namespace of the metrics in CloudWatch.
const NAMESPACE: &str = "Restore";

/// The figures of a drill as a line of a log in CloudWatch's embedded metric format
/// (`CW/CloudWatch_Embedded_Metric_Format_Specification`): whether it passed, and, where they were
/// measured, the time it took and the age of the data, both in seconds.
///
/// Each by flow, and by what the next drill of the same has too: the id that `request` or its plan
/// gives, or, where there is none, what is restored to where. An id that was derived is no dimension:
/// it follows from the name of an execution, if only by way of the recovery's id, and so may never
/// come again.
#[must_use]
pub fn metric(evidence: &Evidence, request: &Request) -> Value {
    let mut figures = Map::new();
    let mut metrics = Vec::new();
    let passed = i64::from(evidence.status == Status::Passed);
    for (name, unit, value) in [
        ("DrillPassed", "Count", Some(passed)),
        ("DrillRecoveryTime", "Seconds", evidence.rto.seconds),
        ("DrillRecoveryPointAge", "Seconds", evidence.rpo.seconds),
    ] {
        if let Some(value) = value {
            metrics.push(json!({ "Name": name, "Unit": unit }));
            figures.insert(name.to_owned(), value.into());
        }
    }
    let has_id = request.restore_id.as_ref().is_some_and(|id| !id.is_derived());
    let own = if has_id { json!(["RestoreId"]) } else { json!(["Source", "Target"]) };
    let dimensions = json!([["Flow"], own]);
    figures.insert("Flow".to_owned(), json!(evidence.flow));
    figures.insert("RestoreId".to_owned(), json!(evidence.restore_id));
    figures.insert("Source".to_owned(), source(request).into());
    figures.insert("Target".to_owned(), target(request).into());
    let directive = json!({ "Namespace": NAMESPACE, "Dimensions": dimensions, "Metrics": metrics });
    figures.insert(
        "_aws".to_owned(),
        json!({
            "Timestamp": evidence.ended_at.as_millisecond(),
            "CloudWatchMetrics": [directive],
        }),
    );
    Value::Object(figures)
}

/// What `request` restores, by its account, its Region and its name: that of the instance where it
/// names one, else of the snapshot, for EC2 that of the root volume.
fn source(request: &Request) -> String {
    let source = &request.source;
    let place = match &source.recorded {
        Some(recorded) => place(&recorded.account_id, &recorded.region),
        None => place(&source.account_id, &source.region),
    };
    let server = source.ec2.as_ref().and_then(|ec2| {
        let volumes = ec2.volumes.as_deref().unwrap_or_default();
        let root = volumes.iter().find(|volume| volume.root).or(volumes.first());
        let instance = ec2.instance_id.as_ref().map(ToString::to_string);
        instance.or_else(|| Some(root?.snapshot_id.to_string()))
    });
    let database = source.rds.as_ref().and_then(|rds| {
        let instance = rds.db_instance_identifier.as_ref().map(DbInstanceIdentifier::as_str);
        let snapshot = rds.db_snapshot_identifier.as_ref().map(DbSnapshotReference::as_str);
        instance.or(snapshot).map(str::to_ascii_lowercase)
    });
    let name = server.or(database).unwrap_or_default();
    format!("{place}/{name}")
}

/// Where to, by account and Region, and for RDS by the name that the DB instance would have.
fn target(request: &Request) -> String {
    let target = &request.target;
    let name = target.rds.as_ref().map(RdsTarget::identifier);
    let parts = [Some(place(&target.account_id, &target.region)), name];
    parts.into_iter().flatten().collect::<Vec<_>>().join("/")
}

fn place(account_id: &AccountId, region: &Region) -> String {
    format!("{account_id}/{region}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Flow;
    use crate::request::examples::{changed, of_flow};

    fn named(flow: Flow, change: &Value) -> (String, String) {
        let request = Request::read(&changed(of_flow(flow), change)).unwrap();
        (source(&request), target(&request))
    }

    fn names(source: &str, target: &str) -> (String, String) {
        (source.to_owned(), target.to_owned())
    }

    #[test]
    fn what_is_restored_to_where_has_the_same_name_in_every_drill() {
        let by_instance = json!({ "source": { "ec2": {
            "volumes": null, "instanceId": "i-0a0a0a0a", "at": "latest",
        } } });
        let listed = json!({ "source": { "ec2": { "volumes": [
            { "snapshotId": "snap-0b0b0b0b", "deviceName": "/dev/sdf" },
            { "snapshotId": "snap-0a0a0a0a", "deviceName": "/dev/xvda", "root": true },
        ] } } });
        let database = json!({
            "source": { "rds": {
                "dbSnapshotIdentifier": null, "dbInstanceIdentifier": "Orders", "at": "latest",
            } },
            "target": { "rds": { "dbInstanceIdentifier": "Orders-2" } },
        });
        let near = "111122223333/eu-west-1";
        assert_eq!(
            named(Flow::Ec2SameLocation, &by_instance),
            names("111122223333/eu-west-1/i-0a0a0a0a", near)
        );
        assert_eq!(
            named(Flow::Ec2SameLocation, &listed),
            names("111122223333/eu-west-1/snap-0a0a0a0a", near)
        );
        assert_eq!(
            named(Flow::RdsCrossRegion, &database),
            names("111122223333/eu-west-1/orders", "111122223333/eu-central-1/orders-2")
        );
    }

    #[test]
    fn an_instance_that_is_known_by_its_records_is_named_where_it_lived() {
        let recorded = json!({ "source": {
            "recorded": { "accountId": "999999999999", "region": "eu-north-1" },
            "ec2": { "volumes": null, "instanceId": "i-0a0a0a0a", "at": "latest" },
        } });

        let (source, _) = named(Flow::Ec2SameLocation, &recorded);

        assert_eq!(source, "999999999999/eu-north-1/i-0a0a0a0a");
    }
}
