//! House rules of the definitions in `statemachine`.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its subject has failed")]

use std::collections::BTreeSet;

use consistency::{Definition, text};
use restore::Flow;
use restore::recovery::LEFT_BEHIND;
use serde_json::{Value, json};

/// The functions of the workspace: folders with a `main.rs`.
fn functions() -> BTreeSet<String> {
    std::fs::read_dir(consistency::repository("functions"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|folder| folder.join("src/main.rs").exists())
        .map(|folder| folder.file_name().unwrap().to_string_lossy().into_owned())
        .collect()
}

/// `copy-snapshot` as `CopySnapshotArn`.
fn substitution(function: &str) -> String {
    let words = function.split('-').map(|word| word[..1].to_uppercase() + &word[1..]);
    words.chain(["Arn".to_owned()]).collect()
}

#[test]
fn every_state_exists_and_can_be_reached() {
    for definition in Definition::all() {
        let all: BTreeSet<&str> = definition.order.iter().map(String::as_str).collect();

        assert_eq!(definition.reachable(), all);
    }
}

/// Whether a task calls a function of the project, rather than a service of AWS.
fn is_function(task: &Value) -> bool {
    task["Resource"].as_str().unwrap().ends_with("Arn}")
}

/// Whether a task waits for another execution to end: its own time and its own retries are that
/// one's.
fn is_execution(task: &Value) -> bool {
    task["Resource"] == "${StartExecution}"
}

/// Whether a task looks at what a drill brought back: what the owner's function says is not asked
/// for again, and Systems Manager refuses until an agent has reported, which is waited for.
fn is_validation(task: &Value) -> bool {
    ["${InvokeFunction}", "${SendCommand}", "${GetCommandInvocation}"]
        .iter()
        .any(|resource| task["Resource"] == *resource)
}

/// Whether what a task did before can only be looked up, which AWS answers late: a copy of an EBS
/// snapshot and a share by their tags.
fn is_looked_up(task: &Value) -> bool {
    ["${CopySnapshotArn}", "${ShareSnapshotArn}"]
        .iter()
        .any(|resource| task["Resource"] == *resource)
}

/// The tasks that have AWS make something under a key: who has just been let use one may be refused
/// for a moment (`aws-facts.md`, E, `KMSKeyNotAccessibleFault`).
const UNDER_A_KEY: [&str; 7] = [
    "Stage snapshots",
    "Copy snapshots into target account",
    "Copy snapshots",
    "Re-encrypt copy",
    "Launch instance",
    "Create volumes",
    "Create DB instance",
];

const UNKNOWN_EXECUTION: &str = "Sfn.ExecutionDoesNotExistException";

/// Tried again, too, when Step Functions does not know the execution that they ask for: it may have
/// just begun.
const NOT_KNOWN_YET: [&str; 3] = ["Look at its holder", "Look at execution", "Look at recovery"];

/// How a task is tried again, but for what [`UNDER_A_KEY`] adds and [`NOT_KNOWN_YET`] leaves out.
fn retries(name: &str, task: &Value) -> Value {
    let mut retries = task["Retry"].clone();
    if NOT_KNOWN_YET.contains(&name) {
        let answers = ["DynamoDB.ConditionalCheckFailedException", UNKNOWN_EXECUTION];
        let at_once = json!({ "ErrorEquals": answers, "MaxAttempts": 0 });
        retries.as_array_mut().unwrap().insert(0, at_once);
    }
    if UNDER_A_KEY.contains(&name) {
        let of_key = retries.as_array_mut().unwrap().pop().unwrap();
        assert_eq!(of_key["ErrorEquals"], json!(["Restore.KeyNotUsable"]), "{name}");
        assert_eq!(
            (&of_key["MaxAttempts"], &of_key["JitterStrategy"]),
            (&json!(3), &json!("FULL"))
        );
    }
    retries
}

/// The seconds that a task may take.
fn seconds(task: &Value) -> f64 {
    match task["Resource"].as_str().unwrap() {
        // Longer than the backstop of what it waits for.
        "${StartExecution}" => Definition::read().root["TimeoutSeconds"].as_f64().unwrap() + 3600.0,
        // A function of the owner's, which has as long as a function may have (LAMBDA/
        // configuration-timeout), and half a minute to begin.
        "${InvokeFunction}" => 930.0,
        // It reads the results of up to 10,000 restores: longer than the function's own time.
        "${RecoverArn}" => 330.0,
        _ => 90.0,
    }
}

#[test]
fn every_task_has_a_comment_a_timeout_the_standard_retries_and_a_catch() {
    let restore = Definition::read();
    let standard = |of_function: bool| {
        let first = restore.of_type("Task").find(|(_, task)| is_function(task) == of_function);
        first.unwrap().1["Retry"].clone()
    };
    let standards = [standard(false), standard(true)];
    for definition in Definition::all() {
        for (name, task) in definition.of_type("Task") {
            assert!(task["Comment"].is_string(), "{name} has no comment");
            assert_eq!(task["TimeoutSeconds"].as_f64(), Some(seconds(task)), "{name}");
            if !is_execution(task) && !is_validation(task) && !is_looked_up(task) {
                let standard = &standards[usize::from(is_function(task))];
                assert_eq!(retries(name, task), *standard, "{name} retries in its own way");
            }
            let catch = task["Catch"].as_array().unwrap().last().unwrap();
            assert_eq!(catch["ErrorEquals"][0], "States.ALL", "{name}");
        }
    }
    for retry in standards.iter().flat_map(|retries| retries.as_array().unwrap()) {
        assert!(retry["JitterStrategy"] == "FULL" || retry["MaxAttempts"] == 0, "{retry}");
    }
}

/// The errors that a task is tried again after.
fn tried_again(retries: &Value) -> BTreeSet<&str> {
    let retries = retries.as_array().unwrap().iter();
    let errors = retries.flat_map(|retry| retry["ErrorEquals"].as_array().unwrap());
    errors.map(|error| error.as_str().unwrap()).collect()
}

/// Where a task goes when it is refused for want of a quota.
fn after_a_quota(task: &Value) -> Option<&str> {
    let catches = task["Catch"].as_array().unwrap();
    let caught = catches.iter().find(|it| it["ErrorEquals"] == json!(["Restore.QuotaExceeded"]));
    caught.and_then(|it| it["Next"].as_str())
}

#[test]
fn what_can_only_be_looked_up_is_looked_for_once_aws_may_list_it() {
    let definition = Definition::read();
    let tasks = definition.of_type("Task").filter(|(_, task)| is_looked_up(task));
    let standard = &definition.state("Plan restore")["Retry"];
    let mut seen = 0;
    for (name, task) in tasks {
        let retries = task["Retry"].as_array().unwrap();
        // What had made some of its copies when a quota refused the next waits its turn, at random.
        let wait = after_a_quota(task).unwrap();
        assert_eq!(definition.leads_to(wait), [name]);
        assert!(definition.waits_at_random(wait).unwrap().0 >= 30, "{wait}");
        let mut again = tried_again(&task["Retry"]);
        again.insert("Restore.QuotaExceeded");
        let mut expected = tried_again(standard);
        expected.extend(UNDER_A_KEY.contains(&name).then_some("Restore.KeyNotUsable"));
        assert_eq!(again, expected, "{name}");
        for retry in retries {
            // Nothing has run.
            if retry["ErrorEquals"] == json!(["Lambda.TooManyRequestsException"]) {
                assert_eq!(retry["JitterStrategy"], "FULL", "{name}");
                continue;
            }
            // "After a Lambda timeout wait about 30 s, look up": not a random part of that.
            assert_eq!(retry["JitterStrategy"], "NONE", "{name}");
            assert!(retry["IntervalSeconds"].as_f64() >= Some(30.0), "{name}: {retry}");
            let errors = retry["ErrorEquals"].as_array().unwrap();
            assert!(!errors.contains(&json!("Lambda.TooManyRequestsException")), "{name}: {retry}");
        }
        seen += 1;
    }
    assert_eq!(seen, 4);
}

#[test]
fn a_quota_is_waited_for_within_the_history_of_the_longest_restore() {
    let definition = Definition::read();
    for (name, task) in definition.of_type("Task") {
        let Some(wait) = after_a_quota(task) else { continue };
        let (least, longest) = definition.waits_at_random(wait).unwrap();
        let pace = f64::midpoint(f64::from(least), f64::from(longest));
        // An attempt that is refused, five events, and a wait.
        let events = restore::request::MAX_TIMEOUT_HOURS * 3600.0 / pace * 7.0;

        assert!(events < 22_500.0, "{name}: {events} of 25,000 (SFN/service-quotas)");
    }
}

#[test]
fn a_clean_up_that_a_restore_hands_over_is_that_of_a_success_and_waits_for_its_end() {
    let definitions = Definition::all();
    let [restore, clean_up, ..] = &definitions;

    assert_eq!(restore.state("Start clean-up")["Arguments"]["Input"]["waitForItsEnd"], true);
    let waits: Vec<&str> = clean_up.leads_to("Has it ended?");
    assert_eq!(waits, ["Name restore", "Wait for its end", "Execution is running"]);
    let reason = &clean_up.state("Clean up")["Arguments"]["reason"];
    assert_eq!(reason, "{% $restored ? 'restored' : 'failed' %}");
}

#[test]
fn whoever_takes_a_lease_over_hands_on_that_a_run_before_it_has_succeeded() {
    let definitions = Definition::all();
    let [restore, clean_up, ..] = &definitions;

    // A drill has brought nothing back that is to stay.
    let succeeded = "{% $status = 'SUCCEEDED' and $not($drill) %}";
    for (task, restored) in [
        (restore.state("Take over lease"), "{% $earlierSucceeded %}"),
        (clean_up.state("Take over its lease"), succeeded),
    ] {
        let arguments = &task["Arguments"];
        let update = arguments["UpdateExpression"].as_str().unwrap();
        assert!(update.contains("restored = if_not_exists(restored, :restored)"), "{update}");
        assert_eq!(arguments["ExpressionAttributeValues"][":restored"]["BOOL"], restored);
    }
    let plan = restore.state("Record plan")["Arguments"]["UpdateExpression"].as_str().unwrap();
    assert!(plan.ends_with("REMOVE restored"), "{plan}");
}

#[test]
fn a_success_that_could_not_be_marked_keeps_its_lease() {
    let definition = Definition::read();
    let question = definition.state("Cleaned up?");
    let choices: Vec<(&str, &str)> = question["Choices"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["Condition"].as_str().unwrap(), one["Next"].as_str().unwrap()))
        .collect();

    assert_eq!(
        choices,
        [
            ("{% $states.input.state = 'done' and $states.input.marked %}", "Release lease"),
            ("{% $states.input.state = 'done' %}", "Which outcome?"),
        ]
    );
}

