//! Whether anything restored into a subnet could reach what it does not belong to.
//!
//! A restored production system does what it did: it sends mail, takes jobs from queues, announces
//! itself to others. So a drill goes where no route leads out, gateway endpoints among them: what
//! lies behind those of S3 and DynamoDB is production's. Interface endpoints lie in the subnets
//! themselves, and what they let through is their policies' matter.

use crate::request::{Fault, MARK};

/// A route table, as EC2 describes it (BC:ec2.RouteTable).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteTable {
    /// Its id.
    pub id: String,
    /// Whether the VPC's subnets have it that have none of their own.
    pub is_main: bool,
    /// The subnets that have it.
    pub subnets: Vec<String>,
    /// Its routes.
    pub routes: Vec<Route>,
}

/// A route (BC:ec2.Route).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Where to: a block of addresses or a prefix list.
    pub destination: String,
    /// What it goes through: `local` within the VPC.
    pub through: String,
}

/// That the VPC of a drill is none for drills, which the tag says that a drill's instances have, too;
/// the field at `path` names it.
///
/// Within a VPC everything reaches everything as far as security groups let it: in production's own, a
/// restored copy would meet production, though no route leads out.
#[must_use]
pub fn unmarked(path: &str, vpc_id: &str, tags: &[(String, String)]) -> Option<Fault> {
    let (key, value) = MARK;
    let is_marked = tags.iter().any(|tag| (tag.0.as_str(), tag.1.as_str()) == (key, value));
    (!is_marked).then(|| {
        let problem = format!(
            "{vpc_id} is not marked as a network for drills by the tag {key} = {value}, and what is \
             restored into it would reach whatever else is there"
        );
        Fault::new(path, problem)
    })
}

/// What leads out of any of `subnets`, by the tables of their VPC; the field at `path` names them.
/// A subnet whose table is not among these may have a way out: nobody knows.
#[must_use]
pub fn ways_out(path: &str, subnets: &[String], tables: &[RouteTable]) -> Vec<Fault> {
    subnets
        .iter()
        .filter_map(|subnet| {
            let own = tables.iter().find(|table| table.subnets.contains(subnet));
            let Some(table) = own.or_else(|| tables.iter().find(|table| table.is_main)) else {
                let problem = format!("the route table of {subnet} cannot be seen, so it may have a way out");
                return Some(Fault::new(path, problem));
            };
            let out: Vec<String> = table
                .routes
                .iter()
                .filter(|route| route.through != "local")
                .map(|route| format!("{} through {}", route.destination, route.through))
                .collect();
            (!out.is_empty()).then(|| {
                let problem = format!(
                    "{subnet} has a way out, and a drill must have none: its route table {} leads to {}",
                    table.id,
                    out.join(" and to ")
                );
                Fault::new(path, problem)
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(id: &str, is_main: bool, subnets: &[&str], routes: &[(&str, &str)]) -> RouteTable {
        let route = |(destination, through): &(&str, &str)| Route {
            destination: (*destination).to_owned(),
            through: (*through).to_owned(),
        };
        RouteTable {
            id: id.to_owned(),
            is_main,
            subnets: subnets.iter().map(ToString::to_string).collect(),
            routes: routes.iter().map(route).collect(),
        }
    }

    fn told(subnets: &[&str], tables: &[RouteTable]) -> Vec<String> {
        let subnets: Vec<String> = subnets.iter().map(ToString::to_string).collect();
        let faults = ways_out("drill.network.subnetId", &subnets, tables);
        faults.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_vpc_is_for_drills_where_its_tag_says_so() {
        let tag = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let told = |tags: &[(String, String)]| {
            unmarked("drill.network.subnetId", "vpc-1", tags).map(|fault| fault.to_string())
        };

        assert_eq!(told(&[tag("Name", "drills"), tag("restore:mode", "drill")]), None);
        for tags in [&[][..], &[tag("restore:mode", "restore")], &[tag("Name", "drill")]] {
            let told = told(tags).unwrap();
            assert!(told.starts_with("drill.network.subnetId: vpc-1 is not marked"), "{told}");
        }
    }

    const LOCAL: (&str, &str) = ("10.0.0.0/16", "local");

    #[test]
    fn a_subnet_with_local_routes_alone_has_no_way_out() {
        let closed = table("rtb-1", false, &["subnet-1"], &[LOCAL, ("fd00::/56", "local")]);
        let open = table("rtb-2", true, &["subnet-2"], &[LOCAL, ("0.0.0.0/0", "igw-1")]);

        assert_eq!(told(&["subnet-1"], &[open, closed]), [""; 0]);
    }

    #[test]
    fn every_way_out_of_every_subnet_is_told() {
        let peered = table(
            "rtb-1",
            false,
            &["subnet-1"],
            &[LOCAL, ("10.1.0.0/16", "pcx-1"), ("pl-1", "vpce-1")],
        );
        let main = table("rtb-2", true, &[], &[LOCAL, ("::/0", "eigw-1")]);

        assert_eq!(
            told(&["subnet-1", "subnet-2"], &[main, peered]),
            [
                "drill.network.subnetId: subnet-1 has a way out, and a drill must have none: its route \
             table rtb-1 leads to 10.1.0.0/16 through pcx-1 and to pl-1 through vpce-1",
                "drill.network.subnetId: subnet-2 has a way out, and a drill must have none: its route \
             table rtb-2 leads to ::/0 through eigw-1",
            ]
        );
    }

    #[test]
    fn what_cannot_be_seen_is_not_taken_for_closed() {
        let of_another = table("rtb-1", false, &["subnet-2"], &[LOCAL]);

        assert_eq!(
            told(&["subnet-1"], &[of_another]),
            [
                "drill.network.subnetId: the route table of subnet-1 cannot be seen, so it may have a way out",
            ]
        );
    }
}
