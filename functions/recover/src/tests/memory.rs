//! How much memory a recovery takes of as many restores as there may be.
//!
//! What is measured is the most that the process has held. So these are tests that have their
//! process for themselves, as `cargo nextest` gives one to each; and what lies in the bucket lies in
//! files, which are written and read in pieces.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use aws_sdk_s3::Client;
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::operation::put_object::PutObjectOutput;
use aws_sdk_s3::primitives::ByteStream;
use aws_smithy_mocks::{RuleMode, mock, mock_client};
use restore::recovery::{Entry, LEFT_BEHIND, Ledger, MAX_EXPANDED_BYTES, MAX_RESTORES, MAX_WORDS};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::asked_of;
use crate::Objects;

/// The memory that the function `Recover` is given, in MiB.
fn given() -> usize {
    let template = concat!(env!("CARGO_MANIFEST_DIR"), "/../../infra/template.yaml");
    let template = fs::read_to_string(template).unwrap();
    let (_, function) = template.split_once("\n  Recover:\n").unwrap();
    number_after(function, "MemorySize:")
}

/// The most memory that this process has held since it was last asked, in MiB (`proc_pid_status(5)`,
/// `proc_pid_clear_refs(5)`). What was given back and not taken from it yet counts, as it does in a
/// function that is called again.
fn peak() -> usize {
    let held = number_after(&fs::read_to_string("/proc/self/status").unwrap(), "VmHWM:") / 1024;
    fs::write("/proc/self/clear_refs", "5").unwrap();
    held
}

fn number_after(text: &str, name: &str) -> usize {
    let (_, rest) = text.split_once(name).unwrap();
    rest.split_whitespace().next().unwrap().parse().unwrap()
}

/// A bucket whose objects are the files of a directory.
#[derive(Debug)]
struct Disk(PathBuf);

impl Disk {
    fn new(name: &str) -> Self {
        let root = std::env::temp_dir().join(format!("{name}-{}", std::process::id()));
        fs::create_dir_all(&root).unwrap();
        Self(root)
    }

    fn path(&self, key: &str) -> PathBuf {
        path(&self.0, key)
    }

    fn json<T: DeserializeOwned>(&self, key: &str) -> T {
        serde_json::from_slice(&fs::read(self.path(key)).unwrap()).unwrap()
    }

    fn objects(&self) -> Objects {
        let (reading, writing) = (self.0.clone(), self.0.clone());
        let get = mock!(Client::get_object).then_compute_output(move |asked| {
            let path = path(&reading, asked.key().unwrap());
            let length = i64::try_from(fs::metadata(&path).unwrap().len()).unwrap();
            let opened = std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
                runtime.block_on(ByteStream::from_path(path)).unwrap()
            });
            GetObjectOutput::builder().content_length(length).body(opened.join().unwrap()).build()
        });
        let put = mock!(Client::put_object).then_compute_output(move |asked| {
            fs::write(path(&writing, asked.key().unwrap()), asked.body().bytes().unwrap()).unwrap();
            PutObjectOutput::builder().build()
        });
        Objects::new(mock_client!(aws_sdk_s3, RuleMode::MatchAny, [&get, &put]), "recoveries")
    }

    /// Writes what Step Functions would of a Map Run over the restores of the recovery of `layout`,
    /// each of which was given `request` and ended as the next of `endings`. The place of its
    /// manifest, and how long its files are.
    fn map_run(
        &self,
        layout: &str,
        request: &Value,
        name: &str,
        endings: &[Ending],
    ) -> (Value, u64) {
        let ledger: Ledger = self.json(&format!("{layout}/ledger.json"));
        let request = quoted(&request.to_string());
        let request = request.trim_matches('"');
        let (mut files, mut bytes) = (json!({}), 0);
        for status in ["SUCCEEDED", "FAILED"] {
            let key = format!("{name}/{status}_0.json");
            let mut file = BufWriter::new(File::create(self.path(&key)).unwrap());
            let ended = ledger.waves[0].restores.iter().zip(endings.iter().cycle());
            let mut before = '[';
            for (Entry { restore_id, path }, ending) in ended {
                let Ending::As(as_status, told) = ending else { continue };
                if *as_status == status {
                    write!(
                        file,
                        r#"{before}{{"ExecutionArn":"arn:aws:states:eu-central-1:111122223333:execution:x","Input":"{{\"restoreId\":\"{restore_id}\",\"path\":\"{path}\",\"request\":{request},\"name\":\"{restore_id}--run\"}}","InputDetails":{{"Included":true}},"Name":"{restore_id}",{told},"RedriveCount":0,"StartDate":"2026-11-23T03:00:00.000Z","Status":"{status}","StopDate":"2026-11-23T04:00:00.000Z"}}"#
                    )
                    .unwrap();
                    before = ',';
                }
            }
            file.write_all(if before == '[' { b"[]" } else { b"]" }).unwrap();
            file.flush().unwrap();
            bytes += fs::metadata(self.path(&key)).unwrap().len();
            files[status] = json!([{ "Key": key, "Size": 1 }]);
        }
        let key = format!("{name}/manifest.json");
        fs::write(self.path(&key), json!({ "ResultFiles": files }).to_string()).unwrap();
        (json!({ "key": key }), bytes)
    }
}