#[test]
fn an_execution_that_is_redriven_has_no_step_do_anything() {
    let count = "$states.context.Execution.RedriveCount";
    let redriven = format!("{{% $exists({count}) and {count} > 0 %}}");
    let mut told = 0;
    for definition in &Definition::all()[..2] {
        for (name, task) in definition.of_type("Task").filter(|(_, task)| is_function(task)) {
            // Of a clean-up it reads a request alone, and one at fault has nothing to clean up.
            if name == "Name restore" && !definition.reachable().contains("Record plan") {
                continue;
            }
            assert_eq!(task["Arguments"]["redriven"], redriven.as_str(), "{name}");
            told += 1;
        }
    }
    assert_eq!(told, 36);
}

#[test]
fn every_call_of_a_clean_up_knows_what_the_ones_before_it_were_refused() {
    let answered = "{% $exists($states.result.refusedSince) ? $states.result.refusedSince : {} %}";
    let mut calls = 0;
    for definition in &Definition::all()[..2] {
        let of_clean_up = |task: &Value| task["Resource"] == "${CleanUpArn}";
        for (name, task) in definition.of_type("Task").filter(|(_, task)| of_clean_up(task)) {
            assert_eq!(task["Arguments"]["refusedSince"], "{% $refusedSince %}", "{name}");
            assert_eq!(task["Assign"]["refusedSince"], answered, "{name}");
            calls += 1;
        }
    }
    assert_eq!(calls, 5);
    // Each clean-up begins with nothing refused.
    let [restore, clean_up, ..] = &Definition::all();
    for (definition, begins) in [
        (restore, "Begin clean-up"),
        (restore, "Begin clean-up after failure"),
        (restore, "Begin clean-up after earlier run"),
        (restore, "Begin tear-down"),
        (clean_up, "Take over its lease"),
    ] {
        assert_eq!(definition.state(begins)["Assign"]["refusedSince"], json!({}), "{begins}");
    }
}

