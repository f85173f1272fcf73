//! A statement that grows together with its values.

use models::record::Value;
use sqlx::{AssertSqlSafe, SqlSafeStr as _, SqlStr};

/// Text comes from declarations and literals only; whatever came from outside is bound.
#[derive(Debug, Default, Clone)]
pub struct Sql {
    text: String,
    values: Vec<Value>,
}

impl Sql {
    pub fn new(text: &'static str) -> Self {
        Self { text: text.to_owned(), values: Vec::new() }
    }

    pub fn push(&mut self, text: &'static str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// A table or column, quoted: some are called `user` or `group`.
    pub fn name(&mut self, name: &str) -> &mut Self {
        self.text.push('"');
        self.text.extend(name.chars().filter(|c| *c != '"'));
        self.text.push('"');
        self
    }

    pub fn bind(&mut self, value: impl Into<Value>) -> &mut Self {
        self.text.push('?');
        self.values.push(value.into());
        self
    }

    /// Each name or value after the other, with commas between.
    pub fn list<T>(&mut self, items: impl IntoIterator<Item = T>, mut each: impl FnMut(&mut Self, T)) -> &mut Self {
        for (position, item) in items.into_iter().enumerate() {
            if position > 0 {
                self.push(", ");
            }
            each(self, item);
        }
        self
    }

    pub fn values(&self) -> &[Value] {
        &self.values
    }

    pub fn text(&self) -> SqlStr {
        AssertSqlSafe(self.text.clone()).into_sql_str()
    }
}
