//! What stands beside a document: `_meta.toml` in its folder and the folders above, and the command line.

use std::{
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
    rc::Rc,
};

use jiff::civil::Date;
use models::{Audience, Collection, Grant, Language, Validity};
use serde::{Deserialize, Deserializer, Serialize};

use crate::parse::{Declared, Parsed};

/// The name of the file that describes its folder.
pub const FILE_NAME: &str = "_meta.toml";

/// One layer of statements about a document. `None` says nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statements {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    #[serde(default, deserialize_with = "date", skip_serializing_if = "Option::is_none")]
    pub date: Option<Date>,
    #[serde(default, deserialize_with = "date", skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<Date>,
    /// The last day, included.
    #[serde(default, deserialize_with = "date", skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Date>,
    /// The origin, file name or title of the document whose place it takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supersedes: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audience: Option<Vec<Grant>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collection: Option<Collection>,
}

impl Statements {
    fn or(self, weaker: &Self) -> Self {
        let weaker = weaker.clone();
        Self {
            title: self.title.or(weaker.title),
            language: self.language.or(weaker.language),
            date: self.date.or(weaker.date),
            valid_from: self.valid_from.or(weaker.valid_from),
            valid_until: self.valid_until.or(weaker.valid_until),
            supersedes: self.supersedes.or(weaker.supersedes),
            audience: self.audience.or(weaker.audience),
            collection: self.collection.or(weaker.collection),
        }
    }

    fn check(&self) -> Result<(), String> {
        if let (Some(from), Some(until)) = (self.valid_from, self.valid_until)
            && until < from
        {
            return Err(format!("valid_until {until} is before valid_from {from}"));
        }
        if self.audience.as_ref().is_some_and(Vec::is_empty) {
            return Err("audience is an empty list: write [\"everyone\"], or leave it out".to_owned());
        }
        Ok(())
    }

    #[must_use]
    pub fn validity(&self) -> Validity {
        Validity { from: self.valid_from, until: self.valid_until, superseded_by: None }
    }
}

/// Everything that was said outside the document, strongest first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Beside {
    #[serde(default)]
    pub command: Statements,
    #[serde(default)]
    pub file: Statements,
    #[serde(default)]
    pub folder: Statements,
}

impl Beside {
    /// What is known before the document is read.
    #[must_use]
    pub fn known(&self) -> Statements {
        self.command.clone().or(&self.file).or(&self.folder)
    }

    /// Command line > file entry > what the document declares > folder default > what its words and its file show.
    #[must_use]
    pub fn resolve(&self, parsed: &Parsed) -> Statements {
        let mut shown = Statements {
            title: parsed.title.clone(),
            language: parsed.language,
            date: parsed.date,
            valid_from: parsed.valid_from,
            valid_until: parsed.valid_until,
            supersedes: parsed.supersedes.clone(),
            audience: parsed.audience.clone(),
            collection: parsed.collection.clone(),
        };
        let on_purpose = |value| parsed.declared.contains(&value);
        let mut declared = shown.clone();
        declared.title.take_if(|_| !on_purpose(Declared::Title));
        declared.language.take_if(|_| !on_purpose(Declared::Language));
        declared.date.take_if(|_| !on_purpose(Declared::Date));
        declared.valid_from.take_if(|_| !on_purpose(Declared::ValidFrom));
        declared.valid_until.take_if(|_| !on_purpose(Declared::ValidUntil));
        let said = self.command.clone().or(&self.file).or(&declared).or(&self.folder);
        if said.valid_from.is_some() || said.valid_until.is_some() {
            // Half a period from here and half from there would be neither.
            (shown.valid_from, shown.valid_until) = (None, None);
        }
        said.or(&shown)
    }
}

/// Who may read it: nobody said otherwise means everyone.
#[must_use]
pub fn audience(statements: &Statements) -> Audience {
    Audience::new(statements.audience.clone().unwrap_or_default())
}

#[derive(Debug, Clone, Deserialize)]
struct MetaFile {
    #[serde(flatten)]
    folder: toml::Table,
    #[serde(default)]
    files: BTreeMap<String, toml::Table>,
}