#[test]
fn a_lease_is_kept_for_as_long_as_anything_is_left_to_do() {
    let [restore, clean_up, ..] = &Definition::all();
    let to_do = "$count($left[$not(usedByOthers = true) and $not(kept = true)]) > 0";
    for (definition, question, condition, next) in [
        (
            restore,
            "Cleaned up after failure?",
            format!("{{% $states.input.state = 'done' and {to_do} %}}"),
            "Restore failed",
        ),
        (clean_up, "Anything left to do?", format!("{{% {to_do} %}}"), "Clean-up failed"),
    ] {
        let choices = definition.state(question)["Choices"].as_array().unwrap();
        let kept = choices.iter().position(|one| one["Condition"] == condition.as_str()).unwrap();
        assert_eq!(choices[kept]["Next"], next);
        // Whoever comes past it gives the lease back.
        let rest = choices[kept + 1..].iter().map(|one| &one["Next"]);
        let default = &definition.state(question)["Default"];
        let release = |next: &Value| next.as_str().unwrap().starts_with("Release lease");
        assert!(rest.chain([default]).any(release), "{question}");
    }
}

#[test]
fn every_failure_is_cleaned_up_after_once_something_may_have_been_made() {
    let definition = Definition::read();
    let mut may_have_made = false;
    for (name, task) in definition.of_type("Task") {
        let after = task["Catch"].as_array().unwrap().last().unwrap()["Next"].as_str().unwrap();
        let expected = match name {
            "Plan restore" => "Made by an earlier run?",
            "Clean up" => "Start clean-up",
            "Release lease" | "Start clean-up" => "Which outcome?",
            "Send command" | "Look at command" => "Validation function given?",
            "Call validation function" => "Begin tear-down",
            "Release lease after drill" => "Report drill",
            "Note what was seen" => "Tear down",
            // Of a drill: it keeps its lease, and the state machine `clean-up` takes over.
            "Tear down"
            | "Record drill"
            | "Release lease after failure"
            | "Clean up after failure" => "Restore failed",
            _ if may_have_made => "Begin clean-up after failure",
            _ => "Restore failed",
        };
        assert_eq!(after, expected, "{name}");
        may_have_made |= name == "Record plan";
    }
    assert!(may_have_made);
}

