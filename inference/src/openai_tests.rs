//! The adapter against a small server that answers as each test tells it.

use std::{
    collections::VecDeque,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread, time,
};

use serde_json::json;

use super::*;

/// What the server does with one request.
#[derive(Clone)]
enum Step {
    /// A vector per text, last text first: `index` says which is whose.
    Vectors,
    /// This status, these headers, this body.
    Answer(u16, &'static str, String),
    /// The head and half of the body; then the connection ends.
    BreakOff,
    /// Nothing, until the client has gone.
    Silence,
}

#[derive(Debug, Clone)]
struct Seen {
    head: String,
    texts: Vec<String>,
    at: time::Instant,
}

struct Server {
    base: String,
    steps: Arc<Mutex<VecDeque<Step>>>,
    seen: Arc<Mutex<Vec<Seen>>>,
}

/// Follows the steps, and sends vectors once they are used up. Ends with the test's process.
fn serve(steps: impl IntoIterator<Item = Step>) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let base = format!("http://{}/v1/", listener.local_addr().expect("an address"));
    let steps = Arc::new(Mutex::new(steps.into_iter().collect::<VecDeque<_>>()));
    let seen = Arc::new(Mutex::new(Vec::new()));
    let server = Server { base, steps: Arc::clone(&steps), seen: Arc::clone(&seen) };
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let step = |seen_now: Seen| {
                seen.lock().unwrap().push(seen_now);
                steps.lock().unwrap().pop_front().unwrap_or(Step::Vectors)
            };
            // A client that leaves early is part of some tests.
            let _ = exchange(stream, step);
        }
    });
    server
}

fn exchange(mut stream: TcpStream, step: impl FnOnce(Seen) -> Step) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().expect("a length");
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let body: Value = serde_json::from_slice(&body).expect("JSON");
    let texts: Vec<String> = serde_json::from_value(body["input"].clone()).expect("texts");
    let step = step(Seen { head, texts: texts.clone(), at: time::Instant::now() });
    let (status, headers, text) = match step {
        Step::Vectors | Step::BreakOff => (200, "", vectors(&texts)),
        Step::Answer(status, headers, ref body) => (status, headers, body.clone()),
        Step::Silence => return reader.read(&mut [0]).map(|_| ()),
    };
    let sent = if matches!(step, Step::BreakOff) { text.len() / 2 } else { text.len() };
    let length = text.len();
    write!(stream, "HTTP/1.1 {status} X\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n")?;
    stream.write_all(&text.as_bytes()[..sent])
}

/// Three components, from which [`number`] tells the text again.
fn vectors(texts: &[String]) -> String {
    let data: Vec<Value> = texts
        .iter()
        .enumerate()
        .rev()
        .map(|(index, text)| json!({"object": "embedding", "index": index, "embedding": [number(text), 1.0, 0.0]}))
        .collect();
    json!({"object": "list", "model": "m", "data": data, "usage": {"prompt_tokens": 1, "total_tokens": 1}}).to_string()
}

fn number(text: &str) -> f32 {
    text.chars().filter(char::is_ascii_digit).collect::<String>().parse().unwrap_or(0.0)
}

impl Server {
    fn options(&self) -> Options {
        let allow = AllowList::default().with_host("127.0.0.1");
        Options { allow, timeout: Duration::from_secs(10), ..Options::new(self.base.clone(), "m") }
    }

    fn connect(&self) -> Result<OpenAiEmbedder, Error> {
        OpenAiEmbedder::connect(self.options())
    }

    fn script(&self, steps: impl IntoIterator<Item = Step>) {
        self.steps.lock().unwrap().extend(steps);
    }

    /// What came after the probe.
    fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap()[1..].to_vec()
    }
}

fn refuse(status: u16, body: &Value) -> Step {
    Step::Answer(status, "", body.to_string())
}

