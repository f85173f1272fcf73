//! One source for each mail and language, from which both parts are made.
//!
//! A source is blocks between empty lines. The first is the subject. A block of lines `- …` is a list, a line
//! `=> variable: label` is a button that leads to the link in that variable, everything else is a paragraph. Blocks are
//! told apart before anything is filled in, so nothing that people typed can make one.

use std::collections::BTreeMap;

use minijinja::{AutoEscape, Environment, ErrorKind, UndefinedBehavior, Value};
use models::Language;

use crate::Result;

macro_rules! sources {
    ($($name:literal),* $(,)?) => {
        [$(
            ($name, "fr", include_str!(concat!("../templates/fr/", $name, ".txt"))),
            ($name, "en", include_str!(concat!("../templates/en/", $name, ".txt"))),
        )*]
    };
}

const SOURCES: [(&str, &str, &str); 18] = sources![
    "verify_email",
    "account_exists",
    "reset_password",
    "password_changed",
    "invitation",
    "first_administrator",
    "new_sign_in",
    "session_stolen",
    "export_ready",
];

/// The compiled templates of all mails.
#[derive(Debug)]
pub(crate) struct Templates {
    environment: Environment<'static>,
}

/// A mail in words.
#[derive(Debug)]
pub(crate) struct Rendered {
    pub subject: String,
    pub text: String,
    pub html: String,
}

impl Templates {
    pub(crate) fn embedded() -> Result<Self> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|name| match name.rsplit_once('.') {
            Some((_, "html")) => AutoEscape::Html,
            _ => AutoEscape::None,
        });
        environment.add_template("layout.html", include_str!("../templates/layout.html"))?;
        environment.add_template("layout.txt", include_str!("../templates/layout.txt"))?;
        for (name, language, source) in SOURCES {
            let (subject, blocks) = read(source)?;
            environment.add_template_owned(format!("{language}/{name}/subject.txt"), subject.to_owned())?;
            environment.add_template_owned(format!("{language}/{name}/body.txt"), as_text(&blocks))?;
            environment.add_template_owned(format!("{language}/{name}/body.html"), as_html(&blocks))?;
        }
        Ok(Self { environment })
    }

    pub(crate) fn render(&self, name: &str, language: Language, variables: &Value) -> Result<Rendered> {
        let language = if language == Language::Fr { "fr" } else { "en" };
        let part = |part: &str, variables: &Value| -> Result<String> {
            let template = self.environment.get_template(&format!("{language}/{name}/{part}"))?;
            Ok(template.render(variables)?)
        };
        let subject = part("subject.txt", variables)?;
        let shared =
            Value::from(BTreeMap::from([("subject", Value::from(&subject)), ("language", Value::from(language))]));
        let variables = minijinja::value::merge_maps([variables.clone(), shared]);
        Ok(Rendered { text: part("body.txt", &variables)?, html: part("body.html", &variables)?, subject })
    }
}

// Mail programs drop style sheets; a style on the element stays.
const BUTTON: &str = "display:inline-block;padding:10px 18px;border-radius:6px;background:#1d4ed8;color:#ffffff;\
                      text-decoration:none;font-weight:600";
const SMALL: &str = "color:#52525b;font-size:13px;word-break:break-all";

enum Block<'a> {
    Paragraph(&'a str),
    List(Vec<&'a str>),
    Button { variable: &'a str, label: &'a str },
}

/// The subject and the blocks after it.
fn read(source: &str) -> Result<(&str, Vec<Block<'_>>)> {
    let wrong = |detail: String| minijinja::Error::new(ErrorKind::SyntaxError, detail);
    let mut blocks = source.trim().split("\n\n").map(str::trim);
    let subject = blocks.next().filter(|subject| !subject.is_empty() && !subject.contains('\n'));
    let subject = subject.ok_or_else(|| wrong("a mail begins with one line, its subject".into()))?;
    let blocks = blocks.map(|block| {
        if let Some(button) = block.strip_prefix("=> ") {
            let (variable, label) = button.split_once(": ").ok_or_else(|| wrong(format!("`{block}` has no label")))?;
            return Ok(Block::Button { variable, label });
        }
        if block.starts_with("- ") {
            let items = block.lines().map(|line| line.strip_prefix("- "));
            let items = items.collect::<Option<_>>().ok_or_else(|| wrong(format!("`{block}` is half a list")))?;
            return Ok(Block::List(items));
        }
        Ok(Block::Paragraph(block))
    });
    Ok((subject, blocks.collect::<Result<_>>()?))
}

fn as_text(blocks: &[Block<'_>]) -> String {
    let blocks = blocks.iter().map(|block| match block {
        Block::Paragraph(text) => text.replace('\n', " "),
        Block::List(items) => items.iter().map(|item| format!("- {item}")).collect::<Vec<_>>().join("\n"),
        Block::Button { variable, label } => format!("{label}\n<{{{{ {variable} }}}}>"),
    });
    extending("layout.txt", &blocks.collect::<Vec<_>>().join("\n\n"))
}

fn as_html(blocks: &[Block<'_>]) -> String {
    let blocks = blocks.iter().map(|block| match block {
        Block::Paragraph(text) => format!("<p>{}</p>", text.replace('\n', " ")),
        Block::List(items) => {
            format!("<ul><li>{}</li></ul>", items.join("</li><li>"))
        }
        Block::Button { variable, label } => {
            format!(
                "<p><a style=\"{BUTTON}\" href=\"{{{{ {variable} }}}}\">{label}</a></p>\n\
                 <p style=\"{SMALL}\">{{{{ {variable} }}}}</p>"
            )
        }
    });
    extending("layout.html", &blocks.collect::<Vec<_>>().join("\n"))
}

fn extending(layout: &str, body: &str) -> String {
    format!("{{% extends \"{layout}\" %}}{{% block body %}}{body}{{% endblock %}}")
}
