//! Any launch, run twice, changes nothing the second time, whatever has been before.

use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use restore::InstanceId;

use super::*;
use crate::example::{launch as example, restore_id, session};
use crate::model::{Ec2, Shared, wait_for};
use crate::stop::{Stopped, stop};

/// Where an instance may be launched: the last two in one zone.
const PLACES: [(&str, &str); 3] = [
    ("m7g.large", "subnet-0a0a0a0a"),
    ("m7g.large", "subnet-0b0b0b0b"),
    ("m7g.xlarge", "subnet-0b0b0b0b"),
];

/// What can become of an instance.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Stays,
    Ends,
    IsCleanedUp,
    IsRestored,
    IsFinished,
}

impl Fate {
    fn befalls(self, ec2: &mut Ec2) {
        match self {
            Self::Stays => {}
            Self::Ends => ec2.ends(),
            Self::IsCleanedUp => ec2.is_cleaned_up(),
            Self::IsRestored => ec2.is_whole(Made::RestoredInstance),
            Self::IsFinished => ec2.is_whole(Made::Finished),
        }
    }
}

/// A launch at some of the places, in some order.
fn plan() -> impl Strategy<Value = Launch> {
    let places = subsequence(PLACES.to_vec(), 1..=PLACES.len()).prop_shuffle();
    (places, option::of(Just("ops".to_owned()))).prop_map(|(places, key_name)| {
        let mut places = places.into_iter().map(|(kind, subnet)| Place {
            instance_type: kind.to_owned(),
            subnet_id: subnet.try_into().unwrap(),
            availability_zone: format!("zone of {subnet}"),
        });
        let first = places.next().unwrap();
        Launch {
            instance_type: first.instance_type,
            subnet_id: first.subnet_id,
            availability_zone: first.availability_zone,
            alternatives: places.collect(),
            key_name,
            ..example()
        }
    })
}

/// An earlier run of this restore, whatever it was asked for then, and what has become of it.
fn earlier_run() -> impl Strategy<Value = (Launch, Fate)> {
    use Fate::{Ends, IsCleanedUp, IsFinished, IsRestored, Stays};
    (plan(), select(vec![Stays, Ends, IsCleanedUp, IsRestored, IsFinished]))
}

/// The instance, launched and stopped.
async fn run(ec2: &Shared<Ec2>, plan: &Launch) -> Result<(Launched, Stopped), String> {
    let (client, restore_id, session) = (ec2.client(), restore_id(), session());
    let launched =
        ec2.done(async || Box::pin(launch(&client, &restore_id, &session, plan)).await).await?;
    let instance = InstanceId::try_from(launched.instance_id.as_str()).unwrap();
    let stopped =
        ec2.done(async || stop(&client, &restore_id, &session, &instance, &[]).await).await?;
    Ok((launched, stopped))
}

proptest! {
    #[test]
    fn a_second_run_of_any_launch_makes_and_changes_nothing(
        plan in plan(),
        before in prop::collection::vec(earlier_run(), 0..4),
        then in select(vec![Fate::Stays, Fate::IsRestored, Fate::IsFinished]),
        is_seen_late in any::<bool>(),
    ) {
        let ec2 = Shared::new(Ec2::new(is_seen_late));
        for (plan, fate) in before {
            // That it is refused beside an instance elsewhere is an end of it, too.
            drop(wait_for(run(&ec2, &plan)));
            ec2.with(|ec2| fate.befalls(ec2));
        }

        let first = wait_for(run(&ec2, &plan));
        ec2.with(|ec2| then.befalls(ec2));
        let after = ec2.now();
        let second = wait_for(run(&ec2, &plan));

        prop_assert_eq!(ec2.now(), after);
        match then {
            Fate::Stays => prop_assert_eq!(second, first),
            _ if first.is_ok() => {
                let (instance, stopped) = second.unwrap();
                prop_assert_eq!(instance.instance_id, first.unwrap().0.instance_id);
                prop_assert!(stopped.restored);
            }
            _ => {}
        }
    }
}
