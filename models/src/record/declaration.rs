//! A record's declaration as data: what the store, the routes, the documentation and the pages are made from.

use serde::{Serialize, Serializer, ser::SerializeMap as _};

/// The most rows that a list gives at once.
pub const LIST_LIMIT: u32 = 200;

/// What a list's query string says beside its filters. No field may be called so.
pub const LIST_PARAMETERS: [&str; 4] = ["search", "sort", "cursor", "limit"];

/// Everything about a record that is known before any row exists.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Declaration {
    /// Singular, in snake case: `calendar_event`. Events and audit are named after it.
    pub name: &'static str,
    /// The path under `/api/v1/`: `calendar-events`.
    pub path: &'static str,
    /// From the doc comment.
    pub description: &'static str,
    pub table: &'static str,
    /// Of its ids, without the underscore.
    pub prefix: &'static str,
    /// The permission to list and get.
    pub read: &'static str,
    /// The permission to create, change and delete.
    pub write: &'static str,
    /// Changes leave a row in the audit.
    pub audit: bool,
    /// Changes leave an event in the outbox.
    pub events: bool,
    /// Deleting keeps the row, out of sight.
    pub soft_delete: bool,
    /// Each list of fields tells rows of one tenant apart, beside the fields that are unique by themselves.
    pub unique: &'static [&'static [&'static str]],
    pub fields: &'static [Field],
}

#[derive(Debug, Clone, Copy, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "they are the independent flags of a declaration")]
pub struct Field {
    pub name: &'static str,
    /// From the doc comment.
    pub description: &'static str,
    pub kind: Kind,
    /// May be null.
    pub nullable: bool,
    /// Must be given when creating.
    pub required: bool,
    pub create: bool,
    pub patch: bool,
    /// Looked through by a search for words.
    pub search: bool,
    pub filter: bool,
    pub sort: bool,
    /// No two rows of a tenant have the same.
    pub unique: bool,
    /// Never shown, and masked in the audit.
    pub secret: bool,
}

/// What a field holds.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// One line of at most `max` characters, never empty.
    Text {
        max: usize,
    },
    /// Markdown of at most `max` characters.
    RichText {
        max: usize,
    },
    Email,
    Choice {
        values: &'static [&'static str],
    },
    Boolean,
    Integer {
        min: i64,
        max: i64,
    },
    /// Minor units and an ISO 4217 currency.
    Money,
    Date,
    Timestamp,
    /// From a time to a later time.
    TimeRange,
    Reference {
        target: fn() -> &'static Declaration,
    },
    List {
        of: &'static Self,
        max: usize,
    },
    /// A stored file, by the digest of its bytes.
    File,
    /// Who may read the record.
    Audience,
}

/// How a column is kept; `store` knows each database's word for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    Text,
    Boolean,
    Integer,
    Timestamp,
    Date,
    Json,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    pub kind: ColumnKind,
    pub nullable: bool,
}

impl Declaration {
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The field that says who may read a record, if reading is restricted.
    #[must_use]
    pub fn audience(&self) -> Option<&'static Field> {
        self.fields.iter().find(|field| matches!(field.kind, Kind::Audience))
    }

    #[must_use]
    pub fn is_searchable(&self) -> bool {
        self.fields.iter().any(|field| field.search)
    }

    /// What lists can be sorted by.
    #[must_use]
    pub fn orders(&self) -> Vec<&'static str> {
        let fields = self.fields.iter().filter(|field| field.sort).map(|field| field.name);
        ["created_at", "updated_at"].into_iter().chain(fields).collect()
    }

    /// Every list of fields that tells rows of one tenant apart.
    #[must_use]
    pub fn unique_fields(&self) -> Vec<Vec<&'static str>> {
        let single = self.fields.iter().filter(|field| field.unique).map(|field| vec![field.name]);
        single.chain(self.unique.iter().map(|fields| fields.to_vec())).collect()
    }

    /// The columns of the declared fields, in the order in which [`super::Record::store`] gives their values.
    #[must_use]
    pub fn field_columns(&self) -> Vec<Column> {
        let columns = |field: &Field| {
            let nullable = field.nullable;
            let column = move |(name, kind)| Column { name, kind, nullable };
            field.kind.columns(field.name).into_iter().map(column).collect::<Vec<_>>()
        };
        self.fields.iter().flat_map(columns).collect()
    }

    /// All columns of the table: what every record has, the fields, and what lists sort and search by.
    #[must_use]
    pub fn columns(&self) -> Vec<Column> {
        let column = |name: &str, kind| Column { name: name.to_owned(), kind, nullable: false };
        let mut columns = vec![
            column("tenant", ColumnKind::Text),
            column("id", ColumnKind::Text),
            column("version", ColumnKind::Integer),
            column("created_at", ColumnKind::Timestamp),
            column("updated_at", ColumnKind::Timestamp),
        ];
        if self.soft_delete {
            columns.push(Column { nullable: true, ..column("deleted_at", ColumnKind::Timestamp) });
        }
        columns.extend(self.field_columns());
        let folded = self.fields.iter().filter(|field| field.sorts_folded());
        columns.extend(folded.map(|field| column(&field.sort_column(), ColumnKind::Text)));
        if self.is_searchable() {
            columns.push(column("search_text", ColumnKind::Text));
        }
        columns
    }
}

