//! What tickets are about.

use serde_json::{Map, Value as Json};

use crate::{
    Id, Prefixed,
    record::{
        Condition, Declaration, Field, FieldErrors, FieldType, Filter, Hooks, Input, Is, Members, Mismatch, Patch,
        Record, RichText, Row, Text, Value, derived::utoipa, filter,
    },
};

#[derive(Debug, Clone, PartialEq)]
pub struct TicketCategory {
    pub name: Text<120>,
    pub description: RichText<2000>,
    pub parent: Option<Id<TicketCategory>>,
    pub open: bool,
}

#[derive(Debug, Clone)]
pub struct TicketCategoryCreate {
    pub name: Text<120>,
    pub description: RichText<2000>,
    pub parent: Option<Id<TicketCategory>>,
    pub open: bool,
}

#[derive(Debug, Clone, Default)]
pub struct TicketCategoryPatch {
    pub name: Patch<Text<120>>,
    pub description: Patch<RichText<2000>>,
    pub parent: Patch<Option<Id<TicketCategory>>>,
    pub open: Patch<bool>,
}

#[derive(Debug, Clone, Default)]
pub struct TicketCategoryFilter {
    pub parent: Is<Id<TicketCategory>>,
    pub open: Is<bool>,
}

const fn field(name: &'static str, kind: crate::record::Kind) -> Field {
    Field {
        name,
        description: "",
        kind,
        nullable: false,
        required: false,
        create: true,
        patch: true,
        search: false,
        filter: false,
        sort: false,
        unique: false,
        secret: false,
    }
}

static DECLARATION: Declaration = Declaration {
    name: "ticket_category",
    path: "ticket-categories",
    description: "What tickets are about.",
    table: "ticket_categories",
    prefix: "tca",
    read: "ticket_category:read",
    write: "ticket_category:write",
    audit: true,
    events: true,
    soft_delete: false,
    unique: &[],
    fields: &[
        Field { required: true, search: true, sort: true, unique: true, ..field("name", <Text<120>>::KIND) },
        Field { search: true, ..field("description", <RichText<2000>>::KIND) },
        Field { nullable: true, filter: true, ..field("parent", <Option<Id<TicketCategory>>>::KIND) },
        Field { filter: true, ..field("open", bool::KIND) },
    ],
};

impl Prefixed for TicketCategory {
    const PREFIX: &'static str = "tca";
}

impl Hooks for TicketCategory {}

impl Record for TicketCategory {
    type Create = TicketCategoryCreate;
    type Patch = TicketCategoryPatch;
    type Filter = TicketCategoryFilter;

    fn declaration() -> &'static Declaration {
        &DECLARATION
    }

    fn create(input: TicketCategoryCreate) -> Self {
        Self { name: input.name, description: input.description, parent: input.parent, open: input.open }
    }

    fn apply(&mut self, patch: TicketCategoryPatch) {
        patch.name.apply(&mut self.name);
        patch.description.apply(&mut self.description);
        patch.parent.apply(&mut self.parent);
        patch.open.apply(&mut self.open);
    }

    fn json(&self) -> Map<String, Json> {
        Map::from_iter([
            ("name".to_owned(), self.name.json()),
            ("description".to_owned(), self.description.json()),
            ("parent".to_owned(), self.parent.json()),
            ("open".to_owned(), self.open.json()),
        ])
    }

    fn store(&self) -> Vec<Value> {
        let mut values = Vec::new();
        self.name.store(&mut values);
        self.description.store(&mut values);
        self.parent.store(&mut values);
        self.open.store(&mut values);
        values
    }

    fn load(row: &Row) -> Result<Self, Mismatch> {
        Ok(Self {
            name: FieldType::load(row, "name")?,
            description: FieldType::load(row, "description")?,
            parent: FieldType::load(row, "parent")?,
            open: FieldType::load(row, "open")?,
        })
    }
}

const FIELDS: [&str; 4] = ["name", "description", "parent", "open"];

impl Input for TicketCategoryCreate {
    fn from_json(json: &Json) -> Result<Self, FieldErrors> {
        let mut members = Members::of(json, &FIELDS);
        let (name, description) = (members.required("name"), members.or_default("description"));
        let (parent, open) = (members.required("parent"), members.or_default("open"));
        match (name, description, parent, open) {
            (Some(name), Some(description), Some(parent), Some(open)) if members.is_valid() => {
                Ok(Self { name, description, parent, open })
            }
            _ => Err(members.into_errors()),
        }
    }
}

impl Input for TicketCategoryPatch {
    fn from_json(json: &Json) -> Result<Self, FieldErrors> {
        let mut members = Members::of(json, &FIELDS);
        let (name, description) = (members.patch("name"), members.patch("description"));
        let (parent, open) = (members.patch("parent"), members.patch("open"));
        match (name, description, parent, open) {
            (Some(name), Some(description), Some(parent), Some(open)) if members.is_valid() => {
                Ok(Self { name, description, parent, open })
            }
            _ => Err(members.into_errors()),
        }
    }
}

impl Filter for TicketCategoryFilter {
    fn from_pairs(pairs: &[(String, String)]) -> Result<Self, FieldErrors> {
        filter::only_known(pairs, &["parent", "open"])?;
        Ok(Self { parent: Is::from_pairs("parent", pairs)?, open: Is::from_pairs("open", pairs)? })
    }

    fn conditions(&self) -> Vec<Condition> {
        let mut conditions = self.parent.conditions("parent");
        conditions.extend(self.open.conditions("open"));
        conditions
    }
}

impl utoipa::PartialSchema for TicketCategoryCreate {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        DECLARATION.create_schema()
    }
}

impl utoipa::ToSchema for TicketCategoryCreate {}

impl utoipa::PartialSchema for TicketCategoryPatch {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        DECLARATION.patch_schema()
    }
}

impl utoipa::ToSchema for TicketCategoryPatch {}
