//! The command line as a person and a script see it.

mod common;

use common::{Ended, Place};
use serde_json::{Value, json};

const QUESTION: &str = "How many classes may students miss per term?";

/// What is said, with what changes from run to run replaced.
fn said(place: &Place, ended: &Ended) -> String {
    let folder = common::text(&place.path(""));
    let real = place.path("").canonicalize().map(|path| common::text(&path)).unwrap_or_default();
    let text = format!("status {}\n--- stdout\n{}--- stderr\n{}", ended.status, ended.stdout, ended.stderr);
    text.replace(folder.trim_end_matches('/'), "[folder]").replace(real.trim_end_matches('/'), "[folder]")
}

#[test]
fn help() {
    let place = Place::new();
    insta::assert_snapshot!("help", place.run(&["--help"]).stdout);
    for command in ["serve", "ingest", "search", "ask", "documents", "models", "doctor"] {
        let help = place.run(&[command, "--help"]);
        assert_eq!(help.status, 0, "{command}");
        insta::assert_snapshot!(format!("help_{command}"), help.stdout);
    }
}

#[test]
fn mistakes_say_what_to_do() {
    let place = Place::new();
    place.file("broken.toml", "listen = \"nowhere\"\n");
    place.file("unknown.toml", "lissten = \"127.0.0.1:80\"\n");
    place.file("occupied", "a file where a folder should be");
    for (name, args) in [
        ("no_such_path", &["ingest", "gone"][..]),
        ("no_match", &["ingest", "*.pdf"]),
        ("an_address", &["ingest", "https://school.example/rules.html"]),
        ("a_bad_grant", &["ask", "What?", "--as", "staff"]),
        ("a_bad_collection", &["search", "What?", "--collection", "Über"]),
        ("a_bad_number", &["search", "What?", "-k", "0"]),
        ("no_configuration", &["ask", "What?", "--config", "gone.toml"]),
        ("a_broken_configuration", &["ask", "What?", "--config", "broken.toml"]),
        ("an_unknown_setting", &["ask", "What?", "--config", "unknown.toml"]),
        ("a_file_as_folder", &["ask", "What?", "--data", "occupied"]),
        ("a_bad_filter", &["ask", "What?", "--log", "loud=very"]),
        ("nothing_to_delete", &["documents", "delete", "doc_00000000000000000000000000000000"]),
    ] {
        let ended = place.run(args);
        assert_ne!(ended.status, 0, "{name}");
        assert_eq!(ended.stdout, "", "{name}");
        insta::assert_snapshot!(name, said(&place, &ended));
    }
}

/// The way of a document from file to answer and out again; the same with and without a server.
fn work(place: &Place) {
    let first = place.run(&["ingest", "school", "--json"]).json();
    let counts = json!({ "indexed": 3, "unchanged": 0, "failed": 0, "needs_ocr": 0, "unsupported": 1 });
    assert_eq!(first["documents"], counts, "{first}");
    assert_eq!(first["problems"][0]["origin"], "school/picture.xyz");
    let again = place.run(&["ingest", "school", "--json"]).json();
    assert_eq!(again["documents"]["unchanged"], 4, "{again}");

    let found = place.run(&["search", "bus card", "-k", "3", "--json"]).json();
    assert_eq!(found["mode"], "lexical", "there is no model");
    let answer = place.run(&["ask", QUESTION, "--json"]).json();
    assert_eq!(answer["abstained"], false, "{answer}");
    assert!(answer["answer"].as_str().expect("a text").contains("three classes"), "{answer}");
    assert_eq!(answer["citations"][0]["title"], "Absences");
    let printed = place.run(&["ask", QUESTION]);
    assert!(printed.stdout.contains("[1] Absences"), "{}", printed.stdout);

    let salaries = ["ask", "On which day of the month are teachers paid?", "--json"];
    assert!(!place.run(&salaries).stdout.contains("28th"));
    let staff = place.run(&[&salaries[..], &["--as", "role:staff"]].concat());
    assert!(staff.stdout.contains("28th"), "{}", staff.stdout);

    let documents = place.run(&["documents", "list", "--json"]).json();
    let documents = documents.as_array().expect("a list");
    assert_eq!(documents.len(), 4);
    let absences = documents.iter().find(|item| item["origin"] == "school/absences.md").expect("is listed");
    let deleted = place.run(&["documents", "delete", absences["id"].as_str().expect("an id")]);
    assert_eq!(deleted.status, 0, "{}", deleted.stderr);
    let answer = place.run(&["ask", QUESTION, "--json"]).json();
    assert!(!answer.to_string().contains("three classes"), "{answer}");

    place.file("school/transport.md", "# Transport scolaire\n\nLa carte de bus coûte désormais 60 euros par an.\n");
    let changed = place.run(&["ingest", "school/transport.md", "--json"]).json();
    assert_eq!(changed["documents"]["indexed"], 1, "{changed}");
    let answer = place.run(&["ask", "Combien coûte la carte de bus ?", "--json"]).json();
    assert!(answer["answer"].as_str().expect("a text").contains("60 euros"), "{answer}");
    assert!(!answer.to_string().contains("45 euros"), "{answer}");
}

