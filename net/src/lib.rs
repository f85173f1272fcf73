//! The one HTTP client of the house. It resolves a name first and refuses addresses that a request from outside must
//! not reach (the machine itself, the local network, a cloud's metadata service), on every hop, at connect time.
//!
//! Exceptions are hosts and networks in the operator's configuration ([`AllowList`]); nothing that a tenant, a document
//! or a user supplies can extend them.

mod address;
mod allow;
mod client;
mod download;
mod error;
mod resolve;

pub use address::{Refusal, refusal};
pub use allow::{AllowList, InvalidException};
pub use client::{Client, Redirects, Reply, Settings};
pub use error::Error;
pub use reqwest::{Method, StatusCode, Url, header};
