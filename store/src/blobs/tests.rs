//! What a store of files must do, whichever keeps them; then what only the folder does.

use std::{fs, io, sync::Arc};

use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use jiff::{Timestamp, ToSpan as _};
use models::{Clock as _, FixedClock, Random as _, SeededRandom, TenantId};
use object_store::memory::InMemory;

use super::{Blob, BlobName, Blobs, Range, Stream, sha256_hex};
use crate::{Database, Error, Store, testing::on_each_database};

const LIMIT: u64 = 1 << 30;

fn random() -> Arc<SeededRandom> {
    Arc::new(SeededRandom::new([5; 32]))
}

fn pieces(bytes: &[u8], size: usize) -> impl Stream<Item = io::Result<Bytes>> + Send + use<> {
    stream::iter(bytes.chunks(size).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect::<Vec<_>>())
}

/// Bytes of which no two places look the same.
fn noise(size: usize) -> Vec<u8> {
    let mut bytes = vec![0; size];
    random().fill(&mut bytes);
    bytes
}

async fn read(blobs: &Blobs, name: &BlobName) -> Vec<u8> {
    let stream = blobs.get(name).await.expect("is there");
    stream
        .try_fold(Vec::new(), async |mut all, piece| {
            all.extend_from_slice(&piece);
            Ok(all)
        })
        .await
        .expect("reads")
}

/// Smaller pieces, which are faster to make and to hash.
const PIECE: usize = 300_000;

async fn contract(blobs: Blobs, piece: usize) {
    let blobs = Blobs { piece, ..blobs };
    // Empty, one byte, around the size of a piece, several pieces.
    for size in [0, 1, piece - 1, piece, piece + 1, 2 * piece, 3 * piece + 17] {
        let bytes = noise(size);
        let blob = blobs.put(pieces(&bytes, 70_001), LIMIT).await.expect("keeps").expect("within the limit");
        assert_eq!(blob, Blob { name: BlobName::of(&bytes), size: size as u64 });
        assert_eq!(blob.name.as_str(), sha256_hex(&bytes));
        assert!(read(&blobs, &blob.name).await == bytes, "{size} bytes come back as they went");
        assert_eq!(blobs.size(&blob.name).await.expect("is there"), size as u64);
        // Again, and in one piece: the same file.
        let again = blobs.put_bytes(Bytes::from(bytes.clone())).await.expect("keeps");
        assert_eq!(again, blob);
        let again = blobs.put(pieces(&bytes, 1 << 20), size as u64).await.expect("keeps");
        assert_eq!(again, Some(blob), "exactly the limit is allowed");
    }
    let bytes = noise(1000);
    let name = blobs.put_bytes(Bytes::from(bytes.clone())).await.expect("keeps").name;
    let check = async |range: Range<u64>, expect: &[u8]| {
        let got = blobs.get_range(&name, range.clone()).await.expect("reads");
        assert_eq!(got, expect, "{range:?}");
    };
    check(0..1000, &bytes).await;
    check(0..1, &bytes[..1]).await;
    check(990..2000, &bytes[990..]).await;
    check(1000..1001, &[]).await;
    check(5000..6000, &[]).await;
    check(7..7, &[]).await;

    too_much_and_broken_off(&blobs).await;

    blobs.delete(&name).await.expect("removes");
    blobs.delete(&name).await.expect("is removed already");
    for missing in
        [blobs.size(&name).await.err(), blobs.get(&name).await.err(), blobs.get_range(&name, 0..1).await.err()]
    {
        assert!(matches!(missing, Some(Error::NotFound { .. })), "{missing:?}");
    }
}

async fn too_much_and_broken_off(blobs: &Blobs) {
    for size in [blobs.piece / 2, 2 * blobs.piece] {
        let bytes = noise(size + 5);
        let refused = blobs.put(pieces(&bytes, 70_001), size as u64).await.expect("answers");
        assert_eq!(refused, None, "{size} bytes and five more");
        let broken = pieces(&bytes, 70_001).chain(stream::iter([Err(io::Error::other("gone"))]));
        let error = blobs.put(broken, LIMIT).await.expect_err("the other end broke off");
        assert!(matches!(error, Error::File { .. }), "{error}");
        assert!(blobs.size(&BlobName::of(&bytes)).await.is_err(), "nothing of it is kept");
    }
}

