//! `manifest.json`: the files of one installed entry, with sizes and checksums.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::Error;

const NAME: &str = "manifest.json";

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Package and version, or repository and revision.
    pub source: String,
    /// By file name.
    pub files: BTreeMap<String, FileFacts>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileFacts {
    pub bytes: u64,
    pub sha256: String,
}

impl Manifest {
    /// `None` where there is none yet.
    ///
    /// # Errors
    /// [`Error::Damaged`] when it cannot be read.
    pub fn read(folder: &Path) -> Result<Option<Self>, Error> {
        let path = folder.join(NAME);
        let damaged = |reason: String| Error::Damaged { path: path.clone(), reason };
        match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|error| damaged(error.to_string())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(damaged(error.to_string())),
        }
    }

    /// Reads the files and notes what they are.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn of(folder: &Path, source: impl Into<String>, names: &[&str]) -> Result<Self, Error> {
        let mut manifest = Self { source: source.into(), files: BTreeMap::new() };
        for name in names {
            manifest.add(folder, name)?;
        }
        Ok(manifest)
    }

    /// Notes one more file.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn add(&mut self, folder: &Path, name: &str) -> Result<(), Error> {
        self.files.insert(name.to_owned(), facts(&folder.join(name))?);
        Ok(())
    }

    /// Replaces `manifest.json` as a whole.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn write(&self, folder: &Path) -> Result<(), Error> {
        let json = serde_json::to_vec_pretty(self).map_err(Error::failed("writing a manifest"))?;
        write_whole(&folder.join(NAME), &json)
    }

    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.files.values().map(|file| file.bytes).sum()
    }

    /// The shared library of the entry, if it is still there.
    #[must_use]
    pub fn library(&self, folder: &Path) -> Option<PathBuf> {
        let name = self.files.keys().find(|name| name.starts_with("lib"))?;
        Some(folder.join(name)).filter(|path| path.is_file())
    }

    /// # Errors
    /// [`Error::Damaged`] when a file is gone or has another size.
    pub fn check_sizes(&self, folder: &Path) -> Result<(), Error> {
        self.files.iter().try_for_each(|(name, expected)| {
            let path = folder.join(name);
            let bytes = fs::metadata(&path).map_err(|error| damaged(&path, &error))?.len();
            if bytes == expected.bytes { Ok(()) } else { Err(damaged(&path, &format!("{bytes} bytes long"))) }
        })
    }

    /// # Errors
    /// [`Error::Damaged`] when a file is gone or has another checksum.
    pub fn check_contents(&self, folder: &Path) -> Result<(), Error> {
        self.files.iter().try_for_each(|(name, expected)| check_content(&folder.join(name), expected))
    }

    /// The files that are gone or have another checksum.
    #[must_use]
    pub fn damaged(&self, folder: &Path) -> Vec<String> {
        let damaged = self.files.iter().filter(|(name, expected)| check_content(&folder.join(name), expected).is_err());
        damaged.map(|(name, _)| name.clone()).collect()
    }
}

fn check_content(path: &Path, expected: &FileFacts) -> Result<(), Error> {
    let found = facts(path)?;
    if found.sha256 == expected.sha256 { Ok(()) } else { Err(damaged(path, &"its checksum differs")) }
}

fn damaged(path: &Path, reason: &impl ToString) -> Error {
    Error::Damaged { path: path.to_owned(), reason: reason.to_string() }
}

/// Size and SHA-256 of a file.
pub(crate) fn facts(path: &Path) -> Result<FileFacts, Error> {
    let read = || -> io::Result<FileFacts> {
        let mut file = File::open(path)?;
        let mut hash = Sha256::new();
        let mut buffer = vec![0; 1 << 16];
        let mut bytes = 0;
        loop {
            let count = file.read(&mut buffer)?;
            if count == 0 {
                return Ok(FileFacts { bytes, sha256: hex(&hash.finalize()) });
            }
            hash.update(&buffer[..count]);
            bytes += count as u64;
        }
    };
    read().map_err(|error| damaged(path, &error))
}

/// Writes beside the file and renames, so that it is there whole or not at all.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    // Two processes may write the same file at once; each has a part of its own.
    let part = path.with_added_extension(format!("{}.new", std::process::id()));
    let write = || -> io::Result<()> {
        let mut file = File::create(&part)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&part, path)
    };
    let written = write().inspect_err(|_| {
        let _ = fs::remove_file(&part);
    });
    written.map_err(Error::failed(format!("writing {}", path.display())))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        use std::fmt::Write as _;
        let _ = write!(text, "{byte:02x}");
        text
    })
}
