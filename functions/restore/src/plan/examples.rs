//! What a first run finds, for tests to change.

use serde_json::Value;

use crate::availability::Availability;
use crate::boot::Boot;
use crate::facts::{
    DefaultGroups, Ec2Facts, Existing, Facts, ImageFacts, KeyFacts, RdsFacts, SnapshotFacts,
    SubnetFacts, TargetFacts,
};
use crate::id::DbSnapshotReference;
use crate::plan::{Decision, Hop, HopStep, ObstacleKind, Place, Plan, Refusal, decide};
use crate::preflight::{Need, needs};
use crate::request::examples::{
    SOURCE_ACCOUNT, SOURCE_REGION, TARGET_ACCOUNT, changed, key_arn, of_flow,
};
use crate::request::{Ec2Target, Request, VolumeRequest};
use crate::{Flow, KeyArn, KeyReference, RestoreId};

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
        Self::of_request(Request::read(&of_flow(flow)).unwrap())
    }

    /// What `request` asks for, as a first run finds it.
    pub(crate) fn of_request(request: Request) -> Self {
        Self { facts: facts(&request), request }
    }

    /// With `change` merged into the request.
    pub(crate) fn asking(self, change: &Value) -> Self {
        let request = changed(serde_json::to_value(&self.request).unwrap(), change);
        Self { request: Request::read(&request).unwrap(), ..self }
    }

    /// With `change` merged into the request, and what that names found anew.
    pub(crate) fn asking_anew(self, change: &Value) -> Self {
        let Self { request, .. } = self.asking(change);
        Self { facts: facts(&request), request }
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
            let room = Vec::new();
            facts.target = Some(TargetFacts::Rds(RdsFacts { existing, defaults, room }));
        })
    }

    /// With all made by an earlier run that the snapshots were needed for.
    pub(crate) fn made(self) -> Self {
        self.finding(|facts| match &mut facts.target {
            Some(TargetFacts::Ec2(ec2)) => ec2.volumes_made = true,
            Some(TargetFacts::Rds(rds)) => rds.existing = Existing::Ours,
            None => {}
        })
    }

    /// What its roles will have to be allowed.
    pub(crate) fn needs(&self) -> Vec<Need> {
        needs(&self.request, &self.restore_id(), &self.facts)
    }

    /// The request and the facts.
    pub(crate) const fn parts(&self) -> (&Request, &Facts) {
        (&self.request, &self.facts)
    }

    /// The id of the restore: `orders` where the request gives none.
    fn restore_id(&self) -> RestoreId {
        let own = self.request.restore_id.clone();
        own.unwrap_or_else(|| RestoreId::try_from("orders").unwrap())
    }

    pub(crate) fn decide(&self) -> Result<Decision, Refusal> {
        let deadline = "2026-11-25T00:00:00Z".parse().unwrap();
        decide(&self.request, &self.restore_id(), deadline, &self.facts)
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
    customer_managed(key_arn(region, account, number).as_str().try_into().unwrap())
}

fn customer_managed(arn: KeyArn) -> KeyFacts {
    KeyFacts { arn, managed_by_aws: false, unseen: false, unusable: None, expires: None }
}

/// The number of the customer managed key that the snapshots are under.
const SNAPSHOT_KEY: u8 = 0x10;

