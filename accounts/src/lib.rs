//! Who somebody is and what that person may: organisations, people, roles, sessions, keys.
//!
//! Everything starts from [`Accounts`]. [`Accounts::identify`] turns a bearer token into an [`Identity`], whose
//! [`Identity::scope`] is what the rest of the house takes; nothing about it is remembered between requests, so a change
//! of role, group, course or password counts from the next one on.

mod access;
mod accounts;
mod api_key;
mod api_keys;
mod entropy;
mod error;
mod identify;
mod link;
mod login;
mod mail;
mod membership;
mod password;
mod passwords;
mod people;
mod permission;
mod registration;
mod role;
mod roles;
mod secret;
mod session;
mod sessions;
mod settings;
mod setup;
mod signing;
#[cfg(test)]
mod tests;
mod throttle;
mod token;
mod view_as;

pub use access::{Actor, Credential, HeldGrant, Identity, Reason};
pub use accounts::{Accounts, Parts};
pub use api_key::{ApiKey, NewApiKey, is_key};
pub use entropy::Entropy;
pub use error::{Error, Result};
pub use link::store::Made;
pub use mail::{Mail, MailError, Mailer, Message};
pub use password::Cost;
pub use people::NewAccount;
pub use permission::{Permission, Permissions, SeededRole, of_anybody, of_role};
pub use role::{NewRole, Role};
pub use session::{Session, Tokens};
pub use settings::{Registration, Settings};
pub use signing::{Jwk, JwkSet, ServerKey};
pub use token::Issuer;
pub use view_as::Trace;

/// Every permission with what it allows and the seeded roles that have it.
pub use permission::{Entry as PermissionEntry, all as permissions};
