//! What a request says of an instance that is known by its records alone.

use serde::{Deserialize, Serialize};

use crate::{AccountId, Region, Service};

/// Where the instance lived. Nothing is asked of that place: the settings of the instance are those of
/// the newest record that `record-settings` wrote of it at or before `at`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Recorded {
    /// The account that it lived in.
    pub account_id: AccountId,
    /// The Region that it lived in.
    pub region: Region,
    /// Settings of the instance that the restored one does without. What is of another account or
    /// Region than the target's is either here or under `target`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub leave_out: Vec<RecordedSetting>,
}

/// A setting that names something of one account or Region, by its name under `target`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the request's own names")]
pub enum RecordedSetting {
    SecurityGroupIds,
    KeyName,
    IamInstanceProfile,
    DbSubnetGroupName,
    VpcSecurityGroupIds,
    DbParameterGroupName,
    OptionGroupName,
    NetworkType,
    MonitoringRoleArn,
}

impl RecordedSetting {
    /// The service whose instances have it.
    #[must_use]
    pub const fn service(self) -> Service {
        match self {
            Self::SecurityGroupIds | Self::KeyName | Self::IamInstanceProfile => Service::Ec2,
            Self::DbSubnetGroupName
            | Self::VpcSecurityGroupIds
            | Self::DbParameterGroupName
            | Self::OptionGroupName
            | Self::NetworkType
            | Self::MonitoringRoleArn => Service::Rds,
        }
    }

    /// Its name under `target.ec2` or `target.rds`.
    #[must_use]
    pub const fn field(self) -> &'static str {
        match self {
            Self::SecurityGroupIds => "securityGroupIds",
            Self::KeyName => "keyName",
            Self::IamInstanceProfile => "iamInstanceProfile",
            Self::DbSubnetGroupName => "dbSubnetGroupName",
            Self::VpcSecurityGroupIds => "vpcSecurityGroupIds",
            Self::DbParameterGroupName => "dbParameterGroupName",
            Self::OptionGroupName => "optionGroupName",
            Self::NetworkType => "networkType",
            Self::MonitoringRoleArn => "monitoringRoleArn",
        }
    }

    /// What it is of, in words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::SecurityGroupIds | Self::VpcSecurityGroupIds => "security groups",
            Self::KeyName => "key pair",
            Self::IamInstanceProfile => "instance profile",
            Self::DbSubnetGroupName => "DB subnet group",
            Self::DbParameterGroupName => "DB parameter group",
            Self::OptionGroupName => "option group",
            Self::NetworkType => "network type",
            Self::MonitoringRoleArn => "monitoring role",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RecordedSetting::{
        DbParameterGroupName, DbSubnetGroupName, IamInstanceProfile, KeyName, MonitoringRoleArn,
        NetworkType, OptionGroupName, SecurityGroupIds, VpcSecurityGroupIds,
    };

    #[test]
    fn a_setting_is_called_as_the_field_that_has_it() {
        for setting in [
            SecurityGroupIds,
            KeyName,
            IamInstanceProfile,
            DbSubnetGroupName,
            VpcSecurityGroupIds,
            DbParameterGroupName,
            OptionGroupName,
            NetworkType,
            MonitoringRoleArn,
        ] {
            assert_eq!(serde_json::to_value(setting).unwrap(), setting.field());
        }
    }
}
