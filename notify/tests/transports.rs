//! One suite for every transport, then what only SMTP can meet.

mod support;

use std::{
    collections::BTreeSet,
    fs,
    sync::Arc,
    time::{Duration, Instant},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use notify::{Credentials, Error, Message, Outbox, Security, Smtp, SmtpSettings, Transport};
use support::{SelfSigned, Server, closed_port};

fn message(number: usize, to: &str) -> Message {
    let id = format!("{number:032x}@hugo.example");
    // A line that is a dot ends a mail in SMTP, unless it is doubled on the way.
    let bytes = format!("Message-ID: <{id}>\r\nSubject: {number}\r\n\r\nBonjour\r\n.\r\n..\r\n.fin\r\n").into_bytes();
    Message {
        id,
        at: Timestamp::UNIX_EPOCH,
        from: "no-reply@hugo.example".parse().expect("an address"),
        to: to.parse().expect("an address"),
        bytes,
    }
}

/// What every transport must do. `received` waits for so many mails and gives their bytes.
async fn contract(transport: Arc<dyn Transport>, received: impl AsyncFnOnce(usize) -> Vec<Vec<u8>>) {
    let mut expect = BTreeSet::new();
    let mut sending = Vec::new();
    for number in 0..20 {
        let message = message(number, "lea@hugo.example");
        expect.insert(message.bytes.clone());
        let transport = Arc::clone(&transport);
        sending.push(tokio::spawn(async move { transport.send(&message).await }));
    }
    for sent in sending {
        sent.await.expect("no panic").expect("sent");
    }
    // Addresses beyond ASCII (RFC 6531).
    let utf8 = message(20, "léa@hugo.example");
    transport.send(&utf8).await.expect("sent");
    expect.insert(utf8.bytes);
    // A second attempt is harmless and brings nothing new.
    transport.send(&message(0, "lea@hugo.example")).await.expect("sent again");
    let got: BTreeSet<_> = received(22).await.into_iter().collect();
    let readable = |mails: &BTreeSet<Vec<u8>>, other: &BTreeSet<Vec<u8>>| -> Vec<String> {
        mails.difference(other).map(|mail| String::from_utf8_lossy(mail).into_owned()).collect()
    };
    assert_eq!(readable(&expect, &got), [""; 0], "every mail arrived, byte for byte");
    assert_eq!(readable(&got, &expect), [""; 0], "and no other");
}

#[tokio::test]
async fn outbox() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("data/outbox");
    contract(Arc::new(Outbox::new(&path)), async |_| {
        let entries = fs::read_dir(&path).expect("the outbox").map(|entry| entry.expect("an entry").path());
        let files: Vec<_> = entries.collect();
        assert_eq!(files.len(), 21, "a mail sent twice is one file, and nothing unfinished stays: {files:?}");
        assert!(files.iter().all(|file| file.extension().is_some_and(|extension| extension == "eml")));
        #[cfg(unix)]
        for file in &files {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(file).expect("a file").permissions().mode();
            assert_eq!(mode & 0o077, 0, "only its owner reads {}", file.display());
        }
        files.iter().map(|file| fs::read(file).expect("a mail")).collect()
    })
    .await;
}

#[tokio::test]
async fn an_outbox_that_cannot_be_written_is_tried_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let in_the_way = folder.path().join("outbox");
    fs::write(&in_the_way, "a file").expect("written");
    let error = Outbox::new(&in_the_way).send(&message(1, "lea@hugo.example")).await.expect_err("no folder");
    assert!(matches!(error, Error::Outbox { .. }) && error.is_temporary(), "{error}");
}

/// A plain server on this machine.
fn settings(port: u16) -> SmtpSettings {
    SmtpSettings {
        port: Some(port),
        security: Security::Plain,
        timeout: Duration::from_secs(20),
        ..SmtpSettings::new("127.0.0.1")
    }
}

async fn send(settings: &SmtpSettings, to: &str) -> Result<(), Error> {
    Smtp::new(settings, "guichet.hugo.example").expect("settings").send(&message(1, to)).await
}

#[tokio::test]
async fn smtp() {
    let Some(mut server) = Server::start("smtp", &[]).await else { return };
    let transport = Smtp::new(&settings(server.port), "guichet.hugo.example").expect("settings");
    contract(Arc::new(transport), async |count| {
        let mut got = Vec::new();
        for _ in 0..count {
            let mail = server.next().await;
            assert_eq!(mail["from"], "no-reply@hugo.example");
            assert_eq!(mail["to"].as_array().map(Vec::len), Some(1), "one recipient: {mail}");
            got.push(STANDARD.decode(mail["bytes"].as_str().expect("bytes")).expect("base64"));
        }
        assert!(server.stop().await.is_empty(), "nothing else was sent");
        got
    })
    .await;
}

#[tokio::test]
async fn refusals_say_whether_to_try_again() {
    let Some(server) = Server::start("refusals_say_whether_to_try_again", &[]).await else { return };
    let settings = settings(server.port);
    let refused = send(&settings, "unknown@hugo.example").await.expect_err("550");
    assert!(matches!(refused, Error::Refused { .. }) && !refused.is_temporary(), "{refused}");
    assert!(refused.to_string().contains("no such mailbox"), "the server's own words: {refused}");
    let postponed = send(&settings, "busy@hugo.example").await.expect_err("451");
    assert!(matches!(postponed, Error::Postponed { .. }) && postponed.is_temporary(), "{postponed}");
    assert!(server.stop().await.is_empty());
}

