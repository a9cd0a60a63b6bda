//! AMIs held against root volumes.

use serde_json::{Value, json};

use super::*;
use crate::request::examples::changed;

/// What an ordinary instance of Intel or AMD boots by, but for this; a `null` is not told.
fn boot(but: &Value) -> Boot {
    let usual = json!({
        "architecture": "x86_64", "virtualizationType": "hvm", "bootMode": "legacy-bios",
        "platformDetails": "Linux/UNIX", "enaSupport": true,
    });
    serde_json::from_value(changed(usual, but)).unwrap()
}

/// What keeps the root volume from starting: what, of the AMI, of the root volume.
fn misfits(ami: &Value, root: &Value) -> Vec<(&'static str, String, String)> {
    let found = boot(ami).held_against(&boot(root));
    found.misfits.into_iter().map(|it| (it.what, it.ami, it.root)).collect()
}

#[test]
fn an_ami_of_another_kind_than_the_root_volume_is_told_by_what_differs() {
    let usual = json!({});
    let windows = json!({ "platformDetails": "Windows" });
    for (ami, root, expected) in [
        (json!({}), &usual, vec![]),
        (
            json!({ "architecture": "arm64", "bootMode": "uefi" }),
            &usual,
            vec![("architecture", "arm64", "x86_64"), ("boot mode", "uefi", "legacy-bios")],
        ),
        (
            json!({ "virtualizationType": "paravirtual" }),
            &usual,
            vec![("virtualization type", "paravirtual", "hvm")],
        ),
        (json!({ "bootMode": "uefi" }), &usual, vec![("boot mode", "uefi", "legacy-bios")]),
        (
            json!({ "platformDetails": "Windows" }),
            &usual,
            vec![("platform", "Windows", "Linux/UNIX")],
        ),
        (json!({}), &windows, vec![("platform", "Linux/UNIX", "Windows")]),
        (json!({ "platformDetails": "Windows BYOL" }), &windows, vec![]),
        (json!({ "platformDetails": "Red Hat Enterprise Linux" }), &usual, vec![]),
        (json!({ "enaSupport": false }), &usual, vec![("ENA support", "off", "on")]),
        (json!({ "enaSupport": null }), &usual, vec![("ENA support", "off", "on")]),
        (json!({}), &json!({ "enaSupport": false }), vec![]),
        (json!({ "tpmSupport": "v2.0" }), &usual, vec![]),
        (json!({}), &json!({ "tpmSupport": "v2.0" }), vec![("TPM support", "none", "v2.0")]),
    ] {
        let expected: Vec<_> = expected
            .into_iter()
            .map(|(what, ami, root)| (what, ami.to_owned(), root.to_owned()))
            .collect();
        assert_eq!(misfits(&ami, root), expected, "{ami} for {root}");
    }
}

#[test]
fn what_starts_in_either_boot_mode_fits_both_and_what_tells_none_has_that_of_its_architecture() {
    let mode = |mode: Value| json!({ "bootMode": mode });
    let arm = |mode: Value| json!({ "architecture": "arm64", "bootMode": mode });
    for (ami, root, fits) in [
        (mode(json!("uefi-preferred")), mode(json!("legacy-bios")), true),
        (mode(json!("uefi-preferred")), mode(json!("uefi")), true),
        (mode(json!("uefi")), mode(json!("uefi-preferred")), true),
        (mode(Value::Null), mode(json!("legacy-bios")), true),
        (mode(Value::Null), mode(json!("uefi")), false),
        (mode(json!("uefi")), mode(Value::Null), false),
        (arm(Value::Null), arm(json!("uefi")), true),
        (arm(json!("legacy-bios")), arm(Value::Null), false),
    ] {
        assert_eq!(misfits(&ami, &root).is_empty(), fits, "{ami} for {root}");
    }
}

#[test]
fn what_is_not_told_of_both_is_proven_by_nothing() {
    let silent = Boot::default();
    let all = ["architecture", "virtualization type", "boot mode", "platform"];
    let told = boot(&json!({}));

    assert_eq!(told.held_against(&told).untold, [""; 0]);
    for (ami, root) in [(&told, &silent), (&silent, &told), (&silent, &silent)] {
        assert_eq!(ami.held_against(root).untold, all, "{ami:?} for {root:?}");
    }
}

#[test]
fn another_bill_and_a_driver_that_may_be_missing_are_remarked() {
    let remarks = |ami: Value, root: Value| boot(&ami).held_against(&boot(&root)).remarks;

    let [billed] = &remarks(json!({}), json!({ "platformDetails": "SUSE Linux" }))[..] else {
        panic!("nothing is said of the bill")
    };
    assert!(billed.starts_with("is billed as Linux/UNIX, the source instance as SUSE Linux"));
    let [driver] = &remarks(json!({}), json!({ "enaSupport": false }))[..] else {
        panic!("nothing is said of the driver")
    };
    assert!(driver.starts_with("has ENA support"), "{driver}");
    assert_eq!(remarks(json!({}), json!({})), [""; 0]);
    // That is a misfit.
    assert_eq!(remarks(json!({}), json!({ "platformDetails": "Windows" })), [""; 0]);
}

#[test]
fn the_type_decides_in_which_mode_an_ami_of_either_starts() {
    let of = |mode: &str| boot(&json!({ "bootMode": mode }));
    let both = ["legacy-bios", "uefi"];
    for (ami, root, modes, expected) in [
        ("uefi-preferred", "legacy-bios", &both[..], Some(("uefi", "legacy-bios"))),
        ("uefi-preferred", "legacy-bios", &both[..1], None),
        ("uefi-preferred", "uefi", &both[..], None),
        ("uefi-preferred", "uefi", &both[..1], Some(("legacy-bios", "uefi"))),
        ("uefi-preferred", "uefi-preferred", &both[..], None),
        ("uefi-preferred", "legacy-bios", &[][..], None),
        // A misfit already.
        ("uefi", "legacy-bios", &both[..], None),
    ] {
        assert_eq!(of(ami).other_mode(&of(root), modes), expected, "{ami} for {root} in {modes:?}");
    }
}
