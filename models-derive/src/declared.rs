//! The declaration, and the record's way to and from rows.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::parse::{Record, RecordField};

pub fn expand(record: &Record) -> TokenStream {
    let Record { ident, prefix, .. } = record;
    let hooks = (!record.hooks).then(|| quote! { impl ::models::record::Hooks for #ident {} });
    let (declaration, implementation) = (declaration(record), implementation(record));
    quote! {
        impl ::models::Prefixed for #ident {
            const PREFIX: &'static str = #prefix;
        }
        #hooks
        #declaration
        #implementation
    }
}

fn declaration(record: &Record) -> TokenStream {
    let Record { ident, name, path, description, table, prefix, read, write, .. } = record;
    let Record { audit, events, soft_delete, .. } = record;
    let together = record.unique.iter().map(|names| quote! { &[#(#names),*] });
    let fields = record.fields.iter().map(field);
    let checks = record.fields.iter().map(checks);
    quote! {
        impl #ident {
            const DECLARATION: &'static ::models::record::Declaration = &::models::record::Declaration {
                name: #name,
                path: #path,
                description: #description,
                table: #table,
                prefix: #prefix,
                read: #read,
                write: #write,
                audit: #audit,
                events: #events,
                soft_delete: #soft_delete,
                unique: &[#(#together),*],
                fields: &[#(#fields),*],
            };
        }
        const _: () = { #(#checks)* };
    }
}

fn field(field: &RecordField) -> TokenStream {
    let RecordField { name, description, kind, flags, .. } = field;
    let (create, patch, search, filter, sort, unique, secret) =
        (flags.create, flags.patch, flags.search, flags.filter, flags.sort, flags.unique, flags.secret);
    let needed = create && !flags.default;
    quote! {
        ::models::record::Field {
            name: #name,
            description: #description,
            kind: <#kind as ::models::record::FieldType>::KIND,
            nullable: <#kind as ::models::record::FieldType>::NULLABLE,
            required: #needed && !<#kind as ::models::record::FieldType>::NULLABLE,
            create: #create,
            patch: #patch,
            search: #search,
            filter: #filter,
            sort: #sort,
            unique: #unique,
            secret: #secret,
        }
    }
}

/// What a declaration must not say, refused while compiling.
fn checks(field: &RecordField) -> TokenStream {
    let RecordField { name, kind, flags, .. } = field;
    let kind = quote! { <#kind as ::models::record::FieldType> };
    let mut checks = Vec::new();
    let mut check = |condition: TokenStream, message: &str| {
        let message = format!("`{name}` {message}");
        checks.push(quote! { assert!(#condition, #message); });
    };
    check(quote! { !#kind::KIND.lists_references() }, "lists references: declare a record between the two");
    if flags.search {
        check(quote! { #kind::KIND.is_searchable() }, "cannot be searched: only texts are");
    }
    if flags.filter {
        check(quote! { #kind::KIND.is_filterable() }, "cannot be filtered by");
    }
    if flags.sort {
        check(
            quote! { #kind::KIND.is_sortable() && !#kind::NULLABLE },
            "cannot be sorted by: it has no order, or may be null",
        );
    }
    if flags.secret && (flags.search || flags.filter || flags.sort) {
        check(quote! { false }, "is secret: searching, filtering or sorting would tell it");
    }
    quote! { #(#checks)* }
}

fn implementation(record: &Record) -> TokenStream {
    let ident = &record.ident;
    let (create, patch, filter) =
        (format_ident!("{ident}Create"), format_ident!("{ident}Patch"), format_ident!("{ident}Filter"));
    let idents: Vec<_> = record.fields.iter().map(|field| &field.ident).collect();
    let names: Vec<_> = record.fields.iter().map(|field| &field.name).collect();
    let starts = record.fields.iter().map(|field| {
        let name = &field.ident;
        if field.flags.create {
            quote! { #name: input.#name }
        } else {
            quote! { #name: Default::default() }
        }
    });
    let patched: Vec<_> = record.fields.iter().filter(|field| field.flags.patch).map(|field| &field.ident).collect();
    let unused = patched.is_empty().then(|| quote! { let _ = patch; });
    let unused_input = (!record.fields.iter().any(|field| field.flags.create)).then(|| quote! { let _ = input; });
    quote! {
        impl ::models::record::Record for #ident {
            type Create = #create;
            type Patch = #patch;
            type Filter = #filter;

            fn declaration() -> &'static ::models::record::Declaration {
                Self::DECLARATION
            }

            fn create(input: Self::Create) -> Self {
                #unused_input
                Self { #(#starts),* }
            }

            fn apply(&mut self, patch: Self::Patch) {
                #unused
                #(patch.#patched.apply(&mut self.#patched);)*
            }

            fn json(&self) -> ::models::record::derived::serde_json::Map<String, ::models::record::derived::serde_json::Value> {
                ::models::record::derived::serde_json::Map::from_iter([
                    #((#names.to_owned(), ::models::record::FieldType::json(&self.#idents))),*
                ])
            }

            fn store(&self) -> Vec<::models::record::Value> {
                let mut values = Vec::new();
                #(::models::record::FieldType::store(&self.#idents, &mut values);)*
                values
            }

            fn load(row: &::models::record::Row) -> ::std::result::Result<Self, ::models::record::Mismatch> {
                Ok(Self { #(#idents: ::models::record::FieldType::load(row, #names)?),* })
            }
        }
    }
}
