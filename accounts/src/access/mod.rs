//! What a person may do and read right now, looked up at each request: a change of role, group, course or password
//! counts from the next request on, on every node, with nothing to invalidate.

mod identity;
pub(crate) mod store;
mod trace;

pub use identity::{Actor, Credential, Identity};
pub use trace::{HeldGrant, Reason};
