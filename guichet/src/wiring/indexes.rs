//! The two indexes. A damaged or foreign one is moved out of the way; the pipeline then fills it from the store.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use rag::{Indexes, VectorIndex, edge::EdgeIndex, qdrant::QdrantIndex, words::TantivyIndex};

use crate::{
    config::{Config, VectorsChoice},
    failure::{Failure, Outcome},
};

fn words_folder(config: &Config) -> PathBuf {
    config.data.join("words")
}

fn vectors_folder(config: &Config) -> PathBuf {
    config.data.join("vectors")
}

/// Opens both indexes; `dimensions` is `None` without an embedder.
///
/// # Errors
///
/// When an index cannot even be made anew, or the Qdrant server does not answer.
pub async fn open(config: &Config, dimensions: Option<usize>) -> Outcome<Indexes> {
    let words = opened(&words_folder(config), "word", TantivyIndex::open)?;
    let vectors = match dimensions {
        Some(dimensions) => Some(open_vectors(config, dimensions).await?),
        None => None,
    };
    Ok(Indexes { words: Arc::new(words), vectors })
}

async fn open_vectors(config: &Config, dimensions: usize) -> Outcome<Arc<dyn VectorIndex>> {
    if config.vectors == VectorsChoice::Edge {
        let index = opened(&vectors_folder(config), "vector", |folder| EdgeIndex::open(folder, dimensions))?;
        return Ok(Arc::new(index));
    }
    let key = config.qdrant_key.as_ref().map(|key| key.reveal().to_owned());
    let index = QdrantIndex::connect(&config.qdrant_url, &config.qdrant_collection, dimensions, key).await;
    match index {
        Ok(index) => Ok(Arc::new(index)),
        Err(rag::Error::Corrupt { reason, .. }) => {
            let name = &config.qdrant_collection;
            Err(Failure::new(format!("the Qdrant collection `{name}` was made for something else: {reason}"))
                .hint("delete that collection, or choose another name with `qdrant_collection`; it is filled again from the data folder"))
        }
        Err(error) => Err(Failure::from(error).hint(
            "start the Qdrant server, correct `qdrant_url`, or set vectors = \"edge\" to search inside this process",
        )),
    }
}

/// Embedded indexes in a folder of their own, for measuring.
///
/// # Errors
///
/// When the folder holds something else, or cannot be written.
pub fn make(folder: &Path, dimensions: Option<usize>) -> Result<Indexes, rag::Error> {
    let words = TantivyIndex::open(&folder.join("words"))?;
    let vectors = dimensions.map(|dimensions| EdgeIndex::open(&folder.join("vectors"), dimensions)).transpose()?;
    Ok(Indexes { words: Arc::new(words), vectors: vectors.map(|index| Arc::new(index) as Arc<dyn VectorIndex>) })
}

fn opened<T>(folder: &Path, name: &str, open: impl Fn(&Path) -> Result<T, rag::Error>) -> Outcome<T> {
    match open(folder) {
        Ok(index) => Ok(index),
        Err(rag::Error::Corrupt { reason, .. }) => {
            tracing::warn!("the {name} index cannot be used ({reason}); it is built again from the stored documents");
            wipe_folder(folder)?;
            Ok(open(folder)?)
        }
        Err(error) => Err(error.into()),
    }
}

/// Empties both embedded indexes, so that the next start builds them again.
///
/// # Errors
///
/// When a file cannot be removed.
pub fn wipe(config: &Config) -> Outcome {
    wipe_folder(&words_folder(config))?;
    wipe_folder(&vectors_folder(config))
}

fn wipe_folder(folder: &Path) -> Outcome {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Failure::new(format!("cannot empty {}: {error}", folder.display()))
                .hint("remove that folder yourself; it is built again from the stored documents"))
        }
        _ => Ok(()),
    }
}
