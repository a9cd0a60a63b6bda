//! `CopySnapshot`, as the source Region is to read it.

use std::time::SystemTime;

use aws_sdk_ec2::config::endpoint::{DefaultResolver, Params, ResolveEndpoint as _};
use aws_sdk_ec2::operation::copy_snapshot::CopySnapshotInput;
use aws_sdk_ec2::operation::copy_snapshot::builders::CopySnapshotInputBuilder;
use restore::Region;
use step::StepError;

use super::{CopyRequest, Presigner, unsigned};

/// `copy`, with its presigned URL.
///
/// `DestinationRegion` is required in the URL and, though the model says that it means nothing
/// elsewhere, botocore sends it in the request too (`inject_presigned_url_ec2`): so does this.
pub(crate) async fn presign(
    presigner: &Presigner,
    copy: CopySnapshotInputBuilder,
    from: &Region,
    to: &Region,
    at: SystemTime,
) -> Result<CopySnapshotInputBuilder, StepError> {
    let copy = copy.destination_region(to.as_str());
    let request = CopyRequest {
        service: "ec2",
        region: from,
        endpoint: endpoint(from).await?,
        parameters: parameters(&copy.clone().build().map_err(unsigned)?),
    };
    Ok(copy.presigned_url(presigner.sign(&request, at)?.into_wire()))
}

/// The Region's public endpoint, by the SDK's own partition data and by that alone: an endpoint
/// that is configured for our calls (FIPS, a VPC's, a local one) says nothing about AWS's own.
async fn endpoint(region: &Region) -> Result<String, StepError> {
    let params = Params::builder().region(region.as_str()).build().map_err(unsigned)?;
    let endpoint = DefaultResolver::new().resolve_endpoint(&params).await.map_err(unsigned)?;
    Ok(endpoint.url().to_owned())
}

/// The request's parameters as the SDK writes them (a test compares the two).
fn parameters(copy: &CopySnapshotInput) -> Vec<(String, String)> {
    let mut parameters = vec![("Action", Some("CopySnapshot")), ("Version", Some("2016-11-15"))];
    let encrypted = copy.encrypted().map(|encrypted| encrypted.to_string());
    parameters.extend([
        ("Description", copy.description()),
        ("DestinationRegion", copy.destination_region()),
        ("Encrypted", encrypted.as_deref()),
        ("KmsKeyId", copy.kms_key_id()),
        ("SourceRegion", copy.source_region()),
        ("SourceSnapshotId", copy.source_snapshot_id()),
    ]);
    let given = parameters
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())));
    given.chain(tag_parameters(copy)).collect()
}

fn tag_parameters(copy: &CopySnapshotInput) -> Vec<(String, String)> {
    let mut parameters = Vec::new();
    for (index, specification) in (1..).zip(copy.tag_specifications()) {
        let of = format!("TagSpecification.{index}");
        if let Some(resource_type) = specification.resource_type() {
            parameters.push((format!("{of}.ResourceType"), resource_type.to_string()));
        }
        for (index, tag) in (1..).zip(specification.tags()) {
            for (name, value) in [("Key", tag.key()), ("Value", tag.value())] {
                if let Some(value) = value {
                    parameters.push((format!("{of}.Tag.{index}.{name}"), value.to_owned()));
                }
            }
        }
    }
    parameters
}
