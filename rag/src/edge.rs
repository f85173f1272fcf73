//! Vectors in Qdrant's own engine, in this process: nothing to install.
//!
//! Segments below [`INDEXING_THRESHOLD`] vectors are searched exactly; larger ones get an HNSW graph on flush.

use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::Arc,
};

use async_trait::async_trait;
use models::{ChunkId, Id};
use qdrant_edge::{
    CountRequest, CreateIndex, Distance, EdgeConfig, EdgeOptimizersConfig, EdgeShard, EdgeVectorParams,
    FieldIndexOperations, NamedQuery, OperationError, PayloadFieldSchema, PayloadSchemaType, PointId,
    PointInsertOperations, PointOperations, PointStruct, QueryEnum, SearchRequest, UpdateOperation,
};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use crate::{Error, Filter, Hit, IndexEntry, VectorIndex, index::sort_hits, payload};

const NAME: &str = "vector";
/// Raised whenever the payload or the engine's settings change, so that an older folder is rebuilt.
const FORMAT: u32 = 1;
const MARKER: &str = "guichet.json";
/// Vectors. A scan of this many takes a few milliseconds, so a graph is not worth its building before.
const INDEXING_THRESHOLD: usize = 20_000;

/// Written last when the folder is made: a folder without it was never finished.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Marker {
    format: u32,
    dimensions: usize,
}

/// One `EdgeShard` in a folder of its own. The engine allows one open handle per folder.
pub struct EdgeIndex {
    shard: Arc<EdgeShard>,
    dimensions: usize,
    /// The engine's flush panics when it meets another writer, so writers come one by one.
    writer: Arc<Mutex<()>>,
}

impl EdgeIndex {
    /// Opens the index, or makes an empty one where the folder is missing or empty.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when the folder holds something else: wipe it and rebuild.
    pub fn open(folder: &Path, dimensions: usize) -> Result<Self, Error> {
        let wanted = Marker { format: FORMAT, dimensions };
        fs::create_dir_all(folder).map_err(io)?;
        let empty = fs::read_dir(folder).map_err(io)?.next().is_none();
        let shard = if empty { create(folder, &wanted)? } else { load(folder, &wanted)? };
        Ok(Self { shard: Arc::new(shard), dimensions, writer: Arc::new(Mutex::new(())) })
    }

    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&EdgeShard) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let turn = Arc::clone(&self.writer).lock_owned().await;
        let shard = Arc::clone(&self.shard);
        blocking(move || {
            let _turn = turn;
            work(&shard)
        })
        .await
    }
}

#[async_trait]
impl VectorIndex for EdgeIndex {
    async fn upsert(&self, entries: &[IndexEntry]) -> Result<(), Error> {
        let mut points = Vec::new();
        for entry in entries {
            let Some(vector) = &entry.vector else { continue };
            check(self.dimensions, vector)?;
            let point = PointStruct::new(point_id(entry.chunk.id), vector.clone(), payload::payload(entry));
            points.push(point.into());
        }
        if points.is_empty() {
            return Ok(());
        }
        let points = PointOperations::UpsertPoints(PointInsertOperations::PointsList(points));
        self.write(move |shard| shard.update(UpdateOperation::PointOperation(points)).map_err(engine)).await
    }

    async fn delete(&self, chunks: &[ChunkId]) -> Result<(), Error> {
        if chunks.is_empty() {
            return Ok(());
        }
        let delete = PointOperations::DeletePoints { ids: chunks.iter().map(|chunk| point_id(*chunk)).collect() };
        self.write(move |shard| shard.update(UpdateOperation::PointOperation(delete)).map_err(engine)).await
    }

    async fn search(&self, vector: &[f32], filter: &Filter, limit: usize) -> Result<Vec<Hit>, Error> {
        check(self.dimensions, vector)?;
        if limit == 0 || filter.grants.is_empty() {
            return Ok(Vec::new());
        }
        let filter = serde_json::from_value(payload::filter(filter)).map_err(|error| Error::index(NAME, error))?;
        let request = SearchRequest {
            query: QueryEnum::Nearest(NamedQuery::default_dense(vector.to_vec())),
            filter: Some(filter),
            params: None,
            limit,
            offset: 0,
            with_payload: None,
            with_vector: None,
            score_threshold: None,
        };
        let shard = Arc::clone(&self.shard);
        let points = blocking(move || shard.search(request).map_err(engine)).await?;
        let mut hits: Vec<Hit> = points
            .into_iter()
            .filter_map(|point| match point.id {
                PointId::Uuid(uuid) => Some(Hit { chunk: Id::from_uuid(uuid), score: point.score }),
                PointId::NumId(_) => None,
            })
            .collect();
        sort_hits(&mut hits);
        Ok(hits)
    }

