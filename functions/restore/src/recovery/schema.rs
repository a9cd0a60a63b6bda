//! The JSON Schema of parts of a request: as a request's own, with nothing required, and `null`
//! wherever it takes away what lies beneath.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Value, json};

use super::MAX_MAPPED;
use crate::request::{
    Drill, DrillCommand, DrillNetwork, Ec2Target, NetworkMap, Options, RdsTarget, Recorded, Source,
    Target,
};

macro_rules! partials {
    ($($name:ident: $schema:expr;)+) => { $(
        pub(super) struct $name;

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                partial($schema(generator))
            }
        }
    )+ };
}

partials! {
    PartialSource: source;
    PartialRecorded: Recorded::json_schema;
    PartialTarget: target;
    PartialNetworkMap: NetworkMap::json_schema;
    PartialEc2Target: Ec2Target::json_schema;
    PartialRdsTarget: RdsTarget::json_schema;
    PartialOptions: Options::json_schema;
    PartialDrill: drill;
    PartialDrillNetwork: DrillNetwork::json_schema;
    PartialDrillCommand: DrillCommand::json_schema;
}

/// The map of a plan, which has room for the names around all its sources.
pub(super) struct PlanNetworkMap;

impl JsonSchema for PlanNetworkMap {
    fn schema_name() -> Cow<'static, str> {
        "PlanNetworkMap".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut whole = NetworkMap::json_schema(generator);
        if let Some(Value::Object(kinds)) = whole.get_mut("properties") {
            for kind in kinds.values_mut() {
                kind["maxProperties"] = MAX_MAPPED.into();
            }
        }
        whole
    }
}

/// Of a source, with a part of its own that is partial too: of its others any field may be left out
/// or be `null` as it is.
fn source(generator: &mut SchemaGenerator) -> Schema {
    let whole = Source::json_schema(generator);
    let recorded = generator.subschema_for::<PartialRecorded>();
    with_parts(whole, [("recorded", recorded)])
}

/// Of a target, with parts of its own that are partial too.
fn target(generator: &mut SchemaGenerator) -> Schema {
    let whole = Target::json_schema(generator);
    let ec2 = generator.subschema_for::<PartialEc2Target>();
    let rds = generator.subschema_for::<PartialRdsTarget>();
    let map = generator.subschema_for::<PartialNetworkMap>();
    with_parts(whole, [("ec2", ec2), ("rds", rds), ("networkMap", map)])
}

/// Of a drill, with parts of its own that are partial too.
fn drill(generator: &mut SchemaGenerator) -> Schema {
    let whole = Drill::json_schema(generator);
    let command = generator.subschema_for::<PartialDrillCommand>();
    let mut whole = with_parts(whole, [("command", command)]);
    let network = generator.subschema_for::<PartialDrillNetwork>();
    if let Some(field) = whole.pointer_mut("/properties/network") {
        *field = network.to_value();
    }
    whole
}

/// `whole`, with `parts` in the place of its own of these names, each of which may be left out.
fn with_parts<const N: usize>(mut whole: Schema, parts: [(&str, Schema); N]) -> Schema {
    for (name, part) in parts {
        if let Some(field) = whole.pointer_mut(&format!("/properties/{name}/anyOf/0")) {
            *field = part.to_value();
        }
    }
    whole
}

/// `whole`, of which any field may be left out or taken away.
fn partial(mut whole: Schema) -> Schema {
    whole.remove("required");
    if let Some(Value::Object(fields)) = whole.get_mut("properties") {
        fields.values_mut().for_each(nullable);
    }
    whole
}

fn nullable(field: &mut Value) {
    let Some(own) = field.as_object_mut() else { return };
    // What is left out is as it lies beneath.
    own.remove("default");
    // Tags are taken away one by one, and so are entries of a map.
    if let Some(named) = own.get_mut("additionalProperties").filter(|named| named.is_object()) {
        nullable(named);
    }
    if let Some(Value::Object(named)) = own.get_mut("patternProperties") {
        named.values_mut().for_each(nullable);
    }
    let nothing = json!({ "type": "null" });
    let takes_null = own.get("type").is_some_and(|types| types[1] == "null")
        || own.get("anyOf").and_then(Value::as_array).is_some_and(|any| any.contains(&nothing));
    if !takes_null {
        let description = own.remove("description");
        *field = json!({ "anyOf": [field.take(), nothing] });
        if let Some(description) = description {
            field["description"] = description;
        }
    }
}
