//! Parts of a request, laid over each other.
//!
//! As RFC 7396 has it: objects are merged field by field, anything else replaces what lies beneath,
//! and a `null` takes it away. On top of that, what excludes each other in a request does so
//! between layers: the upper one wins.

use std::sync::LazyLock;

use serde::Deserialize as _;
use serde_json::{Map, Value, json};

use super::Partial;
use crate::request::{self, Fault, Mode, RecordedSetting, Request};

/// Some fields of a request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layer<'a> {
    pub(super) source: Option<&'a Partial>,
    pub(super) target: Option<&'a Partial>,
    pub(super) options: Option<&'a Partial>,
    pub(super) drill: Option<&'a Partial>,
}

/// Two ways to say what is restored, by service and the fields that each of them has: naming one
/// takes away the other.
const CHOICES: [(&str, &[&str], &[&str]); 2] = [
    ("ec2", &["volumes"], &["instanceId", "at"]),
    ("rds", &["dbSnapshotIdentifier"], &["dbInstanceIdentifier", "at"]),
];

/// The services, as `source` and `target` name them.
const SERVICES: [&str; 2] = ["ec2", "rds"];

/// What some layers come to, each laid over those before.
#[derive(Debug, Clone)]
pub(super) struct Stack {
    request: Value,
    /// The services that the uppermost layer names that names any.
    services: Vec<&'static str>,
    /// Whether the uppermost layer itself says which recorded settings are left out.
    leaves_out: bool,
}

impl Stack {
    pub(super) fn on(layer: Layer<'_>) -> Self {
        Self { request: json!({}), services: Vec::new(), leaves_out: false }.with(layer)
    }

    pub(super) fn with(mut self, layer: Layer<'_>) -> Self {
        for (part, fields) in layer.parts() {
            if part == "source" {
                choose(&mut self.request[part], fields);
            }
            lay(&mut self.request[part], fields);
        }
        let services = layer.services();
        if !services.is_empty() {
            self.services = services;
        }
        self.leaves_out = layer.leaves_out();
        self
    }

    /// The request that they come to, for what `mode` says; what is said of drills is of no matter
    /// to others, nor to drills what is said of what stays.
    ///
    /// Defaults may speak of both services. The restore is of the one that its uppermost layer to
    /// name one names, under `source` or `target`; what is said of the other is left out, and so are
    /// its settings in a `recorded.leaveOut` that lies beneath the restore's own layer.
    ///
    /// # Errors
    ///
    /// When that layer names both, and so has not chosen.
    pub(super) fn request(mut self, mode: Mode) -> Result<Value, Fault> {
        match (mode, self.request.as_object_mut()) {
            (Mode::Restore, Some(request)) => drop(request.remove("drill")),
            (Mode::Drill, Some(request)) => {
                request.insert("mode".to_owned(), json!(mode));
                // Of what stays: nothing of a drill does.
                if let Some(Value::Object(options)) = request.get_mut("options") {
                    options.retain(|name, _| name != "onFailure" && name != "keepCopies");
                }
            }
            (_, None) => {}
        }
        match self.services[..] {
            [_, _] => {
                return Err(Fault::new("source", "`ec2` and `rds` are both spoken of: name one"));
            }
            [service] => {
                for part in ["source", "target"] {
                    if let Some(Value::Object(fields)) = self.request.get_mut(part) {
                        fields.retain(|name, _| name == service || !SERVICES.contains(&&**name));
                    }
                }
                if !self.leaves_out
                    && let Some(Value::Array(settings)) = self.request.pointer_mut(LEAVE_OUT)
                {
                    settings.retain(|setting| may_be_of(setting, service));
                }
            }
            _ => {}
        }
        Ok(self.request)
    }
}

/// The recorded settings that a restore does without.
const LEAVE_OUT: &str = "/source/recorded/leaveOut";

/// Whether `setting` is one of instances of `service`, or none that is known: that it is for whoever
/// reads it to refuse.
fn may_be_of(setting: &Value, service: &str) -> bool {
    let setting = RecordedSetting::deserialize(setting);
    setting.map_or(true, |setting| setting.service().name() == service)
}

/// How much text `value` is: what it takes to hold it.
pub(super) fn weight(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 8,
        Value::String(text) => text.len() + 3,
        Value::Array(values) => values.iter().map(weight).sum::<usize>() + 2,
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| name.len() + 4 + weight(value)).sum::<usize>() + 2
        }
    }
}

impl<'a> Layer<'a> {
    fn parts(&self) -> impl Iterator<Item = (&'static str, &'a Map<String, Value>)> {
        let (source, target) = (("source", self.source), ("target", self.target));
        [source, target, ("options", self.options), ("drill", self.drill)]
            .into_iter()
            .filter_map(|(part, fields)| Some((part, &fields?.0)))
    }

