//! Which grants somebody holds, and where each comes from.

use models::{Grant, Id, records::User};
use serde::Serialize;

/// A grant with its reason. Somebody who holds a grant twice has two of these.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HeldGrant {
    pub grant: Grant,
    pub reason: Reason,
}

/// Why a person holds a grant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "from", rename_all = "snake_case")]
pub enum Reason {
    Everyone,
    /// The grant names the person.
    Oneself,
    Role {
        role: String,
    },
    Group {
        id: String,
        name: String,
    },
    Enrolment {
        course: String,
        title: String,
        part: String,
    },
}

impl HeldGrant {
    /// What a person with these memberships holds, in the order of the grants.
    #[must_use]
    pub fn of(user: Id<User>, memberships: &[Reason]) -> Vec<Self> {
        let mut held = vec![Self { grant: Grant::everyone(), reason: Reason::Everyone }];
        held.extend(Self::new(&format!("user:{user}"), &Reason::Oneself));
        for reason in memberships {
            let text = match reason {
                Reason::Everyone | Reason::Oneself => continue,
                Reason::Role { role } => format!("role:{role}"),
                Reason::Group { id, .. } => format!("group:{id}"),
                Reason::Enrolment { course, .. } => format!("course:{course}"),
            };
            held.extend(Self::new(&text, reason));
        }
        held.sort_by(|a, b| a.grant.cmp(&b.grant));
        held
    }

    fn new(text: &str, reason: &Reason) -> Option<Self> {
        let grant = text.parse::<Grant>();
        if grant.is_err() {
            tracing::error!(grant = text, "a membership makes no grant");
        }
        Some(Self { grant: grant.ok()?, reason: reason.clone() })
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn each_membership_is_one_grant_with_its_reason() {
        let user: Id<User> = Id::mint(Timestamp::UNIX_EPOCH, [1; 10]);
        let role = Reason::Role { role: "teacher".to_owned() };
        let group = Reason::Group { id: "grp_1".to_owned(), name: "Board".to_owned() };
        let part =
            |part: &str| Reason::Enrolment { course: "crs_1".into(), title: "Algebra".into(), part: part.into() };
        let broken = Reason::Role { role: "no such name".to_owned() };
        let held = HeldGrant::of(user, &[role.clone(), group.clone(), part("student"), part("assistant"), broken]);
        let texts: Vec<(&str, &Reason)> = held.iter().map(|held| (held.grant.as_str(), &held.reason)).collect();
        assert_eq!(
            texts,
            [
                ("course:crs_1", &part("student")),
                ("course:crs_1", &part("assistant")),
                ("everyone", &Reason::Everyone),
                ("group:grp_1", &group),
                ("role:teacher", &role),
                (format!("user:{user}").as_str(), &Reason::Oneself),
            ]
        );
    }
}
