//! What a person may do: `resource:verb`, from one table.

mod roles;
mod table;

use std::{collections::BTreeSet, fmt};

use serde::{Serialize, Serializer};

pub use roles::SeededRole;
pub use table::{Entry, all, of_anybody, of_role};

use crate::Error;

/// One row of the table, such as `course:write`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Permission(&'static str);

impl Permission {
    /// The permission of that name; none where the table has no such row.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        all().iter().find(|entry| entry.name == name).map(|entry| Self(entry.name))
    }

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// A set of permissions. Everything here is pure: what is asked for is in the set, or it is not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Permissions(BTreeSet<Permission>);

impl Permissions {
    /// Everything that the table knows.
    #[must_use]
    pub fn all() -> Self {
        all().iter().map(|entry| Permission(entry.name)).collect()
    }

    /// The set with these names. Names that the table lost in an upgrade mean nothing any more.
    #[must_use]
    pub fn known<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        names.into_iter().filter_map(Permission::named).collect()
    }

    /// The set with these names.
    ///
    /// # Errors
    /// [`Error::UnknownPermission`] for the first name that is not in the table.
    pub fn parse<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, Error> {
        let known = |name: &str| Permission::named(name).ok_or_else(|| Error::UnknownPermission(name.to_owned()));
        names.into_iter().map(known).collect()
    }

    #[must_use]
    pub fn allow(&self, name: &str) -> bool {
        self.0.iter().any(|permission| permission.0 == name)
    }

    /// # Errors
    /// [`Error::Forbidden`] when the permission is not in the set.
    pub fn require(&self, name: &'static str) -> Result<(), Error> {
        if self.allow(name) { Ok(()) } else { Err(Error::Forbidden(name.to_owned())) }
    }

    /// Nobody gives away what they do not hold.
    ///
    /// # Errors
    /// [`Error::Forbidden`] with the first permission of `other` that is not in this set.
    pub fn require_all(&self, other: &Self) -> Result<(), Error> {
        match other.0.difference(&self.0).next() {
            Some(missing) => Err(Error::Forbidden(missing.to_string())),
            None => Ok(()),
        }
    }

    #[must_use]
    pub fn contains_all(&self, other: &Self) -> bool {
        other.0.is_subset(&self.0)
    }

    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        self.0.intersection(&other.0).copied().collect()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = Permission> {
        self.0.iter().copied()
    }

    /// The names, sorted.
    #[must_use]
    pub fn names(&self) -> Vec<&'static str> {
        self.0.iter().map(|permission| permission.0).collect()
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        Self(permissions.into_iter().collect())
    }
}

impl Extend<Permission> for Permissions {
    fn extend<I: IntoIterator<Item = Permission>>(&mut self, permissions: I) {
        self.0.extend(permissions);
    }
}

impl Serialize for Permissions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(names: &[&str]) -> Permissions {
        Permissions::parse(names.iter().copied()).expect("in the table")
    }

    #[test]
    fn what_is_asked_for_is_in_the_set_or_refused() {
        let held = set(&["course:read", "user:read"]);
        assert!(held.require("course:read").is_ok());
        for refused in ["course:write", "course", "course:", "", "course:read ", "*", "course:*"] {
            assert!(!held.allow(refused), "{refused:?}");
        }
        assert!(matches!(held.require("course:write"), Err(Error::Forbidden(name)) if name == "course:write"));
    }

    #[test]
    fn nobody_gives_what_they_do_not_hold() {
        let held = set(&["course:read", "user:read"]);
        assert!(held.require_all(&set(&["course:read"])).is_ok());
        assert!(held.require_all(&Permissions::default()).is_ok());
        let refused = held.require_all(&set(&["course:read", "role:assign"]));
        assert!(matches!(refused, Err(Error::Forbidden(name)) if name == "role:assign"));
    }

    #[test]
    fn names_outside_the_table_are_refused_on_the_way_in_and_ignored_on_the_way_out() {
        let names = ["course:read", "course:fly"];
        assert!(matches!(Permissions::parse(names), Err(Error::UnknownPermission(name)) if name == "course:fly"));
        assert_eq!(Permissions::known(names).names(), ["course:read"]);
    }
}
