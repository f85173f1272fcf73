//! Vectors in a Qdrant server or cluster, with the payload and filters of the embedded engine.

use std::time::Duration;

use async_trait::async_trait;
use models::{ChunkId, Id};
use qdrant_client::{
    Payload, Qdrant, QdrantError,
    qdrant::{
        Condition, CountPointsBuilder, CreateCollectionBuilder, CreateFieldIndexCollectionBuilder, DeletePointsBuilder,
        Distance, FieldType, PointId, PointStruct, PointsIdsList, QueryPointsBuilder, Range, UpsertPointsBuilder,
        VectorParams, VectorParamsBuilder, point_id::PointIdOptions, vectors_config,
    },
};
use uuid::Uuid;

use crate::{Error, Filter, Hit, IndexEntry, VectorIndex, edge::check, index::sort_hits, payload};

const NAME: &str = "vector";
/// Points per request; the server refuses bodies above 32 MiB.
const BATCH: usize = 512;
const TIMEOUT: Duration = Duration::from_secs(30);

/// One collection of a Qdrant server.
pub struct QdrantIndex {
    client: Qdrant,
    url: String,
    collection: String,
    dimensions: usize,
}

impl QdrantIndex {
    /// Connects over gRPC (port 6334), and makes the collection with its payload indexes where it is missing.
    ///
    /// # Errors
    /// [`Error::Unreachable`]; [`Error::Corrupt`] when the collection was made for vectors of another kind.
    pub async fn connect(
        url: &str,
        collection: &str,
        dimensions: usize,
        api_key: Option<String>,
    ) -> Result<Self, Error> {
        let client = Qdrant::from_url(url)
            .api_key(api_key)
            .timeout(TIMEOUT)
            .skip_compatibility_check()
            .build()
            .map_err(|error| unreachable(url, &error))?;
        let index = Self { client, url: url.to_owned(), collection: collection.to_owned(), dimensions };
        if index.client.collection_exists(collection).await.map_err(|error| unreachable(url, &error))? {
            index.check_collection().await?;
        } else {
            let vectors = VectorParamsBuilder::new(dimensions as u64, Distance::Cosine);
            let create = CreateCollectionBuilder::new(collection).vectors_config(vectors);
            index.client.create_collection(create).await.map_err(|error| index.failed(error))?;
        }
        index.index_payload().await?;
        Ok(index)
    }

    /// Removes the collection with everything in it, for a rebuild.
    ///
    /// # Errors
    /// When the server does not answer or refuses.
    pub async fn drop_collection(self) -> Result<(), Error> {
        self.client.delete_collection(self.collection.clone()).await.map_err(|error| self.failed(error))?;
        Ok(())
    }

    async fn check_collection(&self) -> Result<(), Error> {
        let info = self.client.collection_info(self.collection.as_str()).await.map_err(|error| self.failed(error))?;
        let vectors = info.result.and_then(|info| info.config?.params?.vectors_config?.config);
        let Some(vectors_config::Config::Params(VectorParams { size, distance, .. })) = vectors else {
            return Err(Error::corrupt(NAME, format!("collection {} has named vectors", self.collection)));
        };
        if size == self.dimensions as u64 && distance == Distance::Cosine as i32 {
            return Ok(());
        }
        let reason =
            format!("collection {} holds vectors of {size} components, not {}", self.collection, self.dimensions);
        Err(Error::corrupt(NAME, reason))
    }

    /// Making an index that exists is a no-op on the server.
    async fn index_payload(&self) -> Result<(), Error> {
        let keywords = payload::KEYWORDS.map(|name| (name, FieldType::Keyword));
        let days = payload::DAYS.map(|name| (name, FieldType::Integer));
        for (name, kind) in keywords.into_iter().chain(days) {
            let create = CreateFieldIndexCollectionBuilder::new(self.collection.as_str(), name, kind).wait(true);
            self.client.create_field_index(create).await.map_err(|error| self.failed(error))?;
        }
        Ok(())
    }

    fn failed(&self, error: QdrantError) -> Error {
        match &error {
            QdrantError::ResponseError { status } if status.message().contains("No space left") => Error::StorageFull,
            QdrantError::ResponseError { .. } | QdrantError::ConversionError(_) => Error::index(NAME, error),
            _ => unreachable(&self.url, &error),
        }
    }
}

