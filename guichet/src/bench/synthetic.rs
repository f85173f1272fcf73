//! Many chunks made of few: real passages' vectors with noise, and their words with strangers among them. The seed
//! decides everything, so that peers can be given the same.

use std::path::Path;

use inference::{EmbedService, TextKind};
use models::{
    Audience, Block, BlockKind, Chunk, ChunkId, ChunkKind, Collection, Content, DocumentId, Format, Language, Span,
    SystemClock, TenantId, Validity,
};
use rag::{IndexEntry, Indexes};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use store::{NewDocument, NewVersion, Store};

use super::{Bench, texts};
use crate::{failure::Outcome, wiring};

/// Real passages that the others are made of.
const BASES: usize = 400;
const CHUNKS_PER_DOCUMENT: usize = 50;
/// Documents written in one transaction.
const BATCH: usize = 40;
/// Length of the noise on a vector of length 1: two children of one passage have a cosine of about 0.75.
const NOISE: f32 = 0.6;
/// One word in so many is replaced by a made-up one.
const STRANGERS: u32 = 5;

/// A searchable data folder, and what is in it.
pub struct Synthetic {
    pub texts: Vec<String>,
    /// Empty without an embedder.
    pub vectors: Vec<(ChunkId, Vec<f32>)>,
    pub indexes: Indexes,
    pub store: Store,
}

/// Fills an empty data folder with `count` chunks.
pub async fn fill(bench: &Bench<'_>, data: &Path, count: usize, embedder: Option<&EmbedService>) -> Outcome<Synthetic> {
    let config = bench.config_in(data.to_owned());
    let bases = texts::passages(bench, BASES)?;
    let vectors = match embedder {
        Some(embedder) => Some(embedder.embed(bases.clone(), TextKind::Passage).await?),
        None => None,
    };
    let store = Store::open(data).await?;
    let indexes = wiring::open_indexes(&config, embedder.map(|embedder| embedder.info().dimensions)).await?;
    let mut synthetic = Synthetic { texts: Vec::new(), vectors: Vec::new(), indexes, store };
    let mut rng = StdRng::seed_from_u64(bench.seed);
    let progress = super::progress();
    let model = embedder.map(|embedder| embedder.info().id.clone());
    let mut number = 0;
    while synthetic.texts.len() < count {
        let mut drafts = Vec::with_capacity(BATCH);
        let mut made = synthetic.texts.len();
        while drafts.len() < BATCH && made < count {
            let size = CHUNKS_PER_DOCUMENT.min(count - made);
            drafts.push(Draft::new(number, size, &bases, vectors.as_deref(), &mut rng));
            (number, made) = (number + 1, made + size);
        }
        synthetic.write(drafts, model.as_deref()).await?;
        progress("writing chunks", synthetic.texts.len(), count);
    }
    synthetic.indexes.commit().await?;
    Ok(synthetic)
}

/// One document before it is registered.
struct Draft {
    origin: String,
    texts: Vec<String>,
    vectors: Vec<Vec<f32>>,
}

impl Draft {
    fn new(number: usize, size: usize, bases: &[String], vectors: Option<&[Vec<f32>]>, rng: &mut StdRng) -> Self {
        let mut draft = Self { origin: format!("synthetic/{number}"), texts: Vec::new(), vectors: Vec::new() };
        for _ in 0..size {
            let base = rng.random_range(0..bases.len());
            draft.texts.push(strange(&bases[base], rng));
            draft.vectors.extend(vectors.map(|vectors| noisy(&vectors[base], rng)));
        }
        draft
    }

    fn content(&self) -> Content {
        let block = |text: &String| Block { kind: BlockKind::Paragraph, text: text.clone(), page: None };
        Content { blocks: self.texts.iter().map(block).collect() }
    }

    fn chunks(document: DocumentId, version: u32, content: &Content) -> Vec<Chunk> {
        let chunk = |(ordinal, (block, span)): (usize, (&Block, Span))| {
            let ordinal = u32::try_from(ordinal).unwrap_or(u32::MAX);
            Chunk {
                id: ChunkId::of(document, version, ordinal),
                document,
                version,
                ordinal,
                kind: ChunkKind::Text,
                language: Language::Fr,
                headings: Vec::new(),
                text: block.text.clone(),
                span,
                page: None,
            }
        };
        content.spans().enumerate().map(chunk).collect()
    }
}

