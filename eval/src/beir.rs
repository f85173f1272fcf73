//! Reads a test set in the BEIR layout (Thakur et al. 2021, <https://github.com/beir-cellar/beir>):
//! `corpus.jsonl`, `queries.jsonl`, `qrels/test.tsv`, and `answers.jsonl` where the set has answers.

use std::{
    collections::{BTreeMap, HashSet},
    path::Path,
};

use serde::{Deserialize, de::DeserializeOwned};

use crate::Error;

/// One test set, whole in memory.
#[derive(Debug, Clone, Default)]
pub struct Set {
    /// The folder's name.
    pub name: String,
    pub documents: Vec<SetDocument>,
    pub queries: Vec<Query>,
    /// By query, then by document: how relevant, 0 for judged and found wanting.
    pub judgements: BTreeMap<String, BTreeMap<String, u32>>,
    /// By query. Empty where the set has no `answers.jsonl`.
    pub answers: BTreeMap<String, Gold>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SetDocument {
    #[serde(rename = "_id")]
    pub id: String,
    #[serde(default)]
    pub title: String,
    pub text: String,
    #[serde(default)]
    pub metadata: Metadata,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Query {
    #[serde(rename = "_id")]
    pub id: String,
    pub text: String,
    #[serde(default)]
    pub metadata: Metadata,
}

/// The part of the free metadata that changes how a set is measured.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
pub struct Metadata {
    /// The query is about this site alone: only its documents are searched.
    pub site: Option<String>,
    /// Queries of one kind are reported apart from those of another.
    pub kind: Option<String>,
}

/// What a right answer says.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Gold {
    #[serde(rename = "_id")]
    pub id: String,
    #[serde(default)]
    pub answers: Vec<String>,
    /// The corpus does not hold the answer.
    #[serde(default)]
    pub is_impossible: bool,
}

impl Set {
    /// Reads the folder.
    ///
    /// # Errors
    /// The file and line that cannot be read, repeat an id, or name a query or document that does not exist.
    pub fn read(folder: &Path) -> Result<Self, Error> {
        let documents: Vec<SetDocument> = records(&folder.join("corpus.jsonl"), |document: &SetDocument| &document.id)?;
        let queries: Vec<Query> = records(&folder.join("queries.jsonl"), |query: &Query| &query.id)?;
        let judgements = judgements(&folder.join("qrels").join("test.tsv"), &documents, &queries)?;
        let answers = folder.join("answers.jsonl");
        let answers = if answers.exists() { records(&answers, |gold: &Gold| &gold.id)? } else { Vec::new() };
        let name = folder.canonicalize().map_err(Error::io(folder))?;
        let name = name.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let answers = answers.into_iter().map(|gold| (gold.id.clone(), gold)).collect();
        Ok(Self { name, documents, queries, judgements, answers })
    }

