//! People who are addressed together.

use super::User;
use crate::{
    Id,
    record::{Record, RichText, Text},
};

/// People who are addressed together: a class, a team, a board.
#[derive(Debug, Clone, PartialEq, Record)]
#[record(table = "groups", prefix = "grp", audit, events)]
pub struct Group {
    #[field(create, patch, search, sort, unique)]
    pub name: Text<120>,
    #[field(create, patch, default, search)]
    pub description: RichText<4000>,
}

/// One person in one group.
#[derive(Debug, Clone, PartialEq, Record)]
#[record(table = "group_members", prefix = "gme", read = "group:read", write = "group:write", audit, events)]
#[record(unique(group, user))]
pub struct GroupMember {
    #[field(create, filter)]
    pub group: Id<Group>,
    #[field(create, filter)]
    pub user: Id<User>,
}
