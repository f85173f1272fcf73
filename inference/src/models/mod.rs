//! The models folder: what may be in it, what is in it, and how it gets there.
//!
//! One folder per catalogue entry, with a `manifest.json` that lists its files and their checksums. An entry counts as
//! installed once its manifest is there, which is written last.

pub mod catalogue;
mod manifest;
mod pip;
mod pull;
mod unpack;

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use serde::Serialize;

pub use catalogue::{CATALOGUE, Entry, Kind};
pub use manifest::Manifest;
pub(crate) use manifest::write_whole;
pub use pull::{HUB, Outcome, Progress, Pulled, Sources, Step, pull};

use crate::{Error, ModelInfo};
use catalogue::{CONFIG, EmbedderFacts, TOKENIZER, WEIGHTS};

/// `GUICHET_MODELS`, or `guichet/models` in the user's cache folder. `env` reads a variable of the environment.
#[must_use]
pub fn default_folder(env: impl Fn(&str) -> Option<OsString>) -> PathBuf {
    let path = |name: &str| env(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    path("GUICHET_MODELS").unwrap_or_else(|| {
        let cache = path("XDG_CACHE_HOME").or_else(|| path("HOME").map(|home| home.join(".cache")));
        cache.unwrap_or_else(std::env::temp_dir).join("guichet").join("models")
    })
}

/// What the models folder offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    pub folder: PathBuf,
    /// In the catalogue's order: the preferred one first.
    pub embedders: Vec<InstalledEmbedder>,
    /// The shared library.
    pub onnxruntime: Option<PathBuf>,
    /// The shared library.
    pub pdfium: Option<PathBuf>,
}

/// An embedder whose files are there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstalledEmbedder {
    pub name: &'static str,
    pub folder: PathBuf,
    pub facts: EmbedderFacts,
    /// SHA-256 of the weights, as the manifest recorded it.
    pub weights_sha256: String,
}

impl InstalledEmbedder {
    /// What callers must know of it, run in this variant.
    pub(crate) fn info(&self, variant: &str, dimensions: usize, max_tokens: usize) -> ModelInfo {
        let hash = self.weights_sha256.get(..12).unwrap_or(&self.weights_sha256);
        ModelInfo {
            id: format!("{}:{variant}:{hash}", self.name),
            name: self.name.to_owned(),
            variant: variant.to_owned(),
            dimensions,
            max_tokens,
            languages: self.facts.languages.to_vec(),
        }
    }

    #[must_use]
    pub fn weights(&self) -> PathBuf {
        self.folder.join(WEIGHTS)
    }

    #[must_use]
    pub fn tokenizer(&self) -> PathBuf {
        self.folder.join(TOKENIZER)
    }

    #[must_use]
    pub fn config(&self) -> PathBuf {
        self.folder.join(CONFIG)
    }
}

/// Looks into the models folder, without reading the large files.
#[must_use]
pub fn locate(folder: &Path) -> Located {
    let installed = |entry: &Entry| Manifest::read(&folder.join(entry.name)).ok().flatten();
    let library = |entry: &Entry| installed(entry).and_then(|manifest| manifest.library(&folder.join(entry.name)));
    let embedders = CATALOGUE
        .iter()
        .filter_map(|entry| match entry.kind {
            Kind::Embedder(facts) => {
                let weights_sha256 = installed(entry)?.files.get(WEIGHTS)?.sha256.clone();
                Some(InstalledEmbedder { name: entry.name, folder: folder.join(entry.name), facts, weights_sha256 })
            }
            Kind::Library => None,
        })
        .collect();
    Located {
        folder: folder.to_owned(),
        embedders,
        onnxruntime: library(&catalogue::ONNXRUNTIME),
        pdfium: library(&catalogue::PDFIUM),
    }
}

/// One line of `models list` and `models check`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    pub name: &'static str,
    pub purpose: &'static str,
    pub default: bool,
    pub state: State,
    /// Bytes on disk.
    pub bytes: u64,
    pub folder: PathBuf,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum State {
    Missing,
    Installed,
    /// A file is gone or differs from its checksum.
    Damaged {
        reason: String,
    },
}

/// What is installed, without reading the large files.
#[must_use]
pub fn list(folder: &Path) -> Vec<Status> {
    status(folder, Manifest::check_sizes)
}

/// What is installed, every file compared with its checksum.
#[must_use]
pub fn check(folder: &Path) -> Vec<Status> {
    status(folder, Manifest::check_contents)
}

fn status(folder: &Path, check: impl Fn(&Manifest, &Path) -> Result<(), Error>) -> Vec<Status> {
    CATALOGUE
        .iter()
        .map(|entry| {
            let folder = folder.join(entry.name);
            let manifest = Manifest::read(&folder);
            let bytes = manifest.as_ref().ok().and_then(Option::as_ref).map_or(0, Manifest::bytes);
            let state = match manifest.and_then(|manifest| manifest.map(|it| check(&it, &folder)).transpose()) {
                Ok(None) => State::Missing,
                Ok(Some(())) => State::Installed,
                Err(error) => State::Damaged { reason: error.to_string() },
            };
            Status { name: entry.name, purpose: entry.purpose, default: entry.default, state, bytes, folder }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_follows_the_environment() {
        let folder = |pairs: &[(&str, &str)]| {
            let pairs: Vec<(String, String)> = pairs.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect();
            default_folder(move |name| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.into()))
        };
        assert_eq!(folder(&[("GUICHET_MODELS", "/m"), ("HOME", "/h")]), Path::new("/m"));
        assert_eq!(folder(&[("XDG_CACHE_HOME", "/c"), ("HOME", "/h")]), Path::new("/c/guichet/models"));
        assert_eq!(folder(&[("XDG_CACHE_HOME", ""), ("HOME", "/h")]), Path::new("/h/.cache/guichet/models"));
    }

    #[test]
    fn an_empty_folder_offers_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let located = locate(folder.path());
        assert!(located.embedders.is_empty() && located.onnxruntime.is_none());
        assert!(check(folder.path()).iter().all(|status| status.state == State::Missing));
    }

    #[test]
    fn a_changed_file_is_noticed() {
        let folder = tempfile::tempdir().expect("a folder");
        let minilm = folder.path().join(catalogue::MINILM.name);
        std::fs::create_dir(&minilm).expect("a folder");
        for name in [WEIGHTS, TOKENIZER, CONFIG] {
            std::fs::write(minilm.join(name), name).expect("written");
        }
        Manifest::of(&minilm, "a test", &[WEIGHTS, TOKENIZER, CONFIG])
            .and_then(|it| it.write(&minilm))
            .expect("listed");
        let state = |all: Vec<Status>| all.into_iter().find(|it| it.name == catalogue::MINILM.name).map(|it| it.state);
        assert_eq!(locate(folder.path()).embedders.len(), 1);
        assert_eq!(state(check(folder.path())), Some(State::Installed));
        std::fs::write(minilm.join(WEIGHTS), "MODEL.safetensors").expect("written");
        assert_eq!(state(list(folder.path())), Some(State::Installed));
        assert!(matches!(state(check(folder.path())), Some(State::Damaged { .. })));
        std::fs::remove_file(minilm.join(TOKENIZER)).expect("removed");
        assert!(matches!(state(list(folder.path())), Some(State::Damaged { .. })));
    }
}
