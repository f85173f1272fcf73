use jiff::Timestamp;
use models::{Clock, Language};
use serde::{Deserialize, Serialize};

use crate::{Address, Link, Mail};

/// One mail to one person, complete: the payload of a job. The same request always makes the same bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailRequest {
    /// Names this mail for ever, for instance the id of the job: two requests with one key are one mail.
    pub key: String,
    /// The `Date` of the mail.
    pub at: Timestamp,
    /// The organisation that speaks, as its people call it.
    pub organisation: String,
    /// Its language, for recipients whose own is not known, as a BCP 47 tag.
    #[serde(default)]
    pub fallback_locale: Option<String>,
    /// The IANA name of the time zone in which moments are told; UTC when absent or unknown.
    #[serde(default)]
    pub time_zone: Option<String>,
    pub to: Recipient,
    pub mail: Mail,
    /// Where one click turns off mails of this kind; used for mails that may be turned off.
    #[serde(default)]
    pub unsubscribe: Option<Link>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipient {
    pub address: Address,
    /// For the greeting. Leave it out where the address is not yet known to be this person's.
    #[serde(default)]
    pub name: Option<String>,
    /// The language of the account as a BCP 47 tag: `fr-CA`.
    #[serde(default)]
    pub locale: Option<String>,
}

impl MailRequest {
    #[must_use]
    pub fn new(key: &str, organisation: &str, to: Recipient, mail: Mail, clock: &dyn Clock) -> Self {
        Self {
            key: key.to_owned(),
            at: clock.now(),
            organisation: organisation.to_owned(),
            fallback_locale: None,
            time_zone: None,
            to,
            mail,
            unsubscribe: None,
        }
    }

    /// French or English: the recipient's language, else the organisation's, else English.
    #[must_use]
    pub fn language(&self) -> Language {
        [&self.to.locale, &self.fallback_locale]
            .into_iter()
            .flatten()
            .map(|tag| Language::from_tag(tag))
            .find(|language| *language != Language::Other)
            .unwrap_or(Language::En)
    }
}

#[cfg(test)]
mod tests {
    use models::FixedClock;

    use super::*;

    #[test]
    fn the_language_falls_back() {
        let check = |own: Option<&str>, organisation: Option<&str>, expect| {
            let request = MailRequest {
                fallback_locale: organisation.map(Into::into),
                ..MailRequest::new(
                    "key",
                    "Lycée Hugo",
                    Recipient {
                        address: "lea@lycee.example".parse().expect("an address"),
                        name: None,
                        locale: own.map(Into::into),
                    },
                    Mail::AccountExists {
                        sign_in: "https://guichet.example/".parse().expect("a link"),
                        reset: "https://guichet.example/".parse().expect("a link"),
                    },
                    &FixedClock(Timestamp::UNIX_EPOCH),
                )
            };
            assert_eq!(request.language(), expect, "{own:?} {organisation:?}");
        };
        check(Some("fr-CA"), Some("en"), Language::Fr);
        check(Some("en"), Some("fr"), Language::En);
        check(Some("de"), Some("fr"), Language::Fr);
        check(None, Some("fr"), Language::Fr);
        check(Some("de"), None, Language::En);
        check(None, None, Language::En);
        check(Some("\r\nfr"), None, Language::En);
    }
}