    /// The services that it names.
    fn services(&self) -> Vec<&'static str> {
        let names = |service: &&str| {
            let parts = [self.source, self.target];
            parts.into_iter().flatten().any(|fields| given(&fields.0, service))
        };
        SERVICES.into_iter().filter(names).collect()
    }

    /// Whether it says which recorded settings are left out.
    fn leaves_out(&self) -> bool {
        let recorded = self.source.and_then(|fields| fields.0.get("recorded")?.as_object());
        recorded.is_some_and(|fields| given(fields, "leaveOut"))
    }

    /// What is wrong with it as a layer of a plan.
    pub(super) fn forbidden(&self) -> Option<Fault> {
        let dry = self.options?.0.get("dryRun")? == true;
        dry.then(|| {
            Fault::new(
                "options.dryRun",
                "a plan is dry as a whole or not at all: give the plan's `options.dryRun`",
            )
        })
    }

    /// What is wrong with it, whatever it will be laid over: a field that no request has, or a value
    /// that none takes.
    pub(super) fn misfit(&self) -> Option<Fault> {
        let mut filled = WHOLE_REQUEST.clone();
        for (part, fields) in self.parts() {
            fill(&mut filled[part], fields);
        }
        match serde_path_to_error::deserialize::<_, Request>(&filled) {
            Err(error) => Some(Fault::new(request::path(&error), error.inner().to_string())),
            Ok(_) => self.forbidden(),
        }
    }
}

/// A request that has every part of a request, and in it every field that must be there, of both
/// services: with it beneath, only what a layer itself says can be wrong.
static WHOLE_REQUEST: LazyLock<Value> = LazyLock::new(|| {
    json!({
        "source": {
            "accountId": "000000000000",
            "region": "us-east-1",
            "grantKeyAccess": false,
            "recorded": { "accountId": "000000000000", "region": "us-east-1" },
            "ec2": {},
            "rds": {},
        },
        "target": {
            "accountId": "000000000000",
            "region": "us-east-1",
            "roleArn": "arn:aws:iam::000000000000:role/restore",
            "kmsKeyId": "alias/restore",
            "ec2": { "start": true },
            "rds": { "dbInstanceIdentifier": "restore" },
        },
        "options": {
            "dryRun": false, "keepCopies": false, "onFailure": "cleanUp", "timeoutHours": 48.0,
        },
        "drill": {
            "network": {},
            "command": {
                "roleArn": "arn:aws:iam::000000000000:role/restore",
                "documentName": "AWS-RunShellScript",
                "parameters": {},
                "timeoutMinutes": 15,
            },
        },
    })
});

/// Lays `fields` over `whole`, where a `null` leaves what must be there, and a field that `whole`
/// has not for whoever reads it to refuse.
fn fill(whole: &mut Value, fields: &Map<String, Value>) {
    for (name, value) in fields {
        match (&mut whole[name], value) {
            (beneath @ Value::Object(_), Value::Object(fields)) => fill(beneath, fields),
            (_, Value::Null) => {}
            // No part of a request, but names of the user's own, such as tags: a `null` takes away
            // one that lies beneath.
            (beneath, Value::Object(names)) => lay(beneath, names),
            (beneath, value) => *beneath = value.clone(),
        }
    }
}

/// Takes away from `source` what `upper` chooses otherwise.
fn choose(source: &mut Value, upper: &Map<String, Value>) {
    for (service, one, other) in CHOICES {
        let (Some(Value::Object(beneath)), Some(Value::Object(upper))) =
            (source.get_mut(service), upper.get(service))
        else {
            continue;
        };
        for (chosen, excluded) in [(one, other), (other, one)] {
            if given(upper, chosen[0]) && !given(upper, excluded[0]) {
                beneath.retain(|name, _| !excluded.contains(&name.as_str()));
            }
        }
    }
}

/// Merges `upper` into `beneath` (RFC 7396).
fn lay(beneath: &mut Value, upper: &Map<String, Value>) {
    if !beneath.is_object() {
        *beneath = json!({});
    }
    let Value::Object(beneath) = beneath else { return };
    for (name, value) in upper {
        match value {
            Value::Null => drop(beneath.remove(name)),
            Value::Object(fields) => lay(beneath.entry(name).or_insert(Value::Null), fields),
            value => drop(beneath.insert(name.clone(), value.clone())),
        }
    }
}

/// Whether `fields` has one called `name`.
fn given(fields: &Map<String, Value>, name: &str) -> bool {
    fields.get(name).is_some_and(|value| !value.is_null())
}
