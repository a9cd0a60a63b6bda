//! Creates the volumes from the snapshots that the path ended with.

mod sources;

use aws_sdk_ec2::Client;
use aws_sdk_ec2::operation::create_volume::CreateVolumeInput;
use aws_sdk_ec2::operation::create_volume::builders::CreateVolumeInputBuilder;
use aws_sdk_ec2::types::{ResourceType, Tag, TagSpecification, Volume, VolumeType};
use restore::name;
use restore::plan::{Launch, OffPath, PathSnapshot, VolumePlan};
use restore::tag::{self, Made};
use step::{CallContext as _, ErrorName, StepError, keys};
use tracing::info;

use crate::volumes::RestoredVolume;
use crate::{Request, instance, volumes};

const CREATE: &str = "ec2:CreateVolume";

/// How many client tokens a volume may burn: one for each earlier run whose volume was lost.
const TOKENS: usize = 10;

/// What is left to do for one volume.
#[derive(Debug)]
enum Plan<'a> {
    /// An earlier run made it.
    Adopt(&'a Volume),
    /// None that can be used is there.
    Create {
        /// The snapshot to make it from.
        snapshot: &'a PathSnapshot,
        /// The first client token that is not known to be burnt.
        attempt: usize,
    },
}

/// Creates the volumes that an earlier run has not; of an instance that is restored, tells those
/// that are there. An earlier run that was asked for other snapshots is not gone on with.
pub(crate) async fn create(
    ec2: &Client,
    request: &Request,
    snapshots: &[PathSnapshot],
) -> Result<Vec<RestoredVolume>, StepError> {
    let instance = instance::look(ec2, request).await?;
    let found = volumes::find(ec2, request, volumes::RESTORED).await?;
    sources::refuse_others(&request.launch, &instance, &found)
        .map_err(|error| error.by(&request.session, request.instance_id.as_str()))?;
    if instance::is_restored(&instance) {
        return existing(request, &found);
    }
    let mut made = Vec::with_capacity(request.launch.volumes.len());
    for volume in &request.launch.volumes {
        made.push(match plan(&request.launch, volume, &found, snapshots)? {
            Plan::Adopt(it) => RestoredVolume::of(volume, volumes::id(it)?, it.kms_key_id()),
            Plan::Create { snapshot, attempt } => {
                make(ec2, request, volume, snapshot, attempt).await?
            }
        });
    }
    Ok(made)
}

/// The volumes of the instance that are there.
pub(crate) fn existing(
    request: &Request,
    found: &[Volume],
) -> Result<Vec<RestoredVolume>, StepError> {
    let adopted = |plan| {
        let attached = || volumes::attached(plan, found, &request.instance_id);
        Some((plan, volumes::adopt(plan, found).or_else(attached)?))
    };
    request
        .launch
        .volumes
        .iter()
        .filter_map(adopted)
        .map(|(plan, it)| Ok(RestoredVolume::of(plan, volumes::id(it)?, it.kms_key_id())))
        .collect()
}

fn plan<'a>(
    launch: &Launch,
    volume: &VolumePlan,
    found: &'a [Volume],
    snapshots: &'a [PathSnapshot],
) -> Result<Plan<'a>, StepError> {
    if let Some(earlier) = volumes::adopt(volume, found) {
        refuse_misfit(launch, earlier)?;
        return Ok(Plan::Adopt(earlier));
    }
    let snapshot = snapshots
        .iter()
        .find(|snapshot| snapshot.source == volume.source)
        .ok_or_else(|| OffPath(volume.source.clone()))?;
    // A volume that was lost has burnt its token: sending that again makes no new one
    // (GH:kubernetes-sigs/aws-ebs-csi-driver#1036). So has that of a restore that has succeeded.
    let attempt = volumes::made_for(volume, found).count();
    Ok(Plan::Create { snapshot, attempt })
}

