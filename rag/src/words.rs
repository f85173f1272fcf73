//! BM25 (Robertson and Zaragoza 2009, k1 = 1.2, b = 0.75) over analysed words, in tantivy.
//!
//! Every chunk is indexed in the fields of its own language. A search asks each language on its own, with that language's
//! statistics, as if each had an index of its own: a term's rarity does not depend on how many documents of other
//! languages stand beside.

mod schema;

use std::{
    collections::HashSet,
    fs,
    ops::Bound,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use models::{ChunkId, Id, Language};
use tantivy::{
    DocAddress, Index, IndexReader, IndexWriter, ReloadPolicy, Searcher, TantivyError, Term,
    collector::TopDocs,
    query::{
        Bm25StatisticsProvider, BooleanQuery, BoostQuery, ConstScoreQuery, Occur, Query, RangeQuery, TermQuery,
        TermSetQuery,
    },
    schema::{Field, IndexRecordOption},
};
use uuid::Uuid;

use self::schema::{Fields, FieldsOf};
use crate::{
    Error, Filter, Hit, IndexEntry, Weighed, WeighedTerm, WordIndex, analysis, edge::blocking, index::sort_hits,
    payload,
};

const NAME: &str = "word";
/// Raised whenever the schema or the analysis changes, so that an older folder is rebuilt.
const FORMAT: &str = "1";
const MARKER: &str = "guichet-format";
/// Bytes that the writer may hold before it makes a segment.
const WRITER_MEMORY: usize = 48 << 20;
/// Terms of one query; what is beyond adds time, not meaning.
const LONGEST_QUERY: usize = 64;
/// What BM25 gives a term of rarity 1 at most: k1 + 1.
pub(crate) const SATURATION: f32 = 2.2;

const TITLE_BOOST: f32 = 1.0;
const HEADINGS_BOOST: f32 = 0.5;
/// Of documents in another language than the question's: names and numbers are the same in both.
const OTHER_LANGUAGE: f32 = 0.7;

/// A tantivy index in a folder of its own.
pub struct TantivyIndex {
    inner: Arc<Inner>,
}

struct Inner {
    index: Index,
    reader: IndexReader,
    fields: Fields,
    /// Made at the first write: it locks the folder and takes memory.
    writer: Mutex<Option<IndexWriter>>,
}

impl TantivyIndex {
    /// Opens the index, or makes an empty one where the folder is missing or empty.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when the folder holds something else, or a file is damaged: wipe it and rebuild.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        fs::create_dir_all(folder).map_err(io)?;
        let empty = fs::read_dir(folder).map_err(io)?.next().is_none();
        let (schema, fields) = schema::build();
        let index = if empty {
            let index = Index::create_in_dir(folder, schema).map_err(engine)?;
            fs::write(folder.join(MARKER), FORMAT).map_err(io)?;
            index
        } else {
            let found = fs::read_to_string(folder.join(MARKER)).map_err(|error| Error::corrupt(NAME, error))?;
            if found != FORMAT {
                return Err(Error::corrupt(NAME, format!("it has format {found:?} where {FORMAT} is wanted")));
            }
            let index = Index::open_in_dir(folder).map_err(|error| Error::corrupt(NAME, error))?;
            if index.schema() != schema {
                return Err(Error::corrupt(NAME, "it has other fields"));
            }
            let damaged = index.validate_checksum().map_err(|error| Error::corrupt(NAME, error))?;
            if let Some(file) = damaged.iter().min() {
                return Err(Error::corrupt(NAME, format!("{} is damaged", file.display())));
            }
            index
        };
        let reader = index
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .try_into()
            .map_err(|error| Error::corrupt(NAME, error))?;
        Ok(Self { inner: Arc::new(Inner { index, reader, fields, writer: Mutex::new(None) }) })
    }

    async fn with_writer(
        &self,
        work: impl FnOnce(&Inner, &mut IndexWriter) -> Result<(), Error> + Send + 'static,
    ) -> Result<(), Error> {
        let inner = Arc::clone(&self.inner);
        blocking(move || {
            let mut slot = inner.writer.lock().unwrap_or_else(PoisonError::into_inner);
            let mut writer = match slot.take() {
                Some(writer) => writer,
                // One thread: the order of segments, and with it of equal scores, is then always the same.
                None => inner.index.writer_with_num_threads(1, WRITER_MEMORY).map_err(engine)?,
            };
            // A writer that failed is dropped, and its uncommitted work with it; the caller writes again.
            work(&inner, &mut writer)?;
            *slot = Some(writer);
            Ok(())
        })
        .await
    }
}

