//! Every permission, what it allows, and which seeded roles have it.

use std::sync::LazyLock;

use models::{record::Declaration, records::declarations};

use super::{
    Permission, Permissions,
    SeededRole::{self, Administrator, Agent, Instructor, Supervisor, Teacher, UniversityAdministrator},
};

/// One row.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// `resource:verb`.
    pub name: &'static str,
    /// For the page on which roles are made.
    pub allows: &'static str,
    pub roles: &'static [SeededRole],
}

const EVERYBODY: &[SeededRole] = &SeededRole::ALL;
const STAFF: &[SeededRole] = &[Teacher, Instructor, Supervisor, Agent, UniversityAdministrator, Administrator];
const TEACHING: &[SeededRole] = &[Teacher, Instructor, UniversityAdministrator, Administrator];
const LIBRARIANS: &[SeededRole] = &[Teacher, Instructor, Agent, UniversityAdministrator, Administrator];
const OFFICE: &[SeededRole] = &[UniversityAdministrator, Administrator];
const SUPPORT: &[SeededRole] = &[Agent, Administrator];
const ADMINISTRATION: &[SeededRole] = &[Administrator];

const TABLE: &[Entry] = &[
    entry("api_key:manage", "see and revoke the API keys of others", ADMINISTRATION),
    entry("api_key:write", "make, see and revoke one's own API keys", STAFF),
    entry("audit:read", "read and export who did what", ADMINISTRATION),
    entry("calendar_event:read", "see the calendar", EVERYBODY),
    entry("calendar_event:write", "change the calendar", TEACHING),
    entry("collection:read", "see which collections of documents there are", EVERYBODY),
    entry("collection:write", "make and change collections", LIBRARIANS),
    entry("course:read", "see the courses", EVERYBODY),
    entry("course:write", "make and change courses", TEACHING),
    entry("document:manage", "see every document in lists, whomever it is for", ADMINISTRATION),
    entry("document:read", "search and read the documents that are for one", EVERYBODY),
    entry("document:write", "add, change and remove documents", LIBRARIANS),
    entry("enrolment:read", "see who takes which course", STAFF),
    entry("enrolment:write", "enrol people in courses", OFFICE),
    entry("event:read", "read and replay the events that records leave", ADMINISTRATION),
    entry("group:read", "see the groups and who is in them", STAFF),
    entry("group:write", "make groups and put people in them", OFFICE),
    entry("organisation:read", "see the organisation's name and settings", EVERYBODY),
    entry("organisation:write", "change the organisation's settings", ADMINISTRATION),
    entry("role:assign", "give and take roles, up to what one may do oneself", OFFICE),
    entry("role:read", "see the roles and what they allow", STAFF),
    entry("role:write", "make and change the organisation's own roles", ADMINISTRATION),
    entry("session:manage", "see and end the sessions of others", ADMINISTRATION),
    entry("ticket_category:read", "see the categories of tickets", EVERYBODY),
    entry("ticket_category:write", "make and change categories of tickets", SUPPORT),
    entry("user:read", "see the people of the organisation", STAFF),
    entry("user:write", "invite, change, suspend and remove people", OFFICE),
    entry("view_as:read", "see what somebody else could read, and why", ADMINISTRATION),
];

/// What somebody may do who has no role, or who has not signed in: see what is meant for everyone.
const ANYBODY: [&str; 4] = ["collection:read", "document:read", "organisation:read", "ticket_category:read"];

/// Every permission, sorted by name: the table above, and what records ask for that it does not mention. Those are the
/// administrators' until a row says who else has them, so that a new record is closed rather than forgotten.
#[must_use]
pub fn all() -> &'static [Entry] {
    static ALL: LazyLock<Vec<Entry>> = LazyLock::new(|| completed(TABLE, &declarations()));
    &ALL
}

fn completed(table: &[Entry], declarations: &[&'static Declaration]) -> Vec<Entry> {
    let mut all = table.to_vec();
    for declaration in declarations {
        for (name, allows) in [(declaration.read, "see"), (declaration.write, "make, change and delete")] {
            if !all.iter().any(|entry| entry.name == name) {
                all.push(entry(name, allows, ADMINISTRATION));
            }
        }
    }
    all.sort_by_key(|entry| entry.name);
    all
}

const fn entry(name: &'static str, allows: &'static str, roles: &'static [SeededRole]) -> Entry {
    Entry { name, allows, roles }
}

/// What needs no role.
#[must_use]
pub fn of_anybody() -> Permissions {
    Permissions::known(ANYBODY)
}

/// What a seeded role allows.
#[must_use]
pub fn of_role(role: SeededRole) -> Permissions {
    all().iter().filter(|entry| entry.roles.contains(&role)).map(|entry| Permission(entry.name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_unique_and_of_one_form() {
        assert!(TABLE.is_sorted_by(|a, b| a.name < b.name));
        for entry in all() {
            let (resource, verb) = entry.name.split_once(':').expect(entry.name);
            for part in [resource, verb] {
                assert!(!part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c == '_'), "{}", entry.name);
            }
        }
    }

    #[test]
    fn a_record_that_the_table_does_not_know_is_the_administrators() {
        for declaration in declarations() {
            for name in [declaration.read, declaration.write] {
                assert!(Permission::named(name).is_some(), "{name}");
            }
        }
        let all = completed(&[], &declarations());
        assert!(all.is_sorted_by(|a, b| a.name < b.name), "each once");
        assert!(all.iter().any(|entry| entry.name == "course:write"));
        assert!(all.iter().all(|entry| entry.roles == ADMINISTRATION && !entry.allows.is_empty()));
    }

    #[test]
    fn every_role_may_do_what_needs_none() {
        assert_eq!(of_anybody().names(), ANYBODY);
        for role in SeededRole::ALL {
            assert!(of_role(role).contains_all(&of_anybody()), "{role:?}");
        }
    }

    /// Otherwise nobody could give that permission to anybody.
    #[test]
    fn the_administrator_holds_everything() {
        assert_eq!(of_role(Administrator), Permissions::all());
    }

    #[test]
    fn those_who_are_served_change_nothing() {
        for role in [SeededRole::Student, SeededRole::Candidate, SeededRole::Enterprise] {
            let permissions = of_role(role);
            assert!(permissions.iter().all(|permission| permission.as_str().ends_with(":read")), "{role:?}");
            for closed in ["audit:read", "user:read", "view_as:read", "role:read"] {
                assert!(!permissions.allow(closed), "{role:?} {closed}");
            }
        }
    }
}