/// An earlier run under this id may have been asked for something else. To go on with its volume
/// would end under the wrong key, or where it cannot be attached.
fn refuse_misfit(launch: &Launch, earlier: &Volume) -> Result<(), StepError> {
    for (what, has, asked) in [
        ("under key", earlier.kms_key_id(), launch.kms_key_id.as_str()),
        ("in", earlier.availability_zone(), launch.availability_zone.as_str()),
    ] {
        if let Some(has) = has.filter(|has| *has != asked) {
            let id = earlier.volume_id().unwrap_or_default();
            let message = format!(
                "{id}: an earlier run of this restore made it {what} {has}, not {asked}: give \
                 another restoreId"
            );
            return Err(StepError::refused(ErrorName::AlreadyExists, message));
        }
    }
    Ok(())
}

async fn make(
    ec2: &Client,
    request: &Request,
    plan: &VolumePlan,
    snapshot: &PathSnapshot,
    burnt: usize,
) -> Result<RestoredVolume, StepError> {
    let under = keys::under(Some(&request.launch.kms_key_id), snapshot.kms_key_id.as_ref());
    let by = |error: StepError| {
        // A copy or a share of a moment ago.
        error
            .not_yet_known(&["InvalidSnapshot.NotFound"])
            .by(&request.session, &format!("{} from {}{under}", plan.device_name, snapshot.current))
    };
    for attempt in burnt..burnt + TOKENS {
        let made =
            input(request, plan, &snapshot.current, attempt).send_with(ec2).await.during(CREATE);
        match made {
            // The token's volume is lost, and AWS answers with it.
            Ok(made) if volumes::is_lost(made.state()) => {}
            Ok(made) => {
                let id = made.volume_id().ok_or_else(|| StepError::missing(CREATE, "volumeId"));
                let id = id.map_err(by)?;
                info!(restore = %request.restore_id, device = plan.device_name, volume = id, "volume being created");
                return Ok(RestoredVolume::of(plan, id, made.kms_key_id()));
            }
            // The token served another request of this restore: burnt only if its volume is gone.
            Err(error) if error.code() == Some("IdempotentParameterMismatch") => {
                let found = volumes::find(ec2, request, volumes::RESTORED).await?;
                if let Some(earlier) = volumes::adopt(plan, &found) {
                    refuse_misfit(&request.launch, earlier).map_err(by)?;
                    return Ok(RestoredVolume::of(
                        plan,
                        volumes::id(earlier)?,
                        earlier.kms_key_id(),
                    ));
                }
            }
            Err(error) => return Err(by(error)),
        }
    }
    let message = format!(
        "{CREATE}: {TOKENS} volumes of this restore were lost: begin anew under another restoreId"
    );
    Err(by(StepError::refused(ErrorName::Unexpected, message)))
}

/// `Encrypted` and `KmsKeyId` are always given: what AWS takes by default depends on who owns the
/// snapshot (EBS/encryption-examples).
fn input(
    request: &Request,
    plan: &VolumePlan,
    snapshot: &str,
    attempt: usize,
) -> CreateVolumeInputBuilder {
    let launch = &request.launch;
    let source = tag::volume_source(&plan.source, &plan.device_name);
    let own = tag::all(&request.restore_id, Made::Volume, &source);
    let asked = launch.tags.iter().map(|(key, value)| (key.as_str(), value.clone()));
    let tags = asked.chain(own).map(|(key, value)| Tag::builder().key(key).value(value).build());
    let attempt = u32::try_from(attempt).unwrap_or(u32::MAX);
    CreateVolumeInput::builder()
        .snapshot_id(snapshot)
        .availability_zone(&launch.availability_zone)
        .encrypted(true)
        .kms_key_id(launch.kms_key_id.as_str())
        .set_volume_type(plan.volume_type.map(|it| VolumeType::from(it.name())))
        .set_iops(plan.iops)
        .set_throughput(plan.throughput)
        .set_size(plan.size)
        .tag_specifications(
            TagSpecification::builder()
                .resource_type(ResourceType::Volume)
                .set_tags(Some(tags.collect()))
                .build(),
        )
        // The instance is part of it: after one that was given up, everything is made anew.
        .client_token(name::client_token(
            &request.restore_id,
            &format!("volume/{}/{}", request.instance_id, plan.device_name),
            attempt,
        ))
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
