//! Every mail in both languages, as its reader's program takes it apart.

use std::fmt::Write;

use jiff::{SignedDuration, Timestamp};
use mail_parser::MessageParser;
use models::FixedClock;
use notify::{Composer, Link, Mail, MailRequest, Message, Recipient, Sender};

fn link(path: &str) -> Link {
    format!("https://guichet.hugo.example/{path}").parse().expect("a link")
}

fn at(text: &str) -> Timestamp {
    text.parse().expect("a moment")
}

fn mails() -> Vec<(&'static str, Mail)> {
    let valid_for = SignedDuration::from_hours(24);
    let once = |path: &str| link(&format!("{path}?token=T0k3n-_&next=%2Fcourses"));
    vec![
        ("verify_email", Mail::VerifyEmail { link: once("verify"), valid_for }),
        ("account_exists", Mail::AccountExists { sign_in: link("sign-in"), reset: link("forgotten") }),
        ("reset_password", Mail::ResetPassword { link: once("reset"), valid_for: SignedDuration::from_mins(30) }),
        ("password_changed", Mail::PasswordChanged { at: at("2026-09-01T22:05:00Z"), reset: link("forgotten") }),
        (
            "invitation",
            Mail::Invitation {
                inviter: Some("Amélie Roux".to_owned()),
                link: once("welcome"),
                valid_for: SignedDuration::from_hours(7 * 24),
            },
        ),
        ("first_administrator", Mail::FirstAdministrator { link: once("setup"), valid_for }),
        (
            "new_sign_in",
            Mail::NewSignIn {
                at: at("2026-09-01T06:05:00Z"),
                device: "Firefox 140, Linux".to_owned(),
                network_address: "192.0.2.7".to_owned(),
                sessions: link("sessions"),
            },
        ),
        ("session_stolen", Mail::SessionStolen { at: at("2026-12-01T09:30:00Z"), reset: link("forgotten") }),
        (
            "export_ready",
            Mail::ExportReady {
                name: "Tickets <2026>.csv".to_owned(),
                link: once("export"),
                valid_for: SignedDuration::from_hours(7 * 24),
            },
        ),
    ]
}

fn request(mail: Mail, locale: &str) -> MailRequest {
    let to = Recipient {
        address: "lea.martin@hugo.example".parse().expect("an address"),
        name: Some("Léa".to_owned()),
        locale: Some(locale.to_owned()),
    };
    let clock = FixedClock(at("2026-09-01T22:05:09Z"));
    MailRequest {
        time_zone: Some("Europe/Paris".to_owned()),
        unsubscribe: Some(link("preferences?stop=exports")),
        ..MailRequest::new("job_0198", "Lycée Victor Hugo", to, mail, &clock)
    }
}

fn composer() -> Composer {
    let reply_to = None;
    Composer::new(Sender { address: "no-reply@hugo.example".parse().expect("an address"), reply_to })
        .expect("templates")
}

fn compose(request: &MailRequest) -> Message {
    composer().compose(request).expect("a message")
}

/// Headers as they travel, then both parts as they are read.
fn readable(message: &Message) -> String {
    let parsed = MessageParser::default().parse(&message.bytes).expect("a mail that parses");
    let raw = String::from_utf8(message.bytes.clone()).expect("ASCII");
    let (headers, _) = raw.split_once("\r\n\r\n").expect("headers and a body");
    let mut page = headers.replace("\r\n", "\n");
    let _ = write!(page, "\n\n=== subject\n{}", parsed.subject().expect("a subject"));
    for (name, part) in [("text", parsed.body_text(0)), ("html", parsed.body_html(0))] {
        let _ = write!(page, "\n\n=== {name}\n{}", part.expect(name).replace("\r\n", "\n").trim_end());
    }
    page
}

#[test]
fn every_mail_reads_well_in_both_languages() {
    for (name, mail) in mails() {
        for language in ["fr", "en"] {
            insta::assert_snapshot!(format!("{name}.{language}"), readable(&compose(&request(mail.clone(), language))));
        }
    }
}

#[test]
fn a_message_as_it_travels() {
    let (_, mail) = mails().remove(0);
    let message = compose(&request(mail, "fr"));
    let raw = String::from_utf8(message.bytes).expect("ASCII");
    assert!(raw.is_ascii());
    assert!(!raw.replace("\r\n", "").contains(['\r', '\n']), "every line ends with CRLF");
    assert!(raw.lines().all(|line| line.len() <= 998), "RFC 5322 allows 998 bytes in a line");
    insta::assert_snapshot!("raw", raw.replace("\r\n", "\n"));
}

