//! Records, declared once: what stands in a row, who may read and write it, and how bad input is refused.
//!
//! `#[derive(Record)]` on a struct of [`FieldType`]s yields the declaration, the types that a create, a patch and a
//! filter take, and the way to and from neutral column values. What every record has beside its fields stands in
//! [`Stored`].

mod declaration;
mod errors;
mod field;
pub mod filter;
mod fold;
mod input;
mod kinds;
mod row;
mod schema;
mod stored;
mod value;

use serde_json::{Map, Value as Json};

use crate::{Context, Prefixed};

pub use declaration::{Column, ColumnKind, Declaration, Field, Kind, LIST_LIMIT, LIST_PARAMETERS};
pub use errors::{FieldError, FieldErrors};
pub use field::{FieldType, to_microsecond};
pub use filter::{Condition, Filter, Is, Test};
pub use fold::fold;
pub use input::{Input, Members, Patch};
pub use kinds::{Email, FileReference, Integer, List, Money, RichText, Text, TimeRange};
pub use row::{FromValue, Mismatch, Row};
pub use stored::Stored;
pub use value::Value;

pub use models_derive::{Choice, Record};

/// The fields of one kind of record. Derived, together with [`Prefixed`] and the three input types.
pub trait Record: Hooks + Prefixed + Clone + std::fmt::Debug + Send + Sync + 'static {
    type Create: Input + Clone + Send + Sync + utoipa::ToSchema;
    type Patch: Input + Clone + Default + Send + Sync + utoipa::ToSchema;
    type Filter: Filter + Clone + Send + Sync;

    fn declaration() -> &'static Declaration;

    fn create(input: Self::Create) -> Self;

    fn apply(&mut self, patch: Self::Patch);

    /// All fields, secrets included: whoever shows them leaves out what the declaration calls secret.
    fn json(&self) -> Map<String, Json>;

    /// One value per column of [`Declaration::field_columns`].
    fn store(&self) -> Vec<Value>;

    /// # Errors
    /// [`Mismatch`] when the row holds something that was never stored by this code.
    fn load(row: &Row) -> Result<Self, Mismatch>;
}

/// What a record does beside being stored: ordinary functions that see the whole record. They may correct it or refuse.
/// With `#[record(hooks)]` a record brings its own, otherwise they do nothing.
///
/// They are for rules of one record. A rule that looks at other rows belongs in the crate that owns it.
#[expect(unused_variables, reason = "the defaults look at nothing")]
pub trait Hooks: Sized {
    /// # Errors
    /// What of the new record is not allowed.
    fn before_create(&mut self, context: &Context<'_>) -> Result<(), FieldErrors> {
        Ok(())
    }

    /// # Errors
    /// What of the changed record is not allowed.
    fn before_patch(&mut self, before: &Self, context: &Context<'_>) -> Result<(), FieldErrors> {
        Ok(())
    }

    /// # Errors
    /// Why it must stay.
    fn before_delete(&self, context: &Context<'_>) -> Result<(), FieldErrors> {
        Ok(())
    }
}

/// For the output of the derive.
#[doc(hidden)]
pub mod derived {
    pub use serde;
    pub use serde_json;
    pub use utoipa;
}
