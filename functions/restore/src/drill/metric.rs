//! A drill as figures, so that a trend can be drawn.

use serde_json::{Map, Value, json};

use super::{Evidence, Status};

/// The namespace of the metrics in CloudWatch.
const NAMESPACE: &str = "Restore";

/// The figures of a drill as a line of a log in CloudWatch's embedded metric format
/// (`CW/CloudWatch_Embedded_Metric_Format_Specification`): whether it passed, and, where they were
/// measured, the time it took and the age of the data, both in seconds.
///
/// Each by flow, and by the drill's id where the request `has_id`: one that follows from the name of
/// an execution would never come again.
#[must_use]
pub fn metric(evidence: &Evidence, has_id: bool) -> Value {
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
    let mut dimensions = vec![json!(["Flow"])];
    if has_id {
        dimensions.push(json!(["RestoreId"]));
    }
    figures.insert("Flow".to_owned(), json!(evidence.flow));
    figures.insert("RestoreId".to_owned(), json!(evidence.restore_id));
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
