//! Counts and amounts.

use std::fmt;

use serde_json::{Value as Json, json};

use super::transparent;
use crate::record::{FieldErrors, FieldType, Kind, Mismatch, Row, Value};

/// A whole number from `MIN` to `MAX`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Integer<const MIN: i64, const MAX: i64>(i64);

impl<const MIN: i64, const MAX: i64> Integer<MIN, MAX> {
    /// # Errors
    /// When it is outside of `MIN..=MAX`.
    pub fn new(number: i64) -> Result<Self, FieldErrors> {
        if (MIN..=MAX).contains(&number) { Ok(Self(number)) } else { Err(Self::refused()) }
    }

    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }

    fn refused() -> FieldErrors {
        FieldErrors::here(format!("must be a whole number from {MIN} to {MAX}"))
    }
}

impl<const MIN: i64, const MAX: i64> FieldType for Integer<MIN, MAX> {
    const KIND: Kind = Kind::Integer { min: MIN, max: MAX };
    type Plain = Self;

    fn read(json: &Json) -> Result<Self, FieldErrors> {
        Self::new(json.as_i64().ok_or_else(Self::refused)?)
    }

    fn read_text(text: &str) -> Result<Self, FieldErrors> {
        Self::new(text.parse().map_err(|_| Self::refused())?)
    }

    fn json(&self) -> Json {
        self.0.into()
    }

    fn store(&self, values: &mut Vec<Value>) {
        values.push(self.0.into());
    }

    fn load(row: &Row, name: &str) -> Result<Self, Mismatch> {
        row.get(name).map(Self)
    }
}

/// An amount in the currency's smallest unit: 12.50 EUR is 1250.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    amount: i64,
    currency: [u8; 3],
}

impl Money {
    /// Beyond this, JavaScript would round.
    const MOST: i64 = 9_000_000_000_000_000;

    /// `currency` as in ISO 4217, such as `EUR`.
    ///
    /// # Errors
    /// When the currency is not three capital letters, or the amount is beyond nine quadrillions.
    pub fn new(amount: i64, currency: &str) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        if !(-Self::MOST..=Self::MOST).contains(&amount) {
            errors.add("amount", "is too large");
        }
        let letters = <[u8; 3]>::try_from(currency.as_bytes()).ok();
        let letters = letters.filter(|letters| letters.iter().all(u8::is_ascii_uppercase));
        let Some(currency) = letters else {
            errors.add("currency", "must be three capital letters such as EUR");
            return Err(errors);
        };
        errors.into_result().map(|()| Self { amount, currency })
    }

    #[must_use]
    pub const fn amount(self) -> i64 {
        self.amount
    }

    #[must_use]
    pub fn currency(&self) -> &str {
        std::str::from_utf8(&self.currency).unwrap_or_default()
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount, self.currency())
    }
}

impl FieldType for Money {
    const KIND: Kind = Kind::Money;
    type Plain = Self;

    fn read(json: &Json) -> Result<Self, FieldErrors> {
        const FORM: &str =
            "must be an amount in the smallest unit and a currency: {\"amount\": 1250, \"currency\": \"EUR\"}";
        let members = json.as_object().filter(|members| members.len() == 2);
        let members = members.ok_or_else(|| FieldErrors::here(FORM))?;
        let amount = members.get("amount").and_then(Json::as_i64);
        let currency = members.get("currency").and_then(Json::as_str);
        let (Some(amount), Some(currency)) = (amount, currency) else { return Err(FieldErrors::here(FORM)) };
        Self::new(amount, currency)
    }

    fn json(&self) -> Json {
        json!({ "amount": self.amount, "currency": self.currency() })
    }

    fn store(&self, values: &mut Vec<Value>) {
        values.extend([self.amount.into(), self.currency().into()]);
    }

    fn load(row: &Row, name: &str) -> Result<Self, Mismatch> {
        let (amount, column) = (row.get(&format!("{name}_amount"))?, format!("{name}_currency"));
        let currency: String = row.get(&column)?;
        Self::new(amount, &currency).map_err(|errors| Mismatch { column, wanted: "money", found: errors.to_string() })
    }
}

transparent!(, Money);