    async fn flush(&self) -> Result<(), Error> {
        self.write(|shard| {
            // It has no error to return: a full disk is a panic inside.
            catch_unwind(AssertUnwindSafe(|| shard.flush()))
                .map_err(|panic| Error::index(NAME, format!("flush failed: {}", panic_text(&*panic))))?;
            let info = shard.info();
            if info.points_count.saturating_sub(info.indexed_vectors_count) > INDEXING_THRESHOLD {
                shard.optimize().map_err(engine)?;
            }
            Ok(())
        })
        .await
    }

    async fn clear(&self) -> Result<(), Error> {
        // An empty filter matches every point.
        let all = PointOperations::DeletePointsByFilter(qdrant_edge::Filter::default());
        self.write(move |shard| shard.update(UpdateOperation::PointOperation(all)).map_err(engine)).await
    }

    async fn count(&self) -> Result<u64, Error> {
        let shard = Arc::clone(&self.shard);
        let count = blocking(move || shard.count(CountRequest { filter: None, exact: true }).map_err(engine)).await?;
        Ok(count as u64)
    }
}

fn config(dimensions: usize) -> EdgeConfig {
    EdgeConfig::builder()
        .vector(qdrant_edge::DEFAULT_VECTOR_NAME, EdgeVectorParams::builder(dimensions, Distance::Cosine).build())
        .optimizers(EdgeOptimizersConfig {
            indexing_threshold: Some(INDEXING_THRESHOLD * dimensions * size_of::<f32>() / 1024),
            ..EdgeOptimizersConfig::default()
        })
        .build()
}

fn create(folder: &Path, marker: &Marker) -> Result<EdgeShard, Error> {
    let shard = EdgeShard::new(folder, config(marker.dimensions)).map_err(engine)?;
    let keywords = payload::KEYWORDS.map(|name| (name, PayloadSchemaType::Keyword));
    let days = payload::DAYS.map(|name| (name, PayloadSchemaType::Integer));
    for (name, schema) in keywords.into_iter().chain(days) {
        let index = FieldIndexOperations::CreateIndex(CreateIndex {
            field_name: name.try_into().map_err(|()| Error::index(NAME, "not a payload path"))?,
            field_schema: Some(PayloadFieldSchema::FieldType(schema)),
        });
        shard.update(UpdateOperation::FieldIndexOperation(index)).map_err(engine)?;
    }
    let json = serde_json::to_vec(marker).map_err(|error| Error::index(NAME, error))?;
    fs::write(marker_path(folder), json).map_err(io)?;
    Ok(shard)
}

fn load(folder: &Path, wanted: &Marker) -> Result<EdgeShard, Error> {
    let found = fs::read(marker_path(folder)).map_err(|error| Error::corrupt(NAME, format!("{MARKER}: {error}")))?;
    let found: Marker =
        serde_json::from_slice(&found).map_err(|error| Error::corrupt(NAME, format!("{MARKER}: {error}")))?;
    if found != *wanted {
        return Err(Error::corrupt(NAME, format!("it is {found:?} where {wanted:?} is wanted")));
    }
    // Damaged files make the engine panic as often as fail.
    match catch_unwind(|| EdgeShard::load(folder, Some(config(wanted.dimensions)))) {
        Ok(Ok(shard)) => Ok(shard),
        Ok(Err(error)) => Err(Error::corrupt(NAME, error)),
        Err(panic) => Err(Error::corrupt(NAME, panic_text(&*panic))),
    }
}

fn marker_path(folder: &Path) -> PathBuf {
    folder.join(MARKER)
}

fn point_id(chunk: ChunkId) -> PointId {
    PointId::Uuid(chunk.uuid())
}

pub(crate) fn check(dimensions: usize, vector: &[f32]) -> Result<(), Error> {
    if vector.len() == dimensions {
        Ok(())
    } else {
        Err(Error::Dimensions { expected: dimensions, found: vector.len() })
    }
}

/// Runs work that blocks away from the async threads; a panic inside becomes an error.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Error::index("local", error))?
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("the engine panicked").to_owned()
}

fn engine(error: OperationError) -> Error {
    let text = error.to_string();
    if text.contains("No space left on device") {
        return Error::StorageFull;
    }
    match error {
        OperationError::InconsistentStorage { description } => Error::corrupt(NAME, description),
        other => Error::index(NAME, other),
    }
}

fn io(error: std::io::Error) -> Error {
    if error.kind() == std::io::ErrorKind::StorageFull { Error::StorageFull } else { Error::index(NAME, error) }
}
