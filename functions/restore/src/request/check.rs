//! The fields of a request held against each other.

mod database;
mod db_storage;
mod db_tags;
mod volumes;
mod window;

use std::collections::{BTreeMap, BTreeSet};

pub(crate) use volumes::misfits_when_made as volume_misfits;

use super::{
    Ec2Source, Ec2Target, Fault, MAX_MAPPED, MAX_TIMEOUT_HOURS, RdsSource, Recorded, Request,
};
use crate::{AccountId, KeyReference, Region, RoleArn};

impl Request {
    /// Holds the fields against each other.
    ///
    /// # Errors
    ///
    /// Every fault there is.
    pub fn check(&self) -> Result<(), Vec<Fault>> {
        let mut faults = Vec::new();
        self.check_service(&mut faults);
        self.check_places(&mut faults);
        self.check_keys(&mut faults);
        self.check_grants(&mut faults);
        self.check_drill(&mut faults);
        if let Some(map) = &self.target.network_map {
            const PATH: &str = "target.networkMap";
            faults.extend(map.oversized(PATH, MAX_MAPPED).chain(map.alike(PATH)));
        }
        if let Some(recorded) = &self.source.recorded {
            self.check_recorded(recorded, &mut faults);
        }
        if let Some(source) = &self.source.ec2 {
            check_ec2_source(source, &mut faults);
        }
        if let Some(target) = &self.target.ec2 {
            check_ec2_target(target, &mut faults);
        }
        if let Some(source) = &self.source.rds {
            self.check_rds_source(source, &mut faults);
        }
        if let Some(target) = &self.target.rds {
            database::check(target, &self.target.region, &self.target.account_id, &mut faults);
        }
        let hours = self.options.timeout_hours;
        if !(hours > 0.0 && hours <= MAX_TIMEOUT_HOURS) {
            faults.push(Fault::new(
                "options.timeoutHours",
                format!("{hours} is not more than 0 and at most {MAX_TIMEOUT_HOURS}"),
            ));
        }
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }

    fn check_service(&self, faults: &mut Vec<Fault>) {
        match (self.source.ec2.is_some(), self.source.rds.is_some()) {
            (true, true) => faults.push(Fault::new("source", "give `ec2` or `rds`, not both")),
            (false, false) => faults.push(Fault::new("source", "give one of `ec2` and `rds`")),
            (ec2, rds) => {
                let given = (self.target.ec2.is_some(), self.target.rds.is_some());
                if given != (ec2, rds) {
                    let service = if ec2 { "ec2" } else { "rds" };
                    faults.push(Fault::new(
                        "target",
                        format!("give `{service}` and only that, as under `source`"),
                    ));
                }
            }
        }
    }

    fn check_places(&self, faults: &mut Vec<Fault>) {
        let (source, target) = (&self.source, &self.target);
        if let Some(role_arn) = &source.role_arn {
            check_role("source.roleArn", role_arn, &source.account_id, &source.region, faults);
        } else if source.account_id != target.account_id {
            faults.push(Fault::new(
                "source.roleArn",
                format!(
                    "required, since account {} owns the snapshots and account {} receives the instance",
                    source.account_id, target.account_id
                ),
            ));
        } else if source.external_id.is_some() {
            faults.push(Fault::new("source.externalId", "given without `source.roleArn`"));
        }
        check_role("target.roleArn", &target.role_arn, &target.account_id, &target.region, faults);
        if source.region.partition() != target.region.partition() {
            faults.push(Fault::new(
                "target.region",
                format!(
                    "{} and {} are in different partitions, and snapshots never cross them",
                    target.region, source.region
                ),
            ));
        }
    }

    fn check_keys(&self, faults: &mut Vec<Fault>) {
        let (source, target) = (&self.source, &self.target);
        check_key("target.kmsKeyId", &target.kms_key_id, &target.region, faults);
        if let Some(key) = &target.intermediate_kms_key_id {
            check_key("target.intermediateKmsKeyId", key, &source.region, faults);
            if self.service() != crate::Service::Rds || !self.takes_two_hops() {
                faults.push(Fault::new(
                    "target.intermediateKmsKeyId",
                    "only an RDS restore to another account and Region has a first hop to encrypt",
                ));
            }
        }
        if let Some(key) = &source.staging_kms_key_id {
            check_key("source.stagingKmsKeyId", key, &source.region, faults);
            if let Some((_, account)) = key.place()
                && account != source.account_id.as_str()
            {
                faults.push(Fault::new(
                    "source.stagingKmsKeyId",
                    format!("is a key of account {account}, not of the source account"),
                ));
            }
        }
    }

