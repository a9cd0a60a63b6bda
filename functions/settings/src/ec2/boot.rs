//! What instances and AMIs boot by, as EC2 describes them.

use aws_sdk_ec2::types::{
    ArchitectureValues, BootModeValues, Image, Instance, InstanceBootModeValues, PlatformValues,
    TpmSupportValues, VirtualizationType,
};
use restore::boot::Boot;

/// What an instance boots by; nothing where EC2 tells nothing of it.
pub(super) fn of_instance(instance: &Instance) -> Option<Boot> {
    let of_ami = instance.boot_mode();
    // BC:ec2.Instance.BootMode: an AMI that says `uefi-preferred` "supports both UEFI and Legacy
    // BIOS". Of any other, the mode that it was booted in is the only one that is known to serve.
    let booted = instance
        .current_instance_boot_mode()
        .filter(|_| of_ami != Some(&BootModeValues::UefiPreferred))
        .map(InstanceBootModeValues::as_str);
    let boot = Boot {
        architecture: owned(instance.architecture().map(ArchitectureValues::as_str)),
        virtualization_type: owned(instance.virtualization_type().map(VirtualizationType::as_str)),
        boot_mode: owned(booted.or(of_ami.map(BootModeValues::as_str))),
        platform_details: platform(instance.platform_details(), instance.platform()),
        ena_support: instance.ena_support(),
        tpm_support: owned(instance.tpm_support()),
    };
    (boot != Boot::default()).then_some(boot)
}

/// What the instances of an AMI boot by.
#[must_use]
pub fn of_image(image: &Image) -> Boot {
    Boot {
        architecture: owned(image.architecture().map(ArchitectureValues::as_str)),
        virtualization_type: owned(image.virtualization_type().map(VirtualizationType::as_str)),
        boot_mode: owned(image.boot_mode().map(BootModeValues::as_str)),
        platform_details: platform(image.platform_details(), image.platform()),
        ena_support: image.ena_support(),
        tpm_support: owned(image.tpm_support().map(TpmSupportValues::as_str)),
    }
}

fn owned(told: Option<&str>) -> Option<String> {
    told.map(str::to_owned)
}

/// The platform as it is billed, else what is told of Windows alone.
fn platform(details: Option<&str>, platform: Option<&PlatformValues>) -> Option<String> {
    owned(details.or(platform.map(PlatformValues::as_str)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instance_and_its_ami_are_told_alike() {
        let instance = Instance::builder()
            .architecture(ArchitectureValues::Arm64)
            .virtualization_type(VirtualizationType::Hvm)
            .boot_mode(BootModeValues::Uefi)
            .current_instance_boot_mode(InstanceBootModeValues::Uefi)
            .platform_details("Linux/UNIX")
            .ena_support(true)
            .tpm_support("v2.0")
            .build();
        let image = Image::builder()
            .architecture(ArchitectureValues::Arm64)
            .virtualization_type(VirtualizationType::Hvm)
            .boot_mode(BootModeValues::Uefi)
            .platform_details("Linux/UNIX")
            .ena_support(true)
            .tpm_support(TpmSupportValues::V20)
            .build();

        let told = of_image(&image);

        assert_eq!(of_instance(&instance), Some(told.clone()));
        assert_eq!(
            told,
            Boot {
                architecture: Some("arm64".to_owned()),
                virtualization_type: Some("hvm".to_owned()),
                boot_mode: Some("uefi".to_owned()),
                platform_details: Some("Linux/UNIX".to_owned()),
                ena_support: Some(true),
                tpm_support: Some("v2.0".to_owned()),
            }
        );
        assert_eq!(of_instance(&Instance::builder().build()), None);
    }

    #[test]
    fn an_instance_boots_in_either_mode_where_its_ami_says_so_and_else_in_that_it_is_in() {
        let (either, uefi) = (BootModeValues::UefiPreferred, BootModeValues::Uefi);
        for (of_ami, current, expected) in [
            (Some(either.clone()), Some(InstanceBootModeValues::Uefi), "uefi-preferred"),
            (Some(either), None, "uefi-preferred"),
            (None, Some(InstanceBootModeValues::LegacyBios), "legacy-bios"),
            (Some(uefi), None, "uefi"),
        ] {
            let instance = Instance::builder()
                .set_boot_mode(of_ami)
                .set_current_instance_boot_mode(current)
                .build();
            let boot = of_instance(&instance).unwrap();
            assert_eq!(boot.boot_mode.as_deref(), Some(expected), "{instance:?}");
        }
    }

    #[test]
    fn windows_is_known_without_the_details_of_its_bill() {
        let image = Image::builder().platform("windows".into()).build();

        assert_eq!(of_image(&image).platform_details.as_deref(), Some("windows"));
    }
}
