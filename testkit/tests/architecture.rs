//! The invariants of `docs/architecture.md`, read off the crate graph and the sources.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("testkit stands in the workspace").to_path_buf()
}

/// Our crates with what they import outside tests.
fn crate_graph() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo metadata runs");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo metadata prints JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let dependencies = |package: &Value| {
        let all = package["dependencies"].as_array().expect("dependencies");
        all.iter()
            .filter(|dependency| dependency["kind"] != "dev")
            .map(|dependency| dependency["name"].as_str().expect("a name").to_owned())
            .collect()
    };
    packages
        .iter()
        .map(|package| (package["name"].as_str().expect("a name").to_owned(), dependencies(package)))
        .collect()
}

/// The table "Floors" of the architecture page: -1 is the ground, -2 what it stands on, `None` is "beside".
fn floors() -> BTreeMap<String, Option<i32>> {
    let page = fs::read_to_string(root().join("docs/architecture.md")).expect("the architecture page");
    let rows = page.lines().filter_map(|line| {
        let mut cells = line.strip_prefix('|')?.split('|');
        let floor = cells.next()?.trim().to_owned();
        let floor = match floor.as_str() {
            "beside" => None,
            "ground" => Some(-1),
            "foundation" => Some(-2),
            number => Some(number.parse().ok()?),
        };
        Some((floor, cells.next().unwrap_or_default().to_owned()))
    });
    rows.flat_map(|(floor, names)| {
        names.split('`').skip(1).step_by(2).map(move |name| (name.to_owned(), floor)).collect::<Vec<_>>()
    })
    .collect()
}

#[test]
fn every_crate_has_a_floor_and_imports_only_lower_ones() {
    let (graph, floors) = (crate_graph(), floors());
    assert_eq!(
        graph.keys().collect::<Vec<_>>(),
        floors.keys().collect::<Vec<_>>(),
        "the table of floors in docs/architecture.md lists exactly the workspace's crates"
    );
    for (name, dependencies) in &graph {
        for dependency in dependencies.iter().filter(|dependency| graph.contains_key(*dependency)) {
            match (floors[name], floors[dependency]) {
                (Some(above), Some(below)) => {
                    assert!(below < above, "`{name}` (floor {above}) imports `{dependency}` (floor {below})");
                }
                (None, _) => {}
                (_, None) => panic!("`{name}` imports `{dependency}`, which is for tests only"),
            }
        }
    }
}

#[test]
fn models_knows_no_io() {
    let banned = ["tokio", "sqlx", "reqwest", "axum", "hyper", "async-trait", "futures"];
    let dependencies = &crate_graph()["models"];
    for name in banned {
        assert!(!dependencies.contains(name), "`models` imports `{name}`");
    }
}

#[test]
fn only_net_builds_http_clients() {
    for (name, dependencies) in crate_graph() {
        // The command talks to its own server on the loopback address; the server's calls go through `net`.
        let allowed = ["net", "guichet", "testkit"].contains(&name.as_str());
        assert!(allowed || !dependencies.contains("reqwest"), "`{name}` imports `reqwest` instead of `net`");
    }
}

/// Every Rust source of a crate's `src`, with its text.
fn sources(name: &str) -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("a source file");
                found.push((path, text));
            }
        }
    }
    let mut found = Vec::new();
    walk(&root().join(name).join("src"), &mut found);
    assert!(!found.is_empty(), "`{name}` has sources");
    found
}

#[test]
fn sql_stands_only_in_store() {
    let statements = ["SELECT ", "INSERT INTO ", "UPDATE ", "DELETE FROM ", "CREATE TABLE "];
    for name in crate_graph().keys().filter(|name| *name != "store") {
        for (path, text) in sources(name) {
            if path.file_name().is_some_and(|file| file == "store.rs") {
                continue;
            }
            for (number, line) in text.lines().enumerate() {
                let quoted = statements.iter().any(|statement| line.contains(&format!("\"{statement}")));
                assert!(!quoted, "SQL in {}:{}", path.display(), number + 1);
            }
        }
    }
}

#[test]
fn only_guichet_names_adapters() {
    // Each adapter with the crate that defines it.
    let adapters = [
        ("EdgeIndex", "rag"),
        ("QdrantIndex", "rag"),
        ("TantivyIndex", "rag"),
        ("OnnxEmbedder", "inference"),
        ("CandleEmbedder", "inference"),
        ("OpenAiEmbedder", "inference"),
    ];
    for name in crate_graph().keys().filter(|name| !["guichet", "testkit"].contains(&name.as_str())) {
        for (path, text) in sources(name) {
            for (adapter, home) in adapters {
                assert!(name == home || !text.contains(adapter), "{} names {adapter}", path.display());
            }
        }
    }
}

#[test]
fn no_source_reads_the_clock_but_the_clock() {
    for name in crate_graph().keys() {
        for (path, text) in sources(name) {
            let reads = text.contains("Timestamp::now()") || text.contains("SystemTime::now()");
            assert!(!reads || path.ends_with("models/src/clock.rs"), "{} reads the wall clock", path.display());
        }
    }
}

#[test]
fn files_fit_in_the_head() {
    for name in crate_graph().keys() {
        for (path, text) in sources(name) {
            let lines = text.lines().count();
            assert!(lines <= 600, "{} has {lines} lines: it holds more than one idea", path.display());
        }
    }
}
