//! `guichet ingest` is killed at random times, again and again. Whatever was searchable stays searchable, whole, in its
//! old or its new version; nothing is half there, nothing is there twice.
//!
//! `GUICHET_TEST_KILLS` sets how often (12), `GUICHET_TEST_SEED` when (1).

mod common;

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    fmt::Write as _,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    process::Stdio,
    thread,
    time::{Duration, Instant},
};

use common::Place;
use inference::scripted::ScriptedEmbedder;
use models::{Chunk, ChunkId, Document, Grant, Language, TenantId};
use rag::{Filter, VectorIndex as _, WordIndex as _, edge::EdgeIndex, words::TantivyIndex};
use serde_json::{Value, json};
use store::Store;

/// Documents at most, and those that are written before each run.
const DOCUMENTS: u64 = 120;
const WRITTEN: u64 = 40;
const DIMENSIONS: usize = 32;

#[test]
fn a_kill_loses_nothing_and_leaves_nothing_half_done() {
    let setting =
        |name: &str, default: u64| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default);
    let (kills, seed) = (setting("GUICHET_TEST_KILLS", 12), setting("GUICHET_TEST_SEED", 1));
    println!("GUICHET_TEST_KILLS={kills} GUICHET_TEST_SEED={seed}");
    let mut dice = Dice(seed);
    let mut school = School::new();
    school.write_some(&mut dice);
    let started = Instant::now();
    school.run(&["ingest", "school", "--json"]);
    let undisturbed = started.elapsed();
    let mut interrupted = 0;
    for kill in 0..kills {
        // There is always something to do: new documents, and new versions of old ones.
        school.write_some(&mut dice);
        let mut ingest = school.command(&["ingest", "school", "--json"]);
        let mut child = ingest.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("starts");
        let longest = u64::try_from(undisturbed.as_millis()).expect("short");
        thread::sleep(Duration::from_millis(dice.below(longest + 100)));
        interrupted += u64::from(child.try_wait().expect("a child").is_none());
        child.kill().expect("kills");
        child.wait().expect("ends");
        school.open();
        let searchable = school.check(&format!("kill {kill} of seed {seed}"));
        println!("kill {kill}: {searchable} of {} documents are searchable", school.written.len());
    }
    assert!(interrupted * 4 >= kills, "only {interrupted} of {kills} kills met a running ingest");

    let report = school.run(&["ingest", "school", "--json"]);
    let (indexed, unchanged) = (&report["documents"]["indexed"], &report["documents"]["unchanged"]);
    let sum = indexed.as_u64().expect("a count") + unchanged.as_u64().expect("a count");
    assert_eq!(sum, school.written.len() as u64, "{report}");
    assert_eq!(school.check("the end"), school.written.len());
    for (document, versions) in &school.written {
        assert_eq!(school.seen[document], versions.len() - 1, "{document} is searchable as it is now");
    }
    let again = school.run(&["ingest", "school", "--json"]);
    assert_eq!(again["documents"]["unchanged"], school.written.len(), "{again}");
}

/// A small repeatable source of numbers.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

struct School {
    place: Place,
    embeddings: String,
    /// By origin, the unique words of each version.
    written: BTreeMap<String, Vec<Vec<String>>>,
    /// By origin, the version that was searchable last.
    seen: HashMap<String, usize>,
}

impl School {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let embeddings = format!("http://{}/v1", listener.local_addr().expect("an address"));
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                thread::spawn(move || embed(&connection));
            }
        });
        Self { place: Place::new(), embeddings, written: BTreeMap::new(), seen: HashMap::new() }
    }

    fn write_some(&mut self, dice: &mut Dice) {
        for _ in 0..WRITTEN {
            let document = usize::try_from(dice.below(DOCUMENTS)).expect("small");
            self.write(document, dice);
        }
    }

    /// A new version of a document: a few sections, each with a word that stands nowhere else.
    fn write(&mut self, document: usize, dice: &mut Dice) {
        let origin = format!("school/{:02}/{document:03}.md", document % 7);
        let versions = self.written.entry(origin.clone()).or_default();
        let sections = usize::try_from(1 + dice.below(12)).expect("small");
        let words: Vec<String> = (0..sections).map(|section| unique(document, versions.len(), section)).collect();
        let mut text = format!("# Document {document}\n");
        for (section, word) in words.iter().enumerate() {
            let filler =
                "The rules of the school hold for everyone. ".repeat(usize::try_from(dice.below(30)).expect("small"));
            let _ = write!(text, "\n## Section {section}\n\nThe {word} must be kept in mind. {filler}\n");
        }
        self.place.file(&origin, &text);
        versions.push(words);
    }

    fn command(&self, args: &[&str]) -> std::process::Command {
        let mut command = self.place.command(args);
        command
            .env("GUICHET_EMBEDDER", "openai")
            .env("GUICHET_EMBEDDER_URL", &self.embeddings)
            .env("GUICHET_EMBEDDER_MODEL", "scripted");
        command
    }

    fn run(&self, args: &[&str]) -> Value {
        let output = self.command(args).output().expect("starts");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{args:?}: {errors}");
        serde_json::from_slice(&output.stdout).expect("JSON")
    }

    /// Any command mends what a kill has left.
    fn open(&self) {
        self.run(&["documents", "list", "--json"]);
    }

    /// Looks into the folder without the program. Returns how many documents are searchable.
    fn check(&mut self, when: &str) -> usize {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        runtime.expect("a runtime").block_on(self.look(when))
    }

    async fn look(&mut self, when: &str) -> usize {
        let data = self.place.path("data");
        let store = Store::open(&data).await.expect("opens");
        let words = TantivyIndex::open(&data.join("words")).expect("opens");
        let vectors = EdgeIndex::open(&data.join("vectors"), DIMENSIONS).expect("opens");
        let documents = searchable(&store).await;
        let total: usize = documents.values().map(|(_, chunks)| chunks.len()).sum();
        assert_eq!(words.count().await.expect("counts"), total as u64, "{when}: chunks in the word index");
        assert_eq!(vectors.count().await.expect("counts"), total as u64, "{when}: chunks in the vector index");
        for (origin, (document, chunks)) in &documents {
            assert_eq!(chunks.len(), document.chunks as usize, "{when}: {origin}");
            let version = self.version_of(origin, chunks).unwrap_or_else(|| panic!("{when}: {origin} is half there"));
            if let Some(before) = self.seen.insert(origin.clone(), version) {
                assert!(version >= before, "{when}: {origin} went back from version {before} to {version}");
            }
            find_words(&words, chunks, &self.written[origin], version, when).await;
            find_vectors(&vectors, document, chunks, when).await;
        }
        let lost: Vec<_> = self.seen.keys().filter(|origin| !documents.contains_key(*origin)).collect();
        assert!(lost.is_empty(), "{when}: {lost:?} were searchable and are gone");
        store.close().await;
        documents.len()
    }

    /// The version whose words, and no others, stand in these chunks, each once.
    fn version_of(&self, origin: &str, chunks: &[Chunk]) -> Option<usize> {
        let text: Vec<&str> = chunks.iter().flat_map(|chunk| chunk.text.split_whitespace()).collect();
        let found: Vec<&str> = text.into_iter().filter(|word| word.starts_with("zx")).collect();
        self.written[origin].iter().position(|words| *words == found)
    }
}

