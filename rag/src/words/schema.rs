//! The fields of a chunk in the word index.

use models::{ChunkId, Language};
use tantivy::{
    TantivyDocument, Term,
    schema::{FAST, Field, INDEXED, IndexRecordOption, NumericOptions, STRING, Schema, TextFieldIndexing, TextOptions},
};

use crate::{IndexEntry, analysis, payload};

pub(super) const ID_HIGH: &str = "id_high";
pub(super) const ID_LOW: &str = "id_low";

/// One language's analysed words.
#[derive(Debug, Clone, Copy)]
pub(super) struct FieldsOf {
    pub text: Field,
    pub title: Field,
    pub headings: Field,
}

#[derive(Debug, Clone)]
pub(super) struct Fields {
    id: Field,
    id_high: Field,
    id_low: Field,
    pub tenant: Field,
    pub grants: Field,
    pub collection: Field,
    pub from: Field,
    pub until: Field,
    pub language: Field,
    words: [FieldsOf; 3],
}

pub(super) fn build() -> (Schema, Fields) {
    let mut schema = Schema::builder();
    // The words come already analysed, joined by spaces.
    let indexing = TextFieldIndexing::default()
        .set_tokenizer("whitespace")
        .set_index_option(IndexRecordOption::WithFreqs)
        .set_fieldnorms(true);
    let analysed = TextOptions::default().set_indexing_options(indexing);
    let number: NumericOptions = FAST.into();
    let day: NumericOptions = (FAST | INDEXED).into();
    let words = Language::ALL.map(|language| {
        let mut field = |name: &str| schema.add_text_field(&format!("{name}_{}", language.code()), analysed.clone());
        FieldsOf { text: field("text"), title: field("title"), headings: field("headings") }
    });
    let fields = Fields {
        id: schema.add_text_field("id", STRING),
        id_high: schema.add_u64_field(ID_HIGH, number.clone()),
        id_low: schema.add_u64_field(ID_LOW, number),
        tenant: schema.add_text_field(payload::TENANT, STRING),
        grants: schema.add_text_field(payload::GRANTS, STRING),
        collection: schema.add_text_field(payload::COLLECTION, STRING),
        from: schema.add_i64_field(payload::FROM, day.clone()),
        until: schema.add_i64_field(payload::UNTIL, day),
        language: schema.add_text_field("language", STRING),
        words,
    };
    (schema.build(), fields)
}

impl Fields {
    pub fn of(&self, language: Language) -> FieldsOf {
        self.words[match language {
            Language::Fr => 0,
            Language::En => 1,
            Language::Other => 2,
        }]
    }

    pub fn id_term(&self, chunk: ChunkId) -> Term {
        Term::from_field_text(self.id, &chunk.uuid().simple().to_string())
    }

    pub fn document(&self, entry: &IndexEntry) -> TantivyDocument {
        let chunk = &entry.chunk;
        let analysed = |text: &str| analysis::terms(text, chunk.language).join(" ");
        let words = self.of(chunk.language);
        let (from, until) = payload::days(&entry.validity);
        let (high, low) = chunk.id.uuid().as_u64_pair();
        let mut document = TantivyDocument::default();
        document.add_text(self.id, chunk.id.uuid().simple().to_string());
        document.add_u64(self.id_high, high);
        document.add_u64(self.id_low, low);
        document.add_text(self.tenant, entry.tenant.as_str());
        for grant in entry.audience.grants() {
            document.add_text(self.grants, grant.as_str());
        }
        document.add_text(self.collection, entry.collection.as_str());
        document.add_i64(self.from, from);
        document.add_i64(self.until, until);
        document.add_text(self.language, chunk.language.code());
        document.add_text(words.text, analysed(&chunk.text));
        document.add_text(words.title, analysed(&entry.title));
        document.add_text(words.headings, analysed(&chunk.headings.join(" ")));
        document
    }
}
