//! From when to when.

use jiff::Timestamp;
use serde_json::{Value as Json, json};

use super::transparent;
use crate::record::{FieldErrors, FieldType, Kind, Mismatch, Row, Value, field::to_microsecond};

/// A half-open time: `start` belongs to it, `end` no longer does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TimeRange {
    start: Timestamp,
    end: Timestamp,
}

impl TimeRange {
    /// # Errors
    /// When it does not end after it started.
    pub fn new(start: Timestamp, end: Timestamp) -> Result<Self, FieldErrors> {
        let (start, end) = (to_microsecond(start), to_microsecond(end));
        if start < end { Ok(Self { start, end }) } else { Err(FieldErrors::one("end", "must be after the start")) }
    }

    #[must_use]
    pub const fn start(self) -> Timestamp {
        self.start
    }

    #[must_use]
    pub const fn end(self) -> Timestamp {
        self.end
    }
}

impl FieldType for TimeRange {
    const KIND: Kind = Kind::TimeRange;
    type Plain = Self;

    fn read(json: &Json) -> Result<Self, FieldErrors> {
        let members = json.as_object().filter(|members| members.keys().all(|key| key == "start" || key == "end"));
        let members = members.ok_or_else(|| FieldErrors::here("must be two times: {\"start\": …, \"end\": …}"))?;
        let mut errors = FieldErrors::default();
        let mut time = |name: &str| {
            let read = members.get(name).map_or_else(|| Err(FieldErrors::here("is required")), Timestamp::read);
            read.map_err(|wrong| errors.extend(wrong.under(name))).ok()
        };
        match (time("start"), time("end")) {
            (Some(start), Some(end)) => Self::new(start, end),
            _ => Err(errors),
        }
    }

    fn json(&self) -> Json {
        json!({ "start": self.start.to_string(), "end": self.end.to_string() })
    }

    fn store(&self, values: &mut Vec<Value>) {
        values.extend([self.start.into(), self.end.into()]);
    }

    fn load(row: &Row, name: &str) -> Result<Self, Mismatch> {
        Ok(Self { start: row.get(&format!("{name}_start"))?, end: row.get(&format!("{name}_end"))? })
    }
}

transparent!(, TimeRange);
