//! The one secret of an installation: 32 bytes from a file or the environment. What must be kept secret in the database
//! is sealed with it, so a copy of the database alone opens nothing.

use std::{fmt, fs, io, io::Write as _, path::Path};

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey},
    hmac,
};
use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use secrecy::{
    ExposeSecret as _, SecretBox, SecretString,
    zeroize::{Zeroize as _, Zeroizing},
};

use crate::{Entropy, Error, Result, secret};

/// Every use derives a key of its own from it.
pub struct ServerKey(SecretBox<[u8; 32]>);

impl ServerKey {
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(SecretBox::new(Box::new(bytes)))
    }

    /// 64 hexadecimal digits, as the key's file holds them.
    ///
    /// # Errors
    /// [`Error::Keys`] when the text is something else.
    pub fn parse(text: &SecretString) -> Result<Self> {
        let digits = text.expose_secret().trim().as_bytes();
        let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|value| u8::try_from(value).ok());
        let mut bytes = [0; 32];
        let (pairs, rest) = digits.as_chunks::<2>();
        let whole = pairs.len() == bytes.len() && rest.is_empty();
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            let (Some(high), Some(low), true) = (digit(*high), digit(*low), whole) else {
                return Err(Self::malformed());
            };
            *byte = high << 4 | low;
        }
        if !whole {
            return Err(Self::malformed());
        }
        let key = Self::from_bytes(bytes);
        bytes.zeroize();
        Ok(key)
    }

    const fn malformed() -> Error {
        Error::Keys("the server's key is not 64 hexadecimal digits")
    }

    /// Reads the file, or makes one that only its owner may read. Of several processes that start at once, one makes it.
    ///
    /// # Errors
    /// [`Error::KeyFile`] when it can be neither read nor made.
    pub fn open(path: &Path, entropy: &Entropy) -> Result<Self> {
        let failed = |source| Error::KeyFile { path: path.display().to_string(), source };
        match fs::read_to_string(path) {
            Ok(text) => return Self::parse(&text.into()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => make(path, entropy).map_err(failed)?,
            Err(error) => return Err(failed(error)),
        }
        Self::parse(&fs::read_to_string(path).map_err(failed)?.into())
    }

    fn derived(&self, purpose: &str) -> hmac::Tag {
        hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, self.0.expose_secret()), purpose.as_bytes())
    }

    /// The refresh token that follows `token`. Whoever presents the same token within the grace time is given the same
    /// successor, without it having been stored.
    #[must_use]
    pub fn successor(&self, token: &SecretString) -> SecretString {
        self.keyed("refresh token successors", token.expose_secret())
    }

    /// What a page must send beside its cookie: it is told to pages of our own origin only.
    #[must_use]
    pub fn csrf_token(&self, session: &str) -> SecretString {
        self.keyed("cross-site request forgery", session)
    }

    fn keyed(&self, purpose: &str, text: &str) -> SecretString {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.derived(purpose).as_ref());
        let tag = hmac::sign(&key, text.as_bytes());
        let mut bytes = [0; 32];
        bytes.copy_from_slice(tag.as_ref());
        secret::encode(bytes)
    }

    /// Encrypts `content` (AES-256-GCM, random nonce); `name` must be the same when it is opened.
    ///
    /// # Errors
    /// [`Error::Keys`] when the library refuses.
    pub fn seal(&self, name: &str, content: &[u8]) -> Result<String> {
        let failed = |_| Error::Keys("nothing can be sealed");
        let mut bytes = content.to_vec();
        let key = self.sealing()?;
        let nonce = key.seal_in_place_append_tag(Aad::from(name.as_bytes()), &mut bytes).map_err(failed)?;
        let mut sealed = nonce.as_ref().to_vec();
        sealed.append(&mut bytes);
        Ok(STANDARD_NO_PAD.encode(sealed))
    }

    /// # Errors
    /// [`Error::Keys`] when it was sealed with another key, under another name, or was changed.
    pub fn unseal(&self, name: &str, sealed: &str) -> Result<Zeroizing<Vec<u8>>> {
        let failed = || Error::Keys("they were sealed with another server key");
        let sealed = STANDARD_NO_PAD.decode(sealed).map_err(|_| failed())?;
        let (nonce, content) = sealed.split_at_checked(NONCE_LEN).ok_or_else(failed)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| failed())?;
        let mut content = Zeroizing::new(content.to_vec());
        let length = {
            let opened = self.sealing()?.open_in_place(nonce, Aad::from(name.as_bytes()), &mut content);
            opened.map_err(|_| failed())?.len()
        };
        content.truncate(length);
        Ok(content)
    }

    fn sealing(&self) -> Result<RandomizedNonceKey> {
        RandomizedNonceKey::new(&AES_256_GCM, self.derived("sealed rows").as_ref())
            .map_err(|_| Error::Keys("nothing can be sealed"))
    }
}