#[tokio::test]
async fn memory() {
    contract(Blobs::on(Arc::new(InMemory::new()), random()), PIECE).await;
}

#[tokio::test]
async fn folder() {
    let folder = tempfile::tempdir().expect("a folder");
    contract(Blobs::in_folder(folder.path(), random()).expect("opens"), PIECE).await;
    let incoming = fs::read_dir(folder.path().join("blobs/incoming")).expect("a folder").count();
    assert_eq!(incoming, 0, "no remainders");
}

#[tokio::test]
async fn a_folder_keeps_originals_and_other_files_alike() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(folder.path()).await.expect("opens");
    let blobs = Blobs::in_folder(folder.path(), random()).expect("opens");
    let original = store.put_blob(b"an original").await.expect("keeps").parse().expect("a name");
    assert_eq!(read(&blobs, &original).await, b"an original");
    let blob = blobs.put_bytes(Bytes::from_static(b"another file")).await.expect("keeps");
    let path = store.blob_path(blob.name.as_str());
    assert_eq!(fs::read(path).expect("is at its place"), b"another file");
}

#[test]
fn nothing_else_is_a_name() {
    let good = "ab".repeat(32);
    assert_eq!(good.parse::<BlobName>().expect("a name").as_str(), good);
    for bad in ["", "ab", "../../etc/passwd", &"AB".repeat(32), &format!("{}/..", "a".repeat(61)), &"é".repeat(32)] {
        let error = bad.parse::<BlobName>().expect_err(bad);
        assert!(matches!(error, Error::NotFound { .. }), "{error}");
    }
}

fn in_days(days: i64) -> FixedClock {
    let now: Timestamp = models::SystemClock.now();
    FixedClock(now + (24 * days).hours())
}

#[tokio::test]
async fn what_nobody_needs_goes_away() {
    on_each_database("what_nobody_needs_goes_away", async |fixture| {
        let folder = tempfile::tempdir().expect("a folder");
        let blobs = Blobs::in_folder(folder.path(), random()).expect("opens");
        let (north, south) = (TenantId::new("north"), TenantId::new("south"));
        let shared = blobs.put_bytes(Bytes::from_static(b"shared")).await.expect("keeps").name;
        let unneeded = blobs.put_bytes(Bytes::from_static(b"unneeded")).await.expect("keeps").name;
        for tenant in [&north, &south] {
            let mut tx = fixture.database.write(tenant).await.expect("begins");
            blobs.refer(&mut tx, &shared, "fil_1").await.expect("notes");
            blobs.refer(&mut tx, &shared, "fil_1").await.expect("notes again");
            tx.commit().await.expect("commits");
        }
        let remainder = folder.path().join("blobs/incoming/0123#1");
        fs::create_dir_all(remainder.parent().expect("a folder")).expect("made");
        fs::write(&remainder, "half").expect("written");

        assert_eq!(blobs.sweep(&fixture.database, &in_days(0)).await.expect("sweeps"), 0, "all is young");
        assert_eq!(blobs.sweep(&fixture.database, &in_days(2)).await.expect("sweeps"), 2);
        assert!(!remainder.exists());
        assert!(blobs.size(&unneeded).await.is_err());

        release(&fixture.database, &blobs, &north).await;
        assert_eq!(blobs.sweep(&fixture.database, &in_days(2)).await.expect("sweeps"), 0, "south needs it");
        release(&fixture.database, &blobs, &south).await;
        assert_eq!(blobs.sweep(&fixture.database, &in_days(2)).await.expect("sweeps"), 1);

        // Too late: the caller hears of it in its transaction.
        let mut tx = fixture.database.write(&north).await.expect("begins");
        let error = blobs.refer(&mut tx, &shared, "fil_2").await.expect_err("swept away");
        assert!(matches!(error, Error::NotFound { .. }), "{error}");
    })
    .await;
}

