mod loading;
mod properties;

use restore::Service;
use restore::share::Use;
use restore::tag::Made;

use super::*;
use crate::found::Copied;

const DONE: Initialisation = Initialisation::Done;
const FINISHED: Scope = Scope::Intermediates { kept: None };

fn found(id: &str, kind: Kind) -> Found {
    Found { place: 0, arn: format!("arn:{id}"), id: id.to_owned(), kind }
}

fn snapshot(id: &str, made: Made, life: Life) -> Found {
    found(id, Kind::Snapshot { made: Some(made), life, copy: Copied::default(), kept: false })
}

fn db_snapshot(id: &str, made: Made, life: Life) -> Found {
    found(id, Kind::DbSnapshot { made: Some(made), life, kept: false })
}

fn volume(id: &str, made: Made, attached_to: Option<(&str, bool)>) -> Found {
    let attachment = attached_to.map(|(instance_id, delete_on_termination)| Attachment {
        instance_id: instance_id.to_owned(),
        delete_on_termination,
    });
    found(id, Kind::Volume { made: Some(made), life: Life::There, attachment, from: None })
}

fn instance(life: Life) -> Found {
    found("i-1", Kind::Instance { made: Some(Made::Instance), life })
}

fn group() -> Found {
    found("sg-1", Kind::SecurityGroup { made: Some(Made::SealedGroup) })
}

fn db_instance(life: Life) -> Found {
    found("orders", Kind::DbInstance { made: Some(Made::Instance), life, protected: false })
}

fn share(service: Service, own: Use, others: &[&str]) -> Found {
    let others = others.iter().map(|id| (*id).try_into().unwrap()).collect();
    let account = "444455556666".try_into().unwrap();
    found("shared", Kind::Share { service, account, own, others })
}

/// What is decided once AWS lists everything, shortly, in its order.
fn decided(found: Vec<Found>, scope: Scope, volumes: &Initialisation) -> Vec<(String, String)> {
    in_words(all(found, scope, volumes, true))
}

fn in_words(decided: Vec<(Found, Verdict)>) -> Vec<(String, String)> {
    let word = |verdict: Verdict| match verdict {
        Verdict::Ignore => "ignore".to_owned(),
        Verdict::Remove => "remove".to_owned(),
        Verdict::BeingRemoved { with: None } => "being removed".to_owned(),
        Verdict::BeingRemoved { with: Some(instance) } => format!("goes with {instance}"),
        Verdict::Wait { until, .. } => format!("wait until {until}"),
        Verdict::Later => "later".to_owned(),
        Verdict::Release => "release".to_owned(),
        Verdict::Leave(why) => format!("leave: {why}"),
        Verdict::Keep(why) => format!("keep: {why}"),
        Verdict::KeepCopy => "keep and mark".to_owned(),
    };
    decided.into_iter().map(|(one, verdict)| (one.id, word(verdict))).collect()
}

fn told(decided: &[(String, String)]) -> Vec<(&str, &str)> {
    decided.iter().map(|(id, word)| (id.as_str(), word.as_str())).collect()
}

#[test]
fn a_finished_restore_keeps_its_instance_and_loses_the_rest() {
    let decided = decided(
        vec![
            share(Service::Ec2, Use::Given, &[]),
            snapshot("snap-staged", Made::StagedSnapshot, Life::There),
            snapshot("snap-copy", Made::Copy, Life::There),
            group(),
            volume("vol-placeholder", Made::Placeholder, None),
            volume("vol-root", Made::Volume, Some(("i-1", true))),
            instance(Life::There),
        ],
        FINISHED,
        &DONE,
    );

    assert_eq!(
        told(&decided),
        [
            ("i-1", "ignore"),
            ("vol-placeholder", "remove"),
            ("vol-root", "ignore"),
            ("sg-1", "remove"),
            ("snap-copy", "remove"),
            ("shared", "remove"),
            ("snap-staged", "remove"),
        ]
    );
}

#[test]
fn only_usable_copies_of_the_last_hop_are_kept() {
    let decided = decided(
        vec![
            db_snapshot("between", Made::CopyInTargetAccount, Life::There),
            db_snapshot("last", Made::ReencryptedCopy, Life::There),
            db_snapshot("last-failed", Made::ReencryptedCopy, Life::Failed),
        ],
        Scope::Intermediates { kept: Some(Made::ReencryptedCopy) },
        &DONE,
    );

    assert_eq!(
        told(&decided),
        [("last", "keep and mark"), ("last-failed", "remove"), ("between", "remove"),]
    );
}

