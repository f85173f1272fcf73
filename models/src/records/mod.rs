//! The records of a school. One file each, one line in the registry below, one migration in `store`.

mod calendar_event;
mod collection;
mod course;
mod group;
mod organisation;
#[cfg(test)]
mod tests;
mod ticket_category;
mod user;

use crate::record::{Declaration, Record};

pub use calendar_event::*;
pub use collection::*;
pub use course::*;
pub use group::*;
pub use organisation::*;
pub use ticket_category::*;
pub use user::*;

/// Called once per kind of record, with its type.
pub trait Visitor {
    fn visit<R: Record>(&mut self);
}

macro_rules! registry {
    ($($file:ident :: $record:ident),* $(,)?) => {
        /// Shows every kind of record to `visitor`.
        pub fn visit_all(visitor: &mut impl Visitor) {
            $(visitor.visit::<$file::$record>();)*
        }

        /// Every declaration.
        #[must_use]
        pub fn declarations() -> Vec<&'static Declaration> {
            vec![$(<$file::$record as Record>::declaration()),*]
        }
    };
}

registry! {
    organisation::Organisation,
    user::User,
    group::Group,
    group::GroupMember,
    collection::Collection,
    course::Course,
    course::Enrolment,
    calendar_event::CalendarEvent,
    ticket_category::TicketCategory,
}
