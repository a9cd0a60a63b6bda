//! RDS, as far as one DB instance goes. What is there is seen at once: nothing that AWS writes of
//! RDS says otherwise.

use aws_sdk_rds::Client;
use aws_sdk_rds::error::ErrorMetadata;
use aws_sdk_rds::operation::delete_db_instance::{
    DeleteDBInstanceError, DeleteDbInstanceInput, DeleteDbInstanceOutput,
};
use aws_sdk_rds::operation::describe_db_instances::{
    DescribeDBInstancesError, DescribeDbInstancesOutput,
};
use aws_sdk_rds::operation::modify_db_instance::{
    ModifyDBInstanceError, ModifyDbInstanceInput, ModifyDbInstanceOutput,
};
use aws_sdk_rds::operation::restore_db_instance_from_db_snapshot::{
    RestoreDBInstanceFromDBSnapshotError, RestoreDbInstanceFromDbSnapshotInput,
    RestoreDbInstanceFromDbSnapshotOutput,
};
use aws_sdk_rds::types::{DbInstance, Endpoint, MasterUserSecret};
use aws_smithy_mocks::{MockResponse, RuleMode, mock, mock_client};

use super::{Shared, World};
use crate::example::KEY;

/// The size of the snapshot, in GiB.
const SNAPSHOT_SIZE: i32 = 100;

/// What is there under the identifier of the restore, and what it becomes.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Rds {
    there: Option<DbInstance>,
    /// What it becomes by a modification that has been asked for.
    modified: Option<DbInstance>,
    /// How much has been made, changed or removed by calls.
    changes: usize,
}

impl World for Rds {
    fn time_passes(&mut self) {
        let has_begun = self.status() != "available";
        match self.modified.take() {
            // It begins a while after it was asked for.
            Some(modified) if !has_begun => {
                self.modified = Some(modified);
                self.there.as_mut().unwrap().db_instance_status = Some("modifying".to_owned());
                return;
            }
            Some(modified) => self.there = Some(modified),
            None => {}
        }
        match self.status() {
            "deleting" => self.there = None,
            "creating" | "modifying" | "backing-up" => {
                let there = self.there.as_mut().unwrap();
                there.db_instance_status = Some("available".to_owned());
                there.endpoint = Some(Endpoint::builder().address("orders.example").build());
            }
            _ => {}
        }
    }
}

impl Rds {
    pub(crate) fn holding(there: Option<DbInstance>) -> Self {
        Self { there, ..Self::default() }
    }

    /// AWS's word for its state, empty where there is none.
    pub(crate) fn status(&self) -> &str {
        self.there.as_ref().and_then(DbInstance::db_instance_status).unwrap_or_default()
    }

    fn described(&self) -> MockResponse<DescribeDbInstancesOutput, DescribeDBInstancesError> {
        match &self.there {
            Some(there) => MockResponse::Output(
                DescribeDbInstancesOutput::builder().db_instances(there.clone()).build(),
            ),
            None => {
                MockResponse::Error(DescribeDBInstancesError::generic(error("DBInstanceNotFound")))
            }
        }
    }

