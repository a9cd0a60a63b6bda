//! An instance that is gone, and has left AMIs.

use aws_sdk_ec2::primitives::DateTime;
use aws_sdk_ec2::types::{BlockDeviceMapping, EbsBlockDevice};
use restore::InstanceId;

use super::*;
use crate::ec2::gone::newest_set;

fn id(number: usize) -> String {
    format!("snap-{number:017x}")
}

/// An AMI of one volume.
fn image(number: usize) -> Image {
    let ebs = EbsBlockDevice::builder().snapshot_id(id(number)).volume_size(8).build();
    let root = BlockDeviceMapping::builder().device_name("/dev/xvda").ebs(ebs).build();
    Image::builder()
        .state(ImageState::Available)
        .root_device_name("/dev/xvda")
        .block_device_mappings(root)
        .build()
}

#[tokio::test]
async fn of_more_amis_than_a_filter_takes_snapshots_the_newest_is_found() {
    let images = mock!(Client::describe_images).then_output(|| {
        let images = (0..201).map(image).collect();
        DescribeImagesOutput::builder().set_images(Some(images)).build()
    });
    // EC2/Using_Filtering: more values are refused.
    let snapshots = mock!(Client::describe_snapshots)
        .match_requests(|asked| asked.filters().iter().all(|it| it.values().len() <= 200))
        .then_compute_output(|asked| {
            let ids = asked.filters().iter().flat_map(Filter::values);
            let found = ids.map(|it| {
                let minute = i64::from_str_radix(it.trim_start_matches("snap-"), 16).unwrap();
                Snapshot::builder()
                    .snapshot_id(it)
                    .state(SnapshotState::Completed)
                    .start_time(DateTime::from_secs(minute * 60))
                    .build()
            });
            DescribeSnapshotsOutput::builder().set_snapshots(Some(found.collect())).build()
        });
    let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, [&images, &snapshots]);
    let instance = InstanceId::try_from("i-0a0a0a0a").unwrap();

    let source = Clients { ec2, ..clients() };
    let set = newest_set(&source, &instance, At::Latest).await.unwrap();

    assert_eq!(set.volumes[0].snapshot_id.as_str(), id(200));
    assert_eq!(snapshots.num_calls(), 2);
}