#[test]
fn a_restored_volume_that_somebody_detached_is_not_deleted() {
    let decided = decided(vec![volume("vol-1", Made::Volume, None)], FINISHED, &DONE);

    assert!(decided[0].1.starts_with("keep: not attached"), "{decided:?}");
}

#[test]
fn what_no_step_is_known_to_make_stays_on_success_and_goes_on_failure() {
    let volume = Kind::Volume { made: None, life: Life::There, attachment: None, from: None };
    let unknown = || vec![found("vol-1", volume.clone())];

    assert!(decided(unknown(), FINISHED, &DONE)[0].1.starts_with("keep: its tag restore:step"));
    assert_eq!(decided(unknown(), Scope::Everything, &DONE)[0].1, "remove");
}

#[test]
fn a_failed_restore_loses_everything_the_instance_first() {
    let decided = decided(
        vec![
            group(),
            share(Service::Ec2, Use::Given, &[]),
            snapshot("snap-copy", Made::Copy, Life::There),
            volume("vol-1", Made::Volume, Some(("i-1", true))),
            volume("vol-2", Made::Volume, Some(("i-1", false))),
            volume("vol-3", Made::Volume, None),
            instance(Life::There),
        ],
        Scope::Everything,
        &DONE,
    );

    assert_eq!(
        told(&decided),
        [
            ("i-1", "remove"),
            ("vol-1", "goes with i-1"),
            ("vol-2", "wait until instance i-1 is terminated"),
            ("vol-3", "remove"),
            ("sg-1", "wait until instance i-1 is terminated"),
            ("snap-copy", "remove"),
            ("shared", "remove"),
        ]
    );
}

#[test]
fn an_instance_that_is_gone_holds_its_volumes_only_as_long_as_aws_shows_them_attached() {
    let decided = decided(
        vec![group(), volume("vol-1", Made::Volume, Some(("i-1", false))), instance(Life::Gone)],
        Scope::Everything,
        &DONE,
    );

    assert_eq!(
        told(&decided),
        [("i-1", "ignore"), ("vol-1", "wait until instance i-1 is terminated"), ("sg-1", "remove"),]
    );
}

#[test]
fn a_volume_on_somebody_elses_instance_stays() {
    let attached = volume("vol-1", Made::Volume, Some(("i-foreign", true)));
    let decided = decided(vec![attached], Scope::Everything, &DONE);

    assert_eq!(told(&decided), [("vol-1", "keep: attached to i-foreign")]);
}

#[test]
fn what_is_being_made_or_removed_is_waited_for() {
    for (one, wanted) in [
        (
            snapshot("snap-1", Made::Copy, Life::Coming),
            "wait until snap-1 is made, and can be removed",
        ),
        (db_instance(Life::Coming), "wait until orders is made, and can be removed"),
        (db_instance(Life::Going), "being removed"),
        (instance(Life::Going), "being removed"),
        // An instance can be terminated before it runs.
        (instance(Life::Coming), "remove"),
        (db_snapshot("db-1", Made::Copy, Life::Failed), "remove"),
    ] {
        assert_eq!(decided(vec![one], Scope::Everything, &DONE)[0].1, wanted);
    }
}

#[test]
fn nothing_goes_before_what_is_made_from_it_is_there() {
    for (coming, source) in [
        (
            db_snapshot("made", Made::ReencryptedCopy, Life::Coming),
            share(Service::Rds, Use::Given, &[]),
        ),
        (
            db_snapshot("made", Made::ReencryptedCopy, Life::Coming),
            db_snapshot("shared", Made::CopyInTargetAccount, Life::There),
        ),
        (
            found(
                "made",
                Kind::Volume {
                    made: Some(Made::Volume),
                    life: Life::Coming,
                    attachment: None,
                    from: None,
                },
            ),
            snapshot("shared", Made::Copy, Life::There),
        ),
    ] {
        let decided = decided(vec![source, coming], Scope::Everything, &DONE);
        assert_eq!(told(&decided)[1], ("shared", "wait until made is made from shared"));
    }
}

#[test]
fn copies_go_on_while_what_they_are_not_made_from_is_in_the_making() {
    let staged = snapshot("snap-staged", Made::StagedSnapshot, Life::Coming);
    let copy = snapshot("snap-copy", Made::Copy, Life::There);

    let decided = decided(vec![staged, copy], Scope::Everything, &DONE);

    assert_eq!(told(&decided)[0], ("snap-copy", "remove"));
}