    fn restore(
        &mut self,
        asked: &RestoreDbInstanceFromDbSnapshotInput,
    ) -> Result<RestoreDbInstanceFromDbSnapshotOutput, &'static str> {
        if self.there.is_some() {
            return Err("DBInstanceAlreadyExists");
        }
        self.changes += 1;
        self.there = Some(
            DbInstance::builder()
                .set_db_instance_identifier(asked.db_instance_identifier.clone())
                .db_instance_status("creating")
                .kms_key_id(KEY)
                .allocated_storage(asked.allocated_storage.unwrap_or(SNAPSHOT_SIZE))
                .set_deletion_protection(asked.deletion_protection)
                .preferred_maintenance_window("mon:01:00-mon:01:30")
                .set_tag_list(asked.tags.clone())
                .build(),
        );
        Ok(RestoreDbInstanceFromDbSnapshotOutput::builder().build())
    }

    /// Applies what is asked for, after a while: until then it does not show, and once it has begun
    /// nothing else is taken. What has been asked for is not to be asked for again.
    fn modify(
        &mut self,
        asked: &ModifyDbInstanceInput,
    ) -> Result<ModifyDbInstanceOutput, &'static str> {
        let there = self.there.as_mut().ok_or("DBInstanceNotFound")?;
        if there.db_instance_status() != Some("available") {
            return Err("InvalidDBInstanceState");
        }
        // RDS/USER_ModifyInstance.Settings: it would wait for the maintenance window.
        assert_eq!(asked.apply_immediately(), Some(true), "it waits");
        let mut wanted = self.modified.clone().unwrap_or_else(|| there.clone());
        if let Some(limit) = asked.max_allocated_storage {
            // RDS/USER_PIOPS.Autoscaling: the size that it has switches scaling off.
            match limit - there.allocated_storage().unwrap() {
                0 => wanted.max_allocated_storage = None,
                1.. => wanted.max_allocated_storage = Some(limit),
                _ => return Err("InvalidParameterCombination"),
            }
        }
        if let Some(interval) = asked.monitoring_interval {
            // BC:rds.ModifyDBInstanceMessage.MonitoringRoleArn: both or neither.
            if (interval > 0) != asked.monitoring_role_arn.is_some() {
                return Err("InvalidParameterCombination");
            }
            wanted.monitoring_interval = Some(interval);
            wanted.monitoring_role_arn.clone_from(&asked.monitoring_role_arn);
        }
        if let Some(manage) = asked.manage_master_user_password {
            // BC:rds….ManageMasterUserPassword: "If you set this to false, you must specify
            // MasterUserPassword".
            if !manage {
                return Err("InvalidParameterCombination");
            }
            wanted.master_user_secret = Some(MasterUserSecret::builder().build());
        }
        if let Some(window) = &asked.preferred_maintenance_window {
            wanted.preferred_maintenance_window = Some(window.to_ascii_lowercase());
        }
        if asked.deletion_protection.is_some() {
            wanted.deletion_protection = asked.deletion_protection;
        }
        if asked.enable_performance_insights.is_some() {
            wanted.performance_insights_enabled = asked.enable_performance_insights;
        }
        // The same once more is one change.
        self.changes += usize::from(self.modified.as_ref() != Some(&wanted));
        self.modified = Some(wanted);
        Ok(ModifyDbInstanceOutput::builder().build())
    }

    fn delete(
        &mut self,
        asked: &DeleteDbInstanceInput,
    ) -> Result<DeleteDbInstanceOutput, &'static str> {
        let there = self.there.as_mut().ok_or("DBInstanceNotFound")?;
        // BC:rds.DeleteDBInstanceMessage.SkipFinalSnapshot: "If you don't enable this parameter, you
        // must specify FinalDBSnapshotIdentifier".
        let is_final = asked.final_db_snapshot_identifier().is_some();
        if there.deletion_protection() == Some(true)
            || asked.skip_final_snapshot() == Some(true) && is_final
            || asked.skip_final_snapshot() != Some(true) && !is_final
        {
            return Err("InvalidParameterCombination");
        }
        if there.db_instance_status() == Some("deleting") {
            return Err("InvalidDBInstanceState");
        }
        self.changes += 1;
        there.db_instance_status = Some("deleting".to_owned());
        Ok(DeleteDbInstanceOutput::builder().build())
    }
}

impl Shared<Rds> {
    pub(crate) fn client(&self) -> Client {
        let of = || self.clone();
        let (it, found) = (of(), mock!(Client::describe_db_instances));
        let found = found.then_compute_response(move |_| it.with(|rds| rds.described()));
        let (it, restore) = (of(), mock!(Client::restore_db_instance_from_db_snapshot));
        let restore = restore.then_compute_response(move |asked| {
            it.with(|rds| rds.restore(asked)).map_or_else(
                |code| {
                    MockResponse::Error(RestoreDBInstanceFromDBSnapshotError::generic(error(code)))
                },
                MockResponse::Output,
            )
        });
        let (it, modify) = (of(), mock!(Client::modify_db_instance));
        let modify = modify.then_compute_response(move |asked| {
            it.with(|rds| rds.modify(asked)).map_or_else(
                |code| MockResponse::Error(ModifyDBInstanceError::generic(error(code))),
                MockResponse::Output,
            )
        });
        let (it, delete) = (of(), mock!(Client::delete_db_instance));
        let delete = delete.then_compute_response(move |asked| {
            it.with(|rds| rds.delete(asked)).map_or_else(
                |code| MockResponse::Error(DeleteDBInstanceError::generic(error(code))),
                MockResponse::Output,
            )
        });
        mock_client!(aws_sdk_rds, RuleMode::MatchAny, [&found, &restore, &modify, &delete])
    }
}

fn error(code: &str) -> ErrorMetadata {
    ErrorMetadata::builder().code(code).message("no").build()
}
