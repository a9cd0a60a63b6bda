//! What a first run finds, for tests to change.

use serde_json::Value;

use crate::availability::Availability;
use crate::facts::{
    DefaultGroups, Ec2Facts, Existing, Facts, ImageFacts, KeyFacts, RdsFacts, SnapshotFacts,
    SubnetFacts, TargetFacts,
};
use crate::plan::{Decision, Hop, HopStep, ObstacleKind, Plan, Refusal, decide};
use crate::request::Request;
use crate::request::examples::{
    SOURCE_ACCOUNT, SOURCE_REGION, TARGET_ACCOUNT, changed, key_arn, of_flow,
};
use crate::{Flow, RestoreId};

/// A step of the path: what, in which account and Region, and under which of the keys that the
/// facts tell of.
pub(crate) type Step = (HopStep, &'static str, &'static str, &'static str);

/// A request, and what is found out about it.
#[derive(Clone)]
pub(crate) struct Case {
    request: Request,
    facts: Facts,
}

impl Case {
    /// The example of `flow`, as a first run finds it: every snapshot complete, under one
    /// customer managed key of the source account, and nothing made yet.
    pub(crate) fn of(flow: Flow) -> Self {
        let request = Request::read(&of_flow(flow)).unwrap();
        let facts = facts(&request);
        Self { request, facts }
    }

    /// With `change` merged into the request.
    pub(crate) fn asking(self, change: &Value) -> Self {
        let request = changed(serde_json::to_value(&self.request).unwrap(), change);
        Self { request: Request::read(&request).unwrap(), ..self }
    }

    /// With other facts.
    pub(crate) fn finding(mut self, change: impl FnOnce(&mut Facts)) -> Self {
        change(&mut self.facts);
        self
    }

    /// With other facts of the instance to make.
    pub(crate) fn finding_ec2(self, change: impl FnOnce(&mut Ec2Facts)) -> Self {
        self.finding(|facts| match &mut facts.target {
            Some(TargetFacts::Ec2(ec2)) => change(ec2),
            _ => panic!("not an EC2 restore"),
        })
    }

    /// With something under the DB instance's identifier.
    pub(crate) fn finding_db(self, existing: Existing) -> Self {
        self.finding(|facts| {
            let defaults = DefaultGroups::default();
            facts.target = Some(TargetFacts::Rds(RdsFacts { existing, defaults }));
        })
    }

    /// The request and the facts.
    pub(crate) const fn parts(&self) -> (&Request, &Facts) {
        (&self.request, &self.facts)
    }

    pub(crate) fn decide(&self) -> Result<Decision, Refusal> {
        let restore_id = RestoreId::try_from("orders").unwrap();
        let deadline = "2026-11-25T00:00:00Z".parse().unwrap();
        decide(&self.request, &restore_id, deadline, &self.facts)
    }

    #[track_caller]
    pub(crate) fn plan(&self) -> Plan {
        match self.decide() {
            Ok(Decision::Plan(plan)) => *plan,
            other => panic!("no plan: {other:?}"),
        }
    }

    #[track_caller]
    pub(crate) fn refusal(&self) -> Refusal {
        match self.decide() {
            Err(refusal) => refusal,
            Ok(decision) => panic!("not refused: {decision:?}"),
        }
    }

    /// The one obstacle of `kind` that it is refused for, in its words.
    #[track_caller]
    pub(crate) fn obstacle(&self, kind: ObstacleKind) -> String {
        let refusal = self.refusal();
        match refusal.obstacles() {
            [only] if only.kind == kind => only.message.clone(),
            other => panic!("refused for other reasons: {other:?}"),
        }
    }

    /// The hop of the plan that does `step`.
    #[track_caller]
    pub(crate) fn hop(&self, step: HopStep) -> Hop {
        let plan = self.plan();
        let found = plan.hops.iter().find(|hop| hop.step == step);
        found.unwrap_or_else(|| panic!("no {step:?} among {:?}", plan.hops)).clone()
    }

    /// Holds the plan's steps against `expected`, in order.
    #[track_caller]
    pub(crate) fn takes(&self, expected: &[Step]) {
        let plan = self.plan();
        let steps: Vec<_> = plan
            .hops
            .iter()
            .map(|hop| {
                let (account, region) = (hop.session.account_id.as_str(), &hop.session.region);
                (hop.step, account, region.as_str(), self.key_of(hop))
            })
            .collect();
        assert_eq!(steps, expected, "{}", plan.flow);
    }

    fn key_of(&self, hop: &Hop) -> &'static str {
        let Some(key) = &hop.kms_key_id else { return "no key" };
        let is = |facts: Option<&KeyFacts>| facts.is_some_and(|facts| facts.arn == *key);
        let of_snapshot = |snapshot: &SnapshotFacts| is(snapshot.key.as_ref());
        match () {
            () if is(self.facts.target_key.as_ref()) => "target key",
            () if is(self.facts.staging_key.as_ref()) => "staging key",
            () if is(self.facts.intermediate_key.as_ref()) => "intermediate key",
            () if self.facts.snapshots.iter().any(of_snapshot) => "snapshot's key",
            () => panic!("{key} is nobody's"),
        }
    }
}

