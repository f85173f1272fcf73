//! Whether what is stored is whole.

use crate::{Result, Store};

/// Faults named one by one; beyond that only the number matters.
const SHOWN: usize = 10;

impl Store {
    /// What is damaged, in English: pages of the database, rows without their counterpart, files that are gone.
    /// Empty when all is well. Reads the whole database.
    pub async fn integrity(&self) -> Result<Vec<String>> {
        let mut faults: Vec<String> =
            sqlx::query_scalar("PRAGMA integrity_check(10)").fetch_all(self.readers()).await?;
        faults.retain(|fault| fault != "ok");
        let orphans: Vec<(String,)> =
            sqlx::query_as("SELECT DISTINCT \"table\" FROM pragma_foreign_key_check").fetch_all(self.readers()).await?;
        faults.extend(orphans.into_iter().map(|(table,)| format!("rows of {table} refer to rows that are gone")));
        let files: Vec<(String, String)> =
            sqlx::query_as("SELECT origin, blob FROM documents").fetch_all(self.readers()).await?;
        let gone: Vec<&String> =
            files.iter().filter(|(_, blob)| !self.blob_path(blob).is_file()).map(|(origin, _)| origin).collect();
        faults.extend(gone.iter().take(SHOWN).map(|origin| format!("the original file of {origin} is gone")));
        if gone.len() > SHOWN {
            faults.push(format!("and {} more original files", gone.len() - SHOWN));
        }
        Ok(faults)
    }
}