#[test]
fn an_id_is_held_before_anything_is_looked_at_and_given_back_after_the_clean_up() {
    let definition = Definition::read();
    for flow in Flow::ALL {
        let path = definition.path(flow.name());
        let at = |name: &str| path.iter().position(|state| *state == name).unwrap();

        assert!(at("Take lease") < at("Plan restore"), "{flow}");
        assert!(at("Record plan") < at("Clean up"), "{flow}");
        assert!(at("Clean up") < at("Release lease"), "{flow}");
    }
}

#[test]
fn every_function_is_used_and_every_substitution_is_in_the_template() {
    let template = text("infra/template.yaml");
    let mut used = BTreeSet::new();
    for (definition, source) in Definition::all().iter().zip(Definition::NAMES) {
        used.extend(definition.of_type("Task").filter(|(_, task)| is_function(task)).map(
            |(_, task)| task["Resource"].as_str().unwrap().replace("${", "").replace('}', ""),
        ));
        let machine = template.split(&format!("statemachine/{source}.asl.json")).nth(1).unwrap();
        let substitutions = machine.split("Tracing:").next().unwrap();
        let written = definition.root.to_string();
        let names: BTreeSet<&str> =
            written.split("${").skip(1).map(|rest| rest.split('}').next().unwrap()).collect();
        for name in names {
            assert!(substitutions.contains(&format!(" {name}: ")), "{name} is not substituted");
        }
    }
    // What starts executions is no step of one, nor is what runs between them.
    let apart = ["start-restore", "record-settings"];
    let steps = functions().into_iter().filter(|name| !apart.contains(&name.as_str()));
    let expected: BTreeSet<String> = steps.map(|name| substitution(&name)).collect();
    assert_eq!(used, expected);
}

