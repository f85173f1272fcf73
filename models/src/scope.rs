//! Who asks, and what that person may read: a plain value that everything below the accounts takes as an argument.

use std::{fmt, str::FromStr};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The organisation that owns a row. Until organisations exist there is one, `default`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(transparent)]
pub struct TenantId(String);

impl TenantId {
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for TenantId {
    fn default() -> Self {
        Self("default".to_owned())
    }
}

/// A token that opens documents: `everyone`, or `kind:name` such as `role:student` or `course:crs_…`.
///
/// Indexes store tokens, never expanded users, so a change of membership needs no re-index.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, example = "role:student")]
pub struct Grant(String);

/// Why a text is not a grant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a grant: write `everyone`, `role:NAME`, `group:NAME`, `course:NAME` or `user:NAME`")]
pub struct InvalidGrant {
    pub text: String,
}

impl Grant {
    const KINDS: [&str; 4] = ["role", "group", "course", "user"];

    #[must_use]
    pub fn everyone() -> Self {
        Self("everyone".to_owned())
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Grant {
    type Err = InvalidGrant;

    fn from_str(text: &str) -> Result<Self, InvalidGrant> {
        let valid = text == "everyone"
            || text.split_once(':').is_some_and(|(kind, name)| {
                Self::KINDS.contains(&kind)
                    && !name.is_empty()
                    && name.len() <= 100
                    && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'))
            });
        if valid { Ok(Self(text.to_owned())) } else { Err(InvalidGrant { text: text.chars().take(80).collect() }) }
    }
}

impl TryFrom<String> for Grant {
    type Error = InvalidGrant;

    fn try_from(text: String) -> Result<Self, InvalidGrant> {
        text.parse()
    }
}

impl From<Grant> for String {
    fn from(grant: Grant) -> Self {
        grant.0
    }
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Who may read a document: whoever holds one of these grants. Never empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(transparent)]
pub struct Audience(Vec<Grant>);

impl Audience {
    /// An empty list means nobody said otherwise: everyone.
    #[must_use]
    pub fn new(mut grants: Vec<Grant>) -> Self {
        grants.sort();
        grants.dedup();
        if grants.is_empty() { Self::default() } else { Self(grants) }
    }

    #[must_use]
    pub fn grants(&self) -> &[Grant] {
        &self.0
    }

    #[must_use]
    pub fn admits(&self, scope: &Scope) -> bool {
        self.0.iter().any(|grant| scope.grants().contains(grant))
    }
}

impl Default for Audience {
    fn default() -> Self {
        Self(vec![Grant::everyone()])
    }
}

/// On whose behalf something is read, and on which day it must be valid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Scope {
    pub tenant: TenantId,
    /// A user, key or process, for logs and audit.
    pub actor: String,
    grants: Vec<Grant>,
    pub as_of: Date,
}

impl Scope {
    /// Everyone holds `everyone`, whatever `grants` says.
    #[must_use]
    pub fn new(tenant: TenantId, actor: impl Into<String>, mut grants: Vec<Grant>, as_of: Date) -> Self {
        grants.push(Grant::everyone());
        grants.sort();
        grants.dedup();
        Self { tenant, actor: actor.into(), grants, as_of }
    }

    #[must_use]
    pub fn grants(&self) -> &[Grant] {
        &self.grants
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grants_are_checked() {
        for good in ["everyone", "role:student", "course:crs_01", "group:2e-année"] {
            assert!(good.parse::<Grant>().is_ok(), "{good}");
        }
        for bad in ["", "student", "role:", "planet:mars", "role:a b", "role:a\nb", "everyone "] {
            assert!(bad.parse::<Grant>().is_err(), "{bad}");
        }
    }

    #[test]
    fn an_audience_admits_only_its_grants() {
        let scope = |grants: &[&str]| {
            let grants = grants.iter().map(|text| text.parse().expect("a grant")).collect();
            Scope::new(TenantId::default(), "test", grants, jiff::civil::date(2026, 1, 1))
        };
        let staff = Audience::new(vec!["role:staff".parse().expect("a grant")]);
        assert!(Audience::default().admits(&scope(&[])));
        assert!(!staff.admits(&scope(&[])));
        assert!(!staff.admits(&scope(&["role:student"])));
        assert!(staff.admits(&scope(&["role:student", "role:staff"])));
    }
}
