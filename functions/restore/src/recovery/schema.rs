//! The JSON Schema of parts of a request: as a request's own, with nothing required, and `null`
//! wherever it takes away what lies beneath.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Value, json};

use crate::request::{Ec2Target, Options, RdsTarget, Source, Target};

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
    PartialSource: Source::json_schema;
    PartialTarget: target;
    PartialEc2Target: Ec2Target::json_schema;
    PartialRdsTarget: RdsTarget::json_schema;
    PartialOptions: Options::json_schema;
}

/// Of a target, with parts of its own that are partial too: of those of a source any field may be
/// left out or be `null` as it is.
fn target(generator: &mut SchemaGenerator) -> Schema {
    let mut target = Target::json_schema(generator);
    for (service, part) in [
        ("ec2", generator.subschema_for::<PartialEc2Target>()),
        ("rds", generator.subschema_for::<PartialRdsTarget>()),
    ] {
        if let Some(field) = target.pointer_mut(&format!("/properties/{service}/anyOf/0")) {
            *field = part.to_value();
        }
    }
    target
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
    // Tags are taken away one by one.
    if let Some(named) = own.get_mut("additionalProperties").filter(|named| named.is_object()) {
        nullable(named);
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
