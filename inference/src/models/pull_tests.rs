//! A pull from a scripted pip and a local server.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use sha2::{Digest, Sha256};
use zip::{ZipWriter, write::SimpleFileOptions};

use super::*;
use crate::models::{State, check, manifest::hex};

const PDFIUM: Entry = catalogue::PDFIUM;

/// A models folder, a package with a library in it, and a pip that says where it is.
struct Scene {
    root: tempfile::TempDir,
    wheel: Vec<u8>,
}

fn scene() -> Scene {
    let root = tempfile::tempdir().expect("a folder");
    let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("pypdfium2_raw/libpdfium.so", SimpleFileOptions::default()).expect("a member");
    zip.write_all(b"a library").expect("written");
    let wheel = zip.finish().expect("closed").into_inner();
    Scene { root, wheel }
}

impl Scene {
    fn models(&self) -> PathBuf {
        self.root.path().join("models")
    }

    fn library(&self) -> PathBuf {
        self.models().join(PDFIUM.name).join("libpdfium.so")
    }

    /// A `python3` whose pip runs this for `install --report` and copies the package for `download`, if it has one.
    fn python(&self, report: &str, has_package: bool) -> Sources {
        let folder = self.root.path().display();
        if has_package {
            fs::write(self.root.path().join("package.whl"), &self.wheel).expect("written");
        }
        let script = format!(
            "#!/bin/sh\n\
             echo \"$*\" >> {folder}/calls\n\
             case \"$*\" in\n\
             *' install '*) {report} ;;\n\
             *) while [ \"$1\" != --dest ]; do shift; done\n\
             cp {folder}/package.whl \"$2/pypdfium2-5.15.2-py3-none-any.whl\" || echo 'ERROR: no network' >&2 ;;\n\
             esac\n"
        );
        // Another process writes it: one that this process had open for writing might not run yet.
        let path = self.root.path().join("python3");
        let write = format!("cat > {0} && chmod +x {0}", path.display());
        let mut shell = Command::new("sh").args(["-c", &write]).stdin(Stdio::piped()).spawn().expect("a shell");
        shell.stdin.take().expect("is piped").write_all(script.as_bytes()).expect("written");
        assert!(shell.wait().expect("ends").success());
        Sources { python: path, hub: HUB.to_owned(), allow: AllowList::default() }
    }

    fn report(&self, base: &str, sha256: &str) -> String {
        let report = serde_json::json!({"install": [{"download_info": {
            "url": format!("{base}/pypdfium2.whl"), "archive_info": {"hashes": {"sha256": sha256}},
        }}]});
        fs::write(self.root.path().join("report.json"), report.to_string()).expect("written");
        format!("cat {}/report.json", self.root.path().display())
    }

    /// How often pip was asked where the package is, and to bring it.
    fn calls(&self) -> (usize, usize) {
        let calls = fs::read_to_string(self.root.path().join("calls")).unwrap_or_default();
        let count = |word: &str| calls.lines().filter(|line| line.contains(word)).count();
        (count(" install "), count(" download "))
    }

    async fn pull(&self, sources: &Sources) -> Result<Outcome, Error> {
        let names = [PDFIUM.name.to_owned()];
        let mut pulled = pull(&self.models(), &names, sources, |_| ()).await.expect("the folder can be written");
        pulled.remove(0).result
    }
}

fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Sends these bytes to whoever asks, and counts them.
fn serve(bytes: Vec<u8>) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    let count = Arc::new(AtomicUsize::new(0));
    let asked = Arc::clone(&count);
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let lines = BufReader::new(&stream).lines();
            lines.map_while(Result::ok).take_while(|line| !line.is_empty()).for_each(drop);
            asked.fetch_add(1, Ordering::Relaxed);
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", bytes.len());
            // A client that leaves early is no concern of the server.
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&bytes));
        }
    });
    (base, count)
}

/// A port that nobody listens at.
fn nowhere() -> String {
    let free = TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).expect("a port");
    format!("http://{free}")
}

#[tokio::test]
async fn a_package_is_fetched_once_and_a_damaged_file_again() {
    let scene = scene();
    let (base, asked) = serve(scene.wheel.clone());
    let sources = scene.python(&scene.report(&base, &sha256(&scene.wheel)), false);
    assert_eq!(scene.pull(&sources).await.expect("pulls"), Outcome::Installed);
    assert_eq!(fs::read(scene.library()).expect("there"), b"a library");
    assert_eq!(scene.pull(&sources).await.expect("pulls"), Outcome::AlreadyThere);
    assert_eq!((scene.calls(), asked.load(Ordering::Relaxed)), ((1, 0), 1), "nobody is asked twice");

    let same_size: &[u8] = b"A LIBRARY";
    for damaged in [Some(same_size), Some(b"a lib"), None] {
        match damaged {
            Some(bytes) => fs::write(scene.library(), bytes).expect("written"),
            None => fs::remove_file(scene.library()).expect("removed"),
        }
        assert_eq!(scene.pull(&sources).await.expect("pulls"), Outcome::Installed, "{damaged:?}");
        assert_eq!(fs::read(scene.library()).expect("there"), b"a library");
    }
    assert_eq!(fs::read_dir(scene.models().join(".downloads")).expect("a folder").count(), 0, "nothing stays behind");
}

