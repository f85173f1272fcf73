//! OpenAPI schemas, made from the declaration.

use serde_json::json;
use utoipa::openapi::{
    ArrayBuilder, KnownFormat, ObjectBuilder, RefOr, Required, Schema, SchemaFormat,
    path::{Parameter, ParameterBuilder, ParameterIn},
    schema::{SchemaType, Type},
};

use super::{Declaration, Field, Kind, LIST_LIMIT, filter};

impl Declaration {
    /// What a reader gets.
    #[must_use]
    pub fn read_schema(&self) -> RefOr<Schema> {
        let mut object = ObjectBuilder::new().property("id", identifier(self)).required("id");
        for field in self.fields.iter().filter(|field| !field.secret) {
            object = object.property(field.name, field.schema()).required(field.name);
        }
        for name in ["version", "created_at", "updated_at"] {
            object = object.required(name);
        }
        object = object.property("version", ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)));
        for name in ["created_at", "updated_at"] {
            object = object.property(name, formatted(KnownFormat::DateTime));
        }
        if self.soft_delete {
            object = object.property("deleted_at", formatted(KnownFormat::DateTime));
        }
        object.description(Some(self.description)).into()
    }

    /// What the query string of a list takes.
    #[must_use]
    pub fn list_parameters(&self) -> Vec<Parameter> {
        let text = || ObjectBuilder::new().schema_type(Type::String);
        let orders = self.orders().into_iter().flat_map(|name| [json!(name), json!(format!("-{name}"))]);
        let limit = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)).maximum(Some(LIST_LIMIT));
        let mut parameters = vec![
            parameter("limit", "How many at most; 50 if absent.", limit.into()),
            parameter("cursor", "The `next_cursor` of the page before.", text().max_length(Some(4096)).into()),
            parameter(
                "sort",
                "What to sort by; `-` before it reverses. Newest first if absent.",
                text().enum_values(Some(orders.collect::<Vec<_>>())).into(),
            ),
        ];
        if self.is_searchable() {
            let words = "Words that must all stand in the record, in any case, with or without accents.";
            parameters.push(parameter("search", words, text().max_length(Some(200)).into()));
        }
        for field in self.fields.iter().filter(|field| field.filter) {
            parameters.extend(
                filter::modifiers(&field.kind, field.nullable)
                    .into_iter()
                    .map(|modifier| field.filter_parameter(modifier)),
            );
        }
        parameters
    }

    /// What creating takes.
    #[must_use]
    pub fn create_schema(&self) -> RefOr<Schema> {
        let mut object = closed();
        for field in self.fields.iter().filter(|field| field.create) {
            object = object.property(field.name, field.schema());
            if field.required {
                object = object.required(field.name);
            }
        }
        object.into()
    }

    /// What changing takes: absent fields stay as they are.
    #[must_use]
    pub fn patch_schema(&self) -> RefOr<Schema> {
        let patched = self.fields.iter().filter(|field| field.patch);
        patched.fold(closed(), |object, field| object.property(field.name, field.schema())).into()
    }
}

impl Field {
    #[must_use]
    pub fn schema(&self) -> RefOr<Schema> {
        schema(&self.kind, self.description, self.nullable)
    }

    fn filter_parameter(&self, modifier: &str) -> Parameter {
        let name = format!("{}{modifier}", self.name);
        let bound = if matches!(self.kind, Kind::TimeRange) { Kind::Timestamp } else { self.kind };
        match modifier {
            ".from" => parameter(&name, "That or later.", schema(&bound, "", false)),
            ".before" => parameter(&name, "Earlier than that.", schema(&bound, "", false)),
            ".empty" => parameter(&name, "Whether it is null.", schema(&Kind::Boolean, "", false)),
            _ => {
                let values = ArrayBuilder::new().items(schema(&self.kind, "", false)).max_items(Some(100));
                parameter(&name, "Any of these.", values.into())
            }
        }
    }
}

fn schema(kind: &Kind, description: &'static str, nullable: bool) -> RefOr<Schema> {
    let described = (!description.is_empty()).then_some(description);
    let typed = |base: Type| {
        if nullable { SchemaType::from_iter([base, Type::Null]) } else { SchemaType::new(base) }
    };
    if let Kind::List { of, max } = kind {
        let items = schema(of, "", false);
        return ArrayBuilder::new()
            .schema_type(typed(Type::Array))
            .items(items)
            .max_items(Some(*max))
            .description(described)
            .into();
    }
    if matches!(kind, Kind::Audience) {
        let items = ObjectBuilder::new().schema_type(Type::String).examples([json!("everyone"), json!("role:student")]);
        let grants = ArrayBuilder::new().schema_type(typed(Type::Array)).items(items);
        return grants.min_items(Some(1)).max_items(Some(100)).description(described).into();
    }
    let base = match kind {
        Kind::Boolean => Type::Boolean,
        Kind::Integer { .. } => Type::Integer,
        Kind::Money | Kind::TimeRange | Kind::File => Type::Object,
        _ => Type::String,
    };
    let object = ObjectBuilder::new().schema_type(typed(base)).description(described);
    match kind {
        Kind::Text { max } => object.min_length(Some(1)).max_length(Some(*max)),
        Kind::RichText { max } => object.max_length(Some(*max)).content_media_type("text/markdown"),
        Kind::Email => object.format(Some(SchemaFormat::KnownFormat(KnownFormat::Email))).max_length(Some(254)),
        Kind::Choice { values } => {
            let null = nullable.then_some(serde_json::Value::Null);
            object.enum_values(Some(values.iter().map(|value| json!(value)).chain(null).collect::<Vec<_>>()))
        }
        Kind::Integer { min, max } => object.minimum(Some(*min)).maximum(Some(*max)),
        Kind::Date => object.format(Some(SchemaFormat::KnownFormat(KnownFormat::Date))),
        Kind::Timestamp => object.format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime))),
        Kind::Reference { target } => object.pattern(Some(format!("^{}_[0-9a-f]{{32}}$", target().prefix))),
        Kind::Money => object
            .property("amount", ObjectBuilder::new().schema_type(Type::Integer))
            .property("currency", ObjectBuilder::new().schema_type(Type::String).pattern(Some("^[A-Z]{3}$")))
            .required("amount")
            .required("currency"),
        Kind::TimeRange => object
            .property("start", formatted(KnownFormat::DateTime))
            .property("end", formatted(KnownFormat::DateTime))
            .required("start")
            .required("end"),
        Kind::File => object
            .property("blob", ObjectBuilder::new().schema_type(Type::String).pattern(Some("^[0-9a-f]{64}$")))
            .property("name", ObjectBuilder::new().schema_type(Type::String).max_length(Some(255)))
            .property("media_type", ObjectBuilder::new().schema_type(Type::String).max_length(Some(127)))
            .property("bytes", ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0)))
            .required("blob")
            .required("name")
            .required("media_type")
            .required("bytes"),
        Kind::Boolean | Kind::List { .. } | Kind::Audience => object,
    }
    .into()
}

fn parameter(name: &str, description: &str, schema: RefOr<Schema>) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .description(Some(description))
        .schema(Some(schema))
        .build()
}

fn identifier(declaration: &Declaration) -> ObjectBuilder {
    let pattern = format!("^{}_[0-9a-f]{{32}}$", declaration.prefix);
    ObjectBuilder::new().schema_type(Type::String).pattern(Some(pattern))
}

fn formatted(format: KnownFormat) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).format(Some(SchemaFormat::KnownFormat(format)))
}

fn closed() -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .additional_properties(Some(utoipa::openapi::schema::AdditionalProperties::FreeForm(false)))
}
