//! What tickets are about.

use crate::{
    Id,
    record::{Record, RichText, Text},
};

/// What a ticket is about; categories may stand under others.
#[derive(Debug, Clone, PartialEq, Record)]
#[record(table = "ticket_categories", prefix = "tca", audit, events)]
pub struct TicketCategory {
    #[field(create, patch, search, sort, unique)]
    pub name: Text<120>,
    #[field(create, patch, default, search)]
    pub description: RichText<2000>,
    #[field(create, patch, filter)]
    pub parent: Option<Id<TicketCategory>>,
    /// No longer offered to people who write a ticket.
    #[field(create, patch, default, filter)]
    pub archived: bool,
}