#[tokio::test]
async fn pip_brings_what_we_cannot_fetch_ourselves() {
    let behind_a_proxy = scene();
    let report = behind_a_proxy.report(&nowhere(), &sha256(&behind_a_proxy.wheel));
    let sources = behind_a_proxy.python(&report, true);
    assert_eq!(behind_a_proxy.pull(&sources).await.expect("pulls"), Outcome::Installed);
    assert_eq!(fs::read(behind_a_proxy.library()).expect("there"), b"a library");
    assert_eq!(behind_a_proxy.calls(), (1, 1));

    let with_an_old_pip = scene();
    let sources = with_an_old_pip.python("echo 'no such option: --report' >&2; exit 2", true);
    assert_eq!(with_an_old_pip.pull(&sources).await.expect("pulls"), Outcome::Installed);
    assert_eq!(with_an_old_pip.calls(), (1, 1));
}

#[tokio::test]
async fn what_cannot_be_had_says_why_and_leaves_nothing() {
    let offline = scene();
    let sources = offline.python("exit 1", false);
    let error = offline.pull(&sources).await.expect_err("nobody has it").to_string();
    assert!(error.contains("pypdfium2==5.15.2") && error.contains("no network"), "{error}");

    let changed = scene();
    let (base, _) = serve(b"something else".to_vec());
    let sources = changed.python(&changed.report(&base, &sha256(&changed.wheel)), true);
    let error = changed.pull(&sources).await.expect_err("another checksum");
    assert!(matches!(&error, Error::Net(net) if matches!(**net, net::Error::Checksum { .. })), "{error:?}");
    assert_eq!(changed.calls(), (1, 0), "a wrong checksum is no reason to ask elsewhere");

    let without_python = scene();
    let sources = Sources { python: "/nonexistent/python3".into(), ..sources };
    assert!(matches!(without_python.pull(&sources).await, Err(Error::Missing { .. })));
    for scene in [offline, changed, without_python] {
        assert!(!scene.models().join(PDFIUM.name).exists());
        assert!(check(&scene.models()).iter().all(|status| status.state == State::Missing));
    }
    let unknown = pull(Path::new("/nonexistent"), &["x".to_owned()], &sources, |_| ()).await;
    assert!(matches!(unknown, Err(Error::UnknownModel { .. })));
}

#[tokio::test]
async fn an_onnx_file_is_made_anew_without_fetching_anything() {
    let (root, model) = onnx::tests::tiny_model();
    let folder = root.path();
    let names = [model.name.to_owned()];
    let sources = Sources { python: "/nonexistent/python3".into(), hub: nowhere(), allow: AllowList::default() };
    let repair = async || {
        let mut steps = Vec::new();
        let mut pulled =
            pull(folder, &names, &sources, |progress| steps.push(progress.step)).await.expect("the folder is there");
        (pulled.remove(0).result, steps)
    };
    let path = model.folder.join(onnx::file_name(Precision::default()));
    let (result, steps) = repair().await;
    assert_eq!((result.expect("writes"), steps), (Outcome::Installed, vec![Step::Converting]));
    let whole = fs::read(&path).expect("there");
    assert_eq!(repair().await.0.expect("is there"), Outcome::AlreadyThere);

    let mut changed = whole.clone();
    changed[100] ^= 1;
    for damaged in [changed.as_slice(), &whole[..50]] {
        fs::write(&path, damaged).expect("written");
        assert!(matches!(check(folder).swap_remove(1).state, State::Damaged { .. }));
        assert_eq!(repair().await.0.expect("writes"), Outcome::Installed);
        assert!(fs::read(&path).expect("there") == whole, "the same weights give the same bytes");
        assert_eq!(check(folder).swap_remove(1).state, State::Installed);
    }

    fs::write(model.weights(), "short").expect("written");
    assert!(matches!(repair().await.0, Err(Error::Missing { .. })), "the weights themselves must be fetched");
}

#[tokio::test]
#[ignore = "downloads 120 MB through this machine's pip"]
async fn the_defaults_can_be_pulled() {
    let folder = crate::models::default_folder(|name| std::env::var_os(name));
    let sources = Sources::from_env(|name| std::env::var(name).ok());
    let pulled = pull(&folder, &[], &sources, |progress| println!("{progress:?}")).await.expect("pulls");
    for one in &pulled {
        println!("{one:?}");
    }
    assert!(pulled.iter().all(|one| one.result.is_ok()));
    assert!(check(&folder).iter().all(|it| !it.default || it.state == State::Installed));
}