impl fmt::Debug for ServerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServerKey(…)")
    }
}

/// Written aside and linked into place, so that the file is there whole or not at all, and never replaced.
fn make(path: &Path, entropy: &Entropy) -> io::Result<()> {
    let aside = path.with_extension(store::hex(&entropy.bytes::<8>()));
    let text = Zeroizing::new(store::hex(&entropy.bytes::<32>()));
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&aside)?;
    let written = writeln!(file, "{}", text.as_str()).and_then(|()| file.sync_all());
    let linked = written.and_then(|()| fs::hard_link(&aside, path));
    fs::remove_file(&aside)?;
    match linked {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        outcome => outcome,
    }
}

#[cfg(test)]
mod tests {

    use super::*;

    #[test]
    fn what_is_sealed_opens_with_the_same_key_and_name_only() {
        let (key, other) = (ServerKey::from_bytes([1; 32]), ServerKey::from_bytes([2; 32]));
        let sealed = key.seal("kid", b"content").expect("seals");
        assert_eq!(key.unseal("kid", &sealed).expect("opens").as_slice(), b"content");
        assert_ne!(key.seal("kid", b"content").expect("seals"), sealed, "another nonce");
        for (key, name, sealed) in [
            (&other, "kid", sealed.as_str()),
            (&key, "other", &sealed),
            (&key, "kid", &sealed[4..]),
            (&key, "kid", ""),
            (&key, "kid", "é"),
        ] {
            assert!(key.unseal(name, sealed).is_err(), "{name} {sealed}");
        }
    }

    #[test]
    fn a_successor_is_the_same_each_time_and_for_its_key_only() {
        let (key, other) = (ServerKey::from_bytes([1; 32]), ServerKey::from_bytes([2; 32]));
        let token: SecretString = "token".into();
        let successor = key.successor(&token);
        assert_eq!(successor.expose_secret(), key.successor(&token).expose_secret());
        assert_eq!(successor.expose_secret().len(), secret::LENGTH);
        assert_ne!(successor.expose_secret(), other.successor(&token).expose_secret());
        assert_ne!(successor.expose_secret(), key.successor(&successor).expose_secret());
    }

    #[test]
    fn the_file_is_made_once_and_is_its_owners() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("server.key");
        let open = |seed| ServerKey::open(&path, &Entropy::seeded(seed)).expect("opens");
        let (first, second) = (open(1), open(2));
        assert!(second.unseal("a", &first.seal("a", b"content").expect("seals")).is_ok(), "the same key");
        assert_eq!(fs::read_dir(folder.path()).expect("lists").count(), 1, "nothing is left aside");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&path).expect("is there").permissions().mode() & 0o777, 0o600);
        }
        fs::write(&path, "short").expect("writes");
        assert!(matches!(ServerKey::open(&path, &Entropy::seeded(3)), Err(Error::Keys(_))));
        assert!(ServerKey::open(&folder.path().join("no/such/folder"), &Entropy::seeded(4)).is_err());
    }

    #[test]
    fn only_64_digits_are_a_key() {
        let parse = |text: &str| ServerKey::parse(&text.into());
        assert!(parse(&"0aF".repeat(22)[..64]).is_ok());
        for bad in ["", "0", &"0".repeat(63), &"0".repeat(65), &"0".repeat(66), &"g".repeat(64), &"é".repeat(32)] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