    /// Queries with at least one relevant document: the only ones that ranking metrics can judge.
    pub fn judged(&self) -> impl Iterator<Item = (&Query, &BTreeMap<String, u32>)> {
        self.queries.iter().filter_map(|query| {
            let judged = self.judgements.get(&query.id)?;
            judged.values().any(|relevance| *relevance > 0).then_some((query, judged))
        })
    }
}

fn lines(path: &Path) -> Result<Vec<(usize, String)>, Error> {
    let text = std::fs::read_to_string(path).map_err(Error::io(path))?;
    let numbered = text.lines().enumerate().map(|(index, line)| (index + 1, line.to_owned()));
    Ok(numbered.filter(|(_, line)| !line.trim().is_empty()).collect())
}

/// One JSON object per line, as any of the harness's files.
pub(crate) fn json_lines<T: DeserializeOwned>(path: &Path) -> Result<Vec<(usize, T)>, Error> {
    let parse = |(line, text): (usize, String)| {
        let wrong = |error: serde_json::Error| Error::Line { path: path.to_owned(), line, reason: error.to_string() };
        serde_json::from_str(&text).map(|value| (line, value)).map_err(wrong)
    };
    lines(path)?.into_iter().map(parse).collect()
}

fn records<T: DeserializeOwned>(path: &Path, id: impl Fn(&T) -> &String) -> Result<Vec<T>, Error> {
    let records = json_lines(path)?;
    let mut seen = HashSet::new();
    for (line, record) in &records {
        if !seen.insert(id(record)) {
            let reason = format!("the id {:?} stands twice", id(record));
            return Err(Error::Line { path: path.to_owned(), line: *line, reason });
        }
    }
    Ok(records.into_iter().map(|(_, record)| record).collect())
}

fn judgements(
    path: &Path,
    documents: &[SetDocument],
    queries: &[Query],
) -> Result<BTreeMap<String, BTreeMap<String, u32>>, Error> {
    let documents: HashSet<&str> = documents.iter().map(|document| document.id.as_str()).collect();
    let queries: HashSet<&str> = queries.iter().map(|query| query.id.as_str()).collect();
    let mut judgements: BTreeMap<String, BTreeMap<String, u32>> = BTreeMap::new();
    for (line, text) in lines(path)? {
        let wrong = |reason: String| Error::Line { path: path.to_owned(), line, reason };
        let columns: Vec<&str> = text.split('\t').map(str::trim).collect();
        let [query, document, score] = columns[..] else {
            return Err(wrong(format!("3 columns are expected, separated by tabs, not {}", columns.len())));
        };
        if line == 1 && score == "score" {
            continue;
        }
        if !queries.contains(query) {
            return Err(wrong(format!("queries.jsonl has no query {query:?}")));
        }
        if !documents.contains(document) {
            return Err(wrong(format!("corpus.jsonl has no document {document:?}")));
        }
        let score: i64 = score.parse().map_err(|_| wrong(format!("{score:?} is not a whole number")))?;
        let relevance = u32::try_from(score.max(0)).map_err(|_| wrong(format!("{score} is too large")))?;
        judgements.entry(query.to_owned()).or_default().insert(document.to_owned(), relevance);
    }
    Ok(judgements)
}

#[cfg(test)]
mod tests {
    use std::{fs, path::PathBuf};

    use super::*;

    fn fixture() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tiny")
    }

    #[test]
    fn the_tiny_set_is_read() {
        let set = Set::read(&fixture()).expect("reads");
        assert_eq!(set.name, "tiny");
        assert_eq!(set.judged().count() + 2, set.queries.len(), "two queries have no relevant document");
        assert!(set.answers.values().any(|gold| gold.is_impossible));
    }

    /// A copy of the tiny set with one file replaced, and what reading it says.
    fn check(file: &str, content: &str, expect: &str) {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("qrels")).expect("made");
        for name in ["corpus.jsonl", "queries.jsonl", "answers.jsonl", "qrels/test.tsv"] {
            fs::copy(fixture().join(name), folder.path().join(name)).expect("copied");
        }
        fs::write(folder.path().join(file), content).expect("written");
        let message = Set::read(folder.path()).expect_err("is refused").to_string();
        assert!(message.contains(expect), "{message:?} should contain {expect:?}");
    }

    #[test]
    fn errors_name_file_and_line() {
        check(
            "corpus.jsonl",
            "{\"_id\": \"a\", \"text\": \"x\"}\n\n{\"_id\": \"b\"}\n",
            "corpus.jsonl:3: missing field `text`",
        );
        check("queries.jsonl", "nothing", "queries.jsonl:1: expected");
        check(
            "queries.jsonl",
            "{\"_id\": \"q\", \"text\": \"x\"}\n{\"_id\": \"q\", \"text\": \"y\"}",
            "queries.jsonl:2: the id \"q\" stands twice",
        );
        check("qrels/test.tsv", "query-id\tcorpus-id\tscore\nq-hours\tlibrary 1\n", "test.tsv:2: 3 columns");
        check("qrels/test.tsv", "q-hours\tmissing\t1\n", "test.tsv:1: corpus.jsonl has no document \"missing\"");
        check("qrels/test.tsv", "q-missing\tlibrary\t1\n", "test.tsv:1: queries.jsonl has no query");
        check("qrels/test.tsv", "q-hours\tlibrary\tyes\n", "test.tsv:1: \"yes\" is not a whole number");
    }

    #[test]
    fn a_missing_file_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let message = Set::read(folder.path()).expect_err("is refused").to_string();
        assert!(message.contains("corpus.jsonl"), "{message}");
    }
}
