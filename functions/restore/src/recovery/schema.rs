//! The JSON Schema of parts of a request: as a request's own, with nothing required, and `null`
//! wherever it takes away what lies beneath.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Value, json};

use crate::request::{Options, RdsTarget, Source, Target};

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
    PartialRdsTarget: RdsTarget::json_schema;
    PartialOptions: Options::json_schema;
}

/// Of a target, with the one part of it that has something required itself.
fn target(generator: &mut SchemaGenerator) -> Schema {
    let mut target = Target::json_schema(generator);
    let rds = generator.subschema_for::<PartialRdsTarget>();
    if let Some(field) = target.pointer_mut("/properties/rds/anyOf/0") {
        *field = rds.to_value();
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
