//! Whether an instance takes an address of its subnet, and how many that has.

use restore::SubnetId;
use restore::plan::{Room, Scarce};

use super::*;

const HERE: &str = "subnet-0123456789abcdef0";
const ELSEWHERE: &str = "subnet-0fedcba9876543210";

/// Whether an earlier run of the restore has launched the instance, as it is asked where that
/// decides something.
fn launched(is: bool) -> Rule {
    mock!(Client::describe_instances)
        .match_requests(|asked| {
            let names = asked.filters().iter().map(Filter::name);
            names.eq([Some("tag:restore:id"), Some("instance-state-name")])
        })
        .then_output(move || {
            let instance = Instance::builder().instance_id("i-1").build();
            let found = is.then(|| Reservation::builder().instances(instance).build());
            DescribeInstancesOutput::builder()
                .set_reservations(Some(found.into_iter().collect()))
                .build()
        })
}

/// What is found out for a dry run that may go to `alternatives`, too.
async fn looked_up(target: Clients, alternatives: &Value) -> Result<Whole, Vec<Obstacle>> {
    let both = snapshots(&[(ROOT, "vol-a"), (DATA, "vol-b")]);
    let mut to = whole_target();
    to["alternatives"] = alternatives.clone();
    let mut request = request(&two_volumes(), &to);
    request.options.dry_run = true;
    found(listing(&both), target, &request).await
}

async fn told(target: Clients, alternatives: &Value) -> Option<Room> {
    looked_up(target, alternatives).await.unwrap().target.room
}

#[tokio::test]
async fn an_instance_takes_one_of_the_free_addresses_of_its_subnet() {
    let room = told(answering(&[], Some(2), &launched(false)), &Value::Null).await.unwrap();

    assert_eq!((room.needed, room.free), (1, 2));
    assert_eq!(room.of, Scarce::AddressesOf(SubnetId::try_from(HERE).unwrap()));
    let session = clients().session;
    assert_eq!((room.account_id, room.region), (session.account_id, session.region));
}

#[tokio::test]
async fn an_instance_that_an_earlier_run_has_launched_takes_no_more_even_of_a_full_subnet() {
    for free in [0, 2] {
        let launched = launched(true);

        assert_eq!(told(answering(&[], Some(free), &launched), &Value::Null).await, None);
        assert_eq!(launched.num_calls(), 1);
    }
    let full = looked_up(answering(&[], Some(0), &launched(false)), &Value::Null).await;
    let [only] = &full.unwrap_err()[..] else { panic!("more than the one") };
    assert_eq!(only.kind, ObstacleKind::NoCapacity);
    assert!(only.message.starts_with("target.ec2.subnetId: "), "{}", only.message);
}

#[tokio::test]
async fn where_volumes_are_made_or_aws_tells_of_no_addresses_nobody_is_asked() {
    let none: &[&str] = &[];
    let one: &[&str] = &["snap-0000000000000000b:/dev/sdf"];
    for (made, free) in [(one, Some(2)), (none, None)] {
        let launched = launched(false);

        assert_eq!(told(answering(made, free, &launched), &Value::Null).await, None);
        assert_eq!(launched.num_calls(), 0);
    }
}

#[tokio::test]
async fn an_instance_that_may_go_to_another_subnet_is_not_reckoned_with() {
    for (alternative, is_told) in [
        (json!({ "subnetId": ELSEWHERE }), false),
        (json!({ "instanceType": "m6g.large" }), true),
        (json!({ "instanceType": "m6g.large", "subnetId": HERE }), true),
    ] {
        let target = answering(&[], Some(2), &launched(false));

        let room = told(target, &json!([alternative])).await;

        assert_eq!(room.is_some(), is_told, "{alternative}");
    }
}

#[tokio::test]
async fn only_a_dry_run_asks() {
    let both = snapshots(&[(ROOT, "vol-a"), (DATA, "vol-b")]);
    let launched = launched(false);
    let target = answering(&[], Some(2), &launched);

    let found = found(listing(&both), target, &request(&two_volumes(), &whole_target())).await;

    assert_eq!(found.unwrap().target.room, None);
    assert_eq!(launched.num_calls(), 0);
}
