//! Identifiers, checked at the door: a value of one of these types is well-formed.
//!
//! Each type's pattern, with a length where the pattern alone cannot bound it, is the one place that
//! says what is accepted; the request's JSON Schema takes it from here.

mod drill;

use std::fmt;
use std::sync::LazyLock;

use regex_lite::Regex;
use serde::{Deserialize, Serialize};

/// A string that is not what its field needs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{value}` is not {expected}")]
pub struct Malformed {
    /// What was given.
    pub value: String,
    /// What would have been accepted, in words.
    pub expected: &'static str,
}

macro_rules! checked_strings {
    ($($(#[$doc:meta])* $name:ident: $pattern:literal, $expected:literal
        $(, at most $most:literal)?;)+) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The identifier as AWS writes it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = Malformed;

            fn try_from(value: String) -> Result<Self, Malformed> {
                static PATTERN: LazyLock<Option<Regex>> =
                    LazyLock::new(|| Regex::new($pattern).ok());
                match PATTERN.as_ref() {
                    Some(pattern) if pattern.is_match(&value) $(&& value.len() <= $most)? => {
                        Ok(Self(value))
                    }
                    _ => Err(Malformed { value, expected: $expected }),
                }
            }
        }

        impl TryFrom<&str> for $name {
            type Error = Malformed;

            fn try_from(value: &str) -> Result<Self, Malformed> {
                Self::try_from(value.to_owned())
            }
        }

        impl From<$name> for String {
            fn from(checked: $name) -> Self {
                checked.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        #[cfg(feature = "schema")]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({
                    "type": "string", "pattern": $pattern, $("maxLength": $most,)?
                    "description": $expected,
                })
            }
        }
    )+ };
}

checked_strings! {
    /// An AWS account, by its 12 digits.
    AccountId: r"^[0-9]{12}$", "an account id of 12 digits";
    /// An AWS Region, such as `eu-west-1`.
    Region: r"^[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}$", "a Region such as eu-west-1";
    /// The ARN of an IAM role.
    RoleArn: r"^arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/-]{1,512}$",
        "the ARN of an IAM role";
    /// The ARN of a KMS key: what every form of reference resolves to.
    KeyArn: r"^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/(mrk-)?[0-9a-f-]{32,36}$",
        "the ARN of a KMS key";
    /// A KMS key as people name it: its ARN, its id, an alias or an alias's ARN.
    KeyReference: r"^(arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:(key/(mrk-)?[0-9a-f-]{32,36}|alias/[A-Za-z0-9/_-]{1,250})|alias/[A-Za-z0-9/_-]{1,250}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|mrk-[0-9a-f]{32})$",
        "a KMS key ARN, key id, alias or alias ARN";
    /// The id of one restore and, by tags, of everything it makes.
    ///
    /// It goes into tags, tokens, session names and RDS identifiers, hence at most 40 lower-case
    /// letters, digits and single hyphens.
    RestoreId: r"^[a-z](-?[a-z0-9]){0,39}$",
        "a restore id: a lower-case letter, then at most 39 lower-case letters, digits and single hyphens inside",
        at most 40;
    /// The id of a recovery plan: of the document, however often it is run.
    PlanId: r"^[a-z](-?[a-z0-9]){0,39}$",
        "a plan id: a lower-case letter, then at most 39 lower-case letters, digits and single hyphens inside",
        at most 40;
    /// The id of one recovery: a run of a plan that goes on under the same id where it stopped.
    RecoveryId: r"^[a-z](-?[a-z0-9]){0,39}$",
        "a recovery id: a lower-case letter, then at most 39 lower-case letters, digits and single hyphens inside",
        at most 40;
    /// The name of a wave or a profile; without a dot, since it is part of paths of fields.
    Label: r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$",
        "a name: a letter or digit, then at most 63 letters, digits, hyphens and underscores";
    /// An S3 bucket.
    BucketName: r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", "a bucket's name";
    /// An EBS snapshot.
    SnapshotId: r"^snap-[0-9a-f]{8,17}$", "an EBS snapshot id such as snap-0123456789abcdef0";
    /// An EC2 instance.
    InstanceId: r"^i-[0-9a-f]{8,17}$", "an instance id such as i-0123456789abcdef0";
    /// An AMI.
    ImageId: r"^ami-[0-9a-f]{8,17}$", "an AMI id such as ami-0123456789abcdef0";
    /// What a plan does, as a hash: 32 hex digits of the snapshots' path, 32 of the instance.
    PlanHash: r"^[0-9a-f]{32}-[0-9a-f]{32}$",
        "the `hash` of a plan, as a dry run answers it: 32 hex digits, a hyphen, 32 hex digits";
    /// A subnet.
    SubnetId: r"^subnet-[0-9a-f]{8,17}$", "a subnet id such as subnet-0123456789abcdef0";
    /// A security group.
    SecurityGroupId: r"^sg-[0-9a-f]{8,17}$", "a security group id such as sg-0123456789abcdef0";
    /// A device name as EC2 takes it.
    DeviceName: r"^(/dev/[a-z][a-z0-9]{1,14}|xvd[a-z]{1,2}[0-9]{0,2})$",
        "a device name such as /dev/sdf";
    /// The identifier of a DB instance; AWS stores it in lower case.
    DbInstanceIdentifier: r"^[A-Za-z](-?[A-Za-z0-9]){0,62}$",
        "a DB instance identifier: a letter, then at most 62 letters, digits and single hyphens inside",
        at most 63;
    /// A Lambda function, with its version or alias where one is meant.
    FunctionArn: r"^arn:aws[a-z-]*:lambda:[a-z0-9-]+:[0-9]{12}:function:[A-Za-z0-9_-]{1,64}(:[A-Za-z0-9_$-]{1,128})?$",
        "the ARN of a Lambda function";
    /// A Systems Manager document, by name or ARN (BC:ssm.DocumentARN).
    DocumentName: r"^[A-Za-z0-9_.:/-]{3,128}$",
        "the name or ARN of a Systems Manager document, such as AWS-RunShellScript";
    /// A DB snapshot: its identifier (automated ones begin with `rds:` or `awsbackup:`) or its ARN.
    DbSnapshotReference: r"^(arn:aws[a-z-]*:rds:[a-z0-9-]+:[0-9]{12}:(cluster-)?snapshot:)?((rds|awsbackup):)?[A-Za-z](-?[A-Za-z0-9]){0,254}$",
        "a DB snapshot identifier or ARN";
}

