use std::{fmt, net::IpAddr, time::Duration};

use async_trait::async_trait;
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Tokio1Executor,
    address::Envelope,
    transport::smtp::{
        PoolConfig, authentication,
        client::{Certificate, Tls, TlsParameters},
        extension::ClientId,
    },
};

use crate::{Error, Message, Result, Transport};

/// How an SMTP server is reached.
#[derive(Debug, Clone)]
pub struct SmtpSettings {
    pub host: String,
    /// By default the usual one of `security`: 465, 587 or 25.
    pub port: Option<u16>,
    pub security: Security,
    pub credentials: Option<Credentials>,
    /// PEM certificates to trust beside the machine's own, for a school's private authority.
    pub extra_root: Option<Vec<u8>>,
    /// For one whole mail, connection included.
    pub timeout: Duration,
    /// Connections at most; more mails wait for one.
    pub connections: u32,
}

/// What protects the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte (RFC 8314).
    Tls,
    /// STARTTLS, required: a server that does not offer it gets neither password nor mail.
    StartTls,
    /// Nothing: for a server on this machine or on a network that is trusted. Takes credentials on loopback only.
    Plain,
}

/// An account on the mail server. The password does not print.
#[derive(Clone)]
pub struct Credentials {
    pub user: String,
    pub password: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("user", &self.user).finish_non_exhaustive()
    }
}

impl SmtpSettings {
    /// TLS, no account, 30 seconds for a mail, four connections.
    #[must_use]
    pub fn new(host: &str) -> Self {
        Self {
            host: host.to_owned(),
            port: None,
            security: Security::Tls,
            credentials: None,
            extra_root: None,
            timeout: Duration::from_secs(30),
            connections: 4,
        }
    }
}

/// Hands mails to an SMTP server, over connections that it keeps for a while.
#[derive(Debug, Clone)]
pub struct Smtp {
    client: AsyncSmtpTransport<Tokio1Executor>,
    server: String,
    timeout: Duration,
}

impl Smtp {
    /// Checks the settings; does not connect.
    pub fn new(settings: &SmtpSettings, hello_name: &str) -> Result<Self> {
        let SmtpSettings { host, security, credentials, .. } = settings;
        if *security == Security::Plain && credentials.is_some() && !is_loopback(host) {
            let advice = "a password would travel in the open; use TLS or STARTTLS, or a server on this machine";
            return Err(Error::Settings(format!("{host}: {advice}")));
        }
        let tls = || tls_parameters(host, settings.extra_root.as_deref());
        let (tls, port) = match security {
            Security::Tls => (Tls::Wrapper(tls()?), 465),
            Security::StartTls => (Tls::Required(tls()?), 587),
            Security::Plain => (Tls::None, 25),
        };
        let port = settings.port.unwrap_or(port);
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)
            .port(port)
            .tls(tls)
            .timeout(Some(settings.timeout))
            .hello_name(ClientId::Domain(hello_name.to_owned()))
            .pool_config(PoolConfig::new().max_size(settings.connections));
        if let Some(Credentials { user, password }) = credentials {
            builder = builder.credentials(authentication::Credentials::new(user.clone(), password.clone()));
        }
        Ok(Self { client: builder.build(), server: format!("{host}:{port}"), timeout: settings.timeout })
    }
}

#[async_trait]
impl Transport for Smtp {
    async fn send(&self, message: &Message) -> Result<()> {
        let envelope = Envelope::new(Some(message.from.wire().clone()), vec![message.to.wire().clone()])?;
        let server = || self.server.clone();
        // The client ends a mail with a line break of its own.
        let bytes = message.bytes.strip_suffix(b"\r\n").unwrap_or(&message.bytes);
        // The client limits the connection only; a server that falls silent later would hold us for ever.
        let sent = tokio::time::timeout(self.timeout, self.client.send_raw(&envelope, bytes)).await;
        match sent {
            Err(_) => Err(Error::TimedOut { server: server(), after: self.timeout }),
            Ok(Ok(_)) => Ok(()),
            Ok(Err(source)) => Err(self.explain(source, message)),
        }
    }
}

impl Smtp {
    fn explain(&self, source: lettre::transport::smtp::Error, message: &Message) -> Error {
        let server = self.server.clone();
        if source.is_timeout() {
            return Error::TimedOut { server, after: self.timeout };
        }
        if source.is_transient() {
            return Error::Postponed { server, source };
        }
        if source.is_permanent() {
            // RFC 4954: 530 authentication required, 534 and 538 mechanism too weak, 535 credentials invalid.
            let code = source.status().map(u16::from);
            return match code {
                Some(530 | 534 | 535 | 538) => Error::NotAdmitted { server, source },
                _ => Error::Refused { server, source },
            };
        }
        if source.is_client() {
            // The client stopped by itself: the server lacks something. Only an address beyond ASCII is the mail's own.
            let needs_utf8 = !message.to.as_str().is_ascii() || !message.from.as_str().is_ascii();
            return if needs_utf8 { Error::Refused { server, source } } else { Error::NotAdmitted { server, source } };
        }
        Error::Unreachable { server, source }
    }
}

const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";

fn tls_parameters(host: &str, extra_root: Option<&[u8]>) -> Result<TlsParameters> {
    let unusable = |error: lettre::transport::smtp::Error| Error::Settings(format!("{host}: {error}"));
    let mut builder = TlsParameters::builder(host.to_owned());
    if let Some(pem) = extra_root {
        if !pem.windows(BEGIN.len()).any(|window| window == BEGIN) {
            return Err(Error::Settings(format!("{host}: the extra root is not a certificate in PEM form")));
        }
        builder = builder.add_root_certificate(Certificate::from_pem(pem).map_err(unusable)?);
    }
    builder.build_rustls().map_err(unusable)
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