#[async_trait]
impl VectorIndex for QdrantIndex {
    async fn upsert(&self, entries: &[IndexEntry]) -> Result<(), Error> {
        let mut points = Vec::new();
        for entry in entries {
            let Some(vector) = &entry.vector else { continue };
            check(self.dimensions, vector)?;
            let payload = Payload::try_from(payload::payload(entry)).map_err(|error| Error::index(NAME, error))?;
            points.push(PointStruct::new(point_id(entry.chunk.id), vector.clone(), payload));
        }
        for batch in points.chunks(BATCH) {
            let upsert = UpsertPointsBuilder::new(self.collection.as_str(), batch).wait(true);
            self.client.upsert_points(upsert).await.map_err(|error| self.failed(error))?;
        }
        Ok(())
    }

    async fn delete(&self, chunks: &[ChunkId]) -> Result<(), Error> {
        for batch in chunks.chunks(BATCH) {
            let ids = PointsIdsList { ids: batch.iter().map(|chunk| point_id(*chunk)).collect() };
            let delete = DeletePointsBuilder::new(self.collection.as_str()).points(ids).wait(true);
            self.client.delete_points(delete).await.map_err(|error| self.failed(error))?;
        }
        Ok(())
    }

    async fn search(&self, vector: &[f32], filter: &Filter, limit: usize) -> Result<Vec<Hit>, Error> {
        check(self.dimensions, vector)?;
        if limit == 0 || filter.grants.is_empty() {
            return Ok(Vec::new());
        }
        let query = QueryPointsBuilder::new(self.collection.as_str())
            .query(vector.to_vec())
            .filter(conditions(filter))
            .limit(limit as u64)
            .with_payload(false);
        let found = self.client.query(query).await.map_err(|error| self.failed(error))?;
        let mut hits: Vec<Hit> = found
            .result
            .into_iter()
            .filter_map(|point| match point.id?.point_id_options? {
                PointIdOptions::Uuid(text) => {
                    Some(Hit { chunk: Id::from_uuid(Uuid::try_parse(&text).ok()?), score: point.score })
                }
                PointIdOptions::Num(_) => None,
            })
            .collect();
        sort_hits(&mut hits);
        Ok(hits)
    }

    /// Every write already waited for the server's log.
    async fn flush(&self) -> Result<(), Error> {
        Ok(())
    }

    async fn clear(&self) -> Result<(), Error> {
        // An empty filter matches every point.
        let all = DeletePointsBuilder::new(self.collection.as_str())
            .points(qdrant_client::qdrant::Filter::default())
            .wait(true);
        self.client.delete_points(all).await.map_err(|error| self.failed(error))?;
        Ok(())
    }

    async fn count(&self) -> Result<u64, Error> {
        let count = CountPointsBuilder::new(self.collection.as_str()).exact(true);
        let found = self.client.count(count).await.map_err(|error| self.failed(error))?;
        Ok(found.result.map_or(0, |result| result.count))
    }
}

/// The same conditions as [`payload::filter`], in the client's types.
fn conditions(filter: &Filter) -> qdrant_client::qdrant::Filter {
    let grants: Vec<String> = filter.grants.iter().map(|grant| grant.as_str().to_owned()).collect();
    let mut must = vec![
        Condition::matches(payload::TENANT, filter.tenant.as_str().to_owned()),
        Condition::matches(payload::GRANTS, grants),
    ];
    if !filter.collections.is_empty() {
        let names: Vec<String> = filter.collections.iter().map(|name| name.as_str().to_owned()).collect();
        must.push(Condition::matches(payload::COLLECTION, names));
    }
    if let Some(as_of) = filter.as_of {
        #[expect(clippy::cast_precision_loss, reason = "days are far below 2^52")]
        let day = payload::day(as_of) as f64;
        must.push(Condition::range(payload::FROM, Range { lte: Some(day), ..Range::default() }));
        must.push(Condition::range(payload::UNTIL, Range { gte: Some(day), ..Range::default() }));
    }
    qdrant_client::qdrant::Filter::must(must)
}

fn point_id(chunk: ChunkId) -> PointId {
    chunk.uuid().to_string().into()
}

fn unreachable(url: &str, error: &QdrantError) -> Error {
    Error::Unreachable { url: url.to_owned(), reason: error.to_string() }
}
