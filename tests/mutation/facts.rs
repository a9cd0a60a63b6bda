//! What a first run would find of a damaged request that is sound: all that it names, as it says.

use restore::availability::Availability;
use restore::boot::Boot;
use restore::facts::{
    DefaultGroups, Ec2Facts, Existing, Facts, ImageFacts, KeyFacts, RdsFacts, SnapshotFacts,
    SubnetFacts, TargetFacts,
};
use restore::request::{Ec2Source, Ec2Target, RdsSource, Request, VolumeRequest};
use restore::{KeyArn, KeyReference, Session};

/// All that there is to find, none of it made by the restore yet. With a staging key the snapshots
/// are under a default key, so that they need it.
pub(crate) fn of(request: &Request) -> Facts {
    let (source, target) = (request.source_session(), request.target_session());
    let own_key = KeyFacts {
        managed_by_aws: request.source.staging_kms_key_id.is_some(),
        ..customer_managed(numbered(&source, 9))
    };
    let (ids, found) = match (&request.source.ec2, &request.target.ec2) {
        (Some(from), Some(to)) => {
            let volumes = volumes(from);
            let ids: Vec<String> =
                volumes.iter().map(|volume| volume.snapshot_id.to_string()).collect();
            (ids, TargetFacts::Ec2(Box::new(ec2(to, volumes, &target))))
        }
        _ => (vec![db_snapshot(request.source.rds.as_ref(), &source)], TargetFacts::Rds(rds())),
    };
    let at_source = |key: &KeyReference| named(key, &source);
    Facts {
        snapshots: ids.into_iter().map(|id| snapshot(id, own_key.clone())).collect(),
        target_key: Some(named(&request.target.kms_key_id, &target)),
        staging_key: request.source.staging_kms_key_id.as_ref().map(at_source),
        intermediate_key: request.target.intermediate_kms_key_id.as_ref().map(at_source),
        target: Some(found),
        copies_under_way: Vec::new(),
        not_restored: Vec::new(),
        obstacles: Vec::new(),
        preflight: Vec::new(),
    }
}

/// The key that is named so; another of the same place where its name is not its ARN.
fn named(key: &KeyReference, session: &Session) -> KeyFacts {
    let arn = KeyArn::try_from(key.to_string());
    customer_managed(arn.unwrap_or_else(|_| numbered(session, 1)))
}

fn numbered(session: &Session, number: u8) -> KeyArn {
    let Session { account_id, region, .. } = session;
    let partition = region.partition();
    let id = format!("00000000-0000-4000-8000-{number:012}");
    well_formed(&format!("arn:{partition}:kms:{region}:{account_id}:key/{id}"))
}

fn customer_managed(arn: KeyArn) -> KeyFacts {
    KeyFacts { arn, managed_by_aws: false, unseen: false, unusable: None, expires: None }
}

fn well_formed<T: for<'a> TryFrom<&'a str>>(value: &str) -> T {
    T::try_from(value).unwrap_or_else(|_| panic!("`{value}` is malformed"))
}

/// The volumes that are listed, or one of the instance that is named.
fn volumes(from: &Ec2Source) -> Vec<VolumeRequest> {
    let of_instance = || VolumeRequest {
        snapshot_id: well_formed("snap-0a0a0a0a"),
        device_name: well_formed("/dev/xvda"),
        root: true,
        volume_type: None,
        iops: None,
        throughput: None,
        size: None,
        delete_on_termination: None,
    };
    from.volumes.clone().unwrap_or_else(|| vec![of_instance()])
}

fn db_snapshot(from: Option<&RdsSource>, session: &Session) -> String {
    let named = from.and_then(|from| from.db_snapshot_identifier.as_ref());
    let name = named.map_or_else(|| "orders".to_owned(), ToString::to_string);
    if name.starts_with("arn:") {
        return name;
    }
    let Session { account_id, region, .. } = session;
    format!("arn:{}:rds:{region}:{account_id}:snapshot:{name}", region.partition())
}

fn snapshot(id: String, key: KeyFacts) -> SnapshotFacts {
    SnapshotFacts {
        path: "source".to_owned(),
        id,
        availability: Availability::Ready,
        key: Some(key),
        unusable: None,
        unshareable: None,
        shared_with: None,
        size_gib: 1,
        taken_at: None,
        archived_again: None,
        option_group: Some("orders".to_owned()),
        lasting_options: Vec::new(),
    }
}

fn ec2(to: &Ec2Target, volumes: Vec<VolumeRequest>, session: &Session) -> Ec2Facts {
    let Session { account_id, region, .. } = session;
    let role = || well_formed(&format!("arn:{}:iam::{account_id}:role/its", region.partition()));
    let image = || well_formed("ami-0a0a0a0a");
    let subnet = || well_formed("subnet-0a0a0a0a");
    Ec2Facts {
        volumes,
        image: ImageFacts {
            id: to.image_id.clone().unwrap_or_else(image),
            root_device_name: "/dev/xvda".to_owned(),
            other_device_names: Vec::new(),
            boot: Boot::default(),
            unusable: None,
        },
        source_boot: None,
        subnet: SubnetFacts {
            id: to.subnet_id.clone().unwrap_or_else(subnet),
            vpc_id: "vpc-0a0a0a0a".to_owned(),
            availability_zone: format!("{region}a"),
        },
        instance_type: to.instance_type.clone().unwrap_or_else(|| "m7g.large".to_owned()),
        alternatives: Vec::new(),
        security_group_ids: to.security_group_ids.clone().unwrap_or_default(),
        key_name: to.key_name.clone(),
        iam_instance_profile: to.iam_instance_profile.clone(),
        profile_role: to.iam_instance_profile.is_some().then(role),
        user_data: to.user_data.clone(),
        tags: to.tags.clone().unwrap_or_default(),
        volumes_made: false,
        room: None,
    }
}

fn rds() -> RdsFacts {
    RdsFacts {
        existing: Existing::None,
        defaults: DefaultGroups {
            parameters: Some("default.postgres16".to_owned()),
            options: Some("default:postgres-16".to_owned()),
        },
        room: Vec::new(),
    }
}
