//! Tags, as EC2 takes and gives them.

use std::collections::BTreeMap;

use aws_sdk_ec2::types::{Filter, ResourceType, Tag, TagSpecification};
use restore::RestoreId;
use restore::tag;

/// The tags of a `resource` at its making: those the request asks for, and the restore's own.
pub(crate) fn specification(
    resource: ResourceType,
    asked: &BTreeMap<String, String>,
    own: [(&'static str, String); 3],
) -> TagSpecification {
    let asked = asked.iter().map(|(key, value)| (key.as_str(), value.clone()));
    let tags = asked.chain(own).map(|(key, value)| Tag::builder().key(key).value(value).build());
    TagSpecification::builder().resource_type(resource).set_tags(Some(tags.collect())).build()
}

/// A filter of `name` by any of `values`.
pub(crate) fn filter(name: &str, values: &[&str]) -> Filter {
    values.iter().fold(Filter::builder().name(name), |filter, value| filter.values(*value)).build()
}

/// The value of the tag `key`.
pub(crate) fn value<'a>(tags: &'a [Tag], key: &str) -> Option<&'a str> {
    tags.iter().find(|tag| tag.key() == Some(key)).and_then(Tag::value)
}

/// Whether `restore_id` made what carries `tags`.
pub(crate) fn is_of(tags: &[Tag], restore_id: &RestoreId) -> bool {
    value(tags, tag::ID) == Some(restore_id.as_str())
}
