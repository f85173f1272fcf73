//! Who has which role, and the organisation's own roles.

pub(crate) mod store;

use models::record::Text;
use serde::Serialize;

use crate::{
    Error, Permissions, Result,
    permission::{self, SeededRole},
};

/// A role of an organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Role {
    /// As in the grant `role:NAME`; it never changes.
    pub name: String,
    /// Empty for a seeded role, whose title is a matter of the reader's language.
    pub title: String,
    pub permissions: Permissions,
    pub seeded: bool,
}

impl Role {
    /// The roles that every organisation has.
    pub fn seeded() -> impl Iterator<Item = Self> {
        SeededRole::ALL.into_iter().map(|role| Self {
            name: role.name().to_owned(),
            title: String::new(),
            permissions: permission::of_role(role),
            seeded: true,
        })
    }
}

/// A role to make.
#[derive(Debug, Clone)]
pub struct NewRole {
    pub name: String,
    pub title: Text<100>,
    pub permissions: Permissions,
}

impl NewRole {
    /// # Errors
    /// [`Error::Invalid`] when the name cannot stand in a grant, or is taken by a seeded role.
    pub(crate) fn check(&self) -> Result<()> {
        let letters = self.name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-'));
        if !letters || !(2..=50).contains(&self.name.len()) || !self.name.starts_with(|c: char| c.is_ascii_lowercase())
        {
            return Err(Error::invalid("name", "must be 2 to 50 small letters, digits, `-` and `_`, a letter first"));
        }
        if SeededRole::named(&self.name).is_some() {
            return Err(Error::Conflict(format!("there is already a role {}", self.name)));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_can_stand_in_a_grant() {
        let check = |name: &str| {
            let title = Text::new("Librarian").expect("a title");
            NewRole { name: name.to_owned(), title, permissions: Permissions::default() }.check()
        };
        for good in ["librarian", "head_of-year2"] {
            assert!(check(good).is_ok(), "{good}");
            assert!(format!("role:{good}").parse::<models::Grant>().is_ok(), "{good}");
        }
        for bad in ["", "a", "Librarian", "2nd", "é", "a b", "a:b", "*", &"a".repeat(51)] {
            assert!(matches!(check(bad), Err(Error::Invalid(_))), "{bad}");
        }
        assert!(matches!(check("administrator"), Err(Error::Conflict(_))));
    }
}
