//! The path that a restore's snapshots take, from where they are to where the instance is made.

use super::refusal::{Obstacle, ObstacleKind};
use super::{Hop, HopStep, option_groups};
use crate::facts::{Facts, KeyFacts, SnapshotFacts, Unshareable};
use crate::request::{RdsTarget, Request};
use crate::{Flow, KeyArn, Region, Session};

/// The path that the snapshots take.
pub(crate) struct Path<'a> {
    request: &'a Request,
    facts: &'a Facts,
    flow: Flow,
}

impl<'a> Path<'a> {
    /// The path of `request`.
    pub(crate) fn of(request: &'a Request, facts: &'a Facts) -> Self {
        Self { request, facts, flow: request.flow() }
    }

    /// The hops in their order, and what stands in the way of staging: what can be said of the
    /// rest of the path does not depend on it.
    pub(crate) fn hops(&self) -> (Vec<Hop>, Vec<Obstacle>) {
        let mut hops = Vec::new();
        let mut obstacles = Vec::new();
        if self.flow.crosses_accounts() {
            match self.stage() {
                Ok(stage) => hops.extend(stage),
                Err(unshareable) => obstacles = unshareable,
            }
            hops.push(self.share());
        }
        match self.flow {
            Flow::Ec2SameLocation | Flow::Ec2CrossAccount => {}
            Flow::Ec2CrossRegion | Flow::Ec2CrossAccountCrossRegion | Flow::RdsCrossRegion => {
                hops.push(self.to_target(HopStep::CopySnapshot));
            }
            Flow::RdsSameLocation if self.is_under_target_key() => {}
            Flow::RdsSameLocation | Flow::RdsCrossAccount => {
                hops.push(self.to_target(HopStep::ReencryptCopy));
            }
            Flow::RdsCrossAccountCrossRegion => {
                hops.push(self.copy_into_target_account());
                hops.push(self.to_target(HopStep::ReencryptCopy));
            }
        }
        (hops, obstacles)
    }

    /// The hop that makes shareable copies of what cannot be shared as it is.
    fn stage(&self) -> Result<Option<Hop>, Vec<Obstacle>> {
        let unshareable: Vec<&SnapshotFacts> =
            self.facts.snapshots.iter().filter(|snapshot| !is_shareable(snapshot)).collect();
        if unshareable.is_empty() {
            return Ok(None);
        }
        let for_good: Vec<Obstacle> =
            unshareable.iter().filter_map(|snapshot| self.refuse_for_good(snapshot)).collect();
        if !for_good.is_empty() {
            return Err(for_good);
        }
        let Some(staging_key) = &self.facts.staging_key else {
            return Err(self.refuse_unshareable(&unshareable));
        };
        let snapshots = unshareable.into_iter().map(|snapshot| snapshot.id.clone()).collect();
        let key = Some(staging_key.arn.clone());
        let source = self.request.source_session();
        Ok(Some(Hop { snapshots, ..self.hop(HopStep::StageSnapshot, source, key) }))
    }

    /// That no copy of it can be shared either, where that is so: a staging key is no way out.
    fn refuse_for_good(&self, snapshot: &SnapshotFacts) -> Option<Obstacle> {
        let Some(Unshareable::NorAnyCopy(why)) = &snapshot.unshareable else { return None };
        let (source, target) = (&self.request.source.account_id, &self.request.target.account_id);
        let problem = format!(
            "{} {why}, so AWS lets neither it nor a copy of it be shared with account {target}: restore it within account \
             {source}, and bring its data over by the engine's own means, such as a native backup or an export",
            snapshot.id
        );
        Some(Obstacle::at(ObstacleKind::Invalid, &snapshot.path, problem))
    }

