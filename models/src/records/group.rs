//! People who are addressed together.

use serde_json::{Map, Value as Json};

use crate::{
    Prefixed,
    record::{
        Condition, Declaration, Field, FieldErrors, FieldType, Filter, Hooks, Input, Is, Members, Mismatch, Patch,
        Record, RichText, Row, Text, Value, derived::utoipa, filter,
    },
};

#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    pub name: Text<120>,
    pub description: RichText<4000>,
}

#[derive(Debug, Clone)]
pub struct GroupCreate {
    pub name: Text<120>,
    pub description: RichText<4000>,
}

#[derive(Debug, Clone, Default)]
pub struct GroupPatch {
    pub name: Patch<Text<120>>,
    pub description: Patch<RichText<4000>>,
}

#[derive(Debug, Clone, Default)]
pub struct GroupFilter {
    pub name: Is<Text<120>>,
}

static DECLARATION: Declaration = Declaration {
    name: "group",
    path: "groups",
    description: "People who are addressed together.",
    table: "groups",
    prefix: "grp",
    read: "group:read",
    write: "group:write",
    audit: true,
    events: true,
    soft_delete: false,
    unique: &[],
    fields: &[
        Field {
            name: "name",
            description: "",
            kind: <Text<120> as FieldType>::KIND,
            nullable: false,
            required: true,
            create: true,
            patch: true,
            search: true,
            filter: true,
            sort: true,
            unique: true,
            secret: false,
        },
        Field {
            name: "description",
            description: "",
            kind: <RichText<4000> as FieldType>::KIND,
            nullable: false,
            required: false,
            create: true,
            patch: true,
            search: true,
            filter: false,
            sort: false,
            unique: false,
            secret: false,
        },
    ],
};

impl Prefixed for Group {
    const PREFIX: &'static str = "grp";
}

impl Hooks for Group {}

impl Record for Group {
    type Create = GroupCreate;
    type Patch = GroupPatch;
    type Filter = GroupFilter;

    fn declaration() -> &'static Declaration {
        &DECLARATION
    }

    fn create(input: GroupCreate) -> Self {
        Self { name: input.name, description: input.description }
    }

    fn apply(&mut self, patch: GroupPatch) {
        patch.name.apply(&mut self.name);
        patch.description.apply(&mut self.description);
    }

    fn json(&self) -> Map<String, Json> {
        Map::from_iter([("name".to_owned(), self.name.json()), ("description".to_owned(), self.description.json())])
    }

    fn store(&self) -> Vec<Value> {
        let mut values = Vec::new();
        self.name.store(&mut values);
        self.description.store(&mut values);
        values
    }

    fn load(row: &Row) -> Result<Self, Mismatch> {
        Ok(Self { name: FieldType::load(row, "name")?, description: FieldType::load(row, "description")? })
    }
}

impl Input for GroupCreate {
    fn from_json(json: &Json) -> Result<Self, FieldErrors> {
        let mut members = Members::of(json, &["name", "description"]);
        let (name, description) = (members.required("name"), members.or_default("description"));
        match (name, description) {
            (Some(name), Some(description)) if members.is_valid() => Ok(Self { name, description }),
            _ => Err(members.into_errors()),
        }
    }
}

impl Input for GroupPatch {
    fn from_json(json: &Json) -> Result<Self, FieldErrors> {
        let mut members = Members::of(json, &["name", "description"]);
        match (members.patch("name"), members.patch("description")) {
            (Some(name), Some(description)) if members.is_valid() => Ok(Self { name, description }),
            _ => Err(members.into_errors()),
        }
    }
}

impl Filter for GroupFilter {
    fn from_pairs(pairs: &[(String, String)]) -> Result<Self, FieldErrors> {
        filter::only_known(pairs, &["name"])?;
        Ok(Self { name: Is::from_pairs("name", pairs)? })
    }

    fn conditions(&self) -> Vec<Condition> {
        self.name.conditions("name")
    }
}

impl utoipa::PartialSchema for GroupCreate {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        DECLARATION.create_schema()
    }
}

impl utoipa::ToSchema for GroupCreate {}

impl utoipa::PartialSchema for GroupPatch {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        DECLARATION.patch_schema()
    }
}

impl utoipa::ToSchema for GroupPatch {}
