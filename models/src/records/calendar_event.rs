//! What happens when.

use super::Course;
use crate::{
    Audience, Id,
    record::{Record, RichText, Text, TimeRange},
};

/// Something that happens at a time: a lesson, an exam, an open day.
#[derive(Debug, Clone, PartialEq, Record)]
#[record(table = "calendar_events", prefix = "evt", audit, events)]
pub struct CalendarEvent {
    #[field(create, patch, search, sort)]
    pub title: Text<200>,
    #[field(create, patch, default, search)]
    pub description: RichText<4000>,
    #[field(create, patch, filter, sort)]
    pub period: TimeRange,
    #[field(create, patch, search)]
    pub location: Option<Text<200>>,
    #[field(create, patch, filter)]
    pub course: Option<Id<Course>>,
    #[field(create, patch, default)]
    pub audience: Audience,
}
