//! The policy statements that are written for a request whose roles are denied all that they need.

use std::collections::{BTreeMap, BTreeSet};

use restore::facts::Facts;
use restore::plan::{ObstacleKind, decide};
use restore::preflight::{
    BelongsIn, KeyPolicy, Need, PolicyOfKey, Proof, Row, Statement, needs, trusted,
};
use restore::request::Request;
use restore::{RestoreId, RoleArn, Service, Session};
use serde_json::json;

use crate::facts;
use crate::wanted::Wanted;

/// The functions that have to assume the roles: first that which has.
const FUNCTIONS: [&str; 4] = ["plan-restore", "share-snapshot", "copy-snapshot", "clean-up"];

/// Why something is denied, where AWS has no words of its own.
const WHY: &str = "AWS says no";

/// Some deadline: no key of the facts expires.
const DEADLINE: &str = "2026-11-25T00:00:00Z";

/// A statement as a refusal has it, and the policy that it is to be added to.
struct Written {
    policy: String,
    statement: Statement,
}

/// Has the statements written that would allow all that a restore by `request` needs, and reads
/// them: together they allow that and nothing else. The number of them.
///
/// Between two accounts the restore gives grants besides.
pub(crate) fn written(request: &Request) -> usize {
    let mut request = request.practised();
    request.source.grant_key_access = request.flow().crosses_accounts();
    let restore_id = request.id("mutate");
    let facts = facts::of(&request);
    let (denied, wanted) = denied(&request, &restore_id, &facts);
    let facts = Facts { preflight: denied, ..facts };
    let Ok(deadline) = DEADLINE.parse() else { panic!("{DEADLINE} is no instant") };
    let Err(refusal) = decide(&request, &restore_id, deadline, &facts) else {
        panic!("planned, though everything is denied")
    };
    let obstacles = refusal.obstacles().iter();
    let written: Vec<Written> = obstacles
        .filter(|obstacle| obstacle.kind == ObstacleKind::AccessDenied)
        .map(|obstacle| Written::read(&obstacle.message))
        .collect();

    let names: BTreeSet<(&str, &str)> =
        written.iter().map(|it| (it.policy.as_str(), it.statement.sid.as_str())).collect();
    assert_eq!(names.len(), written.len(), "two statements of one policy have one name");
    for one in &wanted {
        assert!(written.iter().any(|it| it.allows(one)), "nothing written allows {one:?}");
    }
    for one in &written {
        one.assert_allows_only(&wanted);
    }
    written.len()
}

/// Each need denied for want of a statement in every policy that it may be wanting in: of a key in
/// its own and in the role's, of a role in its trust policy. With what each of them comes to.
fn denied(request: &Request, restore_id: &RestoreId, facts: &Facts) -> (Vec<Row>, Vec<Wanted>) {
    let (mut rows, mut wanted) = (Vec::new(), Vec::new());
    for need in needs(request, restore_id, facts) {
        let policies = if need.is_of_key() {
            &[BelongsIn::KeyPolicy, BelongsIn::Role][..]
        } else {
            &[BelongsIn::Role]
        };
        for belongs_in in policies {
            let proof = match need.service {
                Service::Ec2 if !need.is_of_key() => denied_call(&need),
                Service::Ec2 | Service::Rds => Proof::denied(&need, *belongs_in, WHY),
            };
            rows.push(Row::new(&need, proof));
            wanted.push(Wanted::of(&need, *belongs_in));
        }
    }
    for session in [request.source_session(), request.target_session()] {
        for row in untrusted(&session) {
            wanted.push(Wanted::of_trust(&row.role, &session));
            rows.push(row);
        }
    }
    (rows, wanted)
}

/// A call that AWS denies a dry run of, in its own words.
fn denied_call(need: &Need) -> Proof {
    let Need { session, action, resource, .. } = need;
    let message = format!(
        "You are not authorized to perform this operation. User: {} is not authorized to perform: \
         {action} on resource: {resource} because no identity-based policy allows the {action} \
         action",
        session.role_arn
    );
    Proof::denied_call(need, &message)
}