    fn check_grants(&self, faults: &mut Vec<Fault>) {
        if self.source.grant_key_access && self.source.account_id == self.target.account_id {
            faults.push(Fault::new(
                "source.grantKeyAccess",
                "goes with a restore to another account: within one nothing is shared, and the restore role's own policy lets it use the keys",
            ));
        }
    }

    fn check_recorded(&self, recorded: &Recorded, faults: &mut Vec<Fault>) {
        const PATH: &str = "source.recorded";
        let (source, target) = (&self.source, &self.target);
        if (&source.account_id, &source.region) != (&target.account_id, &target.region) {
            faults.push(Fault::new(
                PATH,
                format!(
                    "goes with snapshots that are in the target's account and Region already: give {} and {} as \
                     `source.accountId` and `source.region`, and here where the instance lived",
                    target.account_id, target.region
                ),
            ));
        }
        if source.role_arn.is_some() {
            faults.push(Fault::new(
                "source.roleArn",
                "given with `source.recorded`, where the restore role reads the snapshots",
            ));
        }
        if recorded.region.partition() != target.region.partition() {
            faults.push(Fault::new(
                format!("{PATH}.region"),
                format!(
                    "{} and {} are in different partitions, and snapshots never cross them",
                    recorded.region, target.region
                ),
            ));
        }
        for (index, setting) in recorded.leave_out.iter().enumerate() {
            if setting.service() != self.service() {
                let problem = format!("is no setting under `target.{}`", self.service().name());
                faults.push(Fault::new(format!("{PATH}.leaveOut[{index}]"), problem));
            }
        }
        let listed = match (&source.ec2, &source.rds) {
            (Some(ec2), _) if ec2.volumes.is_some() => Some(("ec2.volumes", "instanceId")),
            (_, Some(rds)) if rds.db_snapshot_identifier.is_some() => {
                Some(("rds.dbSnapshotIdentifier", "dbInstanceIdentifier"))
            }
            _ => None,
        };
        if let Some((field, instead)) = listed {
            faults.push(Fault::new(
                format!("source.{field}"),
                format!("given with `source.recorded`, whose records are found by `{instead}`"),
            ));
        }
    }

    fn takes_two_hops(&self) -> bool {
        self.source.account_id != self.target.account_id && self.source.region != self.target.region
    }

    fn check_rds_source(&self, source: &RdsSource, faults: &mut Vec<Fault>) {
        const PATH: &str = "source.rds";
        match (&source.db_snapshot_identifier, &source.db_instance_identifier) {
            (Some(_), Some(_)) => faults.push(Fault::new(
                PATH,
                "give `dbSnapshotIdentifier` or `dbInstanceIdentifier`, not both",
            )),
            (None, None) => faults.push(Fault::new(
                PATH,
                "give one of `dbSnapshotIdentifier` and `dbInstanceIdentifier`",
            )),
            (Some(_), None) if source.at.is_some() => faults.push(Fault::new(
                "source.rds.at",
                "goes with `dbInstanceIdentifier`; a snapshot is of one instant",
            )),
            (None, Some(_)) if source.at.is_none() => faults.push(Fault::new(
                "source.rds.at",
                "required with `dbInstanceIdentifier`: `latest` or an RFC 3339 instant",
            )),
            _ => {}
        }
        let Some(snapshot) = &source.db_snapshot_identifier else { return };
        let path = "source.rds.dbSnapshotIdentifier";
        if snapshot.is_cluster() {
            faults.push(Fault::new(
                path,
                "is a DB cluster snapshot (Aurora or a Multi-AZ DB cluster), which is not supported yet",
            ));
        }
        if let Some((region, account)) = snapshot.place()
            && (region, account) != (self.source.region.as_str(), self.source.account_id.as_str())
        {
            faults.push(Fault::new(
                path,
                format!(
                    "is in account {account} and Region {region}, not in the source's {} and {}",
                    self.source.account_id, self.source.region
                ),
            ));
        }
    }
}