impl Synthetic {
    async fn write(&mut self, drafts: Vec<Draft>, model: Option<&str>) -> Outcome {
        let (tenant, audience, validity) = (TenantId::default(), Audience::default(), Validity::default());
        let collection = Collection::default();
        // What was uploaded is not what is measured: one file stands for all.
        let blob = self.store.put_blob(b"synthetic").await?;
        let new = drafts.iter().map(|draft| NewDocument {
            tenant: tenant.clone(),
            collection: collection.clone(),
            origin: draft.origin.clone(),
            title: draft.origin.clone(),
            format: Format::Text,
            audience: audience.clone(),
            validity: validity.clone(),
            date: None,
            bytes: 9,
            content_hash: draft.origin.clone(),
            blob: blob.clone(),
            supersedes: None,
            metadata: String::new(),
        });
        self.store.register_all(new.collect(), &SystemClock).await?;
        let claims = self.store.claim(u32::try_from(drafts.len()).unwrap_or(u32::MAX), &SystemClock).await?;
        let mut written = Vec::with_capacity(claims.len());
        for claim in &claims {
            let Some(draft) = drafts.iter().find(|draft| draft.origin == claim.document.origin) else { continue };
            let content = draft.content();
            let chunks = Draft::chunks(claim.document.id, claim.version, &content);
            written.push((draft, claim, content, chunks));
        }
        let versions: Vec<NewVersion<'_>> = written
            .iter()
            .map(|(draft, claim, content, chunks)| NewVersion {
                document: claim.document.id,
                version: claim.version,
                title: &draft.origin,
                language: Language::Fr,
                collection: &collection,
                audience: &audience,
                validity: &validity,
                date: None,
                pages: None,
                supersedes: None,
                note: None,
                content,
                chunks,
                vectors: model.map(|model| (model, draft.vectors.as_slice())),
            })
            .collect();
        self.store.save_versions(&versions).await?;
        let mut entries = Vec::new();
        for (draft, _, _, chunks) in &written {
            let mut vectors = draft.vectors.iter();
            for chunk in chunks {
                let vector = vectors.next().cloned();
                self.texts.push(chunk.text.clone());
                self.vectors.extend(vector.clone().map(|vector| (chunk.id, vector)));
                entries.push(IndexEntry {
                    chunk: chunk.clone(),
                    title: draft.origin.clone(),
                    tenant: tenant.clone(),
                    collection: collection.clone(),
                    audience: audience.clone(),
                    validity: validity.clone(),
                    vector,
                });
            }
        }
        self.indexes.upsert(&entries).await?;
        let published: Vec<_> = claims.iter().map(|claim| (claim.document.id, claim.version)).collect();
        self.store.publish(&published, &SystemClock).await?;
        Ok(())
    }

    /// The `limit` nearest chunks, by comparing with every vector.
    pub fn exact(&self, query: &[f32], limit: usize) -> Vec<ChunkId> {
        let cosine = |vector: &[f32]| vector.iter().zip(query).map(|(a, b)| a * b).sum::<f32>();
        let mut scored: Vec<(f32, ChunkId)> = self.vectors.iter().map(|(id, vector)| (cosine(vector), *id)).collect();
        scored.sort_by(|a, b| b.0.total_cmp(&a.0));
        scored.into_iter().take(limit).map(|(_, id)| id).collect()
    }
}

/// Some words replaced, so that the word index holds many and rare ones, as a real one does.
fn strange(text: &str, rng: &mut StdRng) -> String {
    let word = |word: &str| {
        if rng.random_range(0..STRANGERS) > 0 {
            return word.to_owned();
        }
        // The square of an even draw: few words that are frequent, many that are rare.
        let rank = f64::from(rng.random_range(0..224_u32)) * rng.random_range(0.0..224.0);
        format!("mot{rank:.0}")
    };
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

/// The vector with Gaussian noise, at length 1.
fn noisy(vector: &[f32], rng: &mut StdRng) -> Vec<f32> {
    // The sum of twelve even draws is nearly Gaussian.
    let mut noise: Vec<f32> =
        vector.iter().map(|_| (0..12).map(|_| rng.random_range(-0.5..0.5)).sum::<f32>()).collect();
    inference::normalise(&mut noise);
    let mut sum: Vec<f32> = vector.iter().zip(&noise).map(|(a, b)| a + NOISE * b).collect();
    inference::normalise(&mut sum);
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_keeps_the_direction_and_the_seed_repeats_it() {
        let base = vec![1.0, 0.0, 0.0, 0.0];
        let draw = |seed| noisy(&base, &mut StdRng::seed_from_u64(seed));
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
        assert!(draw(7)[0] > 0.5);
        let text =
            strange("un deux trois quatre cinq six sept huit neuf dix onze douze", &mut StdRng::seed_from_u64(1));
        assert_eq!(text.split(' ').count(), 12);
    }
}
