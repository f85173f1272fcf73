//! The client: checked addresses, time and size limits, redirects only where asked for.

use std::{error::Error as _, sync::Arc, time::Duration};

use reqwest::{
    Method, RequestBuilder, Response, StatusCode, Url,
    header::{AUTHORIZATION, COOKIE, HeaderMap, LOCATION},
    redirect::Policy,
};

use crate::{
    AllowList, Error,
    resolve::{GuardedResolver, check},
};

/// What the operator decides.
#[derive(Debug, Clone)]
pub struct Settings {
    pub allow: AllowList,
    pub connect_timeout: Duration,
    /// Longest silence while an answer is read.
    pub read_timeout: Duration,
    /// Longest whole exchange, except for downloads, which may be long.
    pub total_timeout: Duration,
    /// Largest body that [`Client::send`] reads.
    pub max_bytes: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            allow: AllowList::default(),
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(30),
            total_timeout: Duration::from_mins(2),
            max_bytes: 16 << 20,
        }
    }
}

/// What to do when the other side points elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Redirects {
    /// An error. Webhooks and APIs have no reason to move.
    #[default]
    Refused,
    /// Follow this many, each checked like the first; never from https to http.
    Checked(u8),
}

/// A whole answer.
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

/// The guarded HTTP client; clones share its connections.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    allow: Arc<AllowList>,
    total_timeout: Duration,
    max_bytes: u64,
}

impl Client {
    /// Certificates are the system's, or those that `SSL_CERT_FILE` and `SSL_CERT_DIR` name. A proxy is never used: it
    /// would resolve names in our place, and the check would see the proxy's address only.
    ///
    /// # Errors
    /// When the system's certificates cannot be loaded.
    pub fn new(settings: Settings) -> Result<Self, Error> {
        let allow = Arc::new(settings.allow);
        let http = reqwest::Client::builder()
            .user_agent(concat!("guichet/", env!("CARGO_PKG_VERSION")))
            .no_proxy()
            .redirect(Policy::none())
            .connect_timeout(settings.connect_timeout)
            .read_timeout(settings.read_timeout)
            .dns_resolver(GuardedResolver(Arc::clone(&allow)))
            .build()
            .map_err(Error::Client)?;
        Ok(Self { http, allow, total_timeout: settings.total_timeout, max_bytes: settings.max_bytes })
    }

    /// Begins a request. Sent as it is, it follows no redirect; [`Self::send`] also limits the answer.
    ///
    /// # Errors
    /// [`Error::InvalidUrl`], or [`Error::Refused`] when the host is a forbidden address.
    pub fn request(&self, method: Method, url: &str) -> Result<RequestBuilder, Error> {
        let url = self.checked(url)?;
        Ok(self.http.request(method, url).timeout(self.total_timeout))
    }

    /// The client itself, for a library that brings its own requests to one fixed server. Addresses are checked and
    /// redirects refused; `base` is the only place where a bare IP address may stand, so it is checked here.
    ///
    /// # Errors
    /// As [`Self::request`].
    pub fn for_server(&self, base: &str) -> Result<reqwest::Client, Error> {
        self.checked(base).map(|_| self.http.clone())
    }

    /// Sends a request and reads the whole answer, whatever its status.
    ///
    /// # Errors
    /// [`Error::Refused`], [`Error::Redirected`], [`Error::TooLarge`], or [`Error::Http`] when the exchange fails.
    pub async fn send(&self, request: RequestBuilder) -> Result<Reply, Error> {
        let (_, request) = request.build_split();
        let request = request.map_err(|source| http_error("the request", source))?;
        let url = self.checked(request.url().as_str())?;
        let response = self.http.execute(request).await.map_err(|source| http_error(url.as_str(), source))?;
        if response.status().is_redirection() && response.headers().contains_key(LOCATION) {
            return Err(Error::Redirected { url: shown(&url) });
        }
        self.read(&url, response).await
    }

