//! Lists that stand where objects belong.
//!
//! What derives `Deserialize` reads a list as an object's fields in their order. Nobody who writes one
//! means that, and the fields would be taken for what they are not.

use serde::Serialize;
use serde_json::Value;

use super::Fault;

/// The first place at which `input` has a list, and what was `read` of it is an object.
pub(crate) fn list_for_object(input: &Value, read: &impl Serialize, whole: &str) -> Option<Fault> {
    let read = serde_json::to_value(read).ok()?;
    let path = first(input, &read)?;
    let path = if path.is_empty() { whole.to_owned() } else { path };
    Some(Fault::new(path, "is a list, not an object"))
}

/// The path of that place.
fn first(input: &Value, read: &Value) -> Option<String> {
    match (input, read) {
        (Value::Array(_), Value::Object(_)) => Some(String::new()),
        (Value::Array(input), Value::Array(read)) => {
            input.iter().zip(read).enumerate().find_map(|(index, (input, read))| {
                first(input, read).map(|rest| joined(&format!("[{index}]"), &rest))
            })
        }
        (Value::Object(input), Value::Object(read)) => input.iter().find_map(|(name, input)| {
            first(input, read.get(name)?).map(|rest| joined(name, &rest))
        }),
        _ => None,
    }
}

fn joined(name: &str, rest: &str) -> String {
    if rest.is_empty() || rest.starts_with('[') {
        format!("{name}{rest}")
    } else {
        format!("{name}.{rest}")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Flow;
    use crate::request::Request;
    use crate::request::examples::{changed, of_flow};

    #[track_caller]
    fn refused(request: &Value) -> String {
        Request::read(request).unwrap_err()[0].to_string()
    }

    #[test]
    fn a_list_of_an_object_s_fields_is_not_taken_for_it() {
        let options = json!({ "options": [true, false, "cleanUp", 48.0] });
        assert_eq!(
            refused(&changed(of_flow(Flow::Ec2CrossRegion), &options)),
            "options: is a list, not an object"
        );
        let mut volume = of_flow(Flow::Ec2CrossRegion);
        volume["source"]["ec2"]["volumes"][1] =
            json!(["snap-0b0b0b0b", "/dev/sdf", false, null, null, null, null, null]);
        assert_eq!(refused(&volume), "source.ec2.volumes[1]: is a list, not an object");
    }

    #[test]
    fn what_is_a_list_stays_one() {
        for flow in Flow::ALL {
            assert!(Request::read(&of_flow(flow)).is_ok(), "{flow}");
        }
    }
}
