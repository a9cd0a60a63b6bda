//! The fields of a plan held against each other, but for the requests that it comes to.

use std::collections::BTreeMap;

use super::profiles::unknown;
use super::{
    Faults, MAX_CONCURRENCY, MAX_PROFILES, MAX_RESTORES, MAX_WAVES, Recover, RecoveryPlan, Wave,
};

/// Tells what there is too much of in `plan`: the rest of a plan is looked at only within these
/// bounds, which bound the time and the memory that it takes.
pub(super) fn size(plan: &RecoveryPlan, faults: &mut Faults) {
    at_most("profiles", plan.profiles.len(), MAX_PROFILES, faults);
    at_most("waves", plan.waves.len(), MAX_WAVES, faults);
    if plan.restores() > MAX_RESTORES {
        let problem =
            format!("have {} restores together, more than {MAX_RESTORES}", plan.restores());
        faults.at("waves", problem);
    }
    plan.network_map.size(faults);
}

/// Tells what is wrong with `plan`, and with how it is to be run.
pub(super) fn plan(plan: &RecoveryPlan, recover: &Recover, faults: &mut Faults) {
    concurrency("maxConcurrency", plan.max_concurrency, faults);
    percentage("toleratedFailurePercentage", plan.tolerated_failure_percentage, faults);
    for (path, minutes) in [("rtoMinutes", plan.rto_minutes), ("rpoMinutes", plan.rpo_minutes)] {
        if minutes == Some(0) {
            faults.at(path, "is not at least 1; leave it out where there is no such target");
        }
    }
    plan.network_map.check(faults);
    if plan.waves.is_empty() {
        faults.at("waves", "is empty: a plan has at least one wave");
    }
    let mut names = BTreeMap::new();
    for (index, it) in plan.waves.iter().enumerate() {
        let path = format!("waves[{index}]");
        if let Some(earlier) = names.get(&it.name) {
            let problem = format!("`{}` is also the name of waves[{earlier}]", it.name);
            faults.at(format!("{path}.name"), problem);
        } else {
            names.insert(&it.name, index);
        }
        wave(plan, &path, it, faults);
    }
    if let Some(name) = &recover.from_wave
        && !names.contains_key(name)
    {
        let names: Vec<String> = plan.waves.iter().map(|wave| format!("`{}`", wave.name)).collect();
        faults.at("fromWave", format!("there is no wave `{name}` but {}", names.join(", ")));
    }
}

fn wave(plan: &RecoveryPlan, path: &str, wave: &Wave, faults: &mut Faults) {
    if wave.restores.is_empty() {
        faults.at(format!("{path}.restores"), "is empty: a wave has at least one restore");
    }
    concurrency(&format!("{path}.maxConcurrency"), wave.max_concurrency, faults);
    let tolerated = wave.tolerated_failure_percentage;
    percentage(&format!("{path}.toleratedFailurePercentage"), tolerated, faults);
    let own = |(index, name)| (format!("{path}.restores[{index}].profile"), name);
    let of_restores = wave.restores.iter().map(|restore| restore.profile.as_ref()).enumerate();
    let named = [(format!("{path}.profile"), wave.profile.as_ref())].into_iter();
    for (path, name) in named.chain(of_restores.map(own)) {
        if let Some(name) = name
            && !plan.profiles.contains_key(name)
        {
            faults.at(path, unknown(plan, name));
        }
    }
}

fn at_most(path: &str, count: usize, most: usize, faults: &mut Faults) {
    if count > most {
        faults.at(path, format!("are {count}, more than {most}"));
    }
}

fn concurrency(path: &str, asked: Option<u32>, faults: &mut Faults) {
    match asked {
        // SFN/state-map-inline, SFN/state-map-distributed: 0 is the default, and no limit.
        Some(0) => faults.at(
            path,
            format!("0 would mean no limit to Step Functions; give 1 to {MAX_CONCURRENCY}"),
        ),
        Some(more) if more > MAX_CONCURRENCY => {
            faults.at(path, format!("{more} is more than the {MAX_CONCURRENCY} of a Map Run"));
        }
        _ => {}
    }
}

fn percentage(path: &str, asked: Option<f64>, faults: &mut Faults) {
    if let Some(percentage) = asked
        && !(0.0..=100.0).contains(&percentage)
    {
        faults.at(path, format!("{percentage} is not between 0 and 100"));
    }
}
