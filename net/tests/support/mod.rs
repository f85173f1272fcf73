//! A small HTTP server that answers as a test tells it.

use std::{collections::HashMap, fmt::Write as _, sync::Arc};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

/// What arrived: path and headers with lower-case names.
pub struct Request {
    pub path: String,
    pub headers: HashMap<String, String>,
}

/// What goes back. `announced` may promise more than `body` holds: then the connection breaks in the middle.
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub announced: Option<usize>,
}

impl Answer {
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: Vec::new(), body: body.into(), announced: None }
    }

    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}

/// Serves until the test ends; gives the base address.
pub async fn serve(answer: impl Fn(Request) -> Answer + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let answer = Arc::new(answer);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let answer = Arc::clone(&answer);
            tokio::spawn(async move {
                // A client that goes away early is part of some tests.
                let _ = exchange(stream, answer.as_ref()).await;
            });
        }
    });
    format!("http://{address}")
}

async fn exchange(stream: TcpStream, answer: &(impl Fn(Request) -> Answer + ?Sized)) -> std::io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    let first = lines.next_line().await?.unwrap_or_default();
    let path = first.split(' ').nth(1).unwrap_or("/").to_owned();
    let mut headers = HashMap::new();
    while let Some(line) = lines.next_line().await? {
        let Some((name, value)) = line.split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let answer = answer(Request { path, headers });
    let length = answer.announced.unwrap_or(answer.body.len());
    let mut head = format!("HTTP/1.1 {} X\r\nContent-Length: {length}\r\nConnection: close\r\n", answer.status);
    for (name, value) in &answer.headers {
        let _ = write!(head, "{name}: {value}\r\n");
    }
    write.write_all(format!("{head}\r\n").as_bytes()).await?;
    write.write_all(&answer.body).await?;
    write.shutdown().await
}
