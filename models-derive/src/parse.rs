//! What the attributes say.

use heck::{ToKebabCase as _, ToSnakeCase as _};
use syn::{
    Attribute, Data, DeriveInput, Error, Expr, ExprLit, Field, Fields, Ident, Lit, LitStr, Meta, Result, Type,
    Visibility,
};

#[expect(clippy::struct_excessive_bools, reason = "they are the independent flags of a declaration")]
pub struct Record {
    pub ident: Ident,
    pub visibility: Visibility,
    pub description: String,
    pub name: String,
    pub path: String,
    pub table: String,
    pub prefix: String,
    pub read: String,
    pub write: String,
    pub audit: bool,
    pub events: bool,
    pub soft_delete: bool,
    pub hooks: bool,
    pub unique: Vec<Vec<String>>,
    pub fields: Vec<RecordField>,
}

#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "they are the independent flags of a declaration")]
pub struct Flags {
    pub create: bool,
    pub patch: bool,
    pub default: bool,
    pub search: bool,
    pub filter: bool,
    pub sort: bool,
    pub unique: bool,
    pub secret: bool,
}

pub struct RecordField {
    pub ident: Ident,
    pub name: String,
    pub description: String,
    pub kind: Type,
    pub flags: Flags,
}

impl Record {
    pub fn parse(input: &DeriveInput) -> Result<Self> {
        let Data::Struct(data) = &input.data else {
            return Err(Error::new_spanned(&input.ident, "a record is a struct"));
        };
        let Fields::Named(fields) = &data.fields else {
            return Err(Error::new_spanned(&input.ident, "a record has named fields"));
        };
        let name = input.ident.to_string().to_snake_case();
        let mut record = Self {
            ident: input.ident.clone(),
            visibility: input.vis.clone(),
            description: description(&input.attrs),
            path: String::new(),
            table: String::new(),
            prefix: String::new(),
            read: String::new(),
            write: String::new(),
            audit: false,
            events: false,
            soft_delete: false,
            hooks: false,
            unique: Vec::new(),
            fields: fields.named.iter().map(RecordField::parse).collect::<Result<_>>()?,
            name,
        };
        for attribute in input.attrs.iter().filter(|attribute| attribute.path().is_ident("record")) {
            record.read_attribute(attribute)?;
        }
        for (value, what) in [(&record.table, "table"), (&record.prefix, "prefix")] {
            if value.is_empty() {
                return Err(Error::new_spanned(&input.ident, format!("say #[record({what} = \"…\")]")));
            }
        }
        let named = |value: String, default: String| if value.is_empty() { default } else { value };
        record.path = named(record.path, record.table.to_kebab_case());
        record.read = named(record.read, format!("{}:read", record.name));
        record.write = named(record.write, format!("{}:write", record.name));
        record.check_unique(input)?;
        Ok(record)
    }

    fn read_attribute(&mut self, attribute: &Attribute) -> Result<()> {
        attribute.parse_nested_meta(|meta| {
            let text = || meta.value()?.parse::<LitStr>().map(|text| text.value());
            let name = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
            match name.as_str() {
                "name" => self.name = text()?,
                "path" => self.path = text()?,
                "table" => self.table = text()?,
                "prefix" => self.prefix = text()?,
                "read" => self.read = text()?,
                "write" => self.write = text()?,
                "audit" => self.audit = true,
                "events" => self.events = true,
                "soft_delete" => self.soft_delete = true,
                "hooks" => self.hooks = true,
                "unique" => {
                    let mut together = Vec::new();
                    meta.parse_nested_meta(|field| {
                        together.push(field.path.require_ident()?.to_string());
                        Ok(())
                    })?;
                    self.unique.push(together);
                }
                _ => return Err(meta.error("this is nothing that a record can be")),
            }
            Ok(())
        })
    }

    fn check_unique(&self, input: &DeriveInput) -> Result<()> {
        let known = |name: &String| self.fields.iter().any(|field| field.name == *name);
        match self.unique.iter().flatten().find(|name| !known(name)) {
            Some(name) => Err(Error::new_spanned(&input.ident, format!("unique names `{name}`, which is no field"))),
            None => Ok(()),
        }
    }
}

impl RecordField {
    fn parse(field: &Field) -> Result<Self> {
        let ident = field.ident.clone().ok_or_else(|| Error::new_spanned(field, "a field of a record has a name"))?;
        let mut flags = Flags::default();
        for attribute in field.attrs.iter().filter(|attribute| attribute.path().is_ident("field")) {
            attribute.parse_nested_meta(|meta| {
                let name = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
                *match name.as_str() {
                    "create" => &mut flags.create,
                    "patch" => &mut flags.patch,
                    "default" => &mut flags.default,
                    "search" => &mut flags.search,
                    "filter" => &mut flags.filter,
                    "sort" => &mut flags.sort,
                    "unique" => &mut flags.unique,
                    "secret" => &mut flags.secret,
                    _ => return Err(meta.error("this is nothing that a field can be")),
                } = true;
                Ok(())
            })?;
        }
        let name = ident.to_string();
        let reserved = [
            "id",
            "tenant",
            "version",
            "created_at",
            "updated_at",
            "deleted_at",
            "search_text",
            "search",
            "sort",
            "cursor",
            "limit",
        ];
        if reserved.contains(&name.as_str()) {
            return Err(Error::new_spanned(ident, "every record or list has this already"));
        }
        Ok(Self { name, description: description(&field.attrs), kind: field.ty.clone(), ident, flags })
    }
}

/// The doc comment, in one line.
fn description(attributes: &[Attribute]) -> String {
    let line = |attribute: &Attribute| match &attribute.meta {
        Meta::NameValue(meta) if meta.path.is_ident("doc") => match &meta.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value().trim().to_owned()),
            _ => None,
        },
        _ => None,
    };
    attributes.iter().filter_map(line).collect::<Vec<_>>().join(" ").trim().to_owned()
}
