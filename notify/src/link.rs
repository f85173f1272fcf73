use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use url::Url;

use crate::{Error, Result};

/// An absolute http(s) address for a mail. It may hold a one-time secret, so it does not print: only its page does.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Link(Url);

impl Link {
    /// The whole address, secret included.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.as_str()
    }

    pub(crate) fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }
}

impl FromStr for Link {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let url = Url::parse(text).map_err(|error| Error::Link(error.to_string()))?;
        let plain = url.has_host() && url.username().is_empty() && url.password().is_none();
        if !["http", "https"].contains(&url.scheme()) || !plain {
            return Err(Error::Link(format!("`{}:` with this host", url.scheme())));
        }
        Ok(Self(url))
    }
}

impl TryFrom<String> for Link {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<Link> for String {
    fn from(link: Link) -> Self {
        link.0.into()
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/…", self.0.origin().ascii_serialization())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links() {
        let check = |text: &str, expect: Option<&str>| {
            assert_eq!(text.parse::<Link>().ok().as_ref().map(Link::expose), expect, "{text:?}");
        };
        check("https://guichet.example/verify?token=a%20b", Some("https://guichet.example/verify?token=a%20b"));
        check("http://127.0.0.1:8080/x", Some("http://127.0.0.1:8080/x"));
        // The parser drops line breaks and encodes what could end an attribute or a header.
        check("https://guichet.example/a\r\nb?q=\"><b>", Some("https://guichet.example/ab?q=%22%3E%3Cb%3E"));
        check("javascript:alert(1)", None);
        check("data:text/html,x", None);
        check("/verify", None);
        check("https://user:secret@guichet.example/", None);
        check("https://", None);
    }

    #[test]
    fn a_link_does_not_print_its_secret() {
        let link: Link = "https://guichet.example/reset/s3cret?token=s3cret".parse().expect("a link");
        assert_eq!(format!("{link:?}"), "https://guichet.example/…");
    }
}
