//! `CopyDBSnapshot`, as the source Region is to read it.

use std::time::SystemTime;

use aws_sdk_rds::config::endpoint::{DefaultResolver, Params, ResolveEndpoint as _};
use aws_sdk_rds::operation::copy_db_snapshot::CopyDbSnapshotInput;
use aws_sdk_rds::operation::copy_db_snapshot::builders::CopyDbSnapshotInputBuilder;
use restore::Region;
use step::StepError;

use super::{CopyRequest, Presigner, unsigned};

/// `copy`, with its presigned URL.
///
/// `DestinationRegion` is a parameter of the URL alone: the request has none
/// (BC:rds.CopyDBSnapshotMessage.PreSignedUrl).
pub(crate) async fn presign(
    presigner: &Presigner,
    copy: CopyDbSnapshotInputBuilder,
    from: &Region,
    to: &Region,
    at: SystemTime,
) -> Result<CopyDbSnapshotInputBuilder, StepError> {
    let mut parameters = parameters(&copy.clone().build().map_err(unsigned)?);
    parameters.push(("DestinationRegion".to_owned(), to.to_string()));
    let request =
        CopyRequest { service: "rds", region: from, endpoint: endpoint(from).await?, parameters };
    Ok(copy.pre_signed_url(presigner.sign(&request, at)?.into_wire()))
}

/// The Region's public endpoint, by the SDK's own partition data and by that alone: an endpoint
/// that is configured for our calls (FIPS, a VPC's, a local one) says nothing about AWS's own.
async fn endpoint(region: &Region) -> Result<String, StepError> {
    let params = Params::builder().region(region.as_str()).build().map_err(unsigned)?;
    let endpoint = DefaultResolver::new().resolve_endpoint(&params).await.map_err(unsigned)?;
    Ok(endpoint.url().to_owned())
}

/// The request's parameters as the SDK writes them (a test compares the two).
fn parameters(copy: &CopyDbSnapshotInput) -> Vec<(String, String)> {
    let mut parameters = vec![
        ("Action".to_owned(), "CopyDBSnapshot".to_owned()),
        ("Version".to_owned(), "2014-10-31".to_owned()),
    ];
    let mut give = |name: &str, value: Option<&str>| {
        parameters.extend(value.map(|value| (name.to_owned(), value.to_owned())));
    };
    give("SourceDBSnapshotIdentifier", copy.source_db_snapshot_identifier());
    give("TargetDBSnapshotIdentifier", copy.target_db_snapshot_identifier());
    give("KmsKeyId", copy.kms_key_id());
    for (index, tag) in (1..).zip(copy.tags()) {
        give(&format!("Tags.Tag.{index}.Key"), tag.key());
        give(&format!("Tags.Tag.{index}.Value"), tag.value());
    }
    give("CopyTags", copy.copy_tags().map(|copy| if copy { "true" } else { "false" }));
    give("OptionGroupName", copy.option_group_name());
    parameters
}
