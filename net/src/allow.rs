//! The operator's exceptions: hosts and networks that may be reached although they are not public.

use std::{fmt, net::IpAddr, str::FromStr};

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::address::carried;

/// Hosts (`ollama.school.lan`, `*.school.lan`) and networks (`10.20.0.0/16`, `127.0.0.1`).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct AllowList {
    hosts: Vec<String>,
    networks: Vec<IpNet>,
}

/// Why a text is not an exception.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is neither a host (`name.example`, `*.example`) nor a network (`10.0.0.0/8`, `127.0.0.1`)")]
pub struct InvalidException {
    pub text: String,
}

impl AllowList {
    /// # Errors
    /// When one of the texts is neither a host nor a network.
    pub fn parse<S: AsRef<str>>(texts: impl IntoIterator<Item = S>) -> Result<Self, InvalidException> {
        let mut list = Self::default();
        for text in texts {
            let text = text.as_ref().trim();
            if let Ok(network) = IpNet::from_str(text) {
                list.networks.push(network.trunc());
            } else if let Ok(address) = IpAddr::from_str(text.trim_matches(['[', ']'])) {
                list.networks.push(address.into());
            } else if is_host(text.strip_prefix("*.").unwrap_or(text)) {
                list.hosts.push(text.to_ascii_lowercase());
            } else {
                return Err(InvalidException { text: text.chars().take(120).collect() });
            }
        }
        Ok(list)
    }

    /// The same list with one host more; for an address that comes from the operator's own set-up.
    #[must_use]
    pub fn with_host(mut self, host: &str) -> Self {
        match IpAddr::from_str(host.trim_matches(['[', ']'])) {
            Ok(address) => self.networks.push(address.into()),
            Err(_) => self.hosts.push(host.to_ascii_lowercase()),
        }
        self
    }

    pub(crate) fn host(&self, host: &str) -> bool {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        self.hosts.iter().any(|allowed| match allowed.strip_prefix('*') {
            Some(suffix) => host.ends_with(suffix) && host.len() > suffix.len(),
            None => host == *allowed,
        })
    }

    pub(crate) fn address(&self, address: IpAddr) -> bool {
        let inner = match address {
            IpAddr::V6(v6) => v6.to_ipv4_mapped().and_then(|_| carried(v6)).map(IpAddr::from),
            IpAddr::V4(_) => None,
        };
        self.networks.iter().any(|net| net.contains(&address) || inner.is_some_and(|inner| net.contains(&inner)))
    }
}

fn is_host(text: &str) -> bool {
    let label =
        |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    text.len() <= 253 && text.split('.').all(label)
}

impl TryFrom<Vec<String>> for AllowList {
    type Error = InvalidException;

    fn try_from(texts: Vec<String>) -> Result<Self, InvalidException> {
        Self::parse(texts)
    }
}

impl From<AllowList> for Vec<String> {
    fn from(list: AllowList) -> Self {
        list.hosts.into_iter().chain(list.networks.iter().map(ToString::to_string)).collect()
    }
}

impl fmt::Display for AllowList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Vec::from(self.clone()).join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_networks_match_as_written() {
        let list = AllowList::parse(["Ollama.school.lan", "*.glpi.lan", "10.20.0.0/16", "127.0.0.1"]).expect("a list");
        for host in ["ollama.school.lan", "OLLAMA.school.lan.", "a.glpi.lan", "a.b.glpi.lan"] {
            assert!(list.host(host), "{host}");
        }
        for host in ["school.lan", "xollama.school.lan", "glpi.lan", "evilglpi.lan", "ollama.school.lan.evil.example"] {
            assert!(!list.host(host), "{host}");
        }
        let address = |text: &str| list.address(text.parse().expect("an address"));
        assert!(address("10.20.3.4") && address("127.0.0.1") && address("::ffff:127.0.0.1"));
        assert!(!address("10.21.0.1") && !address("127.0.0.2") && !address("::1"));
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "http://a.example/", "a b", "10.0.0.0/33", "*", "*.", "a..b"] {
            assert!(AllowList::parse([text]).is_err(), "{text}");
        }
    }
}