#[test]
fn what_something_may_be_made_from_stays_until_aws_must_list_that() {
    let copying = snapshot("snap-coming", Made::Copy, Life::Coming);
    for scope in [Scope::Everything, Scope::Shares] {
        let found = vec![
            share(Service::Ec2, Use::Given, &[]),
            share(Service::Ec2, Use::Found, &[]),
            share(Service::Rds, Use::Given, &["billing"]),
        ];
        let decided = in_words(all(found, scope, &DONE, false));
        assert_eq!(told(&decided), [("shared", "later"); 3]);
    }
    let decided = in_words(all(
        vec![
            instance(Life::There),
            volume("vol-1", Made::Volume, None),
            group(),
            snapshot("snap-staged", Made::StagedSnapshot, Life::There),
            snapshot("snap-copy", Made::Copy, Life::Failed),
            db_snapshot("db-copy", Made::Copy, Life::There),
            copying,
        ],
        Scope::Everything,
        &DONE,
        false,
    ));
    assert_eq!(
        told(&decided),
        [
            // Nothing is made from these.
            ("i-1", "remove"),
            ("vol-1", "remove"),
            ("sg-1", "wait until instance i-1 is terminated"),
            ("snap-copy", "later"),
            ("db-copy", "later"),
            ("snap-coming", "wait until snap-coming is made, and can be removed"),
            ("snap-staged", "wait until snap-coming is made from snap-staged"),
        ]
    );
}

#[test]
fn of_two_copies_of_one_snapshot_the_one_that_serves_is_kept() {
    let mut double = snapshot("snap-double", Made::Copy, Life::There);
    if let Kind::Snapshot { copy, .. } = &mut double.kind {
        copy.is_double = true;
    }
    let found = vec![snapshot("snap-copy", Made::Copy, Life::There), double];
    for (scope, kept) in [
        (Scope::Intermediates { kept: Some(Made::Copy) }, "keep and mark"),
        (Scope::Unfinished { kept: Some(Made::Copy) }, "keep: kept, as options.keepCopies says"),
    ] {
        let decided = decided(found.clone(), scope, &DONE);
        assert_eq!(told(&decided), [("snap-copy", kept), ("snap-double", "remove")]);
    }
}

#[test]
fn a_copy_that_a_run_which_succeeded_has_kept_outlives_every_later_one() {
    let kept = Some(Made::Copy);
    for (scope, verdict) in [
        (Scope::Everything, "ignore"),
        (Scope::Unfinished { kept }, "ignore"),
        (Scope::Shares, "ignore"),
        (FINISHED, "ignore"),
        (Scope::Intermediates { kept: Some(Made::ReencryptedCopy) }, "ignore"),
        (Scope::Intermediates { kept }, "keep and mark"),
    ] {
        let ebs =
            Kind::Snapshot { made: kept, life: Life::There, copy: Copied::default(), kept: true };
        let rds = Kind::DbSnapshot { made: kept, life: Life::There, kept: true };
        for kind in [ebs, rds] {
            let decided = decided(vec![found("copy", kind)], scope, &DONE);
            assert_eq!(told(&decided), [("copy", verdict)], "{scope:?}");
        }
    }
}

#[test]
fn a_snapshot_that_somebody_made_of_what_was_brought_back_stays_though_it_has_its_tags() {
    let found = || {
        vec![
            db_snapshot("final", Made::Finished, Life::There),
            db_snapshot("of-a-failed-one", Made::Instance, Life::There),
            snapshot("snap-daily", Made::Finished, Life::There),
            snapshot("snap-of-volume", Made::Volume, Life::There),
        ]
    };
    for scope in [
        FINISHED,
        Scope::Everything,
        Scope::Unfinished { kept: None },
        Scope::Intermediates { kept: Some(Made::Copy) },
    ] {
        let told =
            "keep: no copy that a restore makes: it has the tags of what it is a snapshot of";
        let mut decided = decided(found(), scope, &DONE);
        decided.sort();
        assert_eq!(
            self::told(&decided),
            [
                ("final", "ignore"),
                ("of-a-failed-one", told),
                ("snap-daily", "ignore"),
                ("snap-of-volume", told),
            ]
        );
    }
}

#[test]
fn a_failed_restore_that_is_kept_loses_its_shares_alone() {
    let kept = "keep: kept, as options.onFailure says";
    let decided = decided(
        vec![
            share(Service::Ec2, Use::Given, &[]),
            snapshot("snap-copy", Made::Copy, Life::There),
            volume("vol-1", Made::Volume, Some(("i-1", true))),
            group(),
            instance(Life::There),
        ],
        Scope::Shares,
        &DONE,
    );

    assert_eq!(
        told(&decided),
        [("i-1", kept), ("vol-1", kept), ("sg-1", kept), ("snap-copy", kept), ("shared", "remove")]
    );
}

