//! The composition root: the only place that names concrete adapters.

mod embedder;
mod indexes;
mod parsers;

use std::sync::Arc;

use api::Engine;
use ingest::Pipeline;
use models::Clock;
use rag::{Assistant, Indexes, Profile, Retriever};
use store::Store;

pub use embedder::{models_folder, open as open_embedder};
pub use indexes::{make as make_indexes, open as open_indexes, wipe as wipe_indexes};
pub use parsers::pool as parser_pool;

use crate::{
    config::Config,
    failure::{Failure, Outcome},
};

/// Opens store, model and indexes, and brings them in line with each other after a crash.
///
/// # Errors
///
/// When the store or an index cannot be used. A missing model is no error: the engine then works on words alone.
pub async fn open_engine(config: &Config, clock: Arc<dyn Clock>) -> Outcome<(Arc<Engine>, Indexes)> {
    let store = Store::open(&config.data).await.map_err(|error| Failure::from(error).during("opening the store"))?;
    let embedding = open_embedder(config).await;
    let service = embedding.as_ref().ok().cloned();
    let dimensions = service.as_ref().map(|service| service.info().dimensions);
    let indexes = open_indexes(config, dimensions).await?;
    let parsers = parser_pool(config)?;
    let pipeline = Pipeline::new(store.clone(), indexes.clone(), service.clone(), parsers, clock);
    for message in pipeline.recover().await?.messages {
        tracing::info!("{message}");
    }
    let retriever = Retriever::new(store.clone(), indexes.clone(), service.clone(), Profile::default());
    let assistant = Assistant::new(retriever.clone());
    let embedder = embedding.map(|service| service.info().clone());
    Ok((Arc::new(Engine { store, retriever, assistant, pipeline, embedder }), indexes))
}
