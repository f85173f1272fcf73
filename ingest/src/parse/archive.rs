//! Office files are ZIP archives; this one is read with a hard limit on what it may unpack to.

use std::io::{Cursor, Read};

use zip::ZipArchive;

use super::{Limits, Reject};

const MAX_ENTRIES: usize = 10_000;

pub(crate) struct Archive {
    zip: ZipArchive<Cursor<Vec<u8>>>,
    /// Bytes that may still be unpacked.
    left: u64,
}

impl Archive {
    /// Opens an office file and checks what it declares. `kind` names it in messages: "a Word document (DOCX)".
    ///
    /// # Errors
    /// The archive is damaged, encrypted or declares more than the limits allow.
    pub(crate) fn open(bytes: Vec<u8>, kind: &str, limits: &Limits) -> Result<Self, Reject> {
        if bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
            if is_encrypted(&bytes) {
                return Err(protected());
            }
            return Err(Reject::failed(format!(
                "The file is not {kind} but an old or password-protected Office file: open it, remove the password \
                 and save it in the current format."
            )));
        }
        let mut zip = ZipArchive::new(Cursor::new(bytes)).map_err(|_| {
            Reject::failed(format!("The file is damaged, cut short or not {kind}: save it again and upload it."))
        })?;
        if zip.len() > MAX_ENTRIES {
            return Err(bomb(limits));
        }
        let mut declared = 0_u64;
        for index in 0..zip.len() {
            let entry = zip.by_index_raw(index).map_err(|_| Reject::failed(damaged(kind)))?;
            if entry.encrypted() {
                return Err(protected());
            }
            declared = declared.saturating_add(entry.size());
        }
        if declared > limits.unpacked {
            return Err(bomb(limits));
        }
        Ok(Self { zip, left: limits.unpacked })
    }

    pub(crate) fn contains(&self, name: &str) -> bool {
        self.zip.index_for_name(name).is_some()
    }

    /// The bytes of an entry, `None` where there is none of that name.
    ///
    /// # Errors
    /// The entry is damaged, or the archive unpacks to more than it declared and may.
    pub(crate) fn read(&mut self, name: &str) -> Result<Option<Vec<u8>>, Reject> {
        let Ok(entry) = self.zip.by_name(name) else { return Ok(None) };
        let mut bytes = Vec::new();
        entry
            .take(self.left + 1)
            .read_to_end(&mut bytes)
            .map_err(|_| Reject::failed("The file is damaged or cut short: save it again and upload it."))?;
        self.spend(bytes.len() as u64)?;
        Ok(Some(bytes))
    }

    /// Unpacks everything whose name ends in `suffix` to nowhere, because declared sizes may lie.
    ///
    /// # Errors
    /// As for [`Self::read`].
    pub(crate) fn measure(&mut self, suffix: &str) -> Result<(), Reject> {
        for index in 0..self.zip.len() {
            let Ok(entry) = self.zip.by_index(index) else { continue };
            if !entry.name().is_ok_and(|name| name.ends_with(suffix)) {
                continue;
            }
            let read = std::io::copy(&mut entry.take(self.left + 1), &mut std::io::sink())
                .map_err(|_| Reject::failed("The file is damaged or cut short: save it again and upload it."))?;
            self.spend(read)?;
        }
        Ok(())
    }

    /// The file itself, for a reader that opens archives on its own.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.zip.into_inner().into_inner()
    }

    fn spend(&mut self, bytes: u64) -> Result<(), Reject> {
        self.left = self.left.checked_sub(bytes).ok_or_else(|| Reject::failed(TOO_MUCH))?;
        Ok(())
    }
}

/// Office wraps an encrypted document in a compound file, where this stream holds it ([MS-OFFCRYPTO] 2.3.4).
fn is_encrypted(compound: &[u8]) -> bool {
    let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    compound.windows(name.len()).any(|window| window == name)
}

fn protected() -> Reject {
    Reject::failed("The file is protected by a password: remove the password and upload the file again.")
}

const TOO_MUCH: &str = "The file unpacks to far more than it says it does (a \"zip bomb\"): it was not read.";

fn damaged(kind: &str) -> String {
    format!("The file is damaged or not {kind}: save it again and upload it.")
}

fn bomb(limits: &Limits) -> Reject {
    Reject::failed(format!(
        "The file unpacks to more than {} MB or {MAX_ENTRIES} parts (a \"zip bomb\"): it was not read. If it is \
         genuine, remove large pictures or split it.",
        limits.unpacked >> 20
    ))
}