async fn release(database: &Database, blobs: &Blobs, tenant: &TenantId) {
    let mut tx = database.write(tenant).await.expect("begins");
    blobs.release(&mut tx, "fil_1").await.expect("notes");
    tx.commit().await.expect("commits");
}

#[tokio::test]
async fn neither_sweep_takes_what_the_other_needs() {
    let folder = tempfile::tempdir().expect("a folder");
    let database = Database::open_folder(folder.path()).await.expect("opens");
    let store = Store::on(database.clone(), folder.path()).expect("opens");
    let blobs = Blobs::in_folder(folder.path(), random()).expect("opens");
    let needed = blobs.put_bytes(Bytes::from_static(b"a record's file")).await.expect("keeps").name;
    let unneeded = blobs.put_bytes(Bytes::from_static(b"nobody's file")).await.expect("keeps").name;
    let mut tx = database.write(&TenantId::new("north")).await.expect("begins");
    blobs.refer(&mut tx, &needed, "fil_1").await.expect("notes");
    tx.commit().await.expect("commits");
    // What a start of the document pipeline does.
    store.drop_unused_blobs([needed.to_string(), unneeded.to_string()]).await.expect("sweeps");
    assert!(blobs.size(&needed).await.is_ok());
    assert!(blobs.size(&unneeded).await.is_err());
}

#[cfg(feature = "s3")]
mod bucket {
    //! On moto, a server that plays S3, from PyPI.

    use std::{
        path::{Path, PathBuf},
        process::{Child, Command, Stdio},
        time::Duration,
    };

    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpStream,
        time::sleep,
    };

    use super::{super::bucket::BucketSettings, *};

    struct Server(Child);

    impl Drop for Server {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    #[tokio::test]
    async fn bucket() {
        let packages = match packages() {
            Ok(packages) => packages,
            Err(reason) => return crate::testing::skip("bucket", &reason),
        };
        let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port").port();
        let mut command = Command::new("python3");
        command.args(["-m", "moto.server", "-p", &port.to_string()]).env("PYTHONPATH", packages);
        let _server = Server(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("starts"));
        let endpoint = format!("127.0.0.1:{port}");
        let mut tries = 0;
        while !make_bucket(&endpoint).await {
            tries += 1;
            assert!(tries < 600, "moto does not answer");
            sleep(Duration::from_millis(100)).await;
        }
        let settings = BucketSettings {
            bucket: "files".to_owned(),
            endpoint: Some(format!("http://{endpoint}")),
            region: "eu-west-3".to_owned(),
            access_key: "test".to_owned(),
            secret_key: "s3cret".to_owned(),
        };
        assert!(!format!("{settings:?}").contains("s3cret"));
        // S3 takes no smaller pieces but the last.
        contract(Blobs::in_bucket(&settings, random()).expect("settings"), 5 << 20).await;
    }

    async fn make_bucket(server: &str) -> bool {
        let Ok(mut stream) = TcpStream::connect(server).await else { return false };
        let request =
            format!("PUT /files HTTP/1.1\r\nHost: {server}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        stream.write_all(request.as_bytes()).await.expect("asks");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.is_ok() && answer.starts_with("HTTP/1.1 200")
    }

    /// Installed once, beside this program.
    fn packages() -> Result<PathBuf, String> {
        let program = std::env::current_exe().map_err(|error| error.to_string())?;
        let folder = program.parent().unwrap_or(Path::new(".")).join("moto-server");
        if folder.join("moto").is_dir() {
            return Ok(folder);
        }
        let install =
            ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "moto[s3,server]==5.*", "--target"];
        let installed = Command::new("python3").args(install).arg(&folder).output();
        let installed = installed.map_err(|error| format!("python3 is missing: {error}"))?;
        if installed.status.success() {
            return Ok(folder);
        }
        Err(format!("moto cannot be installed: {}", String::from_utf8_lossy(&installed.stderr).trim()))
    }
}
