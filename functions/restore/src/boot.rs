//! What an instance boots by, and whether an AMI starts the root volume of another instance.
//!
//! An instance has its architecture, virtualization, boot mode, platform, ENA and TPM support from
//! the AMI that it is launched from, and not from its root volume (`aws-facts.md`, C). One whose
//! root volume is then replaced by that of an instance of another kind never passes its status
//! checks. That shows when all else is done, so the two are held against each other before.

use serde::{Deserialize, Serialize};

/// The boot mode of an AMI that starts in either of the two.
const EITHER: &str = "uefi-preferred";
const UEFI: &str = "uefi";
const LEGACY_BIOS: &str = "legacy-bios";

const ON: &str = "on";
const OFF: &str = "off";
const NONE: &str = "none";

/// What an instance boots by, as EC2 tells it of the instance or of an AMI.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Boot {
    /// The architecture, such as `arm64`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub architecture: Option<String>,
    /// The type of virtualization, such as `hvm`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub virtualization_type: Option<String>,
    /// The boot mode: `uefi`, `legacy-bios`, or `uefi-preferred` of what starts in either.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boot_mode: Option<String>,
    /// The platform as it is billed, such as `Linux/UNIX`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform_details: Option<String>,
    /// Whether enhanced networking with ENA is on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ena_support: Option<bool>,
    /// The version of the TPM, such as `v2.0`; absent where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tpm_support: Option<String>,
}

/// What came of holding an AMI against what a root volume was booted by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comparison {
    /// Why the root volume would not start.
    pub misfits: Vec<Misfit>,
    /// What is not told of both, so that nothing proves it to be the same.
    pub untold: Vec<&'static str>,
    /// What differs besides, in words about the AMI.
    pub remarks: Vec<String>,
}

/// Something in which an AMI is of another kind than a root volume.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    /// What.
    pub what: &'static str,
    /// What the AMI has.
    pub ami: String,
    /// What the root volume was booted by, and so needs.
    pub root: String,
}

impl Boot {
    /// An AMI held against what the `root` volume was booted by that is to replace its own.
    ///
    /// Support that the root volume was booted without keeps nothing from starting. Of platforms
    /// only Windows starts otherwise than all else; further differences are those of the bill.
    #[must_use]
    pub fn held_against(&self, root: &Self) -> Comparison {
        let mut found = Comparison::default();
        let same = |ami: &str, root: &str| ami == root;
        let at_least = |ami: &str, root: &str| ami == root || matches!(root, OFF | NONE);
        let architecture = (self.architecture.as_deref(), root.architecture.as_deref());
        let kind = (self.virtualization_type.as_deref(), root.virtualization_type.as_deref());
        let platform = (self.platform_details.as_deref(), root.platform_details.as_deref());
        found.hold("architecture", architecture, same);
        found.hold("virtualization type", kind, same);
        found.hold("boot mode", (self.mode(), root.mode()), |ami, root| {
            ami == root || ami == EITHER || root == EITHER
        });
        found.hold("platform", platform, |ami, root| is_windows(ami) == is_windows(root));
        found.hold("ENA support", (Some(self.ena()), Some(root.ena())), at_least);
        found.hold("TPM support", (Some(self.tpm()), Some(root.tpm())), at_least);
        found.remarks = self.remarks(root);
        found
    }

    /// The mode in which a type that boots in `modes` starts an AMI of either mode, and the only
    /// one that the `root` volume was booted in, where that is another.
    #[must_use]
    pub fn other_mode<'a>(
        &self,
        root: &'a Self,
        modes: &[&str],
    ) -> Option<(&'static str, &'a str)> {
        // EC2/ami-boot: UEFI where the type supports it.
        let starts = match modes {
            [] => return None,
            modes if modes.contains(&UEFI) => UEFI,
            _ => LEGACY_BIOS,
        };
        let booted = root.mode().filter(|mode| *mode != EITHER)?;
        (self.mode() == Some(EITHER) && starts != booted).then_some((starts, booted))
    }

    /// The boot mode; where none is told, that in which its architecture boots (EC2/ami-boot).
    fn mode(&self) -> Option<&str> {
        match (self.boot_mode.as_deref(), self.architecture.as_deref()) {
            (Some(mode), _) => Some(mode),
            (None, Some("arm64")) => Some(UEFI),
            (None, Some("x86_64" | "i386")) => Some(LEGACY_BIOS),
            (None, _) => None,
        }
    }

    fn ena(&self) -> &'static str {
        if self.ena_support == Some(true) { ON } else { OFF }
    }

    fn tpm(&self) -> &str {
        self.tpm_support.as_deref().unwrap_or(NONE)
    }

    fn remarks(&self, root: &Self) -> Vec<String> {
        let billing = match (&self.platform_details, &root.platform_details) {
            (Some(ami), Some(root)) if ami != root && is_windows(ami) == is_windows(root) => {
                Some(format!(
                    "is billed as {ami}, the source instance as {root}: the restored one is \
                     billed, and licensed, as the AMI is"
                ))
            }
            _ => None,
        };
        let driver = (self.ena() == ON && root.ena() == OFF).then(|| {
            "has ENA support and the source instance has none: on a type with ENA the root volume \
             needs its driver"
                .to_owned()
        });
        billing.into_iter().chain(driver).collect()
    }
}

impl Comparison {
    fn hold(
        &mut self,
        what: &'static str,
        (ami, root): (Option<&str>, Option<&str>),
        fits: impl Fn(&str, &str) -> bool,
    ) {
        match (ami, root) {
            (Some(ami), Some(root)) if fits(ami, root) => {}
            (Some(ami), Some(root)) => {
                self.misfits.push(Misfit { what, ami: ami.to_owned(), root: root.to_owned() });
            }
            _ => self.untold.push(what),
        }
    }
}

/// Whether the platform is one of those of Windows, such as `Windows with SQL Server Standard`
/// (EC2/billing-info-fields).
fn is_windows(platform: &str) -> bool {
    platform.get(..7).is_some_and(|it| it.eq_ignore_ascii_case("windows"))
}

#[cfg(test)]
mod tests;
