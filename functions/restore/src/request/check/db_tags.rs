//! The tags of a DB instance, as far as RDS takes them (BC:rds.Tag).

use std::collections::BTreeMap;

use crate::request::Fault;

/// In Unicode characters.
const LONGEST_KEY: usize = 128;
const LONGEST_VALUE: usize = 256;

/// What keys and values may have beside letters, digits and spaces.
const SIGNS: &str = "_.:/=+-@";

/// Notes every tag that RDS would refuse, or that is not the request's to set.
pub(super) fn check(path: &str, tags: Option<&BTreeMap<String, String>>, faults: &mut Vec<Fault>) {
    // `restore:` is ours.
    super::check_tags(path, tags, &["aws:", "rds:", "restore:"], faults);
    for (key, value) in tags.into_iter().flatten() {
        let problems = [
            key.is_empty().then(|| "a key has at least 1 character".to_owned()),
            too_long("key", key, LONGEST_KEY),
            too_long("value", value, LONGEST_VALUE),
            other_signs("key", key),
            other_signs("value", value),
            of_aws(value),
        ];
        let problems = problems.into_iter().flatten();
        faults.extend(problems.map(|it| Fault::new(path, format!("`{key}`: {it}"))));
    }
}

fn too_long(what: &str, text: &str, most: usize) -> Option<String> {
    let length = text.chars().count();
    (length > most).then(|| format!("its {what} has {length} characters, and may have {most}"))
}

/// A value, too, "can't be prefixed with aws: or rds:".
fn of_aws(value: &str) -> Option<String> {
    let value = value.to_ascii_lowercase();
    let reserved = ["aws:", "rds:"].into_iter().find(|prefix| value.starts_with(prefix))?;
    Some(format!("its value begins with `{reserved}`, which is reserved"))
}

/// The classes are `\p{L}`, `\p{Z}` and `\p{N}`. Some signs that Rust counts among letters are of
/// neither: of those RDS may judge.
fn other_signs(what: &str, text: &str) -> Option<String> {
    let is_space = |it: char| it.is_whitespace() && !it.is_control();
    let fits = |it: &char| it.is_alphanumeric() || is_space(*it) || SIGNS.contains(*it);
    let other = text.chars().find(|it| !fits(it))?;
    Some(format!("its {what} has {other:?}: RDS takes letters, digits, spaces and `{SIGNS}` alone"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(key: &str, value: &str) -> Vec<String> {
        let tags = BTreeMap::from([(key.to_owned(), value.to_owned())]);
        let mut faults = Vec::new();
        check("target.rds.tags", Some(&tags), &mut faults);
        assert!(faults.iter().all(|fault| fault.path == "target.rds.tags"));
        faults.into_iter().map(|fault| fault.problem).collect()
    }

    #[test]
    fn what_rds_takes_is_let_pass() {
        let long = "é".repeat(128);
        for (key, value) in [
            ("team", "orders"),
            ("Größe 2_a.b:c/d=e+f-g@h", ""),
            ("my:rds:tag", "my aws: value\u{a0}"),
            (long.as_str(), &long.repeat(2)),
        ] {
            assert_eq!(told(key, value), [""; 0], "{key}");
        }
    }

    #[test]
    fn what_rds_refuses_is_told_by_its_key() {
        let (long_key, long_value) = ("k".repeat(129), "v".repeat(257));
        for (key, value, words) in [
            ("rds:own", "a", "`rds:own`: the prefix `rds:` is reserved"),
            ("Aws:own", "a", "`Aws:own`: the prefix `aws:` is reserved"),
            ("restore:id", "a", "`restore:id`: the prefix `restore:` is reserved"),
            ("team", "RDS:orders", "`team`: its value begins with `rds:`"),
            ("", "a", "``: a key has at least 1 character"),
            (&long_key, "a", "its key has 129 characters, and may have 128"),
            ("team", &long_value, "its value has 257 characters, and may have 256"),
            ("team#1", "a", "`team#1`: its key has '#': RDS takes letters"),
            ("team", "a,b", "`team`: its value has ',': RDS takes letters"),
            ("team", "a\tb", "`team`: its value has '\\t': RDS takes letters"),
        ] {
            let [only] = &told(key, value)[..] else { panic!("{key} {value}") };
            assert!(only.contains(words), "{only}");
        }
    }
}
