//! Records, declared once: what stands in a row, who may read and write it, and how bad input is refused.

mod row;
mod value;

pub use row::{FromValue, Mismatch, Row};
pub use value::Value;
