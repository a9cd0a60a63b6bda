//! `flows.md`, "Who does what, with which key", with what AWS wants of each key.

use std::collections::BTreeMap;

use crate::facts::{Facts, TargetFacts};
use crate::plan::{Hop, HopStep};
use crate::preflight::Need;
use crate::request::Request;
use crate::{KeyArn, Service, Session};

/// Of each key of a copied EBS snapshot and of its copy (EBS/ebs-copy-snapshot,
/// EBS/share-kms-key): what policies write as `kms:ReEncrypt*` are two actions.
const COPY_EBS: &[&str] = &[
    "kms:DescribeKey",
    "kms:Decrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
    "kms:CreateGrant",
];

/// Of the keys of a volume and of the snapshot it is made from
/// (EBS/ebs-encryption-requirements).
const MAKE_VOLUME: &[&str] = &[
    "kms:DescribeKey",
    "kms:Decrypt",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
    "kms:CreateGrant",
];

/// Of each key of a copied DB snapshot and of its copy (`RDS/USER_CopySnapshot`, "Required
/// permissions").
const COPY_RDS: &[&str] = &[
    "kms:DescribeKey",
    "kms:Decrypt",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
    "kms:CreateGrant",
];

/// Of the key of a DB instance (RDS/Overview.Encryption.Keys).
const MAKE_DB_INSTANCE: &[&str] = &["kms:DescribeKey", "kms:CreateGrant"];

/// The attachment of volumes that an earlier run made (EBS/how-ebs-encryption-works).
const ATTACH: &[&str] = &["kms:DescribeKey", "kms:CreateGrant"];

/// What must be allowed on keys, hop by hop, then for the instance.
pub(super) fn of(request: &Request, facts: &Facts, hops: &[Hop]) -> Vec<Need> {
    let service = request.service();
    let mut needs = Vec::new();
    // The key that each snapshot is under, as it goes its path.
    let mut keys: BTreeMap<&str, &KeyArn> = facts
        .snapshots
        .iter()
        .filter_map(|snapshot| Some((snapshot.id.as_str(), &snapshot.key.as_ref()?.arn)))
        .collect();
    for hop in hops {
        let before = hop.session.in_region(&hop.source_region);
        let step = hop.step.name();
        let current: Vec<&KeyArn> =
            hop.snapshots.iter().filter_map(|id| keys.get(id.as_str()).copied()).collect();
        if hop.step == HopStep::ShareSnapshot {
            add((service, &mut needs), &hop.session, &["kms:DescribeKey"], current, step);
            continue;
        }
        let copies = match hop.service {
            Service::Ec2 => COPY_EBS,
            Service::Rds => COPY_RDS,
        };
        add((service, &mut needs), &before, copies, current, step);
        add((service, &mut needs), &hop.session, copies, hop.kms_key_id.as_ref(), step);
        for id in &hop.snapshots {
            match &hop.kms_key_id {
                Some(key) => keys.insert(id, key),
                None => keys.remove(id.as_str()),
            };
        }
    }
    let target = request.target_session();
    let target_key = facts.target_key.as_ref().map(|key| &key.arn);
    match (service, &facts.target) {
        (Service::Ec2, Some(TargetFacts::Ec2(ec2))) if ec2.volumes_made => {
            add((service, &mut needs), &target, ATTACH, target_key, "create-and-attach-volumes");
        }
        (Service::Ec2, _) => {
            let step = "create-and-attach-volumes";
            add((service, &mut needs), &target, MAKE_VOLUME, keys.into_values(), step);
            add((service, &mut needs), &target, MAKE_VOLUME, target_key, step);
            add((service, &mut needs), &target, MAKE_VOLUME, target_key, "create-instance");
        }
        (Service::Rds, _) if facts.is_past_snapshots() => {}
        (Service::Rds, _) => {
            add((service, &mut needs), &target, MAKE_DB_INSTANCE, target_key, "create-instance");
        }
    }
    needs
}

fn add<'a>(
    (service, needs): (Service, &mut Vec<Need>),
    session: &Session,
    actions: &[&'static str],
    keys: impl IntoIterator<Item = &'a KeyArn>,
    step: &str,
) {
    needs.extend(keys.into_iter().flat_map(|key| {
        actions.iter().map(move |action| Need {
            service,
            session: session.clone(),
            action,
            resource: key.to_string(),
            made: false,
            own_grant: None,
            granted: false,
            needed_for: vec![step.to_owned()],
        })
    }));
}
