//! While restored volumes load their data.

use super::*;

/// A restored volume, and the snapshot that it was made from, where it tells.
fn loading_from(from: Option<&str>) -> Found {
    let mut one = volume("vol-1", Made::Volume, Some(("i-1", true)));
    if let Kind::Volume { from: of, .. } = &mut one.kind {
        *of = from.map(str::to_owned);
    }
    one
}

fn grant(service: Service) -> Found {
    let on = serde_json::from_value(serde_json::json!({
        "kmsKeyId": "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        "name": "restore:orders",
        "granteePrincipal": "arn:aws:iam::444455556666:role/restore",
        "operations": ["Decrypt"],
    }));
    found("granted", Kind::Grant { service, on: on.unwrap() })
}

const NEEDED: &str = "wait until the volumes have loaded their data";

/// What goes while volumes are half-way, and what has to stay for them.
fn while_loading(found: Vec<Found>, scope: Scope) -> Vec<(String, String)> {
    decided(found, scope, &Initialisation::Underway { percent: 40 })
}

#[test]
fn volumes_that_stay_load_their_data_before_what_they_load_it_from_goes() {
    let underway = Initialisation::Underway { percent: 40 };
    let unknown = Initialisation::Unknown("denied".to_owned());
    let leave = |why: &str| {
        format!(
            "leave: the restored volumes may still load their data from it: {why}. It is needed \
             until EC2 (DescribeVolumeStatus) shows each of them as initialised by 100 %, or each \
             has been read in full; then start the same request again under this restoreId, which \
             takes it away if EC2 shows so, or take it away yourself"
        )
    };
    let (denied, unseen) = (leave("denied"), leave("the restored volumes could not be seen"));
    for source in [
        share(Service::Ec2, Use::Given, &[]),
        snapshot("shared", Made::Copy, Life::There),
        snapshot("shared", Made::StagedSnapshot, Life::There),
        grant(Service::Ec2),
    ] {
        // Of one that does not tell it may be any.
        for from in [Some("shared"), None] {
            for (scope, volumes, wanted) in [
                (FINISHED, &underway, NEEDED),
                (FINISHED, &unknown, &denied),
                (FINISHED, &DONE, "remove"),
                // The volumes go as well.
                (Scope::Everything, &underway, "remove"),
            ] {
                let found = vec![source.clone(), loading_from(from), instance(Life::There)];
                let decided = decided(found, scope, volumes);
                let verdict = decided.iter().find(|(id, _)| *id == source.id).unwrap();
                assert_eq!(verdict.1, wanted, "{source:?}, {from:?}");
            }
        }
        let nobody_knows = decided(vec![source], FINISHED, &Initialisation::Unseen);
        assert_eq!(nobody_knows[0].1, unseen);
    }
    // A DB instance loads from what RDS keeps; it is available before clean-up begins.
    for source in [share(Service::Rds, Use::Given, &[]), grant(Service::Rds)] {
        for volumes in [&underway, &Initialisation::Unseen] {
            assert_eq!(decided(vec![source.clone()], FINISHED, volumes)[0].1, "remove");
        }
    }
}

#[test]
fn what_a_copy_was_made_from_goes_while_volumes_load_their_data_from_the_copy() {
    let found = vec![
        share(Service::Ec2, Use::Given, &[]),
        share(Service::Ec2, Use::Given, &["billing"]),
        grant(Service::Ec2),
        snapshot("snap-staged", Made::StagedSnapshot, Life::There),
        snapshot("snap-copy", Made::Copy, Life::There),
        snapshot("snap-double", Made::Copy, Life::There),
        loading_from(Some("snap-copy")),
    ];
    for scope in [FINISHED, Scope::Unfinished { kept: None }] {
        let decided = while_loading(found.clone(), scope);

        let going: Vec<_> = decided.iter().filter(|(id, _)| id != "vol-1").collect();
        let wanted = [
            ("snap-copy", NEEDED),
            ("snap-double", "remove"),
            ("granted", "remove"),
            ("shared", "remove"),
            ("snap-staged", "remove"),
            ("shared", "release"),
        ];
        assert!(
            going.iter().map(|(id, word)| (id.as_str(), word.as_str())).eq(wanted),
            "{going:?}"
        );
    }
}

#[test]
fn a_staged_snapshot_that_is_shared_stays_for_the_volumes_that_load_from_it_with_all_they_need() {
    let mut staged_share = share(Service::Ec2, Use::Given, &[]);
    staged_share.id = "snap-staged".to_owned();
    let decided = while_loading(
        vec![
            staged_share,
            // Of another snapshot, whose volume could not be made.
            share(Service::Ec2, Use::Given, &[]),
            grant(Service::Ec2),
            snapshot("snap-staged", Made::StagedSnapshot, Life::There),
            loading_from(Some("snap-staged")),
        ],
        FINISHED,
    );

    assert_eq!(
        told(&decided)[1..],
        [
            ("granted", NEEDED),
            ("snap-staged", NEEDED),
            ("shared", "remove"),
            ("snap-staged", NEEDED)
        ]
    );
}

#[test]
fn a_grant_stays_for_as_long_as_any_volume_loads_from_what_is_no_copy() {
    let mut other = loading_from(Some("shared"));
    other.id = "vol-2".to_owned();
    let copy = snapshot("snap-copy", Made::Copy, Life::There);
    let found = vec![grant(Service::Ec2), copy, loading_from(Some("snap-copy")), other];

    let decided = while_loading(found, FINISHED);

    let granted = decided.iter().find(|(id, _)| id == "granted").unwrap();
    assert_eq!(granted.1, NEEDED);
}

#[test]
fn a_permission_that_others_use_is_still_needed_until_the_volumes_have_loaded_their_data() {
    for (own, others, wanted) in [
        // By then the others may have left.
        (Use::Given, vec!["billing"], NEEDED),
        (Use::Given, vec![], NEEDED),
        // No restore ever takes it.
        (Use::Found, vec![], "release"),
    ] {
        let found = vec![share(Service::Ec2, own, &others), loading_from(Some("shared"))];
        let decided = while_loading(found, FINISHED);
        assert_eq!(told(&decided)[1], ("shared", wanted), "{own:?}, {others:?}");
    }
}
