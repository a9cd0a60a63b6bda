//! What the restores of a wave have left behind, however they ended.

use serde_json::{Value, json};

use super::bucket::Bucket;
use super::{Ending, asked, map_run, name, outcome, plan, planned, scheduled};

const CAUSE: &str = "snapshot restore-a: failed Left behind: \
                     [{\"resource\":\"arn:a\",\"why\":\"kept, as options.onFailure says\"},\
                     {\"resource\":\"clean-up\",\"why\":\"Restore.Unexpected: no answer\"}]";

#[tokio::test]
async fn what_a_restore_has_left_is_told_and_counted_also_where_it_failed() {
    let bucket = Bucket::default();
    let planned = planned(&bucket, plan(&[])).await;
    let scheduled = scheduled(&bucket, &planned, &[]).await;
    let wave = &scheduled["waves"][0];
    let items = wave["groups"][0]["items"].as_str().unwrap();
    let group = map_run(&bucket, items, "results", |item| match name(item) {
        "a" => Ending::Fails("Restore.ResourceFailed", CAUSE),
        _ => Ending::Answers(json!({ "left": ["arn:b"] })),
    });

    let request = json!({
        "do": "wave", "layout": planned["layout"], "wave": wave["wave"], "groups": [group],
    });
    let accounted = asked(&bucket, request).await.unwrap();
    assert_eq!(accounted["summary"]["left"], 3, "{accounted}");

    let reported = outcome(&bucket, &planned, &[0]).await;
    assert_eq!(reported["summary"]["left"], 3, "{reported}");
    let written: Value = bucket.json(reported["key"].as_str().unwrap());
    let [failed, succeeded] = [&written["restores"][0], &written["restores"][1]];
    assert_eq!(failed["left"], json!(["arn:a", "clean-up"]));
    assert_eq!(failed["cause"], CAUSE);
    assert_eq!(succeeded["left"], json!(["arn:b"]));
}
