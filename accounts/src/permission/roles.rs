//! The roles that every organisation has from the start.

/// What they may do stands in the table beside, not in the database, so an upgrade brings new permissions with it.
/// An organisation's own roles are rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SeededRole {
    Student,
    Teacher,
    Candidate,
    Instructor,
    Enterprise,
    UniversityAdministrator,
    Supervisor,
    Agent,
    Administrator,
}

impl SeededRole {
    pub const ALL: [Self; 9] = [
        Self::Student,
        Self::Teacher,
        Self::Candidate,
        Self::Instructor,
        Self::Enterprise,
        Self::UniversityAdministrator,
        Self::Supervisor,
        Self::Agent,
        Self::Administrator,
    ];

    /// As in `role:university_administrator`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Student => "student",
            Self::Teacher => "teacher",
            Self::Candidate => "candidate",
            Self::Instructor => "instructor",
            Self::Enterprise => "enterprise",
            Self::UniversityAdministrator => "university_administrator",
            Self::Supervisor => "supervisor",
            Self::Agent => "agent",
            Self::Administrator => "administrator",
        }
    }

    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_grants_and_lead_back() {
        for role in SeededRole::ALL {
            assert_eq!(SeededRole::named(role.name()), Some(role));
            let grant = format!("role:{}", role.name());
            assert!(grant.parse::<models::Grant>().is_ok(), "{grant}");
        }
        assert_eq!(SeededRole::named("Administrator"), None);
    }
}
