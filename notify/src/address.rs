use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use url::Host;

use crate::{Error, Result};

/// The longest path that SMTP carries, without its angle brackets (RFC 5321, 4.5.3.1.3).
const LONGEST: usize = 254;

/// An e-mail address: one mailbox, no display name, its domain in lower-case ASCII.
///
/// The part before the `@` keeps its case, because only its server knows whether case matters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Address(lettre::Address);

impl Address {
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_ref()
    }

    #[must_use]
    pub fn domain(&self) -> &str {
        self.0.domain()
    }

    /// For the envelope and the headers.
    pub(crate) const fn wire(&self) -> &lettre::Address {
        &self.0
    }
}

impl FromStr for Address {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let refuse = || Error::Address(text.chars().filter(|c| !c.is_control()).take(100).collect());
        let (user, domain) = text.rsplit_once('@').ok_or_else(refuse)?;
        // Quoted local parts are legal and used by nobody but attackers of parsers.
        let plain = |c: char| !c.is_control() && !c.is_whitespace() && !"\"(),:;<>@[\\]".contains(c);
        if text.len() > LONGEST || user.is_empty() || !user.chars().all(plain) {
            return Err(refuse());
        }
        let Ok(Host::Domain(domain)) = Host::parse(domain) else { return Err(refuse()) };
        lettre::Address::new(user, domain).map(Self).map_err(|_| refuse())
    }
}

impl TryFrom<String> for Address {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        address.as_str().to_owned()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let check = |text: &str, expect: Option<&str>| {
            assert_eq!(text.parse::<Address>().ok().map(String::from).as_deref(), expect, "{text:?}");
        };
        check("lea@lycee.example", Some("lea@lycee.example"));
        check("Lea.Martin+info@LYCEE.Example", Some("Lea.Martin+info@lycee.example"));
        check("lea@école.example", Some("lea@xn--cole-9oa.example"));
        check("léa@lycee.example", Some("léa@lycee.example"));
        check("root@localhost", Some("root@localhost"));
        for refused in [
            "",
            "lea",
            "@lycee.example",
            "lea@",
            "lea@@lycee.example",
            "lea@lycee.example\r\nBcc: all@lycee.example",
            "lea\r\n@lycee.example",
            "lea@lycee.example ",
            "lea@lycee.example,eve@evil.example",
            "Lea <lea@lycee.example>",
            "\"a b\"@lycee.example",
            "lea@[127.0.0.1]",
            "lea@127.0.0.1",
            "lea..martin@lycee.example",
            "lea@lycee..example",
            "lea\0@lycee.example",
        ] {
            check(refused, None);
        }
        check(&format!("{}@lycee.example", "a".repeat(65)), None);
        check(&format!("lea@{}", "a.".repeat(130)), None);
    }
}