#[async_trait]
impl WordIndex for TantivyIndex {
    async fn upsert(&self, entries: &[IndexEntry]) -> Result<(), Error> {
        let entries = entries.to_vec();
        self.with_writer(move |inner, writer| {
            for entry in &entries {
                writer.delete_term(inner.fields.id_term(entry.chunk.id));
                writer.add_document(inner.fields.document(entry)).map_err(engine)?;
            }
            Ok(())
        })
        .await
    }

    async fn delete(&self, chunks: &[ChunkId]) -> Result<(), Error> {
        let chunks = chunks.to_vec();
        self.with_writer(move |inner, writer| {
            for chunk in chunks {
                writer.delete_term(inner.fields.id_term(chunk));
            }
            Ok(())
        })
        .await
    }

    async fn search(&self, query: &str, language: Language, filter: &Filter, limit: usize) -> Result<Vec<Hit>, Error> {
        if limit == 0 || filter.grants.is_empty() {
            return Ok(Vec::new());
        }
        let (inner, query, filter) = (Arc::clone(&self.inner), query.to_owned(), filter.clone());
        blocking(move || inner.search(&query, language, &filter, limit).map_err(engine)).await
    }

    async fn weigh(&self, query: &str, asked: Language, language: Language) -> Result<Weighed, Error> {
        let (inner, query) = (Arc::clone(&self.inner), query.to_owned());
        blocking(move || inner.weigh(&query, asked, language).map_err(engine)).await
    }

    async fn flush(&self) -> Result<(), Error> {
        self.with_writer(|inner, writer| {
            writer.commit().map_err(engine)?;
            inner.reader.reload().map_err(engine)
        })
        .await
    }

    async fn clear(&self) -> Result<(), Error> {
        self.with_writer(|_, writer| writer.delete_all_documents().map(drop).map_err(engine)).await
    }

    async fn count(&self) -> Result<u64, Error> {
        Ok(self.inner.reader.searcher().num_docs())
    }
}

impl Inner {
    fn search(&self, query: &str, asked: Language, filter: &Filter, limit: usize) -> Result<Vec<Hit>, TantivyError> {
        let searcher = self.reader.searcher();
        let mut hits = Vec::new();
        for language in Language::ALL {
            let statistics = Statistics::new(&searcher, &self.fields, language)?;
            let terms = query_terms(query, asked, language);
            if statistics.documents == 0 || terms.is_empty() {
                continue;
            }
            let boost = if language == asked { 1.0 } else { OTHER_LANGUAGE };
            let query = self.query(self.fields.of(language), &terms, boost, filter);
            let collector = TopDocs::with_limit(limit).order_by_score();
            for (score, address) in searcher.search_with_statistics_provider(&query, &collector, &statistics)? {
                hits.push(Hit { chunk: chunk_at(&searcher, address)?, score });
            }
        }
        sort_hits(&mut hits);
        hits.truncate(limit);
        Ok(hits)
    }

    fn query(&self, fields: FieldsOf, terms: &[String], boost: f32, filter: &Filter) -> BooleanQuery {
        let boosts = [(fields.text, 1.0), (fields.title, TITLE_BOOST), (fields.headings, HEADINGS_BOOST)];
        let words = terms.iter().flat_map(|term| {
            boosts.map(|(field, weight)| {
                let term = TermQuery::new(Term::from_field_text(field, term), IndexRecordOption::WithFreqs);
                (Occur::Should, Box::new(BoostQuery::new(Box::new(term), weight * boost)) as Box<dyn Query>)
            })
        });
        let mut must: Vec<Box<dyn Query>> = vec![Box::new(BooleanQuery::new(words.collect()))];
        must.extend(self.filters(filter).into_iter().map(|query| {
            let silent: Box<dyn Query> = Box::new(ConstScoreQuery::new(query, 0.0));
            silent
        }));
        BooleanQuery::intersection(must)
    }