/// A folder's defaults with those of the folders above, and its own entries for files.
#[derive(Debug, Default)]
pub struct Folder {
    defaults: Statements,
    /// Keys are paths relative to the folder, with `/`.
    files: BTreeMap<String, Statements>,
    path: PathBuf,
    above: Option<Rc<Folder>>,
}

impl Folder {
    /// What holds for a file of this folder; `Err` says which `_meta.toml` is wrong, and why.
    fn beside(&self, file: &Path) -> Beside {
        let mut beside = Beside { folder: self.defaults.clone(), ..Beside::default() };
        let mut folder = Some(self);
        while let Some(here) = folder {
            let key = file.strip_prefix(&here.path).map(with_slashes).unwrap_or_default();
            if let Some(entry) = here.files.get(&key) {
                beside.file = beside.file.or(entry);
            }
            folder = here.above.as_deref();
        }
        beside
    }
}

/// Reads each folder's `_meta.toml` once. Folders above the given ones count too, so that a file is described alike
/// however it was named on the command line.
#[derive(Debug, Default)]
pub struct Reader {
    folders: HashMap<PathBuf, Result<Rc<Folder>, String>>,
}

impl Reader {
    /// What holds for the file at this absolute path.
    ///
    /// # Errors
    /// A sentence that names the `_meta.toml` that cannot be used: its files must not be read without it, for it may
    /// say who may see them.
    pub fn beside(&mut self, file: &Path) -> Result<Beside, String> {
        let folder = self.folder(file.parent().unwrap_or(Path::new("/")))?;
        Ok(folder.beside(file))
    }

    /// Entries of the folder's `_meta.toml` that name no file.
    pub fn unused(&mut self, path: &Path) -> Vec<String> {
        let Ok(folder) = self.folder(path) else { return Vec::new() };
        folder.files.keys().filter(|key| !path.join(key).exists()).cloned().collect()
    }

    fn folder(&mut self, path: &Path) -> Result<Rc<Folder>, String> {
        if let Some(known) = self.folders.get(path) {
            return known.clone();
        }
        let above = match path.parent() {
            Some(parent) => self.folder(parent).map(Some),
            None => Ok(None),
        };
        let folder = above.and_then(|above| read(path, above)).map(Rc::new);
        self.folders.insert(path.to_owned(), folder.clone());
        folder
    }
}

fn read(path: &Path, above: Option<Rc<Folder>>) -> Result<Folder, String> {
    let file = path.join(FILE_NAME);
    let wrong = |reason: &dyn std::fmt::Display| format!("{} cannot be used: {reason}", file.display());
    let inherited = above.as_ref().map(|above| above.defaults.clone()).unwrap_or_default();
    let text = match std::fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(Folder { defaults: inherited, path: path.to_owned(), above, ..Folder::default() });
        }
        Err(error) => return Err(wrong(&error)),
    };
    let (own, files) = parse(&text).map_err(|reason| wrong(&reason))?;
    Ok(Folder { defaults: own.or(&inherited), files, path: path.to_owned(), above })
}

fn parse(text: &str) -> Result<(Statements, BTreeMap<String, Statements>), String> {
    let meta: MetaFile = toml::from_str(text).map_err(|error| error.to_string().trim_end().to_owned())?;
    let own = statements(meta.folder)?;
    let files = meta.files.into_iter().map(|(name, table)| {
        statements(table).map(|statements| (name.clone(), statements)).map_err(|reason| format!("{name}: {reason}"))
    });
    Ok((own, files.collect::<Result<_, _>>()?))
}

fn statements(mut table: toml::Table) -> Result<Statements, String> {
    // One grant may be written without brackets.
    if let Some(audience @ toml::Value::String(_)) = table.get_mut("audience") {
        *audience = toml::Value::Array(vec![audience.clone()]);
    }
    let statements: Statements = table.try_into().map_err(|error: toml::de::Error| error.message().to_owned())?;
    statements.check()?;
    Ok(statements)
}

/// `"2026-09-01"` or `2026-09-01`.
fn date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Date>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Text(String),
        Toml(toml::value::Datetime),
    }
    let text = match Option::<Written>::deserialize(deserializer)? {
        None => return Ok(None),
        Some(Written::Text(text)) => text,
        Some(Written::Toml(date)) => date.to_string(),
    };
    text.parse().map(Some).map_err(|_| serde::de::Error::custom(format!("{text:?} is not a date: write 2026-09-01")))
}

