//! Which files are meant: paths, folders with everything below, and patterns.

use std::{
    collections::{BTreeMap, HashSet},
    fs, io,
    path::{Path, PathBuf},
};

use glob::MatchOptions;
use unicode_normalization::UnicodeNormalization;

use crate::{
    Error, Result,
    report::Problem,
    side_metadata::{Beside, FILE_NAME, Reader, with_slashes},
};

/// A file to ingest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    pub path: PathBuf,
    /// The path from the given folder's parent on, with `/`: `samples/policies/absences.pdf`. Of a file given by
    /// itself, its folder's name and its own. Stable, whatever the working directory.
    pub origin: String,
    pub beside: Beside,
}

/// What the given paths lead to, in the order of their names.
#[derive(Debug, Default)]
pub struct Sources {
    pub files: Vec<SourceFile>,
    /// Files that cannot be taken (state `failed`), and what is no file (state `skipped`, not counted).
    pub problems: Vec<Problem>,
}

/// Finds the files below `paths`, each a file, a folder or a pattern such as `docs/**/*.pdf`. Hidden files and folders
/// are left out unless named; a file that several paths lead to is taken once.
///
/// # Errors
/// When a path or pattern leads to nothing.
pub fn find(paths: &[String]) -> Result<Sources> {
    let mut walk = Walk::default();
    for path in paths {
        walk.start(path)?;
    }
    Ok(walk.finish())
}

#[derive(Default)]
struct Walk {
    found: BTreeMap<String, PathBuf>,
    problems: Vec<Problem>,
    /// Real paths of files and folders already seen.
    seen: HashSet<PathBuf>,
    folders: Vec<PathBuf>,
}

impl Walk {
    fn start(&mut self, given: &str) -> Result<()> {
        let path = Path::new(given);
        if path.symlink_metadata().is_ok() {
            // Without `..` and `.`, so that the last part is a name.
            let absolute = real_parent(path).map_err(|source| Error::Unreadable { path: path.into(), source })?;
            let base = if absolute.is_dir() { &absolute } else { absolute.parent().unwrap_or(&absolute) };
            let base = base.parent().unwrap_or(base).to_owned();
            self.visit(&absolute, &base);
            return Ok(());
        }
        if !given.contains(['*', '?', '[']) {
            return Err(Error::NothingThere { path: path.to_owned() });
        }
        self.pattern(given)
    }

    fn pattern(&mut self, pattern: &str) -> Result<()> {
        let bad = |reason: &dyn std::fmt::Display| Error::BadPattern {
            pattern: pattern.to_owned(),
            reason: reason.to_string(),
        };
        let options = MatchOptions { require_literal_leading_dot: true, ..MatchOptions::new() };
        let matches = glob::glob_with(pattern, options).map_err(|error| bad(&error))?;
        let fixed: PathBuf = Path::new(pattern)
            .components()
            .take_while(|part| !part.as_os_str().to_string_lossy().contains(['*', '?', '[']))
            .collect();
        let folder = if fixed.as_os_str().is_empty() { Path::new(".") } else { &fixed };
        let no_match = || Error::NoMatch { pattern: pattern.to_owned() };
        let folder = real_parent(folder).map_err(|_| no_match())?;
        let base = folder.parent().unwrap_or(&folder).to_owned();
        let mut any = false;
        for path in matches {
            any = true;
            match path {
                Ok(path) => match real_parent(&path) {
                    Ok(path) => self.visit(&path, &base),
                    Err(error) => self.problem(&path, &base, "failed", format!("The file cannot be read: {error}.")),
                },
                Err(error) => {
                    let reason = format!("The folder cannot be read: {}.", error.error());
                    self.problem(error.path(), &base, "skipped", reason);
                }
            }
        }
        if any { Ok(()) } else { Err(no_match()) }
    }

    fn visit(&mut self, path: &Path, base: &Path) {
        let looked = fs::metadata(path).and_then(|metadata| Ok((metadata, path.canonicalize()?)));
        let (metadata, real) = match looked {
            Ok(found) => found,
            Err(error) => {
                return self.problem(path, base, "failed", format!("The file cannot be read: {error}."));
            }
        };
        if metadata.is_dir() {
            if self.seen.insert(real) {
                self.folder(path, base);
            } else if path.is_symlink() {
                let reason = "The link leads to a folder that is read anyway.".to_owned();
                self.problem(path, base, "skipped", reason);
            }
        } else if !metadata.is_file() {
            let reason = "This is not a file but a device, pipe or socket.".to_owned();
            self.problem(path, base, "skipped", reason);
        } else if path.file_name().is_some_and(|name| name != FILE_NAME) && self.seen.insert(real) {
            self.file(path, base);
        }
    }

