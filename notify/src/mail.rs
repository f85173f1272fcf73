use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use minijinja::{Value, context};
use models::Language;
use serde::{Deserialize, Serialize};

use crate::{Link, line::greeting_name, line::one_line, words};

/// What there is to say. One template in each language belongs to each.
///
/// Links hold one-time secrets; they do not print. Texts that people typed may be anything: they are cleaned when a
/// mail is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Mail {
    /// The answer to a registration. Names nobody: anyone may have typed this address.
    VerifyEmail {
        link: Link,
        valid_for: SignedDuration,
    },
    /// The answer to a registration with an address that has an account: only its owner learns that.
    AccountExists {
        sign_in: Link,
        reset: Link,
    },
    ResetPassword {
        link: Link,
        valid_for: SignedDuration,
    },
    /// `reset` is for an owner who did not do it.
    PasswordChanged {
        at: Timestamp,
        reset: Link,
    },
    /// An account made by somebody else; the link sets the first password.
    Invitation {
        inviter: Option<String>,
        link: Link,
        valid_for: SignedDuration,
    },
    /// The link that makes the first administrator of an installation or an organisation.
    FirstAdministrator {
        link: Link,
        valid_for: SignedDuration,
    },
    /// A sign-in from a device that this account has not used before.
    NewSignIn {
        at: Timestamp,
        device: String,
        network_address: String,
        sessions: Link,
    },
    /// A sign-in's key was used twice, so somebody may have copied it; that sign-in was ended everywhere.
    SessionStolen {
        at: Timestamp,
        reset: Link,
    },
    ExportReady {
        name: String,
        link: Link,
        valid_for: SignedDuration,
    },
}

impl Mail {
    /// The name of its template.
    pub(crate) const fn template(&self) -> &'static str {
        match self {
            Self::VerifyEmail { .. } => "verify_email",
            Self::AccountExists { .. } => "account_exists",
            Self::ResetPassword { .. } => "reset_password",
            Self::PasswordChanged { .. } => "password_changed",
            Self::Invitation { .. } => "invitation",
            Self::FirstAdministrator { .. } => "first_administrator",
            Self::NewSignIn { .. } => "new_sign_in",
            Self::SessionStolen { .. } => "session_stolen",
            Self::ExportReady { .. } => "export_ready",
        }
    }

    /// Whether its reader may turn it off. What keeps an account safe is always sent.
    #[must_use]
    pub const fn is_optional(&self) -> bool {
        matches!(self, Self::ExportReady { .. })
    }

    /// What its template may use, beside the variables of every mail.
    pub(crate) fn variables(&self, language: Language, zone: &TimeZone) -> Value {
        let lasting = |duration: &SignedDuration| words::duration(language, *duration);
        match self {
            Self::VerifyEmail { link, valid_for }
            | Self::ResetPassword { link, valid_for }
            | Self::FirstAdministrator { link, valid_for } => {
                context! { link => link.expose(), valid_for => lasting(valid_for) }
            }
            Self::AccountExists { sign_in, reset } => {
                context! { sign_in => sign_in.expose(), reset => reset.expose() }
            }
            Self::PasswordChanged { at, reset } | Self::SessionStolen { at, reset } => {
                context! { at => words::moment(language, *at, zone), reset => reset.expose() }
            }
            Self::Invitation { inviter, link, valid_for } => context! {
                inviter => inviter.as_deref().and_then(greeting_name),
                link => link.expose(),
                valid_for => lasting(valid_for),
            },
            Self::NewSignIn { at, device, network_address, sessions } => context! {
                at => words::moment(language, *at, zone),
                device => one_line(device, 120),
                network_address => one_line(network_address, 60),
                sessions => sessions.expose(),
            },
            Self::ExportReady { name, link, valid_for } => context! {
                export => one_line(name, 120),
                link => link.expose(),
                valid_for => lasting(valid_for),
            },
        }
    }
}