fn check_role(
    path: &str,
    role: &RoleArn,
    account: &AccountId,
    region: &Region,
    faults: &mut Vec<Fault>,
) {
    if role.account() != account.as_str() {
        faults.push(Fault::new(
            path,
            format!("is a role of account {}, but serves account {account}", role.account()),
        ));
    }
    if role.partition() != region.partition() {
        faults.push(Fault::new(
            path,
            format!(
                "is in partition {}, but Region {region} is in {}",
                role.partition(),
                region.partition()
            ),
        ));
    }
}

fn check_key(path: &str, key: &KeyReference, region: &Region, faults: &mut Vec<Fault>) {
    if let Some((key_region, _)) = key.place()
        && key_region != region.as_str()
    {
        faults.push(Fault::new(
            path,
            format!("is a key of Region {key_region}, but is used in {region}"),
        ));
    }
}

fn check_ec2_source(source: &Ec2Source, faults: &mut Vec<Fault>) {
    const PATH: &str = "source.ec2";
    match (&source.volumes, &source.instance_id) {
        (Some(_), Some(_)) => {
            faults.push(Fault::new(PATH, "give `volumes` or `instanceId`, not both"));
        }
        (None, None) => faults.push(Fault::new(PATH, "give one of `volumes` and `instanceId`")),
        (Some(_), None) if source.at.is_some() => {
            faults.push(Fault::new("source.ec2.at", "goes with `instanceId`"));
        }
        (None, Some(_)) if source.at.is_none() => faults.push(Fault::new(
            "source.ec2.at",
            "required with `instanceId`: `latest` or an RFC 3339 instant",
        )),
        _ => {}
    }
    let Some(volumes) = &source.volumes else { return };
    let path = "source.ec2.volumes";
    match volumes.iter().filter(|volume| volume.root).count() {
        1 => {}
        0 => faults.push(Fault::new(path, "none is marked `root`")),
        count => faults.push(Fault::new(path, format!("{count} are marked `root`, not one"))),
    }
    let mut devices = BTreeSet::new();
    for (index, volume) in volumes.iter().enumerate() {
        let path = format!("{path}[{index}]");
        if !devices.insert(&volume.device_name) {
            faults.push(Fault::new(
                format!("{path}.deviceName"),
                format!("`{}` is taken by another volume", volume.device_name),
            ));
        }
        let misfits = volumes::misfits(volume).into_iter();
        faults.extend(misfits.map(|(field, it)| Fault::new(format!("{path}.{field}"), it)));
    }
}

fn check_ec2_target(target: &Ec2Target, faults: &mut Vec<Fault>) {
    const PATH: &str = "target.ec2";
    // EC2/Using_Tags: "The aws: prefix is reserved for AWS use"; `restore:` is ours.
    check_tags("target.ec2.tags", target.tags.as_ref(), &["aws:", "restore:"], faults);
    if target.security_group_ids.as_ref().is_some_and(Vec::is_empty) {
        faults.push(Fault::new(
            format!("{PATH}.securityGroupIds"),
            "is empty; leave it out for the VPC's default group",
        ));
    }
    // BC:ec2.RunInstancesRequest.UserData: "limited to 16 KB ... before it is base64-encoded".
    if target.user_data.as_ref().is_some_and(|data| data.len() > 16 * 1024) {
        faults.push(Fault::new(format!("{PATH}.userData"), "is longer than 16 KiB"));
    }
    for (index, alternative) in target.alternatives.iter().flatten().enumerate() {
        if alternative.instance_type.is_none() && alternative.subnet_id.is_none() {
            faults.push(Fault::new(
                format!("{PATH}.alternatives[{index}]"),
                "give `instanceType`, `subnetId` or both",
            ));
        }
    }
}

fn check_tags(
    path: &str,
    tags: Option<&BTreeMap<String, String>>,
    prefixes: &[&str],
    faults: &mut Vec<Fault>,
) {
    for key in tags.into_iter().flatten().map(|(key, _)| key) {
        for reserved in prefixes {
            if key.to_ascii_lowercase().starts_with(reserved) {
                faults.push(Fault::new(
                    path,
                    format!("`{key}`: the prefix `{reserved}` is reserved"),
                ));
            }
        }
    }
}

#[cfg(test)]
mod tests;