#[tokio::test]
async fn a_silent_server_does_not_hold_us() {
    let Some(server) = Server::start("a_silent_server_does_not_hold_us", &[]).await else { return };
    let impatient = SmtpSettings { timeout: Duration::from_secs(1), ..settings(server.port) };
    let begun = Instant::now();
    let error = send(&impatient, "slow@hugo.example").await.expect_err("no answer after the mail");
    assert!(matches!(error, Error::TimedOut { .. }) && error.is_temporary(), "{error}");
    // A server that accepts and never greets.
    let mute = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let impatient = SmtpSettings { port: Some(mute.local_addr().expect("its address").port()), ..impatient };
    let error = send(&impatient, "lea@hugo.example").await.expect_err("no greeting");
    assert!(matches!(error, Error::TimedOut { .. }) && error.is_temporary(), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn nobody_there_is_tried_again() {
    let error = send(&settings(closed_port()), "lea@hugo.example").await.expect_err("connection refused");
    assert!(matches!(error, Error::Unreachable { .. }) && error.is_temporary(), "{error}");
    let nowhere = SmtpSettings { host: "mail.invalid".to_owned(), ..settings(25) };
    let error = send(&nowhere, "lea@hugo.example").await.expect_err("no such name");
    assert!(error.is_temporary(), "{error}");
}

#[tokio::test]
async fn a_server_that_came_back_is_used_again() {
    let test = "a_server_that_came_back_is_used_again";
    let Some(mut server) = Server::start(test, &[]).await else { return };
    let port = server.port;
    let transport = Smtp::new(&settings(port), "guichet.hugo.example").expect("settings");
    transport.send(&message(1, "lea@hugo.example")).await.expect("sent");
    server.next().await;
    server.stop().await;
    let error = transport.send(&message(2, "lea@hugo.example")).await.expect_err("it is gone");
    assert!(error.is_temporary(), "{error}");
    let Some(mut server) = Server::start(test, &["--port", &port.to_string()]).await else { return };
    transport.send(&message(2, "lea@hugo.example")).await.expect("sent over a fresh connection");
    assert_eq!(server.next().await["to"][0], "lea@hugo.example");
}

fn account(password: &str) -> Credentials {
    Credentials { user: "guichet".to_owned(), password: password.to_owned() }
}

#[tokio::test]
async fn starttls_protects_the_account() {
    let certificate = SelfSigned::new();
    let [cert, key] = certificate.files();
    let arguments = ["--starttls", &cert, &key, "--auth"];
    let Some(mut server) = Server::start("starttls_protects_the_account", &arguments).await else { return };
    let trusting = SmtpSettings {
        security: Security::StartTls,
        credentials: Some(account("right")),
        extra_root: Some(certificate.pem.clone()),
        ..settings(server.port)
    };
    send(&trusting, "lea@hugo.example").await.expect("sent");
    let mail = server.next().await;
    assert_eq!((&mail["tls"], &mail["user"]), (&true.into(), &"guichet".into()));

    let wrong = SmtpSettings { credentials: Some(account("wrong")), ..trusting.clone() };
    let error = send(&wrong, "lea@hugo.example").await.expect_err("535");
    assert!(matches!(error, Error::NotAdmitted { .. }) && error.is_temporary(), "{error}");
    assert!(!format!("{error} {error:?} {wrong:?}").contains("wrong\""), "the password does not print");

    let anonymous = SmtpSettings { credentials: None, ..trusting.clone() };
    let error = send(&anonymous, "lea@hugo.example").await.expect_err("530");
    assert!(matches!(error, Error::NotAdmitted { .. }) && error.is_temporary(), "{error}");

    let stranger = SmtpSettings { extra_root: None, ..trusting };
    let error = send(&stranger, "lea@hugo.example").await.expect_err("a certificate that nobody vouches for");
    assert!(matches!(error, Error::Unreachable { .. }) && error.is_temporary(), "{error}");
    assert!(server.stop().await.is_empty(), "none of these was taken");
}

#[tokio::test]
async fn tls_from_the_first_byte() {
    let certificate = SelfSigned::new();
    let [cert, key] = certificate.files();
    let Some(mut server) = Server::start("tls_from_the_first_byte", &["--tls", &cert, &key]).await else { return };
    let settings = SmtpSettings {
        host: "localhost".to_owned(),
        security: Security::Tls,
        extra_root: Some(certificate.pem.clone()),
        ..settings(server.port)
    };
    send(&settings, "lea@hugo.example").await.expect("sent");
    assert_eq!(server.next().await["to"][0], "lea@hugo.example");
}

#[tokio::test]
async fn a_server_without_starttls_gets_nothing() {
    let Some(server) = Server::start("a_server_without_starttls_gets_nothing", &["--auth"]).await else { return };
    let settings =
        SmtpSettings { security: Security::StartTls, credentials: Some(account("right")), ..settings(server.port) };
    let error = send(&settings, "lea@hugo.example").await.expect_err("no STARTTLS");
    assert!(matches!(error, Error::NotAdmitted { .. }) && error.is_temporary(), "{error}");
    assert!(server.stop().await.is_empty());
}

#[tokio::test]
async fn a_password_does_not_travel_in_the_open() {
    let open =
        SmtpSettings { host: "mail.hugo.example".to_owned(), credentials: Some(account("right")), ..settings(25) };
    let error = Smtp::new(&open, "guichet.hugo.example").expect_err("refused before anything is sent");
    assert!(matches!(error, Error::Settings(_)), "{error}");
    let broken = SmtpSettings { extra_root: Some(b"not a certificate".to_vec()), ..SmtpSettings::new("mail.example") };
    assert!(Smtp::new(&broken, "guichet.hugo.example").is_err());
}
