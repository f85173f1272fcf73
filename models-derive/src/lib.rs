//! The derives of `models`: [`Record`] writes what was first written by hand for two records, [`Choice`] what a field
//! of named values needs. `docs/decisions/0006-records-are-declared-once.md` says why.

mod choice;
mod declared;
mod inputs;
mod parse;

use proc_macro::TokenStream;
use quote::quote;
use syn::{DeriveInput, parse_macro_input};

/// A record from a struct of field types.
///
/// ```ignore
/// /// A course taught during one school year.
/// #[derive(Debug, Clone, PartialEq, Record)]
/// #[record(table = "courses", prefix = "crs", audit, events)]
/// pub struct Course {
///     #[field(create, patch, search, sort, unique)]
///     pub code: Text<40>,
///     #[field(create, patch, filter)]
///     pub teacher: Option<Id<User>>,
/// }
/// ```
///
/// Of the record: `table` and `prefix` (required); `name` (the struct's, in snake case), `path` (the table's, with
/// hyphens), `read` and `write` (`name:read`, `name:write`), `audit`, `events`, `soft_delete`, `hooks` (it brings its
/// own [`Hooks`](trait.Hooks.html)), `unique(a, b)` (together).
/// Of a field: `create`, `patch`, `default` (need not be given), `search`, `filter`, `sort`, `unique`, `secret`. A field
/// without `create` starts with its type's default.
#[proc_macro_derive(Record, attributes(record, field))]
pub fn record(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    let expanded = parse::Record::parse(&input).map(|record| {
        let (declared, inputs) = (declared::expand(&record), inputs::expand(&record));
        quote! { #declared #inputs }
    });
    expanded.unwrap_or_else(|error| error.to_compile_error()).into()
}

/// A field type from an enum without data: its values are the variants' names in snake case.
#[proc_macro_derive(Choice)]
pub fn choice(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    choice::expand(&input).unwrap_or_else(|error| error.to_compile_error()).into()
}
