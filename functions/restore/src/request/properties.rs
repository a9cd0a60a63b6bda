//! What holds of every request, whatever it asks for.

mod good;

use proptest::prelude::*;
use serde_json::{Map, Value};

use super::Request;
pub(crate) use good::good;

/// Any JSON, with texts that a request could hold among the others.
pub(crate) fn any_json() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        any::<String>(),
        "[a-z]{0,6}(-[a-z0-9]{1,4}){0,3}",
        Just("latest".to_owned()),
        Just("arn:aws:iam::111122223333:role/restore".to_owned()),
        Just("arn:aws:rds:eu-west-1:111122223333:cluster-snapshot:orders".to_owned()),
        Just("111122223333".to_owned()),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text.prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let name = prop_oneof![
            "[a-zA-Z]{0,8}",
            prop::sample::select(vec![
                "source", "target", "options", "ec2", "rds", "volumes", "at"
            ])
            .prop_map(str::to_owned),
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((name, inner), 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// The places in `value`, as JSON pointers (RFC 6901), that of the whole first.
pub(crate) fn places(value: &Value, at: &str, into: &mut Vec<String>) {
    into.push(at.to_owned());
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                places(field, &format!("{at}/{name}"), into);
            }
        }
        Value::Array(elements) => {
            for (index, element) in elements.iter().enumerate() {
                places(element, &format!("{at}/{index}"), into);
            }
        }
        _ => {}
    }
}

/// A good request that has anything at all in one place, so that what is wrong lies deep.
fn damaged() -> impl Strategy<Value = Value> {
    (good(), any::<prop::sample::Index>(), any_json()).prop_map(|(mut request, place, anything)| {
        let mut all = Vec::new();
        places(&request, "", &mut all);
        let place: &String = place.get(&all);
        *request.pointer_mut(place).unwrap() = anything;
        request
    })
}

/// Reads `input`; what is refused has to be refused by name.
fn read(input: &Value) -> Result<Option<Request>, TestCaseError> {
    match Request::read(input) {
        Ok(request) => Ok(Some(request)),
        Err(faults) => {
            prop_assert!(!faults.is_empty(), "refused for nothing");
            for fault in faults {
                prop_assert!(!fault.path.is_empty() && !fault.problem.is_empty(), "{fault:?}");
            }
            Ok(None)
        }
    }
}

/// `request` as the state machine would hand it on, and read again.
fn handed_on(request: &Request) -> Result<Request, TestCaseError> {
    let text = serde_json::to_string(request).unwrap();
    let again = Request::read(&serde_json::from_str(&text).unwrap());
    again.map_err(|faults| TestCaseError::fail(format!("{faults:?}")))
}

proptest! {
    #[test]
    fn any_json_is_a_request_or_is_refused_by_name(input in any_json()) {
        read(&input)?;
    }

    #[test]
    fn a_request_with_anything_in_one_place_is_accepted_whole_or_refused_by_name(
        input in damaged(),
    ) {
        if let Some(request) = read(&input)? {
            prop_assert_eq!(&handed_on(&request)?, &request);
        }
    }

    #[test]
    fn a_good_request_is_handed_on_unchanged(input in good()) {
        let request = Request::read(&input)
            .map_err(|faults| TestCaseError::fail(format!("{faults:?}")))?;
        prop_assert_eq!(&handed_on(&request)?, &request);
    }
}
