//! A record laid under a request: what the request says wins over what the instance had.
//!
//! Some settings are of one account or Region: a subnet, a key pair, the groups of RDS. Elsewhere they
//! mean nothing, or something else. Such a one is never taken over silently: the request names the
//! target's own, in its field or in its network map, or says that the instance does without, or is
//! refused with the field.

use std::collections::BTreeMap;
use std::fmt;

use super::{Ec2Settings, RdsSettings};
use crate::request::{Ec2Target, Fault, NetworkKind, RdsTarget, Recorded, RecordedSetting};
use crate::translation::{Translated, Translation};
use crate::{AccountId, Region, RoleArn, SecurityGroupId, SubnetId};

/// What the place that an instance lived in has in common with that of the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    /// The account: instance profiles and roles.
    pub account: bool,
    /// The Region: AMIs.
    pub region: bool,
}

impl Reach {
    /// Between the place where the instance lived and a target.
    #[must_use]
    pub fn between(recorded: &Recorded, account: &AccountId, region: &Region) -> Self {
        Self { account: recorded.account_id == *account, region: recorded.region == *region }
    }

    /// Account and Region: subnets, groups, key pairs.
    const fn place(self) -> bool {
        self.account && self.region
    }
}

/// The settings of a request's target, completed.
#[derive(Debug, Clone, PartialEq)]
pub struct Lent<Target> {
    /// The target.
    pub target: Target,
    /// What the instance had and the restored one does without, in words.
    pub left_out: Vec<String>,
}

impl Ec2Settings {
    /// `asked`, with what it leaves open as the instance had it, its network as `translation` has it.
    ///
    /// # Errors
    ///
    /// A fault for each setting that the target has to have its own of.
    pub fn lend(
        &self,
        asked: &Ec2Target,
        recorded: &Recorded,
        reach: Reach,
        translation: &Translation<'_>,
    ) -> Result<Lent<Ec2Target>, Vec<Fault>> {
        use RecordedSetting::{IamInstanceProfile, KeyName, SecurityGroupIds};
        let mut lender = Lender::new("ec2", recorded, translation);
        let target = Ec2Target {
            image_id: lender.needed(
                ("imageId", "AMI"),
                reach.region,
                asked.image_id.as_ref(),
                self.image_id.as_ref(),
            ),
            instance_type: asked.instance_type.clone().or_else(|| self.instance_type.clone()),
            subnet_id: lender.subnet(asked.subnet_id.as_ref(), self.subnet_id.as_ref()),
            security_group_ids: lender.groups(
                SecurityGroupIds,
                asked.security_group_ids.as_ref(),
                Some(&self.security_group_ids),
            ),
            key_name: lender.name(
                (KeyName, NetworkKind::KeyName),
                asked.key_name.as_ref(),
                self.key_name.as_ref(),
            ),
            iam_instance_profile: lender.own(
                IamInstanceProfile,
                reach.account,
                asked.iam_instance_profile.as_ref(),
                self.iam_instance_profile.as_ref(),
            ),
            user_data: asked.user_data.clone().or_else(|| self.user_data.clone()),
            tags: asked.tags.clone().or_else(|| some_tags(&self.tags)),
            start: asked.start,
            alternatives: asked.alternatives.clone(),
        };
        lender.lent(target)
    }
}

/// The fields of `$had` under those of `$asked`, with others as given: so that none is forgotten.
macro_rules! laid_under {
    ($asked:ident, $had:ident: $($same:ident),+; $($name:ident: $value:expr),+ $(,)?) => {
        RdsTarget {
            $($same: $asked.$same.clone().or_else(|| $had.$same.clone()),)+
            $($name: $value,)+
        }
    };
}