    fn folder(&mut self, path: &Path, base: &Path) {
        self.folders.push(path.to_owned());
        let entries = fs::read_dir(path).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        let mut entries: Vec<PathBuf> = match entries {
            Ok(entries) => entries.into_iter().map(|entry| entry.path()).collect(),
            Err(error) => {
                return self.problem(path, base, "skipped", format!("The folder cannot be read: {error}."));
            }
        };
        entries.sort();
        for entry in entries {
            if !entry.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.')) {
                self.visit(&entry, base);
            }
        }
    }

    fn file(&mut self, path: &Path, base: &Path) {
        let origin = origin(path, base);
        if let Some(other) = self.found.get(&origin) {
            let reason =
                format!("{} is called the same from its folder on: ingest it by another folder.", other.display());
            return self.problem(path, base, "failed", reason);
        }
        self.found.insert(origin, path.to_owned());
    }

    fn problem(&mut self, path: &Path, base: &Path, state: &'static str, reason: String) {
        self.problems.push(Problem { origin: origin(path, base), state: state.to_owned(), reason });
    }

    fn finish(mut self) -> Sources {
        let mut reader = Reader::default();
        let mut files = Vec::with_capacity(self.found.len());
        for (origin, path) in self.found {
            match reader.beside(&path) {
                Ok(beside) => files.push(SourceFile { path, origin, beside }),
                Err(reason) => self.problems.push(Problem { origin, state: "failed".to_owned(), reason }),
            }
        }
        for folder in &self.folders {
            for name in reader.unused(folder) {
                let origin = with_slashes(&folder.join(FILE_NAME));
                let reason = format!("It describes {name}, which is not there.");
                self.problems.push(Problem { origin, state: "skipped".to_owned(), reason });
            }
        }
        Sources { files, problems: self.problems }
    }
}

/// The absolute path without `.`, `..` and links, except for the last part, which keeps its own name.
fn real_parent(path: &Path) -> io::Result<PathBuf> {
    match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) => {
            let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
            Ok(parent.canonicalize()?.join(name))
        }
        _ => path.canonicalize(),
    }
}

/// NFC, because some file systems decompose accents.
fn origin(path: &Path, base: &Path) -> String {
    with_slashes(path.strip_prefix(base).unwrap_or(path)).nfc().collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn tree() -> tempfile::TempDir {
        let root = tempfile::tempdir().expect("a folder");
        let docs = root.path().join("docs");
        fs::create_dir_all(docs.join("b/.hidden")).expect("folders");
        for name in ["a.txt", "b/c.txt", "b/.secret.txt", "b/.hidden/d.txt", "_meta.toml"] {
            fs::write(docs.join(name), "").expect("writes");
        }
        root
    }

    fn origins(paths: &[&Path]) -> Vec<String> {
        let paths: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
        find(&paths).expect("finds").files.into_iter().map(|file| file.origin).collect()
    }

    #[test]
    fn origins_do_not_depend_on_how_a_file_is_named() {
        let root = tree();
        let docs = root.path().join("docs");
        let all = ["docs/a.txt", "docs/b/c.txt"];
        assert_eq!(origins(&[&docs]), all);
        assert_eq!(origins(&[&docs.join("b/..")]), all);
        assert_eq!(origins(&[&docs.join("**/*.txt")]), all);
        assert_eq!(origins(&[&docs, &docs.join("a.txt")]), all, "once");
        assert_eq!(origins(&[&docs.join("a.txt")]), ["docs/a.txt"]);
        assert_eq!(origins(&[&docs.join("b/.secret.txt")]), ["b/.secret.txt"], "hidden, but named");
    }

    #[test]
    fn what_leads_nowhere_is_an_error() {
        let root = tree();
        for (path, code) in [("gone", 404), ("*.pdf", 404), ("[", 400)] {
            let error = find(&[root.path().join(path).display().to_string()]).expect_err(path);
            assert_eq!(models::Coded::code(&error).status(), code, "{path}: {error}");
        }
    }

    #[test]
    fn loops_broken_links_and_namesakes_are_stated() {
        let root = tree();
        let docs = root.path().join("docs");
        symlink(&docs, docs.join("b/loop")).expect("links");
        symlink("nowhere", docs.join("broken.txt")).expect("links");
        symlink(docs.join("a.txt"), docs.join("z.txt")).expect("links");
        let other = root.path().join("other/docs");
        fs::create_dir_all(&other).expect("folders");
        fs::write(other.join("a.txt"), "other").expect("writes");
        fs::write(docs.join("_meta.toml"), "[files.\"gone.txt\"]").expect("writes");
        let paths = [&docs, &other].map(|path| path.display().to_string());
        let found = find(&paths).expect("finds");
        assert_eq!(found.files.len(), 2);
        let mut states: Vec<(&str, &str)> = found
            .problems
            .iter()
            .map(|problem| (problem.state.as_str(), &problem.origin[problem.origin.len() - 8..]))
            .collect();
        states.sort_unstable();
        let expected =
            [("failed", "cs/a.txt"), ("failed", "oken.txt"), ("skipped", "eta.toml"), ("skipped", "s/b/loop")];
        assert_eq!(states, expected);
    }

    #[test]
    fn a_broken_description_fails_its_files() {
        let root = tree();
        fs::write(root.path().join("docs/b/_meta.toml"), "audience = 3").expect("writes");
        let found = find(&[root.path().join("docs").display().to_string()]).expect("finds");
        assert_eq!(found.files.len(), 1);
        assert_eq!((found.problems[0].origin.as_str(), found.problems[0].state.as_str()), ("docs/b/c.txt", "failed"));
    }
}
