//! What is different about the plan of a drill.

use std::collections::BTreeMap;

use super::{DbLaunch, Launch, Obstacle};
use crate::RestoreId;
use crate::request::MARK;

/// The most characters that the value of a tag has (`EC2/Using_Tags`).
const MOST_OF_VALUE: usize = 256;

/// The fields of `target` in whose place a drill has a network of its own, and those of that.
const FIELDS: [(&str, &str); 4] = [
    ("target.ec2.subnetId", "drill.network.subnetId"),
    ("target.ec2.securityGroupIds", "drill.network.securityGroupIds"),
    ("target.rds.dbSubnetGroupName", "drill.network.dbSubnetGroupName"),
    ("target.rds.vpcSecurityGroupIds", "drill.network.vpcSecurityGroupIds"),
];

impl Obstacle {
    /// Names the field of the drill, where it names one that the drill has taken the place of.
    pub(super) fn name_the_drill(&mut self) {
        for (field, of_drill) in FIELDS {
            if let Some(rest) = self.message.strip_prefix(field) {
                self.message = format!("{of_drill}{rest}");
                return;
            }
        }
    }
}

impl Launch {
    /// The same, so that whoever sees the instance or a volume of it knows it for a drill.
    pub(super) fn marked(mut self, restore_id: &RestoreId) -> Self {
        let name = self.tags.get("Name").map(|name| format!("drill-{name}"));
        let name = name.unwrap_or_else(|| restore_id.to_string());
        self.tags.insert("Name".to_owned(), name.chars().take(MOST_OF_VALUE).collect());
        mark(&mut self.tags);
        self
    }
}

impl DbLaunch {
    /// The same, with the tag of a drill; its identifier is that of one already.
    pub(super) fn marked(mut self) -> Self {
        mark(self.settings.tags.get_or_insert_default());
        self
    }
}

fn mark(tags: &mut BTreeMap<String, String>) {
    let (key, value) = MARK;
    tags.insert(key.to_owned(), value.to_owned());
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::Flow;
    use crate::facts::Existing;
    use crate::plan::ObstacleKind;
    use crate::plan::examples::Case;

    fn drill() -> Value {
        json!({ "mode": "drill", "drill": {
            "network": {
                "subnetId": "subnet-0d0d0d0d", "securityGroupIds": ["sg-0d0d0d0d"],
                "dbSubnetGroupName": "drills", "vpcSecurityGroupIds": ["sg-0e0e0e0e"],
            },
            "rtoMinutes": 60,
        } })
    }

    #[test]
    fn what_a_drill_makes_is_marked_as_that() {
        let tagged = |tags: &[(&str, &str)]| {
            let of = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
            let tags = tags.iter().map(of).collect();
            let case = Case::of(Flow::Ec2CrossRegion).asking(&drill());
            let plan = case.finding_ec2(|ec2| ec2.tags = tags).plan();
            let launch = plan.instance.unwrap();
            (launch.tags.get("Name").cloned(), launch.tags.get("restore:mode").cloned())
        };
        let mark = Some("drill".to_owned());

        assert_eq!(tagged(&[("Name", "orders")]), (Some("drill-orders".to_owned()), mark.clone()));
        assert_eq!(tagged(&[]), (Some("orders".to_owned()), mark.clone()));
        let (name, _) = tagged(&[("Name", &"n".repeat(256))]);
        assert_eq!(name.unwrap().len(), 256);
        let rds = Case::of(Flow::RdsCrossRegion).asking(&drill()).plan().db_instance.unwrap();
        assert_eq!(rds.settings.tags.unwrap().get("restore:mode"), mark.as_ref());
    }

    #[test]
    fn a_plan_tells_how_its_drill_is_looked_at_and_no_other_plan_does() {
        let case = Case::of(Flow::RdsCrossRegion);

        assert_eq!(case.plan().drill, None);
        let plan = case.asking(&drill()).plan();
        assert_eq!(plan.drill.unwrap().rto_minutes, Some(60));
    }

    #[test]
    fn what_is_done_differs_by_what_a_drill_is_looked_at_with() {
        let hash = |change: &Value| {
            let case = Case::of(Flow::RdsCrossRegion).asking(&drill()).asking(change);
            case.plan().hash.unwrap()
        };
        let check = "arn:aws:lambda:eu-central-1:123456789012:function:check";

        assert_eq!(hash(&json!({})), hash(&json!({})));
        let checked = json!({ "drill": { "validationFunctionArn": check } });
        assert_ne!(hash(&json!({})), hash(&checked));
    }

    #[test]
    fn what_is_wrong_with_the_network_is_told_by_the_field_of_the_drill() {
        let open = crate::request::Fault::new("target.ec2.subnetId", "is not there");
        let case = Case::of(Flow::Ec2CrossRegion)
            .finding(|facts| facts.obstacles.push(open.clone().into()));

        let told = |case: &Case| case.obstacle(ObstacleKind::Invalid);
        assert_eq!(told(&case), "target.ec2.subnetId: is not there");
        assert_eq!(told(&case.asking(&drill())), "drill.network.subnetId: is not there");
        let taken = Case::of(Flow::RdsCrossRegion)
            .asking(&drill())
            .finding_db(Existing::Foreign)
            .obstacle(ObstacleKind::AlreadyExists);
        assert!(taken.starts_with("target.rds.dbInstanceIdentifier: "), "{taken}");
    }

    #[test]
    fn a_drill_adopts_nothing_that_another_has_left() {
        let drilled = |flow| Case::of(flow).asking(&drill());
        for case in [
            drilled(Flow::RdsCrossRegion).finding_db(Existing::Ours),
            drilled(Flow::Ec2CrossRegion).finding_ec2(|ec2| ec2.volumes_made = true),
        ] {
            let told = case.obstacle(ObstacleKind::AlreadyExists);
            assert!(told.starts_with("restoreId: an earlier drill"), "{told}");
        }
        Case::of(Flow::RdsCrossRegion).finding_db(Existing::Ours).plan();
    }
}
