//! A small AWS behind ordinary clients, for what holds of whole runs.

mod ec2;
mod rds;

use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use step::{ErrorName, StepError};

pub(crate) use ec2::Ec2;
pub(crate) use rds::Rds;

/// One account of AWS, as far as a run goes.
pub(crate) trait World: Clone + Debug + PartialEq {
    /// What was under way is done, and everybody sees it.
    fn time_passes(&mut self);
}

/// A world that a client, and the test beside it, look into.
#[derive(Debug, Clone)]
pub(crate) struct Shared<W>(Arc<Mutex<W>>);

impl<W: World> Shared<W> {
    pub(crate) fn new(world: W) -> Self {
        Self(Arc::new(Mutex::new(world)))
    }

    /// The world as it is now.
    pub(crate) fn now(&self) -> W {
        self.with(|world| world.clone())
    }

    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut W) -> T) -> T {
        act(&mut self.0.lock().unwrap())
    }

    /// Does `act` as the state machine does: again after a while, for as long as AWS has to catch
    /// up. And each time twice, as where the first one's answer is lost: the second must change
    /// nothing, and come to the same.
    pub(crate) async fn done<T: Debug + PartialEq>(
        &self,
        act: impl AsyncFn() -> Result<T, StepError>,
    ) -> Result<T, String> {
        for _ in 0..5 {
            let first = act().await;
            let after = self.now();
            let second = act().await;
            assert_eq!(self.now(), after, "changed at once by a second run, after {first:?}");
            if let (Ok(first), Ok(second)) = (&first, &second) {
                assert_eq!(first, second);
            }
            self.with(World::time_passes);
            match second {
                Err(error)
                    if matches!(error.name(), ErrorName::Throttled | ErrorName::QuotaExceeded) => {}
                second => return second.map_err(|error| error.to_string()),
            }
        }
        panic!("it never comes to an end: {:?}", self.now());
    }
}

/// Waits for `run` on this thread: a property is no async function.
pub(crate) fn wait_for<T>(run: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(run)
}