#[test]
fn a_request_that_was_stored_makes_the_same_bytes() {
    for (name, mail) in mails() {
        let request = request(mail, "en");
        let stored = serde_json::to_string(&request).expect("a payload");
        let read: MailRequest = serde_json::from_str(&stored).expect("the payload again");
        assert_eq!(read, request);
        assert_eq!(compose(&read).bytes, compose(&request).bytes, "{name}");
    }
}

#[test]
fn replies_go_where_they_are_read() {
    let (_, mail) = mails().remove(0);
    let address = |name: &str| format!("{name}@hugo.example").parse().expect("an address");
    let sender = Sender { address: address("no-reply"), reply_to: Some(address("bureau")) };
    let message = Composer::new(sender).expect("templates").compose(&request(mail, "en")).expect("a message");
    let parsed = MessageParser::default().parse(&message.bytes).expect("a mail that parses");
    assert_eq!(parsed.header_raw("Reply-To").map(str::trim), Some("bureau@hugo.example"));
    assert!(!parsed.body_text(0).expect("text").contains("not read"));
}

#[test]
fn the_message_id_is_the_keys() {
    let (_, mail) = mails().remove(0);
    let one = request(mail, "fr");
    let other = MailRequest { key: "job_0199".to_owned(), ..one.clone() };
    assert_eq!(compose(&one).id, compose(&one).id);
    assert_ne!(compose(&one).id, compose(&other).id);
    assert!(compose(&one).id.ends_with("@hugo.example"));
}

#[test]
fn nothing_typed_reaches_the_headers_or_the_markup() {
    let hostile = "Léa\r\nBcc: all@evil.example\r\n\r\n<script>alert(1)</script>{{ link }}";
    let mut request = request(
        Mail::Invitation {
            inviter: Some(hostile.to_owned()),
            link: link("welcome"),
            valid_for: SignedDuration::from_hours(24),
        },
        "en",
    );
    request.organisation = hostile.to_owned();
    request.to.name = Some(hostile.to_owned());
    let message = compose(&request);
    let parsed = MessageParser::default().parse(&message.bytes).expect("a mail that parses");
    assert!(parsed.bcc().is_none(), "no header of the attacker's");
    assert_eq!(parsed.to().and_then(|to| to.first()).and_then(|to| to.address()), Some("lea.martin@hugo.example"));
    assert_eq!(
        parsed.from().and_then(|from| from.first()).and_then(|from| from.address()),
        Some("no-reply@hugo.example")
    );
    let html = parsed.body_html(0).expect("html");
    assert!(!html.contains("<script>"), "{html}");
    assert!(html.contains("&lt;script&gt;"), "{html}");
    let text = parsed.body_text(0).expect("text");
    assert!(text.contains("{{ link }}"), "typed braces stay braces");
    assert!(!text.contains("\nBcc:"), "{text}");
    // A name that looks like an address or markup is not repeated in the greeting.
    assert!(text.starts_with("Hello,"), "{text}");
}

#[test]
fn a_name_that_is_too_long_is_cut() {
    let (_, mail) = mails().remove(4);
    let mut request = request(mail, "en");
    request.organisation = "É".repeat(10_000);
    let message = compose(&request);
    assert!(message.bytes.len() < 20_000, "{} bytes", message.bytes.len());
    let parsed = MessageParser::default().parse(&message.bytes).expect("a mail that parses");
    assert!(parsed.subject().expect("a subject").chars().count() <= 160);
}

#[test]
fn only_mails_that_may_be_turned_off_offer_it() {
    for (name, mail) in mails() {
        let optional = mail.is_optional();
        let message = compose(&request(mail, "en"));
        let parsed = MessageParser::default().parse(&message.bytes).expect("a mail that parses");
        assert_eq!(parsed.header("List-Unsubscribe").is_some(), optional, "{name}");
        assert_eq!(parsed.header("List-Unsubscribe-Post").is_some(), optional, "{name}");
        assert_eq!(parsed.header_raw("Auto-Submitted").map(str::trim), Some("auto-generated"), "{name}");
    }
}

#[test]
fn secrets_do_not_print() {
    let (_, mail) = mails().remove(0);
    let request = request(mail, "en");
    let message = compose(&request);
    let printed = format!("{request:?} {message:?}");
    assert!(!printed.contains("T0k3n"), "{printed}");
}
