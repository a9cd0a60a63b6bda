//! What holds of the copy of a hop, whatever stands under its identifier.

use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use restore::Service;
use restore::plan::HopStep;

use super::*;
use crate::example::{KEY, OTHER_KEY, request};

const SOURCE: &str = "arn:aws:rds:eu-west-1:111122223333:snapshot:orders-2026-11-23";
const COPY: &str = "arn:aws:rds:eu-central-1:444455556666:snapshot:orders-copy-snapshot";

/// A state word of AWS, or one that no API model has.
fn status() -> impl Strategy<Value = String> {
    let known = ["available", "creating", "copying", "failed", "deleting", "incompatible-restore"];
    prop_oneof![4 => select(known.map(str::to_owned).to_vec()), 1 => any::<String>()]
}

proptest! {
    #[test]
    fn what_is_there_is_adopted_replaced_or_refused_and_nothing_is_made_beside_it(
        status in status(),
        key in option::of(select(vec![KEY, OTHER_KEY])),
        whose in select(vec!["orders", "orders", "billing"]),
    ) {
        let request = request(Service::Rds, HopStep::CopySnapshot, &[SOURCE]);
        let made = Made::Copy;
        let tags = tag::all(&whose.try_into().unwrap(), made, SOURCE);
        let tags = tags.map(|(key, value)| Tag::builder().key(key).value(value).build());
        let there = DbSnapshot::builder()
            .db_snapshot_arn(COPY)
            .status(status.clone())
            .set_kms_key_id(key.map(str::to_owned))
            .set_tag_list(Some(tags.into()))
            .build();

        let planned = plan(&request, made, &request.snapshots[0], Some(&there));

        let is_ours = whose == "orders" && key != Some(OTHER_KEY);
        match planned {
            Ok(Plan::Adopt(copy)) => {
                prop_assert!(is_ours, "{:?}", there);
                prop_assert_eq!(copy, COPY);
            }
            Ok(Plan::Replace { status: told }) => {
                prop_assert!(is_ours, "{:?}", there);
                prop_assert_eq!(told, status);
            }
            Ok(Plan::Copy) => return Err(TestCaseError::fail("made a second time")),
            Err(error) => {
                prop_assert!(!is_ours, "{:?}", there);
                prop_assert_eq!(error.name(), ErrorName::AlreadyExists);
            }
        }
    }
}