impl RdsSettings {
    /// `asked`, with what it leaves open as the DB instance had it, its network as `translation` has it.
    ///
    /// The Availability Zone is never taken over, nor the size of the storage, which the snapshot
    /// has.
    ///
    /// # Errors
    ///
    /// A fault for each setting that the target has to have its own of.
    pub fn lend(
        &self,
        asked: &RdsTarget,
        recorded: &Recorded,
        reach: Reach,
        translation: &Translation<'_>,
    ) -> Result<Lent<RdsTarget>, Vec<Fault>> {
        use RecordedSetting::{
            DbParameterGroupName, DbSubnetGroupName, NetworkType, OptionGroupName,
            VpcSecurityGroupIds,
        };
        let had = &self.settings;
        let mut lender = Lender::new("rds", recorded, translation);
        // IOPS and throughput belong to a storage type.
        let same_storage = asked.storage_type.is_none() || asked.storage_type == had.storage_type;
        let of_storage =
            |asked: Option<i32>, had: Option<i32>| asked.or(had.filter(|_| same_storage));
        let zoned = asked.availability_zone.is_some();
        let (monitoring_interval, monitoring_role_arn) = monitoring(&mut lender, reach, asked, had);
        let target = laid_under! {
            asked, had: db_instance_class, storage_type, port, publicly_accessible,
                enable_iam_database_authentication, deletion_protection, engine_lifecycle_support,
                backup_retention_period, copy_tags_to_snapshot, license_model,
                enable_cloudwatch_logs_exports, max_allocated_storage, enable_performance_insights,
                preferred_maintenance_window, manage_master_user_password, ca_certificate_identifier;
            db_instance_identifier: asked.db_instance_identifier.clone(),
            db_subnet_group_name: lender.name(
                (DbSubnetGroupName, NetworkKind::DbSubnetGroup),
                asked.db_subnet_group_name.as_ref(),
                had.db_subnet_group_name.as_ref(),
            ),
            vpc_security_group_ids: lender.groups(
                VpcSecurityGroupIds,
                asked.vpc_security_group_ids.as_ref(),
                had.vpc_security_group_ids.as_ref(),
            ),
            db_parameter_group_name: lender.name(
                (DbParameterGroupName, NetworkKind::DbParameterGroup),
                asked.db_parameter_group_name.as_ref(),
                had.db_parameter_group_name.as_ref(),
            ),
            option_group_name: lender.name(
                (OptionGroupName, NetworkKind::OptionGroup),
                asked.option_group_name.as_ref(),
                had.option_group_name.as_ref(),
            ),
            // A zone cannot be asked for with it (BC:rds.RestoreDBInstanceFromDBSnapshotMessage).
            multi_az: asked.multi_az.or(had.multi_az.filter(|_| !zoned)),
            availability_zone: asked.availability_zone.clone(),
            iops: of_storage(asked.iops, had.iops),
            storage_throughput: of_storage(asked.storage_throughput, had.storage_throughput),
            allocated_storage: asked.allocated_storage,
            // Both stacks are those of a DB subnet group, and another's elsewhere.
            network_type: lender.own(
                NetworkType,
                reach.place(),
                asked.network_type.as_ref(),
                had.network_type.as_ref().filter(|kind| kind.as_str() != "IPV4"),
            ),
            tags: asked.tags.clone().or_else(|| some_tags(had.tags.as_ref()?)),
            monitoring_interval: monitoring_interval,
            monitoring_role_arn: monitoring_role_arn,
            alternatives: asked.alternatives.clone(),
        };
        lender.lent(target)
    }
}

/// Interval and role of enhanced monitoring, which go together
/// (BC:rds.ModifyDBInstanceMessage.MonitoringRoleArn): what is asked for, else what was had.
fn monitoring(
    lender: &mut Lender<'_>,
    reach: Reach,
    asked: &RdsTarget,
    had: &RdsTarget,
) -> (Option<i32>, Option<RoleArn>) {
    if asked.monitoring_interval.is_some() {
        return (asked.monitoring_interval, asked.monitoring_role_arn.clone());
    }
    let setting = RecordedSetting::MonitoringRoleArn;
    let (asked, of) = (asked.monitoring_role_arn.as_ref(), had.monitoring_role_arn.as_ref());
    let role = lender.own(setting, reach.account, asked, of);
    (had.monitoring_interval.filter(|_| role.is_some()), role)
}

fn some_tags(tags: &BTreeMap<String, String>) -> Option<BTreeMap<String, String>> {
    (!tags.is_empty()).then(|| tags.clone())
}

/// Lends settings one by one, and notes what cannot be lent.
struct Lender<'a> {
    service: &'static str,
    recorded: &'a Recorded,
    translation: &'a Translation<'a>,
    faults: Vec<Fault>,
    left_out: Vec<String>,
}

