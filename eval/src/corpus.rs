//! A test set's documents, made searchable by the product's own parts.

use std::{collections::HashMap, path::Path};

use ingest::chunk::{Chunker, Heading, Size};
use models::{
    Audience, Block, BlockKind, Chunk, ChunkId, Collection, Content, DocumentId, Format, Language, TenantId, Validity,
};
use rag::{IndexEntry, Indexes, Retriever};
use store::{NewDocument, NewVersion, Store};

use crate::{Error, Parts, beir::SetDocument, parts};

/// Documents that can be searched. A document's origin is its id in the set.
pub struct Corpus {
    pub store: Store,
    pub indexes: Indexes,
    pub retriever: Retriever,
    /// The document that each chunk is of.
    pub origins: HashMap<ChunkId, String>,
    pub documents: usize,
    pub chunks: usize,
}

/// One document on its way in.
struct Draft<'a> {
    from: &'a SetDocument,
    id: DocumentId,
    version: u32,
    title: String,
    language: Language,
    collection: Collection,
    content: Content,
    chunks: Vec<Chunk>,
}

impl Corpus {
    /// Chunks, embeds, stores and indexes `documents` in an empty folder.
    ///
    /// # Errors
    /// When the store, an index or the embedder fails.
    pub async fn build(name: &str, documents: &[&SetDocument], folder: &Path, parts: &Parts) -> Result<Self, Error> {
        let store = Store::open(folder).await?;
        let drafts = drafts(documents, &store, parts).await?;
        let dimensions = parts.embedder.as_ref().map(|embedder| embedder.info().dimensions);
        let indexes = (parts.indexes)(folder, dimensions)?;
        let texts: Vec<String> = drafts
            .iter()
            .flat_map(|draft| draft.chunks.iter().map(|chunk| chunk.embedded_text(&draft.title)))
            .collect();
        let vectors = parts.embed(&format!("{name}: embedding"), &texts).await?;
        let mut vectors = vectors.map(Vec::into_iter);
        let mut published = Vec::with_capacity(drafts.len());
        for drafts in drafts.chunks(64) {
            let mut entries = Vec::new();
            for chunk in drafts.iter().flat_map(|draft| draft.chunks.iter().map(move |chunk| (draft, chunk))) {
                entries.push(entry(chunk.0, chunk.1, vectors.as_mut().and_then(Iterator::next)));
            }
            let audience = Audience::default();
            let versions: Vec<NewVersion<'_>> = drafts.iter().map(|draft| draft.version(&audience)).collect();
            store.save_versions(&versions).await?;
            indexes.upsert(&entries).await?;
            published.extend(drafts.iter().map(|draft| (draft.id, draft.version)));
        }
        indexes.commit().await?;
        store.publish(&published, parts.clock.as_ref()).await?;
        let retriever = parts.retriever(&store, &indexes);
        let origin = |draft: &Draft<'_>| {
            let id = draft.from.id.clone();
            draft.chunks.iter().map(move |chunk| (chunk.id, id.clone())).collect::<Vec<_>>()
        };
        let origins = drafts.iter().flat_map(origin).collect();
        Ok(Self { store, indexes, retriever, origins, documents: drafts.len(), chunks: texts.len() })
    }
}

/// Where the documents of one site stand: `ticketmaster.com` on `ticketmaster-com`.
#[must_use]
pub fn shelf(site: Option<&str>) -> Collection {
    let allowed = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let name: String = site.unwrap_or_default().chars().map(allowed).take(64).collect();
    name.parse().unwrap_or_default()
}

async fn drafts<'a>(documents: &[&'a SetDocument], store: &Store, parts: &Parts) -> Result<Vec<Draft<'a>>, Error> {
    let mut new = Vec::with_capacity(documents.len());
    for document in documents {
        let blob = store.put_blob(document.text.as_bytes()).await?;
        new.push(NewDocument {
            tenant: TenantId::default(),
            collection: shelf(document.metadata.site.as_deref()),
            origin: document.id.clone(),
            title: document.title.clone(),
            format: Format::Text,
            audience: Audience::default(),
            validity: Validity::default(),
            date: None,
            bytes: document.text.len() as u64,
            content_hash: blob.clone(),
            blob,
            supersedes: None,
            metadata: String::new(),
        });
    }
    store.register_all(new, parts.clock.as_ref()).await?;
    let by_id: HashMap<&str, &'a SetDocument> = documents.iter().map(|it| (it.id.as_str(), *it)).collect();
    let size = parts
        .embedder
        .as_ref()
        .map_or_else(Size::characters, |embedder| Size::tokens(embedder.tokenizer(), embedder.info().max_tokens));
    let chunker = Chunker::new(size);
    let limit = u32::try_from(documents.len()).unwrap_or(u32::MAX);
    let claims = store.claim(limit, parts.clock.as_ref()).await?;
    let draft = |claim: store::Claim| {
        let from = by_id.get(claim.document.origin.as_str())?;
        let title = chunker.title(&from.title);
        let language = parts::language(&from.title, &from.text);
        let content = content(&from.text);
        let heading = Heading { document: claim.document.id, version: claim.version, title: &title, language };
        let chunks = chunker.chunk(&heading, &content);
        let collection = claim.document.collection;
        Some(Draft {
            from,
            id: claim.document.id,
            version: claim.version,
            title,
            language,
            collection,
            content,
            chunks,
        })
    };
    Ok(claims.into_iter().filter_map(draft).collect())
}

/// One paragraph per line, white space made single.
fn content(text: &str) -> Content {
    let tidy = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let blocks = text.lines().map(tidy).filter(|line| !line.is_empty());
    Content { blocks: blocks.map(|text| Block { kind: BlockKind::Paragraph, text, page: None }).collect() }
}

fn entry(draft: &Draft<'_>, chunk: &Chunk, vector: Option<Vec<f32>>) -> IndexEntry {
    IndexEntry {
        chunk: chunk.clone(),
        title: draft.title.clone(),
        tenant: TenantId::default(),
        collection: draft.collection.clone(),
        audience: Audience::default(),
        validity: Validity::default(),
        vector,
    }
}

impl Draft<'_> {
    fn version<'s>(&'s self, audience: &'s Audience) -> NewVersion<'s> {
        const ALWAYS: &Validity = &Validity { from: None, until: None, superseded_by: None };
        NewVersion {
            document: self.id,
            version: self.version,
            title: &self.from.title,
            language: self.language,
            collection: &self.collection,
            audience,
            validity: ALWAYS,
            date: None,
            pages: None,
            supersedes: None,
            note: None,
            content: &self.content,
            chunks: &self.chunks,
            vectors: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sites_become_collections() {
        assert_eq!(shelf(Some("Ticketmaster.com")).as_str(), "ticketmaster-com");
        assert_eq!(shelf(None), Collection::default());
    }

    #[test]
    fn lines_become_paragraphs() {
        let content = content("  One  line\n\n\tand\u{a0}another ");
        let texts: Vec<&str> = content.blocks.iter().map(|block| block.text.as_str()).collect();
        assert_eq!(texts, ["One line", "and another"]);
    }
}