impl RestoreId {
    /// The restore id of an execution that names none: the execution's name where it fits, else
    /// `r-` and 16 hex digits of its hash.
    #[must_use]
    pub fn of_execution(name: &str) -> Self {
        Self::try_from(name).unwrap_or_else(|_| Self::hashed(name))
    }

    /// The restore id that stands for `what`.
    pub(crate) fn hashed(what: &str) -> Self {
        Self(hashed(what))
    }
}

impl RecoveryId {
    /// The recovery id of an execution that names none, by the same rule as
    /// [`RestoreId::of_execution`].
    #[must_use]
    pub fn of_execution(name: &str) -> Self {
        Self::try_from(name).unwrap_or_else(|_| Self(hashed(name)))
    }
}

/// `r-` and 16 hex digits of the hash of `what`.
fn hashed(what: &str) -> String {
    format!("r-{}", &crate::name::digest(what)[..16])
}

impl PlanHash {
    /// The hash of two parts of 32 hex digits.
    pub(crate) fn joined(path: &str, instance: &str) -> Self {
        Self(format!("{path}-{instance}"))
    }

    /// The part of the snapshots' path and that of the instance.
    pub(crate) fn parts(&self) -> (&str, &str) {
        self.0.split_once('-').unwrap_or_default()
    }
}

impl FunctionArn {
    /// The Region the function is in.
    #[must_use]
    pub fn region(&self) -> &str {
        arn_part(&self.0, 3)
    }
}

impl RoleArn {
    /// The account the role belongs to.
    #[must_use]
    pub fn account(&self) -> &str {
        arn_part(&self.0, 4)
    }

    /// The role's name, without its path.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    /// The partition the role lives in: `aws`, `aws-cn`, `aws-us-gov`.
    #[must_use]
    pub fn partition(&self) -> &str {
        arn_part(&self.0, 1)
    }
}

impl KeyArn {
    /// The Region the key lives in.
    #[must_use]
    pub fn region(&self) -> &str {
        arn_part(&self.0, 3)
    }

    /// The account that owns the key.
    #[must_use]
    pub fn account(&self) -> &str {
        arn_part(&self.0, 4)
    }
}

impl KeyReference {
    /// The Region and account of the key, where the reference says them (an ARN does).
    #[must_use]
    pub fn place(&self) -> Option<(&str, &str)> {
        self.0.starts_with("arn:").then(|| (arn_part(&self.0, 3), arn_part(&self.0, 4)))
    }
}

impl DbSnapshotReference {
    /// The Region and account of the snapshot, where the reference says them (an ARN does).
    #[must_use]
    pub fn place(&self) -> Option<(&str, &str)> {
        self.0.starts_with("arn:").then(|| (arn_part(&self.0, 3), arn_part(&self.0, 4)))
    }