/// What the store gives to a search, by origin.
async fn searchable(store: &Store) -> BTreeMap<String, (Document, Vec<Chunk>)> {
    let mut documents: BTreeMap<String, (Document, Vec<Chunk>)> = BTreeMap::new();
    let (mut after, mut ids) = (None, HashSet::new());
    loop {
        let page = store.all_chunks(after, 500, None).await.expect("reads");
        let Some(last) = page.last() else { break };
        after = Some(last.chunk.id);
        for stored in page {
            assert!(ids.insert(stored.chunk.id), "no chunk twice");
            let entry = documents.entry(stored.document.origin.clone());
            entry.or_insert_with(|| (stored.document, Vec::new())).1.push(stored.chunk);
        }
    }
    for (_, chunks) in documents.values_mut() {
        chunks.sort_by_key(|chunk| chunk.ordinal);
        assert!((0..).zip(&*chunks).all(|(ordinal, chunk)| chunk.ordinal == ordinal), "no gap");
    }
    documents
}

fn everything() -> Filter {
    Filter { tenant: TenantId::default(), grants: vec![Grant::everyone()], collections: Vec::new(), as_of: None }
}

async fn find_words(index: &TantivyIndex, chunks: &[Chunk], written: &[Vec<String>], version: usize, when: &str) {
    for (number, words) in written.iter().enumerate() {
        for word in words {
            let hits = index.search(word, Language::En, &everything(), 5).await.expect("searches");
            let found: Vec<ChunkId> = hits.iter().map(|hit| hit.chunk).collect();
            let holds = |chunk: &&Chunk| number == version && chunk.text.split_whitespace().any(|it| it == word);
            let expected: Vec<ChunkId> = chunks.iter().filter(holds).map(|chunk| chunk.id).collect();
            assert_eq!(found, expected, "{when}: {word}, version {number} of {version}");
        }
    }
}

async fn find_vectors(index: &EdgeIndex, document: &Document, chunks: &[Chunk], when: &str) {
    let embedder = ScriptedEmbedder::new(DIMENSIONS);
    for chunk in chunks {
        let vector = embedder.vector(&chunk.embedded_text(&document.title));
        let hits = index.search(&vector, &everything(), 3).await.expect("searches");
        assert!(hits.iter().any(|hit| hit.chunk == chunk.id), "{when}: {} is not in the vector index", chunk.text);
    }
}

/// Letters only, and no ending that a stemmer would take off.
fn unique(document: usize, version: usize, section: usize) -> String {
    let digits = format!("{document:03}{version:03}{section:02}");
    let letters: String = digits.bytes().map(|digit| char::from(digit - b'0' + b'a')).collect();
    format!("zx{letters}k")
}

/// Answers `/embeddings` as OpenAI does, for as long as the connection lasts.
fn embed(connection: &TcpStream) {
    let embedder = ScriptedEmbedder::new(DIMENSIONS);
    let mut reader = BufReader::new(connection);
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or_default() == 0 {
                return;
            }
            if line.trim().is_empty() {
                break;
            }
            if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().expect("a number");
            }
        }
        let mut body = vec![0; length];
        if reader.read_exact(&mut body).is_err() {
            return;
        }
        let request: Value = serde_json::from_slice(&body).expect("JSON");
        let texts = request["input"].as_array().expect("a list");
        let items = texts.iter().enumerate().map(|(index, text)| {
            json!({ "object": "embedding", "index": index, "embedding": embedder.vector(text.as_str().expect("a text")) })
        });
        let data: Vec<Value> = items.collect();
        let usage = json!({ "prompt_tokens": 0, "total_tokens": 0 });
        let answer = json!({ "object": "list", "model": "scripted", "data": data, "usage": usage }).to_string();
        let head =
            format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", answer.len());
        let mut writer = connection;
        if writer.write_all(head.as_bytes()).and_then(|()| writer.write_all(answer.as_bytes())).is_err() {
            return;
        }
    }
}
