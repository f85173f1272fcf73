use std::time::SystemTime;

use jiff::{Timestamp, tz::TimeZone};
use lettre::message::{
    Body, Mailbox, MultiPart, SinglePart,
    header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue},
};
use minijinja::context;
use models::Language;
use sha2::{Digest, Sha256};

use crate::{
    Address, Error, Link, MailRequest, Message, Result,
    line::{greeting_name, one_line},
    templates::{Rendered, Templates},
};

/// The longest name of an organisation that a mail repeats, in characters.
const LONGEST_NAME: usize = 120;
/// Mail programs show less; RFC 5322 wants lines under 998 bytes, which folding sees to.
const LONGEST_SUBJECT: usize = 160;

/// Who sends.
#[derive(Debug, Clone)]
pub struct Sender {
    /// The envelope's and the header's sender. Its domain also names the mails (`Message-ID`).
    pub address: Address,
    pub reply_to: Option<Address>,
}

/// Makes messages out of requests.
#[derive(Debug)]
pub struct Composer {
    templates: Templates,
    sender: Sender,
}

impl Composer {
    pub fn new(sender: Sender) -> Result<Self> {
        Ok(Self { templates: Templates::embedded()?, sender })
    }

    /// The same request makes the same bytes, so that a retried job cannot make a second, different mail.
    pub fn compose(&self, request: &MailRequest) -> Result<Message> {
        let organisation = one_line(&request.organisation, LONGEST_NAME);
        let language = request.language();
        let unsubscribe = request.unsubscribe.as_ref().filter(|_| request.mail.is_optional());
        let shared = context! {
            organisation => &organisation,
            name => request.to.name.as_deref().and_then(greeting_name),
            replies_are_read => self.sender.reply_to.is_some(),
            unsubscribe => unsubscribe.map(Link::expose),
        };
        let own = request.mail.variables(language, &zone(request));
        let variables = minijinja::value::merge_maps([own, shared]);
        let words = self.templates.render(request.mail.template(), language, &variables)?;

        let key = format!("{:x}", Sha256::digest(&request.key));
        let id = format!("{}@{}", &key[..32], self.sender.address.domain());
        let mut builder = lettre::Message::builder()
            .message_id(Some(format!("<{id}>")))
            .date(SystemTime::from(request.at.max(Timestamp::UNIX_EPOCH)))
            .from(mailbox(&self.sender.address, Some(organisation.as_ref())))
            .to(mailbox(&request.to.address, None))
            .subject(one_line(&words.subject, LONGEST_SUBJECT))
            .raw_header(header("Auto-Submitted", "auto-generated"))
            .raw_header(header("Content-Language", if language == Language::Fr { "fr" } else { "en" }));
        if let Some(reply_to) = &self.sender.reply_to {
            builder = builder.reply_to(mailbox(reply_to, None));
        }
        if let Some(link) = unsubscribe {
            builder = builder.raw_header(header("List-Unsubscribe", &format!("<{}>", link.expose())));
            if link.is_https() {
                // RFC 8058: the mail program itself may post there.
                builder = builder.raw_header(header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"));
            }
        }
        let bytes = builder.multipart(both_parts(words, &key[32..])?)?.formatted();
        let (from, to) = (self.sender.address.clone(), request.to.address.clone());
        Ok(Message { id, at: request.at, from, to, bytes })
    }
}

/// Text first: a mail program shows the last part that it understands.
fn both_parts(words: Rendered, boundary: &str) -> Result<MultiPart> {
    let part = |content_type: ContentType, text: String| {
        // Quoted-printable whatever the text is: any server carries it, and lines stay short.
        let encoding = ContentTransferEncoding::QuotedPrintable;
        let body = Body::new_with_encoding(text, encoding)
            .map_err(|_| Error::Settings("a mail's text cannot be encoded".to_owned()))?;
        Ok::<_, Error>(SinglePart::builder().content_type(content_type).body(body))
    };
    Ok(MultiPart::alternative()
        .boundary(boundary)
        .singlepart(part(ContentType::TEXT_PLAIN, words.text)?)
        .singlepart(part(ContentType::TEXT_HTML, words.html)?))
}

fn mailbox(address: &Address, name: Option<&str>) -> Mailbox {
    Mailbox::new(name.filter(|name| !name.is_empty()).map(str::to_owned), address.wire().clone())
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

fn zone(request: &MailRequest) -> TimeZone {
    request.time_zone.as_deref().and_then(|name| TimeZone::get(name).ok()).unwrap_or(TimeZone::UTC)
}