    fn refuse_unshareable(&self, unshareable: &[&SnapshotFacts]) -> Vec<Obstacle> {
        let under_default_key: Vec<String> = unshareable
            .iter()
            .filter_map(|snapshot| {
                let key = snapshot.key.as_ref().filter(|key| key.managed_by_aws)?;
                Some(format!("{} (key {})", snapshot.id, key.arn))
            })
            .collect();
        let default_key = (!under_default_key.is_empty()).then(|| {
            let message = format!(
                "{}: encrypted with an AWS managed key, so AWS does not let it be shared with account {}; \
                 give `source.stagingKmsKeyId`, a customer managed key in the source account and Region, to copy it under first",
                under_default_key.join(", "),
                self.request.target.account_id
            );
            Obstacle::new(ObstacleKind::DefaultKeyNotShareable, message)
        });
        let unshareable = unshareable.iter().filter_map(|snapshot| {
            let Some(Unshareable::AsItIs(why)) = &snapshot.unshareable else { return None };
            Some(Obstacle::at(
                ObstacleKind::Invalid,
                "source.stagingKmsKeyId",
                format!(
                    "required: {} {why}, so AWS does not let it be shared; it is copied under this key first",
                    snapshot.id
                ),
            ))
        });
        // What is both is told once: the same key is the way out.
        if default_key.is_some() {
            default_key.into_iter().collect()
        } else {
            unshareable.collect()
        }
    }

    fn share(&self) -> Hop {
        Hop {
            share_with: Some(self.request.target.account_id.clone()),
            ..self.hop(HopStep::ShareSnapshot, self.request.source_session(), None)
        }
    }

    /// The hop that ends in the target account and Region, under the target key.
    fn to_target(&self, step: HopStep) -> Hop {
        let key = self.facts.target_key.as_ref().map(|key| key.arn.clone());
        let hop = self.hop(step, self.request.target_session(), key);
        Hop {
            option_group_name: option_groups::is_named_for_copy(self.request, self.facts)
                .then(|| self.rds().and_then(|rds| rds.option_group_name.clone()))
                .flatten(),
            ..hop
        }
    }

    /// The first of two hops: into the target account, in the source's Region.
    fn copy_into_target_account(&self) -> Hop {
        let session = self.request.target_session().in_region(&self.request.source.region);
        let key = match &self.facts.intermediate_key {
            Some(key) => Some(key.arn.clone()),
            None => self.key_of_shared_snapshot(),
        };
        self.hop(HopStep::CopyIntoTargetAccount, session, key)
    }

    /// The key of the snapshot that is shared first.
    fn key_of_shared_snapshot(&self) -> Option<KeyArn> {
        self.facts.snapshots.first().and_then(|snapshot| self.key_when_shared(snapshot))
    }

    /// The key of `snapshot` as it is shared: the staged copy's where there is one.
    fn key_when_shared(&self, snapshot: &SnapshotFacts) -> Option<KeyArn> {
        let key = if is_shareable(snapshot) { &snapshot.key } else { &self.facts.staging_key };
        key.as_ref().map(|key| key.arn.clone())
    }

    /// The keys of all that is shared, each once, in the order of the snapshots.
    pub(super) fn shared_keys(&self) -> Vec<KeyArn> {
        let mut keys = Vec::new();
        for key in self.facts.snapshots.iter().filter_map(|one| self.key_when_shared(one)) {
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        keys
    }

    fn is_under_target_key(&self) -> bool {
        let target = self.facts.target_key.as_ref().map(|key| &key.arn);
        let is_target = |snapshot: &SnapshotFacts| {
            snapshot.key.as_ref().is_some_and(|key| Some(&key.arn) == target)
        };
        self.facts.snapshots.iter().all(is_target)
    }

    fn rds(&self) -> Option<&RdsTarget> {
        self.request.target.rds.as_ref()
    }

    fn hop(&self, step: HopStep, session: Session, kms_key_id: Option<KeyArn>) -> Hop {
        let source_region: Region = self.request.source.region.clone();
        Hop {
            step,
            service: self.request.service(),
            session,
            source_region,
            kms_key_id,
            snapshots: self.facts.snapshots.iter().map(|snapshot| snapshot.id.clone()).collect(),
            share_with: None,
            option_group_name: None,
        }
    }
}

/// Whether AWS lets the snapshot be shared with another account.
fn is_shareable(snapshot: &SnapshotFacts) -> bool {
    let under_default_key = snapshot.key.as_ref().is_some_and(|key: &KeyFacts| key.managed_by_aws);
    !under_default_key && snapshot.unshareable.is_none()
}