    /// Whether it names a snapshot of an Aurora or Multi-AZ DB *cluster*.
    #[must_use]
    pub fn is_cluster(&self) -> bool {
        self.0.contains(":cluster-snapshot:")
    }
}

impl Region {
    /// The partition the Region belongs to.
    ///
    /// By the prefixes of the SDK's own partition data; the commercial partition has no prefix of
    /// its own and so takes the rest.
    #[must_use]
    pub fn partition(&self) -> &'static str {
        match self.0.split('-').next() {
            Some("cn") => "aws-cn",
            Some("us") if self.0.starts_with("us-gov-") => "aws-us-gov",
            Some("us") if self.0.starts_with("us-iso-") => "aws-iso",
            Some("us") if self.0.starts_with("us-isob-") => "aws-iso-b",
            Some("eu") if self.0.starts_with("eu-isoe-") => "aws-iso-e",
            Some("us") if self.0.starts_with("us-isof-") => "aws-iso-f",
            Some("eusc") => "aws-eusc",
            _ => "aws",
        }
    }

    /// Whether IAM of its partition is at home here. IAM has one endpoint for all Regions of a
    /// partition, whose control plane is in this one (AWS Fault Isolation Boundaries, "Partitional
    /// services").
    #[must_use]
    pub fn is_home_of_iam(&self) -> bool {
        matches!(self.as_str(), "us-east-1" | "cn-north-1" | "us-gov-west-1")
    }
}

/// The part of an ARN at `index`, counted from 0 (`arn`).
fn arn_part(arn: &str, index: usize) -> &str {
    arn.splitn(6, ':').nth(index).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_restore_id_fits_wherever_it_goes() {
        for good in ["a", "orders-2026-11-23", &"a".repeat(40)] {
            assert!(RestoreId::try_from(good).is_ok(), "{good}");
        }
        for bad in ["", "-a", "a-", "a--b", "A", "1a", "a_b", "a:b", &"a".repeat(41)] {
            assert!(RestoreId::try_from(bad).is_err(), "{bad}");
        }
        let hyphens = format!("a{}", "-1".repeat(20));
        assert!(RestoreId::try_from(hyphens.as_str()).is_err(), "41 characters: {hyphens}");
        let hyphens = format!("a{}", "-1".repeat(32));
        assert!(DbInstanceIdentifier::try_from(hyphens.as_str()).is_err(), "65: {hyphens}");
    }

    #[test]
    fn an_execution_without_a_restore_id_lends_its_name_or_its_hash() {
        assert_eq!(RestoreId::of_execution("orders").as_str(), "orders");
        let hashed = RestoreId::of_execution("5e1f2a4c-Orders");
        assert!(hashed.as_str().starts_with("r-") && hashed.as_str().len() == 18, "{hashed}");
        assert_eq!(hashed, RestoreId::of_execution("5e1f2a4c-Orders"));
        assert!(RestoreId::try_from(hashed.as_str()).is_ok());
    }

    #[test]
    fn a_key_reference_takes_every_form_kms_takes() {
        for good in [
            "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            "arn:aws-us-gov:kms:us-gov-west-1:111122223333:alias/orders",
            "1234abcd-12ab-34cd-56ef-1234567890ab",
            "mrk-1234abcd12ab34cd56ef1234567890ab",
            "alias/aws/ebs",
        ] {
            assert!(KeyReference::try_from(good).is_ok(), "{good}");
        }
        assert!(KeyReference::try_from("orders").is_err());
    }

    #[test]
    fn a_region_knows_its_partition() {
        for (region, partition) in [
            ("eu-west-1", "aws"),
            ("cn-north-1", "aws-cn"),
            ("us-gov-west-1", "aws-us-gov"),
            ("ap-southeast-2", "aws"),
        ] {
            assert_eq!(Region::try_from(region).unwrap().partition(), partition);
        }
    }

    #[test]
    fn iam_is_at_home_in_one_region_of_a_partition() {
        let home = |region| Region::try_from(region).unwrap().is_home_of_iam();

        assert!(home("us-east-1") && home("cn-north-1") && home("us-gov-west-1"));
        assert!(!home("us-east-2") && !home("eu-west-1"));
    }

    #[test]
    fn a_refused_value_is_named_with_what_was_expected() {
        let error = AccountId::try_from("1111").unwrap_err();
        assert_eq!(error.to_string(), "`1111` is not an account id of 12 digits");
    }
}
