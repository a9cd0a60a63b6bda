//! What a DB instance is created with.

use aws_sdk_rds::types::{DbInstance, Endpoint};
use restore::id::DbInstanceIdentifier;
use restore::record::{RdsSettings, provisioned_storage};
use restore::request::{RdsTarget, StorageType};
use restore::{RoleArn, SecurityGroupId};

use crate::{RESERVED_IN_RDS, left_out, unreserved};

/// What `instance`, which is called `identifier`, is created with.
///
/// A default group is none: where nothing is asked for, AWS takes the one of the version and Region.
/// That of a DB subnet group is one of its VPC, and is told.
#[must_use]
pub fn settings(identifier: DbInstanceIdentifier, instance: &DbInstance) -> RdsSettings {
    let tags = || instance.tag_list().iter();
    let text = |told: Option<&str>| told.map(str::to_owned);
    let group_of =
        |told: Option<&str>, default: &str| text(told.filter(|name| !name.starts_with(default)));
    let storage_type = instance.storage_type().and_then(StorageType::of);
    let (iops, storage_throughput) =
        provisioned_storage(storage_type, instance.iops(), instance.storage_throughput());
    let groups: Vec<SecurityGroupId> = instance
        .vpc_security_groups()
        .iter()
        .filter_map(|group| SecurityGroupId::try_from(group.vpc_security_group_id()?).ok())
        .collect();
    let parameters = instance.db_parameter_groups().first();
    let options = instance.option_group_memberships().first();
    let monitored = instance.monitoring_interval().filter(|interval| *interval > 0);
    let logs = instance.enabled_cloudwatch_logs_exports();
    let tagged = unreserved(RESERVED_IN_RDS, tags().map(|tag| (tag.key(), tag.value())));
    let port = instance.endpoint().and_then(Endpoint::port);
    let settings = RdsTarget {
        db_instance_class: text(instance.db_instance_class()),
        db_subnet_group_name: instance
            .db_subnet_group()
            .and_then(|group| text(group.db_subnet_group_name())),
        vpc_security_group_ids: (!groups.is_empty()).then_some(groups),
        db_parameter_group_name: group_of(
            parameters.and_then(|group| group.db_parameter_group_name()),
            "default.",
        ),
        option_group_name: group_of(
            options.and_then(|group| group.option_group_name()),
            "default:",
        ),
        multi_az: instance.multi_az(),
        storage_type,
        iops,
        storage_throughput,
        port: port.and_then(|port| u16::try_from(port).ok()),
        publicly_accessible: instance.publicly_accessible(),
        enable_iam_database_authentication: instance.iam_database_authentication_enabled(),
        deletion_protection: instance.deletion_protection(),
        ca_certificate_identifier: text(instance.ca_certificate_identifier()),
        engine_lifecycle_support: text(instance.engine_lifecycle_support()),
        backup_retention_period: instance.backup_retention_period(),
        copy_tags_to_snapshot: instance.copy_tags_to_snapshot(),
        license_model: text(instance.license_model()),
        network_type: text(instance.network_type()),
        enable_cloudwatch_logs_exports: (!logs.is_empty()).then(|| logs.to_vec()),
        tags: (!tagged.is_empty()).then_some(tagged),
        // Up to what there is already is no autoscaling.
        max_allocated_storage: instance
            .max_allocated_storage()
            .filter(|most| instance.allocated_storage().is_none_or(|now| *most > now)),
        monitoring_interval: monitored,
        monitoring_role_arn: instance
            .monitoring_role_arn()
            .filter(|_| monitored.is_some())
            .and_then(|role| RoleArn::try_from(role).ok()),
        enable_performance_insights: instance.performance_insights_enabled().filter(|on| *on),
        preferred_maintenance_window: text(instance.preferred_maintenance_window()),
        manage_master_user_password: instance.master_user_secret().map(|_| true),
        ..RdsTarget::named(identifier)
    };
    RdsSettings {
        dbi_resource_id: text(instance.dbi_resource_id()),
        settings,
        not_restored: left_out(RESERVED_IN_RDS, tags().map(|tag| tag.key())).into_iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_rds::types::{
        DbParameterGroupStatus, DbSubnetGroup, Endpoint, OptionGroupMembership, Tag,
        VpcSecurityGroupMembership,
    };
    use serde_json::json;

    use super::*;

    #[test]
    fn a_db_instance_is_described_by_what_it_is_created_with() {
        let options =
            OptionGroupMembership::builder().option_group_name("default:postgres-16").build();
        let group = VpcSecurityGroupMembership::builder().vpc_security_group_id("sg-0c0c0c0c");
        let instance = DbInstance::builder()
            .dbi_resource_id("db-ABC")
            .db_instance_class("db.m7g.large")
            .db_subnet_group(DbSubnetGroup::builder().db_subnet_group_name("private").build())
            .vpc_security_groups(group.build())
            .db_parameter_groups(
                DbParameterGroupStatus::builder().db_parameter_group_name("orders-pg16").build(),
            )
            .option_group_memberships(options)
            .multi_az(false)
            .storage_type("gp3")
            .iops(3000)
            .storage_throughput(125)
            .endpoint(Endpoint::builder().port(5433).build())
            .monitoring_interval(0)
            .tag_list(Tag::builder().key("service").value("orders").build())
            .tag_list(Tag::builder().key("aws:cloudformation:stack-name").value("x").build())
            .tag_list(Tag::builder().key("rds:own").value("x").build())
            .build();

        let found = settings("orders".try_into().unwrap(), &instance);

        assert_eq!(
            serde_json::to_value(found).unwrap(),
            json!({
                "dbiResourceId": "db-ABC",
                "settings": {
                    "dbInstanceIdentifier": "orders",
                    "dbInstanceClass": "db.m7g.large",
                    "dbSubnetGroupName": "private",
                    "vpcSecurityGroupIds": ["sg-0c0c0c0c"],
                    "dbParameterGroupName": "orders-pg16",
                    "multiAz": false,
                    "storageType": "gp3",
                    "port": 5433,
                    "tags": { "service": "orders" },
                },
                "notRestored": [
                    "tags reserved by AWS or by restores: aws:cloudformation:stack-name, rds:own",
                ],
            })
        );
    }
}
