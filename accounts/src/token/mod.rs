//! The access token: a JWT signed with RS256 that lives a quarter of an hour (RFC 9068). It says who and through which
//! session; what that person may do is looked up, so that a change counts at once.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, Validation};
use models::{Id, TenantId, records::User};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::{
    Error, Result,
    session::Session,
    signing::{KeyRing, SigningKey},
};

pub const LIFETIME: SignedDuration = SignedDuration::from_mins(15);
/// How far the clocks of two nodes may differ.
const SKEW: SignedDuration = SignedDuration::from_secs(60);
/// No token of ours comes near it.
const LONGEST: usize = 4096;
/// RFC 9068, section 2.1: so that no other kind of JWT passes for an access token.
const TYPE: &str = "at+jwt";

/// Who issues tokens and for whom, as `iss` and `aud`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    pub issuer: String,
    pub audience: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    pub iss: String,
    pub aud: String,
    pub sub: Id<User>,
    pub client_id: String,
    pub tenant: TenantId,
    pub sid: Id<Session>,
    pub jti: String,
    /// Seconds since 1970, as `exp`.
    pub iat: i64,
    pub exp: i64,
}

#[derive(Serialize)]
struct Header<'a> {
    alg: &'a str,
    typ: &'a str,
    kid: &'a str,
}

/// Whose token it is.
#[derive(Debug, Clone, Copy)]
pub struct Bearer<'a> {
    pub tenant: &'a TenantId,
    pub user: Id<User>,
    pub session: Id<Session>,
}

impl Issuer {
    /// # Errors
    /// [`Error::Keys`] when nothing can be signed.
    pub fn issue(&self, key: &SigningKey, of: Bearer<'_>, now: Timestamp, nonce: [u8; 16]) -> Result<SecretString> {
        let iat = now.as_second();
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: self.audience.clone(),
            sub: of.user,
            client_id: self.audience.clone(),
            tenant: of.tenant.clone(),
            sid: of.session,
            jti: URL_SAFE_NO_PAD.encode(nonce),
            iat,
            exp: iat + LIFETIME.as_secs(),
        };
        let header = Header { alg: "RS256", typ: TYPE, kid: &key.public().kid };
        let message = format!("{}.{}", part(&header)?, part(&claims)?);
        let signature = URL_SAFE_NO_PAD.encode(key.sign(message.as_bytes())?);
        Ok(format!("{message}.{signature}").into())
    }

    /// # Errors
    /// [`Error::InvalidToken`], whatever is wrong with it.
    pub fn verify(&self, ring: &KeyRing, token: &str, now: Timestamp) -> Result<Claims> {
        if token.len() > LONGEST {
            return Err(Error::InvalidToken);
        }
        let header = jsonwebtoken::decode_header(token).map_err(|_| Error::InvalidToken)?;
        if !header.typ.is_some_and(|typ| typ.eq_ignore_ascii_case(TYPE)) {
            return Err(Error::InvalidToken);
        }
        let key = header.kid.as_deref().and_then(|kid| ring.verifying(kid, now)).ok_or(Error::InvalidToken)?;
        let decoded = jsonwebtoken::decode::<Claims>(token, &key.decoding()?, &self.validation());
        let claims = decoded.map_err(|_| Error::InvalidToken)?.claims;
        if is_current(&claims, now) { Ok(claims) } else { Err(Error::InvalidToken) }
    }

    /// Everything but the times: the library would read the machine's clock.
    fn validation(&self) -> Validation {
        let mut validation = Validation::new(Algorithm::RS256);
        validation.validate_exp = false;
        validation.set_issuer(&[&self.issuer]);
        validation.set_audience(&[&self.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation
    }
}

/// A token ends *at* `exp` (RFC 7519, section 4.1.4), lives no longer than we give, and does not come from the future:
/// when the clock was turned back, sessions refresh instead of living longer.
fn is_current(claims: &Claims, now: Timestamp) -> bool {
    let (Ok(issued), Ok(expires)) = (Timestamp::from_second(claims.iat), Timestamp::from_second(claims.exp)) else {
        return false;
    };
    now < expires && expires.duration_since(issued) <= LIFETIME && issued.duration_since(now) <= SKEW
}

/// The `kid` of a token, before anything about it is believed.
#[must_use]
pub(crate) fn kid(token: &str) -> Option<String> {
    if token.len() > LONGEST { None } else { jsonwebtoken::decode_header(token).ok()?.kid }
}

fn part(value: &impl Serialize) -> Result<String> {
    let json = serde_json::to_vec(value).map_err(|_| Error::Keys("a token cannot be written"))?;
    Ok(URL_SAFE_NO_PAD.encode(json))
}

#[cfg(test)]
mod tests;
