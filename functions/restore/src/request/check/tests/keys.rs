//! Keys held against the places they are used in.

use serde_json::json;

use super::{accepts, refuses};
use crate::Flow;
use crate::request::examples::{
    SOURCE_ACCOUNT, SOURCE_REGION, TARGET_ACCOUNT, TARGET_REGION, key_arn,
};

#[test]
fn a_key_lives_in_the_region_it_is_used_in() {
    let flow = Flow::RdsCrossAccountCrossRegion;
    for (change, path, words) in [
        (
            json!({ "target": { "kmsKeyId": key_arn(SOURCE_REGION, TARGET_ACCOUNT, 1) } }),
            "target.kmsKeyId",
            "is a key of Region eu-west-1, but is used in eu-central-1",
        ),
        (
            json!({ "target": {
                "intermediateKmsKeyId": key_arn(TARGET_REGION, TARGET_ACCOUNT, 2),
            } }),
            "target.intermediateKmsKeyId",
            "is a key of Region eu-central-1, but is used in eu-west-1",
        ),
        (
            json!({ "source": {
                "stagingKmsKeyId": key_arn(TARGET_REGION, SOURCE_ACCOUNT, 3),
            } }),
            "source.stagingKmsKeyId",
            "is a key of Region eu-central-1, but is used in eu-west-1",
        ),
        (
            json!({ "target": { "kmsKeyId": "arn:aws:kms:eu-west-1:444455556666:alias/orders" } }),
            "target.kmsKeyId",
            "is a key of Region eu-west-1",
        ),
    ] {
        refuses(flow, &change, &[(path, words)]);
    }
}

#[test]
fn a_staging_key_is_the_source_accounts_own() {
    let key = key_arn(SOURCE_REGION, TARGET_ACCOUNT, 3);
    refuses(
        Flow::Ec2CrossAccount,
        &json!({ "source": { "stagingKmsKeyId": key } }),
        &[("source.stagingKmsKeyId", "is a key of account 444455556666")],
    );
}

#[test]
fn only_the_flow_of_two_hops_has_a_first_one_to_encrypt() {
    let key = key_arn(SOURCE_REGION, TARGET_ACCOUNT, 2);
    let change = json!({ "target": { "intermediateKmsKeyId": key } });
    for flow in Flow::ALL {
        if flow == Flow::RdsCrossAccountCrossRegion {
            accepts(flow, &change);
        } else {
            refuses(flow, &change, &[("target.intermediateKmsKeyId", "has a first hop")]);
        }
    }
}

#[test]
fn a_key_that_does_not_say_where_it_lives_is_taken_as_it_is() {
    accepts(
        Flow::RdsCrossAccountCrossRegion,
        &json!({
            "source": { "stagingKmsKeyId": "alias/staging" },
            "target": {
                "kmsKeyId": "00000000-0000-4000-8000-000000000001",
                "intermediateKmsKeyId": "mrk-00000000000040008000000000000002",
            },
        }),
    );
}

#[test]
fn grants_go_with_a_restore_to_another_account() {
    let change = json!({ "source": { "grantKeyAccess": true } });
    for flow in Flow::ALL {
        if flow.crosses_accounts() {
            accepts(flow, &change);
        } else {
            refuses(
                flow,
                &change,
                &[("source.grantKeyAccess", "goes with a restore to another account")],
            );
        }
        accepts(flow, &json!({ "source": { "grantKeyAccess": false } }));
    }
}
