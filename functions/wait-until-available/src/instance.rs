//! An EC2 instance: until it runs, is stopped, or passes its status checks.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{Instance, InstanceStateName, InstanceStatus, SummaryStatus};
use restore::availability::{Availability, InstanceState};
use step::{CallContext as _, StepError, keys};

use crate::look::{Endpoint, Look, Seen};

/// Looks at an instance.
pub(crate) async fn look_at(
    ec2: &Client,
    look: Look<'_>,
    id: &str,
    until: InstanceState,
) -> Result<Seen, StepError> {
    let seen = match until {
        InstanceState::Running | InstanceState::Stopped => {
            let instance = describe(ec2, look, id).await?;
            see(id, instance.as_ref(), until, look)
        }
        InstanceState::Checked => {
            let seen = see_checks(id, status(ec2, look, id).await?.as_ref(), look);
            if matches!(seen.availability, Availability::Failed { .. }) {
                // The checks do not say why an instance has ended. Only then is it asked twice.
                let instance = describe(ec2, look, id).await?;
                see(id, instance.as_ref(), until, look)
            } else {
                seen
            }
        }
    };
    Ok(seen.hinting(|reason| keys::of_instance(look.session, look.keys, reason)))
}

/// What was `seen`, with the address of the instance within its VPC where it is what it was waited
/// to be.
pub(crate) async fn find(
    ec2: &Client,
    look: Look<'_>,
    id: &str,
    seen: Seen,
) -> Result<Seen, StepError> {
    if seen.availability != Availability::Ready {
        return Ok(seen);
    }
    let instance = describe(ec2, look, id).await?;
    let address = instance.and_then(|instance| instance.private_ip_address);
    Ok(seen.at(address.map(|address| Endpoint { address, port: None })))
}

async fn describe(ec2: &Client, look: Look<'_>, id: &str) -> Result<Option<Instance>, StepError> {
    let answer =
        ec2.describe_instances().instance_ids(id).send().await.during("ec2:DescribeInstances");
    let answer = absent_is_none(answer, look, id)?;
    let reservations = answer.and_then(|answer| answer.reservations).unwrap_or_default();
    Ok(reservations.into_iter().filter_map(|reservation| reservation.instances).flatten().next())
}

async fn status(
    ec2: &Client,
    look: Look<'_>,
    id: &str,
) -> Result<Option<InstanceStatus>, StepError> {
    let answer = ec2
        .describe_instance_status()
        .instance_ids(id)
        // Else only running instances are told of, and one that has ended looks like one that
        // AWS does not know yet (BC:ec2.DescribeInstanceStatusRequest.IncludeAllInstances).
        .include_all_instances(true)
        .send()
        .await
        .during("ec2:DescribeInstanceStatus");
    let answer = absent_is_none(answer, look, id)?;
    Ok(answer.and_then(|answer| answer.instance_statuses).into_iter().flatten().next())
}

fn absent_is_none<T>(
    answer: Result<T, StepError>,
    look: Look<'_>,
    id: &str,
) -> Result<Option<T>, StepError> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.code() == Some("InvalidInstanceID.NotFound") => Ok(None),
        Err(error) => Err(error.by(look.session, id)),
    }
}

fn see(id: &str, instance: Option<&Instance>, until: InstanceState, look: Look<'_>) -> Seen {
    let Some(instance) = instance else { return absent(id, look) };
    let state = instance.state().and_then(|state| state.name());
    let state = state.map_or("pending", InstanceStateName::as_str);
    let reason = instance.state_reason().and_then(|reason| reason.message());
    let availability = if has_stopped_again(state, until, look) {
        let reason = reason.unwrap_or("it does not start");
        Availability::Failed { reason: format!("{state}: {reason}") }
    } else {
        Availability::of_instance(state, until, reason)
    };
    Seen::new(format!("instance {id}"), state, availability)
}

/// Whether an instance that was started is stopped for good: EC2 takes one whose volumes' keys it
/// cannot use back to `stopped`. Just after the start it may merely not have begun.
fn has_stopped_again(state: &str, until: InstanceState, look: Look<'_>) -> bool {
    state == "stopped" && until == InstanceState::Checked && look.is_settled()
}

fn see_checks(id: &str, status: Option<&InstanceStatus>, look: Look<'_>) -> Seen {
    let Some(status) = status else { return absent(id, look) };
    let what = format!("instance {id}");
    let state = status.instance_state().and_then(|state| state.name());
    let state = state.map_or("pending", InstanceStateName::as_str);
    if has_stopped_again(state, InstanceState::Checked, look) {
        let reason = state.to_owned();
        return Seen::new(what, state, Availability::Failed { reason });
    }
    if state != "running" {
        return Seen::new(
            what,
            state,
            Availability::of_instance(state, InstanceState::Checked, None),
        );
    }
    let check = |check: Option<&SummaryStatus>| {
        check.map_or("insufficient-data", SummaryStatus::as_str).to_owned()
    };
    let system = check(status.system_status().and_then(|check| check.status()));
    let instance = check(status.instance_status().and_then(|check| check.status()));
    Seen::new(
        what,
        &format!("{state}, its system check {system}, its instance check {instance}"),
        Availability::of_status_checks(&system, &instance),
    )
}

fn absent(id: &str, look: Look<'_>) -> Seen {
    Seen::absent(format!("instance {id}"), look.is_settled(), || {
        "it has been terminated".to_owned()
    })
}

#[cfg(test)]
mod tests;
