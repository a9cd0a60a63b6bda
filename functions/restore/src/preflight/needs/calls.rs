//! The calls of EC2 and RDS to come, by the role that will make them.

mod ec2;
mod rds;

use crate::facts::Facts;
use crate::plan::Hop;
use crate::preflight::Need;
use crate::request::Request;
use crate::{Service, Session};

/// What must be allowed but for the keys.
pub(super) fn of(request: &Request, facts: &Facts, hops: &[Hop]) -> Vec<Need> {
    match request.service() {
        Service::Ec2 => ec2::of(request, facts, hops),
        Service::Rds => rds::of(request, facts, hops),
    }
}

/// Collects the needs of one step.
struct Step<'a> {
    service: Service,
    session: &'a Session,
    name: &'a str,
    needs: &'a mut Vec<Need>,
}

impl Step<'_> {
    /// Needs `actions` on something that is there before the restore.
    fn on(&mut self, resource: &str, actions: &[&'static str]) {
        self.add(resource, actions, false);
    }

    /// Needs `actions` on what the restore makes, which carries its tags.
    fn on_made(&mut self, resource: &str, actions: &[&'static str]) {
        self.add(resource, actions, true);
    }

    fn add(&mut self, resource: &str, actions: &[&'static str], made: bool) {
        self.needs.extend(actions.iter().map(|action| Need {
            service: self.service,
            session: self.session.clone(),
            action,
            resource: resource.to_owned(),
            made,
            own_grant: None,
            granted: false,
            needed_for: vec![self.name.to_owned()],
        }));
    }
}

/// The ARN of `what` of EC2 in the account and Region of `session`.
fn ec2_arn(session: &Session, what: &str) -> String {
    let Session { account_id, region, .. } = session;
    format!("arn:{}:ec2:{region}:{account_id}:{what}", region.partition())
}

/// The ARN of an EBS snapshot, which names no account (IAM, "Actions, resources, and condition
/// keys for Amazon EC2").
fn snapshot_arn(region: &crate::Region, id: &str) -> String {
    format!("arn:{}:ec2:{region}::snapshot/{id}", region.partition())
}

/// The ARN of `what` of RDS in the account and Region of `session`.
fn rds_arn(session: &Session, what: &str) -> String {
    let Session { account_id, region, .. } = session;
    format!("arn:{}:rds:{region}:{account_id}:{what}", region.partition())
}