/// That key, where the snapshots are in the example.
pub(crate) fn snapshot_key() -> KeyFacts {
    key(SOURCE_REGION, SOURCE_ACCOUNT, SNAPSHOT_KEY)
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

/// What a first run of `request` finds: all that it names, as it says.
fn facts(request: &Request) -> Facts {
    let (mut snapshots, target) = match (&request.source.ec2, &request.target.ec2) {
        (Some(source), Some(target)) => {
            let volumes = source.volumes.clone().unwrap_or_else(volumes_of_instance);
            let snapshots = volumes.iter().enumerate().map(|(index, volume)| {
                let path = format!("source.ec2.volumes[{index}].snapshotId");
                snapshot(path, volume.snapshot_id.to_string())
            });
            (snapshots.collect::<Vec<_>>(), TargetFacts::Ec2(Box::new(ec2_facts(target, &volumes))))
        }
        _ => (vec![db_snapshot(request)], TargetFacts::Rds(rds_facts())),
    };
    let (from, place) = (request.source_session(), request.target_session());
    let own_key = key(from.region.as_str(), from.account_id.as_str(), SNAPSHOT_KEY);
    for snapshot in &mut snapshots {
        snapshot.key = Some(own_key.clone());
    }
    let target_key = named(&request.target.kms_key_id)
        .unwrap_or_else(|| key(place.region.as_str(), place.account_id.as_str(), 1));
    Facts {
        snapshots,
        target_key: Some(target_key),
        staging_key: asked(request.source.staging_kms_key_id.as_ref(), staging_key),
        intermediate_key: asked(request.target.intermediate_kms_key_id.as_ref(), intermediate_key),
        target: Some(target),
        copies_under_way: Vec::new(),
        not_restored: Vec::new(),
        obstacles: Vec::new(),
        preflight: Vec::new(),
    }
}

/// The key that is asked for: `other` where that is named by an alias.
fn asked(key: Option<&KeyReference>, other: fn() -> KeyFacts) -> Option<KeyFacts> {
    key.map(|key| named(key).unwrap_or_else(other))
}

/// The customer managed key that is named by its ARN.
fn named(key: &KeyReference) -> Option<KeyFacts> {
    KeyArn::try_from(key.to_string()).ok().map(customer_managed)
}

/// The volumes of the instance that a request may name in their place.
fn volumes_of_instance() -> Vec<VolumeRequest> {
    let request = Request::read(&of_flow(Flow::Ec2SameLocation)).unwrap();
    request.source.ec2.unwrap().volumes.unwrap()
}

fn db_snapshot(request: &Request) -> SnapshotFacts {
    let asked = request.source.rds.as_ref().and_then(|rds| rds.db_snapshot_identifier.as_ref());
    let name = asked.map_or("orders-nightly", DbSnapshotReference::as_str);
    let id = format!("arn:aws:rds:{SOURCE_REGION}:{SOURCE_ACCOUNT}:snapshot:{name}");
    snapshot("source.rds.dbSnapshotIdentifier".to_owned(), id)
}

fn rds_facts() -> RdsFacts {
    RdsFacts {
        existing: Existing::None,
        defaults: DefaultGroups {
            parameters: Some("default.postgres16".to_owned()),
            options: Some("default:postgres-16".to_owned()),
        },
        room: Vec::new(),
    }
}

/// A snapshot that nothing is wrong with.
pub(crate) fn snapshot(path: String, id: String) -> SnapshotFacts {
    SnapshotFacts {
        path,
        id,
        availability: Availability::Ready,
        key: None,
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

fn ec2_facts(target: &Ec2Target, volumes: &[VolumeRequest]) -> Ec2Facts {
    // Each field by its name: what a new one changes has to be found here, too.
    let Ec2Target {
        image_id,
        instance_type,
        subnet_id,
        security_group_ids,
        key_name,
        iam_instance_profile,
        user_data,
        tags,
        start: _,
        alternatives,
    } = target.clone();
    let subnet = SubnetFacts {
        id: subnet_id.unwrap_or_else(|| "subnet-0a0a0a0a".try_into().unwrap()),
        vpc_id: "vpc-0a0a0a0a".to_owned(),
        availability_zone: "eu-central-1a".to_owned(),
    };
    let instance_type = instance_type.unwrap_or_else(|| "m7g.large".to_owned());
    let alternatives = alternatives.into_iter().flatten().map(|other| Place {
        instance_type: other.instance_type.unwrap_or_else(|| instance_type.clone()),
        subnet_id: other.subnet_id.unwrap_or_else(|| subnet.id.clone()),
        availability_zone: subnet.availability_zone.clone(),
    });
    Ec2Facts {
        volumes: volumes.to_vec(),
        image: ImageFacts {
            id: image_id.unwrap_or_else(|| "ami-0a0a0a0a".try_into().unwrap()),
            root_device_name: "/dev/sda1".to_owned(),
            other_device_names: vec!["/dev/sdb".to_owned()],
            boot: boot(),
            unusable: None,
        },
        source_boot: Some(boot()),
        alternatives: alternatives.collect(),
        subnet,
        instance_type,
        security_group_ids: security_group_ids.unwrap_or_default(),
        key_name,
        iam_instance_profile,
        profile_role: None,
        user_data,
        tags: tags.unwrap_or_default(),
        volumes_made: false,
        room: None,
    }
}

/// What the source instance and the AMI boot by.
fn boot() -> Boot {
    Boot {
        architecture: Some("arm64".to_owned()),
        virtualization_type: Some("hvm".to_owned()),
        boot_mode: Some("uefi".to_owned()),
        platform_details: Some("Linux/UNIX".to_owned()),
        ena_support: Some(true),
        tpm_support: None,
    }
}
