//! Enums as fields.

use heck::ToSnakeCase as _;
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Error, Fields, Result};

pub fn expand(input: &DeriveInput) -> Result<TokenStream> {
    let ident = &input.ident;
    let Data::Enum(data) = &input.data else { return Err(Error::new_spanned(ident, "a choice is an enum")) };
    if let Some(variant) = data.variants.iter().find(|variant| !matches!(variant.fields, Fields::Unit)) {
        return Err(Error::new_spanned(variant, "a choice holds no data"));
    }
    let variants: Vec<_> = data.variants.iter().map(|variant| &variant.ident).collect();
    let names: Vec<_> = variants.iter().map(|variant| variant.to_string().to_snake_case()).collect();
    let wanted = format!("must be one of: {}", names.join(", "));
    let json = quote! { ::models::record::derived::serde_json::Value };
    Ok(quote! {
        impl #ident {
            pub const ALL: &'static [Self] = &[#(Self::#variants),*];
            pub const NAMES: &'static [&'static str] = &[#(#names),*];

            /// As stored and serialised.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { #(Self::#variants => #names),* }
            }
        }

        impl ::std::str::FromStr for #ident {
            type Err = ::models::record::FieldErrors;

            fn from_str(text: &str) -> ::std::result::Result<Self, Self::Err> {
                match text {
                    #(#names => Ok(Self::#variants),)*
                    _ => Err(::models::record::FieldErrors::here(#wanted)),
                }
            }
        }

        impl ::std::fmt::Display for #ident {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl ::models::record::FieldType for #ident {
            const KIND: ::models::record::Kind = ::models::record::Kind::Choice { values: Self::NAMES };
            type Plain = Self;

            fn read(json: &#json) -> ::std::result::Result<Self, ::models::record::FieldErrors> {
                json.as_str().unwrap_or_default().parse()
            }

            fn json(&self) -> #json {
                self.as_str().into()
            }

            fn store(&self, values: &mut Vec<::models::record::Value>) {
                values.push(self.as_str().into());
            }

            fn load(row: &::models::record::Row, name: &str) -> ::std::result::Result<Self, ::models::record::Mismatch> {
                let text: String = row.get(name)?;
                text.parse().map_err(|_| ::models::record::Mismatch {
                    column: name.to_owned(),
                    wanted: #wanted,
                    found: text,
                })
            }
        }
    })
}