    fn filters(&self, filter: &Filter) -> Vec<Box<dyn Query>> {
        let fields = &self.fields;
        let text = |field: Field, text: &str| Term::from_field_text(field, text);
        let tenant = text(fields.tenant, filter.tenant.as_str());
        let grants = filter.grants.iter().map(|grant| text(fields.grants, grant.as_str()));
        let mut filters: Vec<Box<dyn Query>> =
            vec![Box::new(TermQuery::new(tenant, IndexRecordOption::Basic)), Box::new(TermSetQuery::new(grants))];
        if !filter.collections.is_empty() {
            let names = filter.collections.iter().map(|name| text(fields.collection, name.as_str()));
            filters.push(Box::new(TermSetQuery::new(names)));
        }
        if let Some(as_of) = filter.as_of {
            let day = |field| Bound::Included(Term::from_field_i64(field, payload::day(as_of)));
            filters.push(Box::new(RangeQuery::new(Bound::Unbounded, day(fields.from))));
            filters.push(Box::new(RangeQuery::new(day(fields.until), Bound::Unbounded)));
        }
        filters
    }

    fn weigh(&self, query: &str, asked: Language, language: Language) -> Result<Weighed, TantivyError> {
        let searcher = self.reader.searcher();
        let documents = Statistics::new(&searcher, &self.fields, language)?.documents;
        let fields = self.fields.of(language);
        let weigh = |term: String| {
            let mut found = 0;
            for field in [fields.text, fields.title, fields.headings] {
                found = found.max(searcher.doc_freq(&Term::from_field_text(field, &term))?);
            }
            Ok(WeighedTerm { idf: idf(found, documents), found, term })
        };
        let terms = query_terms(query, asked, language).into_iter().map(weigh).collect::<Result<_, TantivyError>>()?;
        Ok(Weighed { documents, terms })
    }
}

/// Each term once, and no more than make sense.
fn query_terms(query: &str, asked: Language, language: Language) -> Vec<String> {
    let mut seen = HashSet::new();
    let mut terms = analysis::query_terms(query, asked, language);
    terms.retain(|term| seen.insert(term.clone()));
    terms.truncate(LONGEST_QUERY);
    terms
}

/// The usual BM25 weight of a term that stands in `found` of `documents` chunks.
#[expect(clippy::cast_precision_loss, reason = "counts of chunks are far below 2^24 where it would matter")]
pub(crate) fn idf(found: u64, documents: u64) -> f32 {
    let rest = documents.saturating_sub(found) as f32;
    (1.0 + (rest + 0.5) / (found as f32 + 0.5)).ln()
}

/// The statistics of one language's chunks, as if there were no others.
struct Statistics<'a> {
    searcher: &'a Searcher,
    documents: u64,
}

impl<'a> Statistics<'a> {
    fn new(searcher: &'a Searcher, fields: &Fields, language: Language) -> Result<Self, TantivyError> {
        let documents = searcher.doc_freq(&Term::from_field_text(fields.language, language.code()))?;
        Ok(Self { searcher, documents })
    }
}

impl Bm25StatisticsProvider for Statistics<'_> {
    fn total_num_tokens(&self, field: Field) -> tantivy::Result<u64> {
        self.searcher.total_num_tokens(field)
    }

    fn total_num_docs(&self) -> tantivy::Result<u64> {
        Ok(self.documents)
    }

    fn doc_freq(&self, term: &Term) -> tantivy::Result<u64> {
        // tantivy panics when a term is in more documents than there are.
        Ok(self.searcher.doc_freq(term)?.min(self.documents))
    }
}

fn chunk_at(searcher: &Searcher, address: DocAddress) -> Result<ChunkId, TantivyError> {
    let columns = searcher.segment_reader(address.segment_ord).fast_fields();
    let high = columns.u64(schema::ID_HIGH)?.first(address.doc_id).unwrap_or_default();
    let low = columns.u64(schema::ID_LOW)?.first(address.doc_id).unwrap_or_default();
    Ok(Id::from_uuid(Uuid::from_u64_pair(high, low)))
}

fn engine(error: TantivyError) -> Error {
    match &error {
        TantivyError::IoError(io) if io.kind() == std::io::ErrorKind::StorageFull => Error::StorageFull,
        TantivyError::DataCorruption(_) | TantivyError::OpenReadError(_) => Error::corrupt(NAME, error),
        _ if error.to_string().contains("No space left on device") => Error::StorageFull,
        _ => Error::index(NAME, error),
    }
}

fn io(error: std::io::Error) -> Error {
    if error.kind() == std::io::ErrorKind::StorageFull { Error::StorageFull } else { Error::index(NAME, error) }
}
