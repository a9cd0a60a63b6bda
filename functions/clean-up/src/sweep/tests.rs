use aws_smithy_mocks::{Rule, RuleMode, mock_client};
use restore::Flow;
use restore::tag::Made;

use super::*;
use crate::found::Life;
use crate::request::Reason;
use crate::tests::{later, request, target};

fn refused(name: ErrorName, code: &str) -> StepError {
    let (call, code) = ("sts:AssumeRole", code.to_owned());
    StepError::Call { name, call, code, message: "said".to_owned(), session: None }
}

/// What a call comes to that cannot list the target.
fn unlisted(request: &Request, code: &str) -> Response {
    let mut sweep = Sweep::of(request);
    sweep.could_not_list("the target", &refused(ErrorName::Throttled, code));
    sweep.conclude()
}

#[test]
fn a_place_out_of_reach_or_throttled_is_asked_again_for_a_while_and_then_told() {
    for code in ["Timeout", "DispatchFailure", "NoAnswer", "RequestLimitExceeded"] {
        // However long the clean-up has waited for something else.
        for began in [0, 7200] {
            let mut request = request(Flow::Ec2CrossRegion, Reason::Restored);
            for (seconds, is_done) in [(0, false), (1, false), (599, false), (600, true)] {
                request.elapsed_seconds = began + seconds;
                let response = unlisted(&request, code);
                assert_eq!(matches!(response, Response::Done { .. }), is_done, "{response:?}");
                if let Response::Pending { refused_since, .. } = response {
                    request.refused_since = refused_since;
                }
            }
        }
    }
}

#[test]
fn what_is_refused_late_is_asked_for_again_soon() {
    let mut request = request(Flow::Ec2CrossRegion, Reason::Restored);
    request.elapsed_seconds = 7200;

    let Response::Pending { wait_seconds, .. } = unlisted(&request, "RequestLimitExceeded") else {
        panic!("it is not waited for")
    };

    assert_eq!(wait_seconds, SHORTEST_SECONDS);
}

#[test]
fn what_is_refused_no_more_has_time_anew() {
    let mut request = request(Flow::Ec2CrossRegion, Reason::Restored);
    request.refused_since = [("the target".to_owned(), 0)].into();
    request.elapsed_seconds = 500;
    let mut sweep = Sweep::of(&request);
    sweep.wait("the volumes have loaded their data".to_owned(), Some(50));

    let Response::Pending { refused_since, .. } = sweep.conclude() else {
        panic!("nothing is waited for")
    };

    assert!(refused_since.is_empty(), "{refused_since:?}");
}

fn volume(id: &str) -> Found {
    let (made, life) = (Some(Made::Placeholder), Life::There);
    let kind = Kind::Volume { made, life, attachment: None, from: None };
    Found { place: 0, arn: format!("arn:{id}"), id: id.to_owned(), kind }
}

#[test]
fn where_a_region_is_out_of_reach_all_that_is_there_has_its_ten_minutes_together() {
    let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, [] as [&Rule; 0]);
    let rds = mock_client!(aws_sdk_rds, RuleMode::MatchAny, [] as [&Rule; 0]);
    let place = target(ec2, rds);
    let out_of_reach = refused(ErrorName::Throttled, "NoAnswer");
    let mut request = request(Flow::Ec2CrossRegion, Reason::Restored);
    request.elapsed_seconds = 7200;
    request.refused_since = [("arn:sg-1".to_owned(), 7100)].into();

    let mut sweep = Sweep::of(&request);
    sweep.failed(&place, &volume("vol-1"), &out_of_reach);
    assert!(sweep.halted, "the others are left to the next call");
    let early = sweep.conclude();
    let Response::Pending { refused_since, .. } = &early else { panic!("{early:?}") };
    // To which this one has not come.
    assert_eq!(refused_since.get("arn:sg-1"), Some(&7100));
    later(&mut request, &early, 600);
    let mut sweep = Sweep::of(&request);
    for one in ["vol-2", "vol-1"] {
        sweep.failed(&place, &volume(one), &out_of_reach);
    }

    let response = sweep.conclude();
    assert!(matches!(&response, Response::Done { left, .. } if left.len() == 2), "{response:?}");
}

#[test]
fn a_place_that_may_not_be_seen_is_told_at_once() {
    let request = request(Flow::Ec2CrossRegion, Reason::Failed);
    let mut sweep = Sweep::of(&request);

    sweep.could_not_list("the target", &refused(ErrorName::AccessDenied, "AccessDenied"));

    let why = "sts:AssumeRole: AccessDenied: said".to_owned();
    let resource = "the target".to_owned();
    let left = vec![Left { resource, why, used_by_others: false, kept: false }];
    assert_eq!(sweep.conclude(), Response::Done { cleaned_up: vec![], left });
}

#[test]
fn a_long_wait_names_some_and_counts_the_rest() {
    let request = request(Flow::Ec2CrossRegion, Reason::Failed);
    let mut sweep = Sweep::of(&request);
    for n in [1, 2, 2, 3, 4, 5] {
        sweep.wait(format!("vol-{n} is gone"), None);
    }

    let Response::Pending { waiting_for, wait_seconds, .. } = sweep.conclude() else {
        panic!("nothing is waited for")
    };
    assert_eq!(waiting_for, "until vol-1 is gone, vol-2 is gone, vol-3 is gone, and 2 more");
    assert_eq!(wait_seconds, 20);
}

#[test]
fn after_a_failure_nothing_is_all_before_aws_must_list_it() {
    use Reason::{Drilled, Failed, Restored};
    for (reason, elapsed_seconds, waits) in [
        (Failed, 0, Some(120)),
        (Failed, 100, Some(20)),
        (Failed, 119, Some(5)),
        (Failed, 120, None),
        (Failed, 3600, None),
        // All of it has been seen since it was made.
        (Restored, 0, None),
        (Drilled, 0, None),
    ] {
        let request = Request { elapsed_seconds, ..request(Flow::Ec2CrossRegion, reason) };
        let waited = match Sweep::of(&request).conclude() {
            Response::Pending { wait_seconds, .. } => Some(wait_seconds),
            Response::Done { .. } => None,
        };
        assert_eq!(waited, waits, "{reason:?} after {elapsed_seconds} s");
    }
}

#[test]
fn what_is_waited_for_is_looked_at_before_aws_must_list_all() {
    let request = Request { elapsed_seconds: 0, ..request(Flow::Ec2CrossRegion, Reason::Failed) };
    let mut sweep = Sweep::of(&request);
    sweep.wait("i-1 is gone".to_owned(), None);

    let Response::Pending { waiting_for, wait_seconds, .. } = sweep.conclude() else {
        panic!("nothing is waited for")
    };
    assert_eq!(waiting_for, "until i-1 is gone, AWS must list all that was made");
    assert_eq!(wait_seconds, SHORTEST_SECONDS);
}
