//! What creating, changing and listing take.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::Ident;

use crate::parse::{Record, RecordField};

pub fn expand(record: &Record) -> TokenStream {
    let (create, patch, filter) = (create(record), patch(record), filter(record));
    quote! { #create #patch #filter }
}

fn create(record: &Record) -> TokenStream {
    let (ident, visibility) = (format_ident!("{}Create", record.ident), &record.visibility);
    let fields: Vec<_> = record.fields.iter().filter(|field| field.flags.create).collect();
    let members = fields.iter().map(|field| {
        let (name, kind) = (&field.ident, &field.kind);
        quote! { pub #name: #kind }
    });
    let reads = fields.iter().map(|field| {
        let name = &field.name;
        if field.flags.default {
            quote! { members.or_default(#name) }
        } else {
            quote! { members.required(#name) }
        }
    });
    let doc = format!("What creating a [`{}`] takes.", record.ident);
    let (reading, schema) = (reading(&ident, &fields, reads), schema(&ident, record, "create_schema"));
    quote! {
        #[doc = #doc]
        #[derive(Debug, Clone, PartialEq)]
        #visibility struct #ident { #(#members),* }
        #reading
        #schema
    }
}

fn patch(record: &Record) -> TokenStream {
    let (ident, visibility) = (format_ident!("{}Patch", record.ident), &record.visibility);
    let fields: Vec<_> = record.fields.iter().filter(|field| field.flags.patch).collect();
    let members = fields.iter().map(|field| {
        let (name, kind) = (&field.ident, &field.kind);
        quote! { pub #name: ::models::record::Patch<#kind> }
    });
    let reads = fields.iter().map(|field| {
        let name = &field.name;
        quote! { members.patch(#name) }
    });
    let doc = format!("What of a [`{}`] changes.", record.ident);
    let (reading, schema) = (reading(&ident, &fields, reads), schema(&ident, record, "patch_schema"));
    quote! {
        #[doc = #doc]
        #[derive(Debug, Clone, PartialEq, Default)]
        #visibility struct #ident { #(#members),* }
        #reading
        #schema
    }
}

fn reading(ident: &Ident, fields: &[&RecordField], reads: impl Iterator<Item = TokenStream>) -> TokenStream {
    let idents: Vec<_> = fields.iter().map(|field| &field.ident).collect();
    let names: Vec<_> = fields.iter().map(|field| &field.name).collect();
    // One tuple per field, so that every field is read before any refusal.
    let locals: Vec<_> = idents.iter().map(|ident| format_ident!("read_{ident}")).collect();
    quote! {
        impl ::models::record::Input for #ident {
            fn from_json(
                json: &::models::record::derived::serde_json::Value,
            ) -> ::std::result::Result<Self, ::models::record::FieldErrors> {
                #[allow(unused_mut, reason = "some inputs have no fields")]
                let mut members = ::models::record::Members::of(json, &[#(#names),*]);
                #(let #locals = #reads;)*
                match (#(#locals,)*) {
                    (#(Some(#idents),)*) if members.is_valid() => Ok(Self { #(#idents),* }),
                    _ => Err(members.into_errors()),
                }
            }
        }

        impl<'de> ::models::record::derived::serde::Deserialize<'de> for #ident {
            fn deserialize<D: ::models::record::derived::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::std::result::Result<Self, D::Error> {
                let json = ::models::record::derived::serde_json::Value::deserialize(deserializer)?;
                let read = <Self as ::models::record::Input>::from_json(&json);
                read.map_err(<D::Error as ::models::record::derived::serde::de::Error>::custom)
            }
        }
    }
}

fn schema(ident: &Ident, record: &Record, function: &str) -> TokenStream {
    let (record, function) = (&record.ident, format_ident!("{function}"));
    let utoipa = quote! { ::models::record::derived::utoipa };
    quote! {
        impl #utoipa::PartialSchema for #ident {
            fn schema() -> #utoipa::openapi::RefOr<#utoipa::openapi::schema::Schema> {
                <#record as ::models::record::Record>::declaration().#function()
            }
        }

        impl #utoipa::ToSchema for #ident {}
    }
}

fn filter(record: &Record) -> TokenStream {
    let (ident, visibility) = (format_ident!("{}Filter", record.ident), &record.visibility);
    let fields: Vec<_> = record.fields.iter().filter(|field| field.flags.filter).collect();
    let idents: Vec<_> = fields.iter().map(|field| &field.ident).collect();
    let names: Vec<_> = fields.iter().map(|field| &field.name).collect();
    let kinds = fields.iter().map(|field| &field.kind);
    let doc = format!("Which [`{}`] a list shows.", record.ident);
    quote! {
        #[doc = #doc]
        #[derive(Debug, Clone, PartialEq, Default)]
        #visibility struct #ident {
            #(pub #idents: ::models::record::Is<<#kinds as ::models::record::FieldType>::Plain>),*
        }

        impl ::models::record::Filter for #ident {
            fn from_pairs(pairs: &[(String, String)]) -> ::std::result::Result<Self, ::models::record::FieldErrors> {
                let mut errors = ::models::record::FieldErrors::default();
                if let Err(unknown) = ::models::record::filter::only_known(pairs, &[#(#names),*]) {
                    errors.extend(unknown);
                }
                let filter = Self {
                    #(#idents: ::models::record::Is::from_pairs(#names, pairs).unwrap_or_else(|wrong| {
                        errors.extend(wrong);
                        Default::default()
                    })),*
                };
                errors.into_result().map(|()| filter)
            }

            fn conditions(&self) -> Vec<::models::record::Condition> {
                let conditions: Vec<Vec<_>> = vec![#(self.#idents.conditions(#names)),*];
                conditions.concat()
            }
        }
    }
}