/// What an embedder that is connected already says when the server does this.
#[track_caller]
fn error(options: impl FnOnce(Options) -> Options, steps: impl IntoIterator<Item = Step>) -> (String, Vec<Seen>) {
    let server = serve([]);
    let mut embedder = OpenAiEmbedder::connect(options(server.options())).expect("connects");
    server.script(steps);
    let error = embedder.embed(&["1", "2"], TextKind::Passage).expect_err("is refused");
    assert!(matches!(error, Error::Remote { .. }), "{error:?}");
    (error.to_string(), server.seen())
}

#[test]
fn vectors_come_back_in_the_texts_order_over_several_requests() {
    let server = serve([]);
    let mut embedder = server.connect().expect("connects");
    assert_eq!((embedder.info().dimensions, embedder.info().id.as_str()), (3, "openai:m:3"));
    let texts: Vec<String> = (0..70).map(|n| format!("text {n}")).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let vectors = embedder.embed(&texts, TextKind::Passage).expect("embeds");
    assert_eq!(vectors.len(), 70);
    for (text, vector) in texts.iter().zip(&vectors) {
        assert!((vector[0] / vector[1] - number(text)).abs() < 1e-3, "{text}: {vector:?}");
        assert!((vector.iter().map(|x| x * x).sum::<f32>() - 1.0).abs() < 1e-5, "{text} has norm 1");
    }
    assert_eq!(server.seen().iter().map(|seen| seen.texts.len()).collect::<Vec<_>>(), [32, 32, 6]);
    assert!(embedder.embed(&[], TextKind::Passage).expect("nothing").is_empty());
}

#[test]
fn prefixes_key_and_path_reach_the_server() {
    let server = serve([]);
    let options = Options {
        api_key: "sk-test".to_owned(),
        query_prefix: "query: ".to_owned(),
        passage_prefix: "passage: ".to_owned(),
        ..server.options()
    };
    assert!(!format!("{options:?}").contains("sk-test"), "the key never shows");
    let mut embedder = OpenAiEmbedder::connect(options).expect("connects");
    embedder.embed(&["a"], TextKind::Query).expect("embeds");
    embedder.embed(&["b", ""], TextKind::Passage).expect("embeds");
    let seen = server.seen();
    assert_eq!([&seen[0].texts, &seen[1].texts], [&vec!["query: a"], &vec!["passage: b", " "]]);
    assert!(seen[0].head.starts_with("POST /v1/embeddings "), "{}", seen[0].head);
    assert!(seen[0].head.to_ascii_lowercase().contains("authorization: bearer sk-test"), "{}", seen[0].head);
    let keyless = serve([]);
    keyless.connect().and_then(|mut it| it.embed(&["a"], TextKind::Query)).expect("embeds");
    assert!(!keyless.seen()[0].head.to_ascii_lowercase().contains("authorization"));
}

#[test]
fn a_refusal_says_what_the_server_said_and_is_not_repeated() {
    let check = |status, body: Value, expected: &str| {
        let (error, seen) = error(|it| it, [refuse(status, &body)]);
        assert_eq!(error, format!("the embedding server {expected}"));
        assert_eq!(seen.len(), 1, "{body}");
    };
    let openai = json!({"error": {"message": "Incorrect API key", "type": "x", "param": null, "code": "y"}});
    check(401, openai, "answered 401: Incorrect API key");
    check(404, json!({"error": "model not found"}), "answered 404: model not found");
    check(400, json!({"object": "error", "message": "too long", "code": 40303}), "answered 400: too long");
    check(403, json!([]), "answered 403");
    let broke = json!({"error": {"message": "no credit", "type": "insufficient_quota", "param": null, "code": null}});
    check(429, broke, "answered 429: no credit");
}

