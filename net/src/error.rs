//! What can go wrong between this machine and another.

use std::{io, path::PathBuf};

use models::{Code, Coded};

use crate::Refusal;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{url:?} is not an http or https address")]
    InvalidUrl { url: String },
    #[error("{host} is at {address}, a {refusal} address: the operator must allow it first")]
    Refused { host: String, address: std::net::IpAddr, refusal: Refusal },
    #[error("{host} has no address")]
    Unresolved { host: String },
    #[error("{url} redirects, which is not followed here")]
    Redirected { url: String },
    #[error("{url} redirects too often")]
    TooManyRedirects { url: String },
    #[error("{url} answered {status}")]
    Status { url: String, status: u16 },
    #[error("{url} sends more than {limit} bytes")]
    TooLarge { url: String, limit: u64 },
    #[error("{url} sent something other than expected: its SHA-256 is {found}, not {expected}")]
    Checksum { url: String, expected: String, found: String },
    #[error("{url} cannot be reached")]
    Http {
        url: String,
        #[source]
        source: reqwest::Error,
    },
    #[error("{url} took more than {seconds} seconds")]
    TimedOut { url: String, seconds: u64 },
    #[error("{path} cannot be written")]
    Io {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("the HTTP client cannot start")]
    Client(#[source] reqwest::Error),
}

impl Error {
    /// Whether the same request may succeed a little later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Http { source, .. } => {
                // A body that ends too early is reported as one that cannot be decoded.
                source.is_timeout()
                    || source.is_connect()
                    || source.is_body()
                    || source.is_decode()
                    || source.is_request()
            }
            Self::Status { status, .. } => matches!(status, 408 | 425 | 429 | 500 | 502 | 503 | 504),
            Self::Unresolved { .. } | Self::TimedOut { .. } => true,
            _ => false,
        }
    }
}

impl Coded for Error {
    fn code(&self) -> Code {
        match self {
            Self::InvalidUrl { .. } | Self::Refused { .. } => Code::ValidationFailed,
            Self::Io { source, .. } if source.kind() == io::ErrorKind::StorageFull => Code::StorageFull,
            Self::Io { .. } | Self::Client(_) => Code::Internal,
            _ => Code::Unavailable,
        }
    }
}
