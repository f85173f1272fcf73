//! One RSA key pair.

use std::fmt;

use aws_lc_rs::{
    encoding::{AsDer as _, Pkcs8V1Der},
    rand::SystemRandom,
    rsa::KeySize,
    signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::DecodingKey;
use secrecy::zeroize::Zeroizing;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::{Error, Result};

/// A private key. Its name (`kid`) is the RFC 7638 thumbprint of the public one, so equal keys have equal names.
pub struct SigningKey {
    pair: RsaKeyPair,
    public: VerifyingKey,
}

impl SigningKey {
    /// A new 2048-bit pair. The primes come from the library's own generator, which takes no seed.
    ///
    /// # Errors
    /// [`Error::Keys`] when the library cannot make one.
    pub fn generate() -> Result<Self> {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| Error::Keys("no pair can be made"))?;
        Ok(Self::new(pair))
    }

    /// # Errors
    /// [`Error::Keys`] when the bytes are not an RSA key in PKCS #8.
    pub fn from_pkcs8(bytes: &[u8]) -> Result<Self> {
        let pair = RsaKeyPair::from_pkcs8(bytes).map_err(|_| Error::Keys("a stored pair cannot be read"))?;
        Ok(Self::new(pair))
    }

    /// # Errors
    /// [`Error::Keys`] when the library cannot write it.
    pub fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>> {
        let der: Pkcs8V1Der<'_> = self.pair.as_der().map_err(|_| Error::Keys("a pair cannot be written"))?;
        Ok(Zeroizing::new(der.as_ref().to_vec()))
    }

    fn new(pair: RsaKeyPair) -> Self {
        let key = pair.public_key();
        let encoded = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let n = encoded(key.modulus().big_endian_without_leading_zero());
        let e = encoded(key.exponent().big_endian_without_leading_zero());
        let public = VerifyingKey::new(n, e);
        Self { pair, public }
    }

    #[must_use]
    pub const fn public(&self) -> &VerifyingKey {
        &self.public
    }

    /// The signature over `message`: RSASSA-PKCS1-v1_5 with SHA-256.
    ///
    /// # Errors
    /// [`Error::Keys`] when the library refuses.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
            .map_err(|_| Error::Keys("nothing can be signed"))?;
        Ok(signature)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SigningKey").field(&self.public.kid).finish()
    }
}

/// The public half.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyingKey {
    pub kid: String,
    /// Modulus and exponent, big-endian in base64url.
    n: String,
    e: String,
}

impl VerifyingKey {
    #[must_use]
    pub fn new(n: String, e: String) -> Self {
        let canonical = format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#);
        let kid = URL_SAFE_NO_PAD.encode(Sha256::digest(canonical));
        Self { kid, n, e }
    }

    /// # Errors
    /// [`Error::Keys`] when the parts are not base64url.
    pub(crate) fn decoding(&self) -> Result<DecodingKey> {
        DecodingKey::from_rsa_components(&self.n, &self.e).map_err(|_| Error::Keys("a public key cannot be read"))
    }

    /// As others read it (RFC 7517).
    #[must_use]
    pub fn jwk(&self) -> Jwk {
        Jwk { kty: "RSA", usage: "sig", alg: "RS256", kid: self.kid.clone(), n: self.n.clone(), e: self.e.clone() }
    }
}

/// A public key as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Jwk {
    pub kty: &'static str,
    #[serde(rename = "use")]
    pub usage: &'static str,
    pub alg: &'static str,
    pub kid: String,
    pub n: String,
    pub e: String,
}

/// What `/.well-known/jwks.json` says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct JwkSet {
    pub keys: Vec<Jwk>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_survives_storage_and_keeps_its_name() {
        let key = SigningKey::generate().expect("generates");
        let again = SigningKey::from_pkcs8(&key.to_pkcs8().expect("writes")).expect("reads");
        assert_eq!(key.public(), again.public());
        assert_eq!(key.sign(b"x").expect("signs"), again.sign(b"x").expect("signs"));
        assert!(SigningKey::from_pkcs8(b"nonsense").is_err());
        assert!(!format!("{key:?}").contains("RsaKeyPair"));
    }

    /// The example of RFC 7638, section 3.1.
    #[test]
    fn the_name_is_the_thumbprint() {
        let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV\
                 4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0\
                 zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-cs\
                 FCur-kEgU8awapJzKnqDKgw";
        let key = VerifyingKey::new(n.to_owned(), "AQAB".to_owned());
        assert_eq!(key.kid, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    }
}
