//! The records of a school. One file each, one line in the registry below, one migration in `store`.

mod group;
mod ticket_category;

use crate::record::{Declaration, Record};

/// Called once per kind of record, with its type.
pub trait Visitor {
    fn visit<R: Record>(&mut self);
}

macro_rules! registry {
    ($($file:ident :: $record:ident),* $(,)?) => {
        $(pub use $file::*;)*

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
    group::Group,
    ticket_category::TicketCategory,
}