/// That the role of `session` trusts the function that plans, and no other.
fn untrusted(session: &Session) -> Vec<Row> {
    let own = |name: &str| {
        let role = RoleArn::try_from(format!("arn:aws:iam::123456789012:role/{name}"));
        (name.to_owned(), role.unwrap_or_else(|malformed| panic!("{malformed}")))
    };
    let roles = BTreeMap::from(FUNCTIONS.map(own));
    let [planner, others @ ..] = FUNCTIONS;
    let planner = roles[planner].as_str();
    let trust = json!({ "Statement": {
        "Effect": "Allow", "Principal": { "AWS": planner }, "Action": "sts:AssumeRole",
    } });
    let trust = KeyPolicy::read(&trust.to_string()).unwrap_or_else(|why| panic!("{why}"));
    let rows = trusted(session, &others, &roles, &PolicyOfKey::Read(trust));
    assert_eq!(rows.len(), others.len(), "{rows:?}");
    rows
}

impl Written {
    /// Reads a denial as a person does who is to paste its statement: last comes JSON, and before
    /// it where that belongs. A name that the request gives cannot be taken for either, since
    /// within JSON its quotes are no quotes.
    fn read(message: &str) -> Self {
        let parts = message.rsplit_once(": {\"Sid\":").and_then(|(before, rest)| {
            Some((before.rsplit_once(": add to ")?.1, format!("{{\"Sid\":{rest}")))
        });
        let Some((policy, text)) = parts else { panic!("no statement: {message}") };
        let statement: Statement = serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("no statement ({error}): {text}"));
        assert_eq!(statement.to_string(), text, "written otherwise again");
        let (principal, resource) = if policy.starts_with("the key policy of ") {
            (true, true)
        } else if policy.starts_with("a policy of the role ") {
            (false, true)
        } else if policy.starts_with("the trust policy of the role ") {
            (true, false)
        } else {
            panic!("it belongs nowhere: {message}")
        };
        assert_eq!(statement.effect, "Allow", "{text}");
        assert_eq!(statement.principal.is_some(), principal, "{policy}: {text}");
        assert_eq!(!statement.resource.is_empty(), resource, "{policy}: {text}");
        assert!(!statement.action.is_empty(), "{text}");
        let is_word =
            |word: &str| !word.is_empty() && word.chars().all(|it| it.is_ascii_alphanumeric());
        assert!(is_word(&statement.sid), "{text}");
        Self { policy: policy.to_owned(), statement }
    }

    /// Whether it allows what is `wanted`, to whom and when that is to be.
    fn allows(&self, wanted: &Wanted) -> bool {
        let Self { policy, statement } = self;
        let Statement { principal, action, resource, condition, .. } = statement;
        let conditions = condition.values().flatten();
        let conditions = conditions.map(|(key, value)| (key.as_str(), value.as_str()));
        *policy == wanted.policy
            && principal.as_ref().map(|it| &it.aws) == wanted.principal.as_ref()
            && conditions.eq(wanted.condition.iter().map(|(key, value)| (*key, value.as_str())))
            && action.iter().any(|it| it == wanted.action)
            && (resource.is_empty() || resource.iter().any(|it| wanted.resource.is(it)))
    }

    /// Fails where it allows an action on a resource that is not among what is `wanted`.
    fn assert_allows_only(&self, wanted: &[Wanted]) {
        let own: Vec<&Wanted> = wanted.iter().filter(|it| self.allows(it)).collect();
        let Statement { action, resource, .. } = &self.statement;
        for action in action {
            let own = || own.iter().filter(|it| it.action == action.as_str());
            assert!(own().next().is_some(), "{action}: nobody needs {}", self.statement);
            for resource in resource {
                let is_wanted = own().any(|it| it.resource.is(resource));
                assert!(is_wanted, "{action} on {resource}: nobody needs {}", self.statement);
            }
        }
    }
}