impl<'a> Lender<'a> {
    const fn new(
        service: &'static str,
        recorded: &'a Recorded,
        translation: &'a Translation<'a>,
    ) -> Self {
        Self { service, recorded, translation, faults: Vec::new(), left_out: Vec::new() }
    }

    /// What is asked for of a setting that is of one account or Region, else what was had where that
    /// `holds` at the target.
    fn own<T: Clone + fmt::Display>(
        &mut self,
        setting: RecordedSetting,
        holds: bool,
        asked: Option<&T>,
        had: Option<&T>,
    ) -> Option<T> {
        let words = had.map(|had| format!("{} `{had}`", setting.words()));
        let there = had.map(|had| Translated::held(had, holds));
        self.lend((setting.field(), words), Some(setting), asked, there)
    }

    /// The same of what a network map translates by its name.
    fn name(
        &mut self,
        (setting, kind): (RecordedSetting, NetworkKind),
        asked: Option<&String>,
        had: Option<&String>,
    ) -> Option<String> {
        let words = had.map(|had| format!("{} `{had}`", setting.words()));
        let there = had.map(|had| self.translation.name(kind, had));
        self.lend((setting.field(), words), Some(setting), asked, there)
    }

    /// The same of security groups, of which none at all are the default ones.
    fn groups(
        &mut self,
        setting: RecordedSetting,
        asked: Option<&Vec<SecurityGroupId>>,
        had: Option<&Vec<SecurityGroupId>>,
    ) -> Option<Vec<SecurityGroupId>> {
        let had = had.filter(|had| !had.is_empty());
        let words = had.map(|had| {
            let ids: Vec<&str> = had.iter().map(SecurityGroupId::as_str).collect();
            format!("{} {}", setting.words(), ids.join(", "))
        });
        let there = had.map(|had| self.translation.groups(had));
        self.lend((setting.field(), words), Some(setting), asked, there)
    }

    /// The same of the subnet, which no instance does without.
    fn subnet(&mut self, asked: Option<&SubnetId>, had: Option<&SubnetId>) -> Option<SubnetId> {
        let words = had.map(|had| format!("subnet `{had}`"));
        let there = had.map(|had| self.translation.subnet(had));
        self.lend(("subnetId", words), None, asked, there)
    }

    /// The same of a setting that no instance does without, and that no network map translates.
    fn needed<T: Clone + fmt::Display>(
        &mut self,
        (field, words): (&str, &str),
        holds: bool,
        asked: Option<&T>,
        had: Option<&T>,
    ) -> Option<T> {
        let words = had.map(|had| format!("{words} `{had}`"));
        let there = had.map(|had| Translated::held(had, holds));
        self.lend((field, words), None, asked, there)
    }

    fn lend<T: Clone>(
        &mut self,
        (field, words): (&str, Option<String>),
        setting: Option<RecordedSetting>,
        asked: Option<&T>,
        there: Option<Translated<T>>,
    ) -> Option<T> {
        if asked.is_some() {
            return asked.cloned();
        }
        let (there, words) = (there?, words?);
        if setting.is_some_and(|setting| self.recorded.leave_out.contains(&setting)) {
            self.left_out.push(format!("{words}, as source.recorded.leaveOut says"));
            return None;
        }
        let lacking = match there {
            Translated::To(there) => return Some(there),
            Translated::Unknown(lacking) => lacking,
        };
        let but = lacking.map_or_else(String::new, |lacking| format!(", and {lacking}"));
        let or = match setting {
            Some(_) => {
                format!(", or list `{field}` under `source.recorded.leaveOut` to do without")
            }
            None => String::new(),
        };
        let Recorded { account_id, region, .. } = self.recorded;
        self.faults.push(Fault::new(
            format!("target.{}.{field}", self.service),
            format!(
                "required: {words} is of account {account_id} and Region {region}, where the \
                 instance lived{but}; name the target's own{or}"
            ),
        ));
        None
    }

    fn lent<Target>(self, target: Target) -> Result<Lent<Target>, Vec<Fault>> {
        if self.faults.is_empty() {
            Ok(Lent { target, left_out: self.left_out })
        } else {
            Err(self.faults)
        }
    }
}
