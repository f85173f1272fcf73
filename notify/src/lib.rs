//! Mail out: what the product has to say, in French or English, as a message that any transport can carry.
//!
//! A [`MailRequest`] is a value: it can be a job's payload. [`Composer`] turns it into bytes, always the same for the same
//! request, and a [`Transport`] hands them on: to a folder ([`Outbox`]) or to an SMTP server ([`Smtp`]).
//!
//! ```no_run
//! # async fn example(clock: &dyn models::Clock) -> notify::Result<()> {
//! use notify::{Composer, Mail, MailRequest, Mailer, Outbox, Recipient, Sender};
//!
//! let composer = Composer::new(Sender { address: "no-reply@lycee.example".parse()?, reply_to: None })?;
//! let mailer = Mailer::new(composer, std::sync::Arc::new(Outbox::new("data/outbox")));
//! let mail = Mail::VerifyEmail {
//!     link: "https://guichet.lycee.example/verify?token=…".parse()?,
//!     valid_for: jiff::SignedDuration::from_hours(24),
//! };
//! let to = Recipient { address: "lea@lycee.example".parse()?, name: None, locale: Some("fr".into()) };
//! mailer.send(&MailRequest::new("job_018f…", "Lycée Hugo", to, mail, clock)).await?;
//! # Ok(()) }
//! ```
#![expect(clippy::missing_errors_doc, reason = "everything fails with `Error`, whose variants say why")]

mod address;
mod compose;
mod error;
mod line;
mod link;
mod mail;
mod outbox;
mod request;
mod smtp;
mod templates;
mod transport;
mod words;

pub use address::Address;
pub use compose::{Composer, Sender};
pub use error::{Error, Result};
pub use link::Link;
pub use mail::Mail;
pub use outbox::Outbox;
pub use request::{MailRequest, Recipient};
pub use smtp::{Credentials, Security, Smtp, SmtpSettings};
pub use transport::{Mailer, Message, Transport};