pub(crate) fn with_slashes(path: &Path) -> String {
    let parts: Vec<_> = path.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = r#"
        collection = "policies"
        audience = "role:staff"
        [files."absences-2026-2027.pdf"]
        valid_from = "2026-09-01"
        valid_until = 2027-08-31
        supersedes = "absences-2025-2026.pdf"
    "#;

    #[test]
    fn folders_and_files_are_described() {
        let (own, files) = parse(EXAMPLE).expect("is right");
        assert_eq!(own.collection, "policies".parse().ok());
        assert_eq!(own.audience, Some(vec!["role:staff".parse().expect("a grant")]));
        let file = &files["absences-2026-2027.pdf"];
        assert_eq!(file.valid_from, Some(jiff::civil::date(2026, 9, 1)));
        assert_eq!(file.valid_until, Some(jiff::civil::date(2027, 8, 31)));
        assert_eq!(file.supersedes.as_deref(), Some("absences-2025-2026.pdf"));
    }

    #[test]
    fn mistakes_are_named() {
        for (text, expect) in [
            ("audiance = [\"role:staff\"]", "unknown field `audiance`"),
            ("audience = [\"staff\"]", "is not a grant"),
            ("audience = []", "empty list"),
            ("collection = \"Über\"", "is not a collection name"),
            ("valid_from = \"1st of May\"", "is not a date"),
            ("[files.\"a.pdf\"]\nvalid_from = 2026-09-01\nvalid_until = 2026-08-31", "a.pdf: valid_until"),
            ("language = \"klingon\"", "unknown variant"),
            ("= 3", "TOML parse error at line 1"),
        ] {
            let reason = parse(text).expect_err(text);
            assert!(reason.contains(expect), "{text}: {reason}");
        }
    }

    #[test]
    fn stronger_layers_win_and_sub_folders_inherit() {
        let root = tempfile::tempdir().expect("a folder");
        let sub = root.path().join("sub");
        std::fs::create_dir(&sub).expect("a folder");
        let top = "audience = [\"role:staff\"]\ncollection = \"top\"\n[files.\"sub/a.txt\"]\ntitle = \"From above\"";
        std::fs::write(root.path().join(FILE_NAME), top).expect("writes");
        std::fs::write(sub.join(FILE_NAME), "collection = \"sub\"\n[files.\"gone.txt\"]").expect("writes");
        let mut reader = Reader::default();
        let mut beside = reader.beside(&sub.join("a.txt")).expect("is right");
        assert_eq!(beside.known().audience, Some(vec!["role:staff".parse().expect("a grant")]));
        assert_eq!(beside.known().collection, "sub".parse().ok());
        assert_eq!(reader.unused(&sub), ["gone.txt"]);
        let parsed = Parsed { title: Some("Inside".into()), collection: "inside".parse().ok(), ..Parsed::default() };
        beside.command.collection = "command".parse().ok();
        let resolved = beside.resolve(&parsed);
        assert_eq!(resolved.title.as_deref(), Some("From above"));
        assert_eq!(resolved.collection, "command".parse().ok());
        beside.command.collection = None;
        assert_eq!(beside.resolve(&parsed).collection, "inside".parse().ok());
        // What words show is weaker than a folder's default, what the document declares is stronger.
        let day = jiff::civil::date(2026, 9, 1);
        beside.folder.valid_from = Some(day);
        let mut parsed = Parsed { valid_from: Some(day.tomorrow().expect("a day")), ..parsed };
        assert_eq!(beside.resolve(&parsed).valid_from, Some(day));
        parsed.declared = vec![Declared::ValidFrom];
        assert_eq!(beside.resolve(&parsed).valid_from, parsed.valid_from);

        std::fs::write(sub.join(FILE_NAME), "audience = 3").expect("writes");
        let reason = Reader::default().beside(&sub.join("a.txt")).expect_err("is wrong");
        assert!(reason.contains("_meta.toml cannot be used"), "{reason}");
    }
}