/// The variables that the states of a scope assign, whichever way they are left.
fn assigned(scope: &Value) -> BTreeSet<&str> {
    let states = scope["States"].as_object().into_iter().flat_map(|states| states.values());
    let ways = states.flat_map(|state| {
        let branches = ["Choices", "Catch"].into_iter().filter_map(|key| state[key].as_array());
        std::iter::once(state).chain(branches.flatten())
    });
    ways.filter_map(|way| way["Assign"].as_object())
        .flatten()
        .map(|(name, _)| name.as_str())
        .collect()
}

/// Names that a Map assigns inside and an outer scope assigns as well, which Step Functions refuses
/// (SFN/workflow-variables, "Variable scope").
fn assigned_twice<'a>(scope: &'a Value, outer: &BTreeSet<&'a str>) -> Vec<&'a str> {
    let own = assigned(scope);
    let mut twice: Vec<&str> = own.intersection(outer).copied().collect();
    let all: BTreeSet<&str> = own.union(outer).copied().collect();
    for state in scope["States"].as_object().into_iter().flat_map(|states| states.values()) {
        twice.extend(assigned_twice(&state["ItemProcessor"], &all));
    }
    twice
}

#[test]
fn no_map_assigns_what_the_scope_around_it_assigns() {
    for definition in Definition::all() {
        assert_eq!(assigned_twice(&definition.root, &BTreeSet::new()), [""; 0]);
    }
    let twice = serde_json::json!({ "States": {
        "A": { "Catch": [{ "Assign": { "failure": 1 } }], "ItemProcessor": { "States": {
            "B": { "ItemProcessor": { "States": { "C": { "Assign": { "failure": 1 } } } } },
        } } },
    } });
    assert_eq!(assigned_twice(&twice, &BTreeSet::new()), ["failure"]);
}

#[test]
fn every_loop_waits() {
    for definition in Definition::all() {
        assert_eq!(definition.restless(), [""; 0]);
    }
}

#[test]
fn whatever_a_drill_brings_back_is_torn_down_and_recorded() {
    let definition = Definition::read();
    // The one way from what is restored to the outcomes of a restore is for what is no drill.
    let ways: Vec<&str> = definition
        .order
        .iter()
        .map(String::as_str)
        .filter(|name| definition.leads_to(name).contains(&"Begin clean-up"))
        .collect();
    assert_eq!(ways, ["A drill?"]);
    assert_eq!(definition.state("A drill?")["Default"], "Begin clean-up");
    for (name, next) in [
        ("Begin tear-down", "Note what was seen"),
        ("Note what was seen", "Tear down"),
        ("Tear down", "Torn down?"),
        ("Torn down?", "Record drill"),
        ("Cleaned up after failure?", "Record drill"),
        ("Made by an earlier run?", "Record drill"),
        ("Record drill", "Drill passed?"),
    ] {
        assert!(definition.leads_to(name).contains(&next), "{name}");
    }
}

#[test]
fn what_a_failed_restore_has_left_is_told_as_a_recovery_reads_it() {
    let [restore, _, _, recovery] = Definition::all();
    let said = format!("$said & '{LEFT_BEHIND}' & $string($all)) %}}");
    let cause = |definition: &Definition| {
        definition.state("Restore failed")["Cause"].as_str().unwrap().to_owned()
    };

    assert!(cause(&restore).ends_with(&said), "{}", cause(&restore));
    // A child of a recovery ends by the cause of its restore, as that has told it.
    assert_eq!(cause(&recovery), "{% $states.input.cause %}");
}