#[test]
fn a_share_outlives_the_copies_that_are_kept_and_still_under_way() {
    let copying = snapshot("snap-copy", Made::Copy, Life::Coming);
    let decided =
        decided(vec![share(Service::Ec2, Use::Given, &[]), copying], Scope::Shares, &DONE);

    assert_eq!(told(&decided)[1], ("shared", "wait until snap-copy is made from shared"));
}

#[test]
fn a_permission_that_others_use_or_had_before_is_not_withdrawn_and_comes_last() {
    for one in [
        share(Service::Ec2, Use::Found, &[]),
        share(Service::Ec2, Use::Found, &["billing"]),
        share(Service::Ec2, Use::Given, &["billing"]),
        share(Service::Rds, Use::Leaving, &["billing"]),
    ] {
        let staged = snapshot("snap-staged", Made::StagedSnapshot, Life::There);
        let decided = decided(vec![one, staged], FINISHED, &Initialisation::Done);
        assert_eq!(told(&decided), [("snap-staged", "remove"), ("shared", "release")]);
    }
}

fn finished_instance() -> Found {
    found("i-1", Kind::Instance { made: Some(Made::Finished), life: Life::There })
}

#[test]
fn what_a_finished_restore_brought_back_outlives_a_later_run_that_fails() {
    let scope = Scope::Unfinished { kept: Some(Made::Copy) };
    let decided = decided(
        vec![
            snapshot("snap-copy", Made::Copy, Life::There),
            snapshot("snap-staged", Made::StagedSnapshot, Life::There),
            group(),
            volume("vol-root", Made::Volume, Some(("i-1", true))),
            volume("vol-loose", Made::Volume, None),
            finished_instance(),
            found("i-2", Kind::Instance { made: Some(Made::Instance), life: Life::Coming }),
            volume("vol-2", Made::Volume, Some(("i-2", true))),
        ],
        scope,
        &DONE,
    );
    let verdict = |id| decided.iter().find(|(one, _)| one == id).unwrap().1.as_str();

    assert_eq!(verdict("i-1"), "ignore");
    assert_eq!(verdict("vol-root"), "ignore");
    assert_eq!(verdict("snap-copy"), "keep: kept, as options.keepCopies says");
    assert!(verdict("vol-loose").starts_with("keep: not attached"), "{decided:?}");
    // What the later run has begun goes.
    assert_eq!(verdict("i-2"), "remove");
    assert_eq!(verdict("vol-2"), "goes with i-2");
    assert_eq!(verdict("sg-1"), "wait until instance i-2 is terminated");
    assert_eq!(verdict("snap-staged"), "remove");
}

#[test]
fn the_volumes_of_a_finished_restore_stay_whatever_became_of_its_instance() {
    let volume = |attached_to| volume("vol-1", Made::Finished, attached_to);
    for scope in [FINISHED, Scope::Unfinished { kept: None }, Scope::Everything, Scope::Shares] {
        for attached_to in [None, Some(("i-1", false)), Some(("i-foreign", true))] {
            let decided = decided(vec![volume(attached_to)], scope, &DONE);
            assert_eq!(told(&decided), [("vol-1", "ignore")], "{scope:?}");
        }
    }
    // It makes no instance finished: that of a later run is none.
    assert!(!volume(None).is_finished());
}

#[test]
fn a_volume_that_failed_goes_unless_it_is_attached_or_nothing_may() {
    let failed = |attached_to: Option<(&str, bool)>| {
        let mut one = volume("vol-1", Made::Volume, attached_to);
        if let Kind::Volume { life, .. } = &mut one.kind {
            *life = Life::Failed;
        }
        one
    };
    let verdict = |one: Found, scope| decided(vec![one], scope, &DONE).remove(0).1;

    for scope in [FINISHED, Scope::Unfinished { kept: None }] {
        assert_eq!(verdict(failed(None), scope), "remove", "{scope:?}");
        assert_ne!(verdict(failed(Some(("i-1", true))), scope), "remove", "{scope:?}");
    }
    assert!(verdict(failed(None), Scope::Shares).starts_with("keep"));
}

#[test]
fn what_an_instance_that_stays_holds_is_not_waited_for() {
    let strange = found("i-1", Kind::Instance { made: None, life: Life::There });
    let held = volume("vol-1", Made::Volume, Some(("i-1", false)));

    let decided = decided(vec![strange, held, group()], Scope::Unfinished { kept: None }, &DONE);

    let unknown = "keep: its tag restore:step names nothing that a restore makes";
    let expected = [("i-1", unknown), ("vol-1", "keep: attached to i-1"), ("sg-1", "remove")];
    assert_eq!(told(&decided), expected);
}