#[test]
fn documents_are_read_asked_and_deleted_without_a_server() {
    work(&Place::school());
}

#[test]
fn documents_are_read_asked_and_deleted_through_a_server() {
    let place = Place::school();
    let server = place.serve(&[]);
    work(&place);
    assert!(server.stop().success());
    // What the server stored is there for the next command.
    assert_eq!(place.run(&["documents", "list", "--json"]).json().as_array().map(Vec::len), Some(3));
}

#[test]
fn a_server_reads_what_it_was_given_and_says_what_it_lacks() {
    let place = Place::school();
    let server = place.serve(&["--ingest", "school"]);
    assert!(server.printed.contains("words alone"), "{}", server.printed);
    let mut states = Value::Null;
    for _ in 0..100 {
        states = place.run(&["documents", "list", "--json"]).json();
        let items = states.as_array().expect("a list");
        let ended = items.iter().filter(|item| item["state"] == "indexed" || item["state"] == "unsupported").count();
        if ended == 4 {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    assert_eq!(states.as_array().map(Vec::len), Some(4), "{states}");
    let second = place.run(&["serve"]);
    assert_eq!(second.status, 1);
    assert!(second.stderr.contains("is served already"), "{}", second.stderr);
    assert!(server.stop().success());
}

#[test]
fn a_taken_port_is_said() {
    let place = Place::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let ended = place.run(&["serve", "--listen", &address]);
    assert_eq!(ended.status, 1);
    assert!(ended.stderr.contains("choose one with --listen"), "{}", ended.stderr);
}

#[test]
fn questions_come_from_stdin_and_have_a_limit() {
    use std::{io::Write as _, process::Stdio};
    let place = Place::new();
    let ask = |text: &[u8]| {
        let mut child = place
            .command(&["ask", "-", "--json"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("starts");
        // The program may stop reading before the end.
        let _ = child.stdin.take().expect("piped").write_all(text);
        child.wait_with_output().expect("ends")
    };
    let answer = ask("Où est la bibliothèque ?".as_bytes());
    let answer: Value = serde_json::from_slice(&answer.stdout).expect("JSON");
    assert_eq!((answer["abstained"].clone(), answer["language"].clone()), (json!(true), json!("fr")));
    let large = ask(&vec![b'a'; 1_000_000]);
    assert_eq!(large.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&large.stderr).contains("65536 bytes"));
}

#[test]
fn a_damaged_index_is_built_again() {
    let place = Place::school();
    place.run(&["ingest", "school", "--json"]).json();
    for entry in std::fs::read_dir(place.path("data/words")).expect("the index").flatten() {
        std::fs::write(entry.path(), "damaged").expect("writes");
    }
    let ended = place.run(&["ask", QUESTION, "--json"]);
    assert!(ended.stderr.contains("built again"), "{}", ended.stderr);
    assert!(ended.json()["answer"].as_str().expect("a text").contains("three classes"), "{}", ended.stdout);
}

#[test]
fn the_doctor_finds_a_sound_place_and_a_sick_one() {
    let place = Place::school();
    place.run(&["ingest", "school", "--json"]).json();
    let verdicts = |ended: &Ended| -> Vec<(String, String)> {
        let findings: Value = serde_json::from_str(&ended.stdout).expect("JSON");
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let findings = findings.as_array().expect("a list").iter();
        findings.map(|finding| (text(&finding["name"]), text(&finding["verdict"]))).collect()
    };
    let sound = place.run(&["doctor", "--json"]);
    assert_eq!(sound.status, 0, "{}", sound.stdout);
    for name in ["store", "indexes", "parser"] {
        assert!(verdicts(&sound).contains(&(name.to_owned(), "ok".to_owned())), "{}", sound.stdout);
    }
    std::fs::remove_dir_all(place.path("data/blobs")).expect("removes");
    let sick = place.run(&["doctor", "--json"]);
    assert_eq!(sick.status, 1);
    assert!(verdicts(&sick).contains(&("store".to_owned(), "broken".to_owned())), "{}", sick.stdout);
}

#[test]
fn the_specification_is_printed() {
    let specification = Place::new().run(&["openapi"]).json();
    assert!(specification["paths"]["/api/v1/answers"]["post"].is_object());
}
