//! The definition of the state machine, as the consistency tests read it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value;

/// A file of this repository, by its path from the root.
///
/// # Panics
///
/// When run by other than cargo, which tells where the repository is. It is asked at run time: what
/// one clone has compiled into a cargo target directory, another clone may run.
#[must_use]
#[expect(clippy::expect_used, reason = "a test that cannot find its subject has failed")]
pub fn repository(path: &str) -> PathBuf {
    let here = std::env::var_os("CARGO_MANIFEST_DIR").expect("set by cargo test and nextest");
    Path::new(&here).join("..").join(path)
}

/// The text of a file of this repository.
///
/// # Panics
///
/// When it cannot be read.
#[must_use]
#[expect(clippy::panic, reason = "a test that cannot read its subject has failed")]
pub fn text(path: &str) -> String {
    std::fs::read_to_string(repository(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A definition in `statemachine`.
#[derive(Debug)]
pub struct Definition {
    /// The whole of it.
    pub root: Value,
    /// The names of its states, those inside of Maps included, in the order of the file.
    pub order: Vec<String>,
    states: BTreeMap<String, Value>,
}

impl Definition {
    /// Reads `statemachine/restore.asl.json`.
    ///
    /// # Panics
    ///
    /// When it is no JSON or has no states.
    #[must_use]
    pub fn read() -> Self {
        Self::of("restore")
    }

    /// What the definitions are called: the names of their files.
    pub const NAMES: [&str; 4] = ["restore", "clean-up", "announce", "recovery"];

    /// Reads every definition there is.
    ///
    /// # Panics
    ///
    /// When one is no JSON, has no states, or two of its states have one name.
    #[must_use]
    pub fn all() -> [Self; 4] {
        Self::NAMES.map(Self::of)
    }

    #[expect(clippy::panic, reason = "a test that cannot read its subject has failed")]
    fn of(name: &str) -> Self {
        let source = text(&format!("statemachine/{name}.asl.json"));
        let root: Value = serde_json::from_str(&source).unwrap_or_else(|error| panic!("{error}"));
        let mut states = BTreeMap::new();
        collect(&root, &mut states);
        assert!(!states.is_empty(), "the definition has no States");
        let mut order: Vec<(usize, String)> = states
            .keys()
            .map(|name| {
                (source.find(&format!("    \"{name}\": {{")).unwrap_or(usize::MAX), name.clone())
            })
            .collect();
        order.sort();
        Self { order: order.into_iter().map(|(_, name)| name).collect(), root, states }
    }

    /// A state, by its name.
    #[must_use]
    pub fn state(&self, name: &str) -> &Value {
        self.states.get(name).unwrap_or(&Value::Null)
    }

    /// The state that an execution begins with.
    #[must_use]
    pub fn start(&self) -> &str {
        self.root["StartAt"].as_str().unwrap_or_default()
    }

    /// The states of one type, in the order of the file.
    pub fn of_type<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = (&'a str, &'a Value)> {
        self.order
            .iter()
            .map(|name| (name.as_str(), self.state(name)))
            .filter(move |(_, state)| state["Type"] == kind)
    }

    /// Where a state can lead, failures included; a Map to the first state of its items, too.
    #[must_use]
    pub fn leads_to(&self, name: &str) -> Vec<&str> {
        let state = self.state(name);
        let branches = ["Choices", "Catch"]
            .into_iter()
            .filter_map(|key| state[key].as_array())
            .flatten()
            .map(|branch| &branch["Next"]);
        [&state["Next"], &state["Default"], &state["ItemProcessor"]["StartAt"]]
            .into_iter()
            .chain(branches)
            .filter_map(Value::as_str)
            .collect()
    }

    /// The states that an execution can come to.
    #[must_use]
    pub fn reachable(&self) -> BTreeSet<&str> {
        let mut seen = BTreeSet::new();
        let mut next = vec![self.start()];
        while let Some(name) = next.pop() {
            if seen.insert(name) {
                next.extend(self.leads_to(name));
            }
        }
        seen
    }

    /// The states that an undisturbed restore by `flow` passes, each once, in order.
    ///
    /// Every wait is over at the first look, nothing was made before, and everything is asked for
    /// that a request can ask for.
    ///
    /// # Panics
    ///
    /// When a Choice has no branch for such a restore.
    #[must_use]
    pub fn path(&self, flow: &str) -> Vec<&str> {
        let mut path = Vec::new();
        let mut name = self.start();
        loop {
            path.push(name);
            let state = self.state(name);
            name = match state["Type"].as_str() {
                Some("Choice") => self.branch(name, flow),
                _ => match state["Next"].as_str() {
                    Some(next) => next,
                    None => return path,
                },
            };
        }
    }

    #[expect(clippy::panic, reason = "a flow without a path is a failed test")]
    fn branch(&self, name: &str, flow: &str) -> &str {
        let state = self.state(name);
        let choices = state["Choices"].as_array().map(Vec::as_slice).unwrap_or_default();
        let condition =
            |choice: &Value| choice["Condition"].as_str().unwrap_or_default().to_owned();
        let taken = choices.iter().find(|choice| {
            let condition = condition(choice);
            if condition.contains("$plan.flow = ") {
                return condition.contains(&format!("'{flow}'"));
            }
            if condition.contains("$exists($plan.instance)") {
                return flow.starts_with("ec2");
            }
            // What an undisturbed restore finds: it is no dry run, nothing was restored before,
            // nothing has to be staged, and only what stays where it is has no hop to make.
            match condition.trim_start_matches("{% ").trim_end_matches(" %}") {
                "$plan.dryRun"
                | "$restored"
                | "$dryRun"
                | "$drill"
                | "$exists($earlierPlan.target)"
                | "$exists($earlierPlan.target) and $cutOff"
                | "$finished"
                | "$count($placeholders) = 0"
                | "$count($launch.alternatives) > 0"
                | "$count($dbLaunch.alternatives) > 0"
                | "'stage-snapshot' in $plan.hops.step" => false,
                "$not($hasHops)" => flow == "ec2-same-location",
                "$plan.instance.start and $not($finished)" | "$plan.dbInstance.modify" => true,
                over if over.starts_with("$states.input.state = ") => true,
                other => panic!("{name}: is it true of an undisturbed restore that {other}?"),
            }
        });
        taken
            .map_or(&state["Default"], |choice| &choice["Next"])
            .as_str()
            .unwrap_or_else(|| panic!("{name} leads nowhere for {flow}"))
    }

    /// The shortest and the longest seconds that a state waits, of one that waits at random.
    #[must_use]
    pub fn waits_at_random(&self, name: &str) -> Option<(u32, u32)> {
        let seconds = self.state(name)["Seconds"].as_str()?;
        let seconds = seconds.strip_prefix("{% ")?.strip_suffix(") %}")?;
        let (least, range) = seconds.split_once(" + $floor($random() * ")?;
        let (least, range): (u32, u32) = (least.parse().ok()?, range.parse().ok()?);
        Some((least, least + range - 1))
    }

    /// The states that an execution can come back to without having waited.
    ///
    /// A Map waits for its items.
    #[must_use]
    pub fn restless(&self) -> Vec<&str> {
        let names: Vec<&str> = self.order.iter().map(String::as_str).collect();
        names.into_iter().filter(|name| self.comes_back_unwaited(name)).collect()
    }

    fn comes_back_unwaited(&self, name: &str) -> bool {
        let mut seen = BTreeSet::new();
        let mut next: Vec<&str> = self.leads_to(name);
        while let Some(at) = next.pop() {
            if at == name {
                return !self.waits(at);
            }
            if self.waits(at) || !seen.insert(at) {
                continue;
            }
            next.extend(self.leads_to(at));
        }
        false
    }

    fn waits(&self, name: &str) -> bool {
        matches!(self.state(name)["Type"].as_str(), Some("Wait" | "Map"))
    }
}

/// Puts the states of `machine` and of the Maps in it into `states`.
fn collect(machine: &Value, states: &mut BTreeMap<String, Value>) {
    for (name, state) in machine["States"].as_object().into_iter().flatten() {
        collect(&state["ItemProcessor"], states);
        let before = states.insert(name.clone(), state.clone());
        assert!(before.is_none(), "two states are called {name}");
    }
}
