//! The keys that sign access tokens (RS256), how they change, and how they are kept.

mod key;
mod ring;
mod server_key;
pub(crate) mod store;

pub use key::{Jwk, JwkSet, SigningKey, VerifyingKey};
pub use ring::{KeyRing, RingKey};
pub use server_key::ServerKey;
