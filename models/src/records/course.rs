//! What is taught, and who takes part.

use jiff::civil::Date;

use super::User;
use crate::{
    Audience, Context, Id,
    record::{Choice, FieldErrors, FileReference, Hooks, Integer, List, Money, Record, RichText, Text},
};

/// A course taught during one school year.
#[derive(Debug, Clone, PartialEq, Record)]
#[record(table = "courses", prefix = "crs", audit, events, soft_delete, hooks)]
pub struct Course {
    #[field(create, patch, search, sort, unique, filter)]
    pub code: Text<40>,
    #[field(create, patch, search, sort)]
    pub title: Text<200>,
    #[field(create, patch, default, search)]
    pub description: RichText<20_000>,
    #[field(create, patch, filter)]
    pub teacher: Option<Id<User>>,
    #[field(create, patch, filter)]
    pub starts_on: Option<Date>,
    /// The last day, included.
    #[field(create, patch, filter)]
    pub ends_on: Option<Date>,
    #[field(create, patch, filter)]
    pub credits: Option<Integer<0, 1000>>,
    #[field(create, patch)]
    pub fee: Option<Money>,
    #[field(create, patch, default)]
    pub tags: List<Text<40>, 20>,
    #[field(create, patch)]
    pub syllabus: Option<FileReference>,
    #[field(create, patch, default)]
    pub audience: Audience,
}

impl Course {
    fn check_days(&self) -> Result<(), FieldErrors> {
        match (self.starts_on, self.ends_on) {
            (Some(start), Some(end)) if end < start => {
                Err(FieldErrors::one("ends_on", "must not be before the first day"))
            }
            _ => Ok(()),
        }
    }
}

impl Hooks for Course {
    fn before_create(&mut self, _: &Context<'_>) -> Result<(), FieldErrors> {
        self.check_days()
    }

    fn before_patch(&mut self, _: &Self, _: &Context<'_>) -> Result<(), FieldErrors> {
        self.check_days()
    }
}

/// One person's part in one course.
#[derive(Debug, Clone, PartialEq, Record)]
#[record(table = "enrolments", prefix = "enr", audit, events, unique(course, user))]
pub struct Enrolment {
    #[field(create, filter)]
    pub course: Id<Course>,
    #[field(create, filter)]
    pub user: Id<User>,
    #[field(create, patch, default, filter)]
    pub role: EnrolmentRole,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Choice)]
pub enum EnrolmentRole {
    #[default]
    Student,
    Teacher,
    Assistant,
}
