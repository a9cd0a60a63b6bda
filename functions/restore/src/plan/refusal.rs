//! Why a restore cannot be done as asked: every obstacle, not the first.

use std::fmt;

use crate::request::Fault;

/// What kind of thing stands in the way.
///
/// In the order in which they name a refusal that has several: what the request says comes before
/// what others must change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ObstacleKind {
    /// There is something under the identifier that the DB instance is to have.
    AlreadyExists,
    /// The request does not fit what there is.
    Invalid,
    /// A key cannot serve.
    KeyNotUsable,
    /// A snapshot under a default key would have to be shared with another account.
    DefaultKeyNotShareable,
    /// A snapshot will never be complete.
    SnapshotFailed,
    /// A role may not do what it will have to.
    AccessDenied,
    /// A quota has no room for what is to be made.
    LimitReached,
    /// None of the places that it may be made in has room for it.
    NoCapacity,
}

/// One thing that stands in the way of a restore.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obstacle {
    /// What kind of thing.
    pub kind: ObstacleKind,
    /// What it is, and what to do about it.
    pub message: String,
}

impl Obstacle {
    /// An obstacle of `kind`.
    pub fn new(kind: ObstacleKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    /// An obstacle of `kind` that the field at `path` leads to.
    pub fn at(kind: ObstacleKind, path: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::new(kind, Fault::new(path, problem).to_string())
    }
}

impl From<Fault> for Obstacle {
    fn from(fault: Fault) -> Self {
        Self::new(ObstacleKind::Invalid, fault.to_string())
    }
}

/// Why a restore cannot be done as asked. Nothing has been changed when one is given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Refusal {
    kind: ObstacleKind,
    obstacles: Vec<Obstacle>,
}

impl Refusal {
    /// The refusal for `obstacles`, each told once; none where there are none.
    #[must_use]
    pub fn of(obstacles: Vec<Obstacle>) -> Option<Self> {
        let kind = obstacles.iter().map(|obstacle| obstacle.kind).min()?;
        let mut told = Vec::with_capacity(obstacles.len());
        for obstacle in obstacles {
            if !told.contains(&obstacle) {
                told.push(obstacle);
            }
        }
        Some(Self { kind, obstacles: told })
    }

    /// What it is called by.
    #[must_use]
    pub const fn kind(&self) -> ObstacleKind {
        self.kind
    }

    /// What stands in the way.
    #[must_use]
    pub fn obstacles(&self) -> &[Obstacle] {
        &self.obstacles
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, obstacle) in self.obstacles.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{}", obstacle.message)?;
        }
        Ok(())
    }
}

impl From<Obstacle> for Refusal {
    fn from(obstacle: Obstacle) -> Self {
        Self { kind: obstacle.kind, obstacles: vec![obstacle] }
    }
}

impl From<Vec<Fault>> for Refusal {
    /// `faults` of a request, of which there is at least one.
    fn from(faults: Vec<Fault>) -> Self {
        let obstacles = faults.into_iter().map(Obstacle::from).collect();
        Self { kind: ObstacleKind::Invalid, obstacles }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_tells_each_obstacle_once_and_is_named_by_what_the_request_says() {
        let denied = Obstacle::new(ObstacleKind::AccessDenied, "kms:Decrypt is denied");
        let invalid = Obstacle::at(ObstacleKind::Invalid, "target.ec2.imageId", "is not there");

        let refusal = Refusal::of(vec![denied.clone(), invalid, denied]).unwrap();

        assert_eq!(refusal.kind(), ObstacleKind::Invalid);
        assert_eq!(refusal.to_string(), "kms:Decrypt is denied; target.ec2.imageId: is not there");
        assert_eq!(Refusal::of(Vec::new()), None);
    }
}