/// A customer managed key.
pub(crate) fn key(region: &str, account: &str, number: u8) -> KeyFacts {
    KeyFacts {
        arn: key_arn(region, account, number).as_str().try_into().unwrap(),
        managed_by_aws: false,
        unusable: None,
        expires: None,
    }
}

/// The customer managed key that the snapshots are under.
pub(crate) fn snapshot_key() -> KeyFacts {
    key(SOURCE_REGION, SOURCE_ACCOUNT, 0x10)
}

/// The default key of the source account.
pub(crate) fn default_key() -> KeyFacts {
    KeyFacts { managed_by_aws: true, ..key(SOURCE_REGION, SOURCE_ACCOUNT, 0x11) }
}

/// `source.stagingKmsKeyId`.
pub(crate) fn staging_key() -> KeyFacts {
    key(SOURCE_REGION, SOURCE_ACCOUNT, 0x12)
}

/// `target.intermediateKmsKeyId`.
pub(crate) fn intermediate_key() -> KeyFacts {
    key(SOURCE_REGION, TARGET_ACCOUNT, 0x13)
}

fn facts(request: &Request) -> Facts {
    let ec2 = request.source.ec2.as_ref().and_then(|source| source.volumes.clone());
    let (snapshots, target) = if let Some(volumes) = ec2 {
        let snapshots = volumes.iter().enumerate().map(|(index, volume)| {
            let path = format!("source.ec2.volumes[{index}].snapshotId");
            snapshot(path, volume.snapshot_id.to_string())
        });
        (snapshots.collect(), TargetFacts::Ec2(Box::new(ec2_facts(&volumes))))
    } else {
        let path = "source.rds.dbSnapshotIdentifier".to_owned();
        let id = format!("arn:aws:rds:{SOURCE_REGION}:{SOURCE_ACCOUNT}:snapshot:orders-nightly");
        (
            vec![snapshot(path, id)],
            TargetFacts::Rds(RdsFacts {
                existing: Existing::None,
                defaults: DefaultGroups {
                    parameters: Some("default.postgres16".to_owned()),
                    options: Some("default:postgres-16".to_owned()),
                },
            }),
        )
    };
    let place = request.target_session();
    Facts {
        snapshots,
        target_key: Some(key(place.region.as_str(), place.account_id.as_str(), 1)),
        staging_key: None,
        intermediate_key: None,
        target: Some(target),
        not_restored: Vec::new(),
        obstacles: Vec::new(),
        preflight: Vec::new(),
    }
}

fn snapshot(path: String, id: String) -> SnapshotFacts {
    SnapshotFacts {
        path,
        id,
        availability: Availability::Ready,
        key: Some(snapshot_key()),
        unusable: None,
        unshareable: None,
        shared_with: None,
        size_gib: 20,
        taken_at: None,
        archived_again: None,
        option_group: None,
        lasting_options: Vec::new(),
    }
}

fn ec2_facts(volumes: &[crate::request::VolumeRequest]) -> Ec2Facts {
    Ec2Facts {
        volumes: volumes.to_vec(),
        image: ImageFacts {
            id: "ami-0a0a0a0a".try_into().unwrap(),
            root_device_name: "/dev/sda1".to_owned(),
            other_device_names: vec!["/dev/sdb".to_owned()],
            unusable: None,
        },
        subnet: SubnetFacts {
            id: "subnet-0a0a0a0a".try_into().unwrap(),
            vpc_id: "vpc-0a0a0a0a".to_owned(),
            availability_zone: "eu-central-1a".to_owned(),
        },
        instance_type: "m7g.large".to_owned(),
        alternatives: Vec::new(),
        security_group_ids: Vec::new(),
        key_name: None,
        iam_instance_profile: None,
        profile_role: None,
        user_data: None,
        tags: std::collections::BTreeMap::new(),
        volumes_made: false,
    }
}