impl Field {
    /// Whether lists sort by a column beside the field's own, which holds the text without case and accents.
    #[must_use]
    pub const fn sorts_folded(&self) -> bool {
        self.sort && matches!(self.kind, Kind::Text { .. })
    }

    /// What lists sort by.
    #[must_use]
    pub fn sort_column(&self) -> String {
        match self.kind {
            _ if self.sorts_folded() => format!("{}_sort", self.name),
            Kind::TimeRange if self.sort => format!("{}_start", self.name),
            _ => self.name.to_owned(),
        }
    }
}

impl Kind {
    /// Its word in the declaration's JSON.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Text { .. } => "text",
            Self::RichText { .. } => "rich_text",
            Self::Email => "email",
            Self::Choice { .. } => "choice",
            Self::Boolean => "boolean",
            Self::Integer { .. } => "integer",
            Self::Money => "money",
            Self::Date => "date",
            Self::Timestamp => "timestamp",
            Self::TimeRange => "time_range",
            Self::Reference { .. } => "reference",
            Self::List { .. } => "list",
            Self::File => "file",
            Self::Audience => "audience",
        }
    }

    #[must_use]
    pub fn columns(&self, name: &str) -> Vec<(String, ColumnKind)> {
        let one = |kind| vec![(name.to_owned(), kind)];
        match self {
            Self::Text { .. } | Self::RichText { .. } | Self::Email | Self::Choice { .. } | Self::Reference { .. } => {
                one(ColumnKind::Text)
            }
            Self::Boolean => one(ColumnKind::Boolean),
            Self::Integer { .. } => one(ColumnKind::Integer),
            Self::Date => one(ColumnKind::Date),
            Self::Timestamp => one(ColumnKind::Timestamp),
            Self::Money => {
                vec![(format!("{name}_amount"), ColumnKind::Integer), (format!("{name}_currency"), ColumnKind::Text)]
            }
            Self::TimeRange => {
                vec![(format!("{name}_start"), ColumnKind::Timestamp), (format!("{name}_end"), ColumnKind::Timestamp)]
            }
            Self::List { .. } | Self::File | Self::Audience => one(ColumnKind::Json),
        }
    }

    /// Whether lists can be narrowed by it.
    #[must_use]
    pub const fn is_filterable(&self) -> bool {
        !matches!(self, Self::RichText { .. } | Self::Money | Self::List { .. } | Self::File | Self::Audience)
    }

    /// Whether lists can be ordered by it, if it is never null.
    #[must_use]
    pub const fn is_sortable(&self) -> bool {
        matches!(
            self,
            Self::Text { .. }
                | Self::Email
                | Self::Choice { .. }
                | Self::Integer { .. }
                | Self::Date
                | Self::Timestamp
                | Self::TimeRange
        )
    }

    /// Whether it hides references from the database: between two records stands a third, not a list.
    #[must_use]
    pub const fn lists_references(&self) -> bool {
        matches!(self, Self::List { of: Self::Reference { .. }, .. })
    }

    /// Whether a search for words can look through it.
    #[must_use]
    pub const fn is_searchable(&self) -> bool {
        matches!(self, Self::Text { .. } | Self::RichText { .. } | Self::Email)
    }
}

/// `{"type": "text", "max": 200}`.
impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("type", self.name())?;
        match self {
            Self::Text { max } | Self::RichText { max } => map.serialize_entry("max", max)?,
            Self::Choice { values } => map.serialize_entry("values", values)?,
            Self::Integer { min, max } => {
                map.serialize_entry("min", min)?;
                map.serialize_entry("max", max)?;
            }
            Self::Reference { target } => map.serialize_entry("target", target().path)?,
            Self::List { of, max } => {
                map.serialize_entry("of", of)?;
                map.serialize_entry("max", max)?;
            }
            _ => {}
        }
        map.end()
    }
}
