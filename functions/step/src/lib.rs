//! How every step is served, whose session it works in, and how it fails.

mod class;
mod error;
pub mod keys;
mod name;
mod serve;
mod session;

pub use class::classify;
pub use error::{CallContext, StepError};
pub use name::ErrorName;
pub use serve::serve;
pub use session::Sessions;
