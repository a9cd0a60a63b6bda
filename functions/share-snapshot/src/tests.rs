//! What is shared, and whole shares against a mocked AWS.

mod ec2;
mod grants;
mod rds;

use super::*;
use crate::example::request;

#[test]
fn a_hop_of_another_step_is_refused() {
    let mut request = request(Service::Ec2, &["snap-1"]);
    request.hop.step = HopStep::CopySnapshot;

    assert_eq!(Share::of(&request).unwrap_err().name(), ErrorName::Unexpected);
}

#[test]
fn a_share_with_nobody_is_refused() {
    let mut request = request(Service::Ec2, &["snap-1"]);
    request.hop.share_with = None;

    assert_eq!(Share::of(&request).unwrap_err().name(), ErrorName::Unexpected);
}

#[test]
fn what_is_shared_is_where_the_path_has_come_to() {
    let mut request = request(Service::Ec2, &["snap-1", "snap-2"]);
    "snap-staged".clone_into(&mut request.snapshots[0].current);

    assert_eq!(Share::of(&request).unwrap().snapshots, ["snap-staged", "snap-2"]);
}