#[test]
fn the_longest_restore_is_looked_at_within_the_history_of_its_child() {
    let [_, _, _, recovery] = Definition::all();
    let wait = recovery.state("Wait for restore")["Seconds"].as_f64().unwrap();
    let looks = restore::request::MAX_TIMEOUT_HOURS * 3600.0 / wait;
    // An hour of looks that are refused, seven times each.
    let unseen = 12.0 * 27.0;
    assert_eq!(recovery.state("Look again?")["Choices"][0]["Condition"], "{% $unseen < 12 %}");
    // A wait, a look and a question; a start that is refused, and the look and the wait after it.
    let events = 10.0 + 20.0 * 14.0 + looks * 9.0 + unseen;

    assert!(events < 25_000.0, "{events}");
}

#[test]
fn every_flow_ends_in_its_outcome() {
    let definition = Definition::read();
    for flow in Flow::ALL {
        let path = definition.path(flow.name());
        let service = if flow.name().starts_with("ec2") { "EC2" } else { "RDS" };
        assert_eq!(
            path.last().copied(),
            Some(format!("Report {service} outcome").as_str()),
            "{flow}"
        );
    }
}

#[test]
fn only_what_crosses_accounts_is_shared() {
    let definition = Definition::read();
    for flow in Flow::ALL {
        let shares = definition.path(flow.name()).contains(&"Share snapshots");
        assert_eq!(shares, flow.crosses_accounts(), "{flow}");
    }
}

#[test]
fn the_whole_has_a_backstop_longer_than_any_deadline() {
    // What goes on with a clean-up waits for the same as a restore's own: until volumes have loaded.
    for definition in &Definition::all()[..2] {
        let seconds = definition.root["TimeoutSeconds"].as_f64().unwrap();

        assert!(seconds > restore::request::MAX_TIMEOUT_HOURS * 3600.0);
    }
}

#[test]
fn every_state_speaks_jsonata_alone() {
    for definition in Definition::all() {
        assert_eq!(definition.root["QueryLanguage"], "JSONata");
        for name in &definition.order {
            let state = definition.state(name);
            for jsonpath in
                ["Parameters", "ResultPath", "ResultSelector", "InputPath", "OutputPath"]
            {
                assert_eq!(state[jsonpath], Value::Null, "{name} has {jsonpath}");
            }
        }
    }
}

/// The functions that every expression knows by name: those of `JSONata` (docs.jsonata.org, version
/// 2.0) and those that Step Functions adds (developer guide, "Transforming data with `JSONata`").
const BUILT_IN: &str = "string length substring substringBefore substringAfter uppercase lowercase \
    trim pad contains split join match replace eval base64encode base64decode encodeUrlComponent \
    encodeUrl decodeUrlComponent decodeUrl number abs floor ceil round power sqrt random \
    formatNumber formatBase formatInteger parseInteger sum max min average boolean not exists count \
    append sort reverse shuffle distinct zip keys lookup spread merge sift each error assert type \
    now millis fromMillis toMillis map filter single reduce partition range hash uuid parse states";

#[test]
fn no_variable_hides_a_function_of_the_language() {
    let built_in: BTreeSet<&str> = BUILT_IN.split_whitespace().collect();
    for definition in Definition::all() {
        assert_eq!(assigned_twice(&definition.root, &built_in), [""; 0]);
    }
}

#[test]
fn what_has_ended_and_is_not_described_so_is_looked_at_again_of_restores_and_of_recoveries() {
    let [_, _, announce, _] = Definition::all();
    for (look, question) in
        [("Look at execution", "Anybody's news?"), ("Look at recovery", "Has it told itself?")]
    {
        assert_eq!(announce.state(look)["Next"], question);
        assert_eq!(
            announce.state(look)["Output"],
            announce.state("Look at execution")["Output"],
            "{look}"
        );
        let first = &announce.state(question)["Choices"][0];
        assert_eq!(first["Next"], "Wait for its description", "{question}");
        assert_eq!(first["Condition"], "{% $exists($states.input.detail) %}", "{question}");
    }
}