    /// Gets a page.
    ///
    /// # Errors
    /// As [`Self::send`], and [`Error::Status`] for anything but a success.
    pub async fn get(&self, url: &str, redirects: Redirects) -> Result<Reply, Error> {
        let exchange = async {
            let (url, response) = self.open(url, HeaderMap::new(), redirects).await?;
            if !response.status().is_success() {
                return Err(Error::Status { url: shown(&url), status: response.status().as_u16() });
            }
            self.read(&url, response).await
        };
        match tokio::time::timeout(self.total_timeout, exchange).await {
            Ok(reply) => reply,
            Err(_) => Err(Error::TimedOut { url: url.to_owned(), seconds: self.total_timeout.as_secs() }),
        }
    }

    /// Sends a GET and follows redirects by hand, so that every hop is checked. The body is not read yet.
    pub(crate) async fn open(
        &self,
        url: &str,
        mut headers: HeaderMap,
        redirects: Redirects,
    ) -> Result<(Url, Response), Error> {
        let mut url = self.checked(url)?;
        let hops = match redirects {
            Redirects::Refused => 0,
            Redirects::Checked(hops) => hops,
        };
        for hop in 0..=hops {
            let request = self.http.get(url.clone()).headers(headers.clone());
            let response = request.send().await.map_err(|source| http_error(url.as_str(), source))?;
            let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
            let Some(location) = location.filter(|_| response.status().is_redirection()) else {
                return Ok((url, response));
            };
            if hop == hops {
                break;
            }
            let next = url.join(location).map_err(|_| Error::InvalidUrl { url: location.to_owned() })?;
            let next = self.checked(next.as_str())?;
            if url.scheme() == "https" && next.scheme() != "https" {
                return Err(Error::Redirected { url: shown(&url) });
            }
            if url.origin() != next.origin() {
                headers.remove(AUTHORIZATION);
                headers.remove(COOKIE);
            }
            url = next;
        }
        let url = shown(&url);
        Err(if redirects == Redirects::Refused { Error::Redirected { url } } else { Error::TooManyRedirects { url } })
    }

    async fn read(&self, url: &Url, mut response: Response) -> Result<Reply, Error> {
        let too_large = || Error::TooLarge { url: shown(url), limit: self.max_bytes };
        if response.content_length().is_some_and(|length| length > self.max_bytes) {
            return Err(too_large());
        }
        let (status, headers) = (response.status(), response.headers().clone());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|source| http_error(url.as_str(), source))? {
            if (body.len() + chunk.len()) as u64 > self.max_bytes {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Reply { status, headers, body })
    }

    /// A bare address in the URL never reaches the resolver, so it is checked here.
    fn checked(&self, text: &str) -> Result<Url, Error> {
        let invalid = || Error::InvalidUrl { url: text.chars().take(200).collect() };
        let url = Url::parse(text).map_err(|_| invalid())?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(invalid());
        }
        let host = url.host_str().ok_or_else(invalid)?;
        if let Ok(address) = host.trim_matches(['[', ']']).parse()
            && !self.allow.host(host)
        {
            check(&self.allow, host, address)?;
        }
        Ok(url)
    }
}

/// Without query and credentials, which may be secrets.
pub(crate) fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    // Neither fails for http and https.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.into()
}

/// The resolver's refusal arrives wrapped in the library's error: bring it back out.
pub(crate) fn http_error(url: &str, source: reqwest::Error) -> Error {
    let mut cause = source.source();
    while let Some(error) = cause {
        match error.downcast_ref::<Error>() {
            Some(Error::Refused { host, address, refusal }) => {
                return Error::Refused { host: host.clone(), address: *address, refusal: *refusal };
            }
            Some(Error::Unresolved { host }) => return Error::Unresolved { host: host.clone() },
            _ => cause = error.source(),
        }
    }
    let url = Url::parse(url).map_or_else(|_| url.to_owned(), |url| shown(&url));
    Error::Http { url, source: source.without_url() }
}
