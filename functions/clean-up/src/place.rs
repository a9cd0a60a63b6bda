//! The accounts and Regions that a restore goes through.

use aws_config::SdkConfig;
use restore::plan::Plan;
use restore::{Flow, RestoreId, Session};

use crate::found::{Found, Kind};

/// What of the path happens in a place, and so what can be found there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// Snapshots are staged and shared.
    Source,
    /// Shared snapshots are copied into the target account, in the source's Region.
    Between,
    /// The instance is made, and what it is made from.
    Target,
}

/// One account and Region, and the hands to work there with.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) part: Part,
    pub(crate) session: Session,
    pub(crate) ec2: aws_sdk_ec2::Client,
    pub(crate) kms: aws_sdk_kms::Client,
    pub(crate) rds: aws_sdk_rds::Client,
}

impl Place {
    /// The place that `config` leads to.
    pub(crate) fn new(part: Part, session: Session, config: &SdkConfig) -> Self {
        let ec2 = aws_sdk_ec2::Client::new(config);
        let kms = aws_sdk_kms::Client::new(config);
        let rds = aws_sdk_rds::Client::new(config);
        Self { part, session, ec2, kms, rds }
    }
}

/// The places of a plan, and who works there.
///
/// By the flow and not by the plan's hops: a run that goes on from where an earlier one came to
/// plans no hops. Within one account the restore role makes everything where the instance goes.
pub(crate) fn of(plan: &Plan) -> Vec<(Part, Session)> {
    let target = (Part::Target, plan.target.clone());
    let source = (Part::Source, plan.source.clone());
    let between = (Part::Between, plan.target.in_region(&plan.source.region));
    match plan.flow {
        Flow::Ec2SameLocation
        | Flow::Ec2CrossRegion
        | Flow::RdsSameLocation
        | Flow::RdsCrossRegion => vec![target],
        Flow::Ec2CrossAccount | Flow::Ec2CrossAccountCrossRegion | Flow::RdsCrossAccount => {
            vec![target, source]
        }
        Flow::RdsCrossAccountCrossRegion => vec![target, between, source],
    }
}

/// A place in words.
pub(crate) fn name(session: &Session) -> String {
    format!("what this restore made in {} {}", session.account_id, session.region)
}

/// A look into one place for what a restore made there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Search<'a> {
    /// The place's index.
    pub(crate) index: usize,
    pub(crate) place: &'a Place,
    pub(crate) restore_id: &'a RestoreId,
}

impl Search<'_> {
    /// Something found there.
    pub(crate) fn found(&self, arn: String, id: &str, kind: Kind) -> Found {
        Found { place: self.index, arn, id: id.to_owned(), kind }
    }

    /// An EC2 resource found there.
    pub(crate) fn found_ec2(&self, resource: &str, id: &str, kind: Kind) -> Found {
        self.found(ec2_arn(&self.place.session, resource, id), id, kind)
    }
}

/// The ARN of an EC2 resource.
///
/// With the account even for a snapshot, whose own form of an ARN leaves it out: who reads what
/// was removed, or left, needs to know where.
fn ec2_arn(session: &Session, resource: &str, id: &str) -> String {
    let (partition, region) = (session.role_arn.partition(), &session.region);
    format!("arn:{partition}:ec2:{region}:{}:{resource}/{id}", session.account_id)
}

#[cfg(test)]
mod tests {
    use restore::Flow;

    use super::*;
    use crate::tests::plan;

    #[test]
    fn every_place_of_a_flow_is_looked_into_by_the_role_that_worked_there() {
        let target = (Part::Target, "444455556666", "eu-central-1");
        let between = (Part::Between, "444455556666", "eu-west-1");
        let source = (Part::Source, "111122223333", "eu-west-1");
        for (flow, places) in [
            (Flow::Ec2SameLocation, vec![target]),
            (Flow::Ec2CrossRegion, vec![target]),
            (Flow::Ec2CrossAccount, vec![target, source]),
            (Flow::Ec2CrossAccountCrossRegion, vec![target, source]),
            (Flow::RdsSameLocation, vec![target]),
            (Flow::RdsCrossRegion, vec![target]),
            (Flow::RdsCrossAccount, vec![target, source]),
            (Flow::RdsCrossAccountCrossRegion, vec![target, between, source]),
        ] {
            let found = of(&plan(flow));
            let found: Vec<_> = found
                .iter()
                .map(|(part, session)| {
                    (*part, session.account_id.as_str(), session.region.as_str())
                })
                .collect();
            assert_eq!(found, places, "{flow}");
        }
    }
}