fn path(root: &Path, key: &str) -> PathBuf {
    root.join(key.replace('/', "+"))
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// How children end.
enum Ending {
    /// With this status, and fields that tell more.
    As(&'static str, String),
    /// They are none of the Map Run's.
    IsNone,
}

fn answers(answer: &Value) -> Ending {
    Ending::As("SUCCEEDED", format!(r#""Output":{}"#, quoted(&answer.to_string())))
}

fn fails(cause: &str) -> Ending {
    let cause = quoted(cause);
    Ending::As("FAILED", format!(r#""Error":"Restore.ResourceFailed","Cause":{cause}"#))
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// What recovery is measured.
struct Case {
    /// The user data that the plan gives to every restore.
    user_data: usize,
    /// The tag that each has besides.
    tag: usize,
    /// What is as long as a request is then.
    request: Value,
    /// How the plannings end, one after the other and again.
    planned: Vec<Ending>,
    /// How the restores end.
    restored: Vec<Ending>,
}

/// The plan, as it is stored: written restore by restore.
fn plan(case: &Case) -> String {
    let defaults = json!({
        "source": {
            "accountId": "111122223333", "region": "eu-west-1",
            "roleArn": "arn:aws:iam::111122223333:role/restore-source", "ec2": { "at": "latest" },
        },
        "target": {
            "accountId": "444455556666", "region": "eu-central-1",
            "roleArn": "arn:aws:iam::444455556666:role/restore-target",
            "kmsKeyId": "arn:aws:kms:eu-central-1:444455556666:key/11111111-1111-1111-1111-111111111111",
            "ec2": {
                "imageId": "ami-0a0a0a0a", "instanceType": "m7g.large",
                "userData": "x".repeat(case.user_data),
            },
        },
    });
    let mut plan = format!(
        r#"{{"planId":"orders-dr","onWaveFailure":"continue","defaults":{defaults},"waves":[{{"name":"all","restores":["#
    );
    let note = "x".repeat(case.tag);
    for number in 0..MAX_RESTORES {
        let separator = if number == 0 { "" } else { "," };
        write!(
            plan,
            r#"{separator}{{"source":{{"ec2":{{"instanceId":"i-{number:08x}"}}}},"target":{{"ec2":{{"tags":{{"Note":"{note}"}}}}}}}}"#
        )
        .unwrap();
    }
    plan.push_str("]}]}");
    plan
}

/// The cause of a restore that failed, of so many characters, of which it has left so many things.
fn cause(characters: usize, things: usize) -> String {
    let left: Vec<Value> = (0..things)
        .map(|number| {
            json!({
                "resource": format!("arn:aws:ec2:eu-central-1::snapshot/snap-{number:017x}"),
                "why": "kept, as options.onFailure says",
            })
        })
        .collect();
    let end = format!("{LEFT_BEHIND}{}", Value::from(left));
    format!("{}{end}", "x".repeat(characters - end.len()))
}

/// What planning answers of a restore of so many snapshots.
fn planned_with(snapshots: usize) -> Value {
    let snapshot = json!({ "sizeGib": 500, "takenAt": "2026-11-23T02:00:00Z" });
    json!({
        "snapshots": vec![snapshot; snapshots],
        "room": [{
            "accountId": "444455556666", "region": "eu-central-1",
            "addressesOf": "subnet-0a0a0a0a0a0a0a0a0", "needed": 1, "free": 20_000,
        }],
    })
}

/// What a restore answers that has left so many things.
fn restored_with(left: usize) -> Value {
    let arn = |number| format!("arn:aws:ec2:eu-central-1::snapshot/snap-{number:017x}");
    json!({
        "left": (0..left).map(arn).collect::<Vec<_>>(), "recoveryPoint": "2026-11-23T02:00:00Z",
        "upAt": "2026-11-23T03:30:00Z", "checkedAt": null,
    })
}

/// Has the function do all that it does of a recovery: what it takes of its memory, and what it
/// tells in the end.
#[expect(clippy::print_stderr, reason = "how much it takes is what is to be seen")]
async fn measured(name: &str, case: Case) -> (Disk, Value) {
    let disk = Disk::new(name);
    let objects = disk.objects();
    fs::write(disk.path("plans/largest.json"), plan(&case)).unwrap();
    peak();

    let at = json!({ "bucket": "recoveries", "key": "plans/largest.json" });
    let request = json!({
        "do": "plan", "executionName": "run-1",
        "input": { "planObject": at, "recoveryId": "orders" },
    });
    let planned = asked_of(&objects, request).await.unwrap();
    let planning = peak();
    let layout = planned["layout"].as_str().unwrap();

    let (preflight, preflights) = disk.map_run(layout, &case.request, "preflight", &case.planned);
    peak();
    let request = json!({ "do": "schedule", "layout": layout, "preflight": preflight });
    let scheduled = asked_of(&objects, request).await.unwrap();
    let scheduling = peak();
    assert_eq!(scheduled["refusal"], Value::Null);

    let (group, restores) = disk.map_run(layout, &case.request, "restores", &case.restored);
    peak();
    let request = json!({ "do": "wave", "layout": layout, "wave": 0, "groups": [group] });
    asked_of(&objects, request).await.unwrap();
    let accounting = peak();

    let request = json!({ "do": "outcome", "layout": layout, "waves": [0] });
    let reported = asked_of(&objects, request).await.unwrap();
    let reporting = peak();

    let mib = |bytes: u64| bytes >> 20;
    eprintln!(
        "planned within {planning} MiB, scheduled from {} MiB of results within {scheduling} MiB, \
         accounted for from {} MiB within {accounting} MiB, reported within {reporting} MiB",
        mib(preflights),
        mib(restores),
    );
    let most = planning.max(scheduling).max(accounting).max(reporting);
    assert!(most < given() / 2, "{most} MiB of {}", given());
    (disk, reported)
}

#[tokio::test]
async fn ten_thousand_restores_take_no_more_than_half_of_the_memory_of_the_function() {
    let mut restored = vec![fails(&cause(1_500, 5))];
    restored.resize_with(20, || answers(&restored_with(0)));
    let case = Case {
        user_data: 200,
        tag: 20,
        request: json!({ "source": "\"".repeat(300), "target": "x".repeat(300) }),
        planned: vec![answers(&planned_with(4))],
        restored,
    };

    let (disk, reported) = measured("usual", case).await;

    let counts = &reported["summary"]["counts"];
    assert_eq!((&counts["succeeded"], &counts["failed"]), (&json!(9_500), &json!(500)));
    assert_eq!(reported["summary"]["left"], 2_500);
    // As long as all is short enough together, nothing is cut.
    let outcome: Value = disk.json(reported["key"].as_str().unwrap());
    let each = outcome["restores"].as_array().unwrap();
    assert!(each.iter().all(|restore| restore.get("cut").is_none()));
    assert_eq!(each[0]["cause"], cause(1_500, 5));
}

#[tokio::test]
async fn the_longest_results_take_no_more_than_half_of_the_memory_of_the_function() {
    /// The most characters of a cause (BC:stepfunctions.SensitiveCause).
    const LONGEST: usize = 32_768;
    let case = Case {
        user_data: 4_300,
        tag: 1_400,
        request: json!({ "source": "\"".repeat(300), "target": "x".repeat(5_900) }),
        // Of every other restore planning says that it cannot be made; an instance has at most 128
        // volumes (EC2/volume_limits).
        planned: vec![fails(&cause(LONGEST, 0)), answers(&planned_with(128))],
        restored: vec![
            Ending::IsNone,
            fails(&cause(LONGEST, 200)),
            Ending::IsNone,
            answers(&restored_with(300)),
        ],
    };

    let (disk, reported) = measured("longest", case).await;

    let expanded =
        fs::metadata(disk.path(&reported["key"].as_str().unwrap().replace("outcome", "recovery")));
    let expanded = usize::try_from(expanded.unwrap().len()).unwrap();
    assert!((MAX_EXPANDED_BYTES * 9 / 10..MAX_EXPANDED_BYTES).contains(&expanded), "{expanded}");
    let counts = &reported["summary"]["counts"];
    assert_eq!((&counts["succeeded"], &counts["failed"]), (&json!(2_500), &json!(7_500)));
    // Each is counted, whether it is named or not.
    assert_eq!(reported["summary"]["left"], 2_500 * 200 + 2_500 * 300);
    let outcome: Value = disk.json(reported["key"].as_str().unwrap());
    for (number, file) in [(0, "preflight"), (1, "restores"), (3, "restores")] {
        let restore = &outcome["restores"][number];
        let from = restore["cut"]["from"].as_str().unwrap();
        assert!(from.starts_with(&format!("s3://recoveries/{file}/")), "{from}");
        let words = restore["cause"].as_str().unwrap_or_default().len()
            + restore["left"].as_array().map_or(0, |left| left.len() * 57);
        assert!(words <= MAX_WORDS / MAX_RESTORES, "{words}");
    }
}