#[test]
fn a_busy_server_is_asked_again_after_the_time_that_it_names() {
    let server = serve([]);
    let mut embedder = server.connect().expect("connects");
    // Not OpenAI's own shape: text-embeddings-inference answers so.
    let busy = json!({"error": "Model is overloaded", "error_type": "overloaded"}).to_string();
    server.script([Step::Answer(429, "Retry-After: 1\r\n", busy)]);
    assert_eq!(embedder.embed(&["1"], TextKind::Query).expect("embeds").len(), 1);
    let seen = server.seen();
    assert_eq!(seen.len(), 2);
    assert!(seen[1].at - seen[0].at >= Duration::from_millis(950), "it waits: {:?}", seen[1].at - seen[0].at);
}

#[test]
fn a_server_that_fails_once_is_asked_again() {
    let server = serve([]);
    let mut embedder = server.connect().expect("connects");
    server.script([Step::Answer(502, "Content-Type: text/html\r\n", "<h1>Bad gateway</h1>".to_owned())]);
    assert_eq!(embedder.embed(&["1"], TextKind::Query).expect("embeds").len(), 1);
    server.script([Step::BreakOff, refuse(500, &json!({}))]);
    assert_eq!(embedder.embed(&["1"], TextKind::Query).expect("embeds").len(), 1);
    assert_eq!(server.seen().len(), 5);
}

#[test]
fn patience_ends() {
    let (text, seen) = error(|it| it, vec![refuse(503, &json!({"error": "loading"})); 9]);
    assert_eq!((text.as_str(), seen.len()), ("the embedding server answered 503: loading", 4));

    let hour = Step::Answer(429, "Retry-After: 3600\r\n", String::new());
    let (text, seen) = error(|it| it, [hour]);
    assert_eq!((text.as_str(), seen.len()), ("the embedding server answered 429", 1), "nobody waits an hour");

    let started = time::Instant::now();
    let (text, _) = error(|it| Options { timeout: Duration::from_millis(300), ..it }, [Step::Silence]);
    assert!(text.contains("did not answer"), "{text}");
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[test]
fn what_is_no_list_of_vectors_of_the_right_length_is_refused() {
    let check = |body: String, expected: &str| {
        let (text, seen) = error(|it| it, [Step::Answer(200, "", body.clone())]);
        assert!(text.contains(expected) && seen.len() == 1, "{body}: {text}");
    };
    let whole = vectors(&["1".to_owned(), "2".to_owned()]);
    check(whole[..whole.len() / 2].to_owned(), "something other than embeddings");
    check("{}".to_owned(), "something other than embeddings");
    check(vectors(&["1".to_owned()]), "sent 1 vectors for 2 texts");
    check(whole.replace(",1.0,0.0]", ",1.0]"), "a vector of length 2");
    let empty = whole.replace("\"embedding\":[2.0,1.0,0.0]", "\"embedding\":[]");
    check(empty, "a vector of length 0");
}

#[test]
fn connecting_fails_with_the_reason() {
    let server = serve([refuse(401, &json!({"error": {"message": "no key"}}))]);
    let text = server.connect().err().expect("is refused").to_string();
    assert_eq!(text, "the embedding server answered 401: no key");
    let empty = json!({"object": "list", "model": "m", "usage": {"prompt_tokens": 0, "total_tokens": 0},
        "data": [{"object": "embedding", "index": 0, "embedding": []}]});
    let text = serve([refuse(200, &empty)]).connect().err().expect("is refused").to_string();
    assert_eq!(text, "the embedding server sent an empty vector");
    let private = Options { allow: AllowList::default(), ..server.options() };
    let error = OpenAiEmbedder::connect(private).err().expect("is refused");
    assert!(matches!(error, Error::Net(_)), "an address that nobody allowed: {error:?}");
    let base = TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).expect("a port that is free again");
    let nobody = Options { base: format!("http://{base}/v1"), ..server.options() };
    let text = OpenAiEmbedder::connect(nobody).err().expect("is refused").to_string();
    assert_eq!(text, "the embedding server cannot be reached");
}
