use std::{
    fs, io,
    path::Path,
    sync::Arc,
    time::{Duration, SystemTime},
};

use object_store::{ObjectStore, local::LocalFileSystem};

use crate::{Error, Result};

/// A folder as an object store: a file appears whole under its name, and its bytes and its name are on disk before a
/// write returns.
pub(super) fn open(folder: &Path) -> Result<Arc<dyn ObjectStore>> {
    fs::create_dir_all(folder).map_err(Error::file(folder))?;
    let files = LocalFileSystem::new_with_prefix(folder).map_err(super::failed(&folder.display()))?;
    Ok(Arc::new(files.with_fsync(true)))
}

/// Removes what a crash left half-written (`name#1`, which the object store does not list), last touched before second
/// `young` of the Unix time. Returns how many.
pub(super) async fn drop_unfinished(folder: Arc<Path>, young: i64) -> Result<usize> {
    let young = SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(young).unwrap_or_default());
    let dropping = tokio::task::spawn_blocking({
        let folder = Arc::clone(&folder);
        move || drop_older(&folder, young)
    });
    dropping.await.map_err(io::Error::other).and_then(|dropped| dropped).map_err(Error::file(&folder))
}

fn drop_older(folder: &Path, young: SystemTime) -> io::Result<usize> {
    let mut dropped = 0;
    for shelf in fs::read_dir(folder)? {
        let shelf = shelf?.path();
        for file in fs::read_dir(&shelf).into_iter().flatten() {
            let file = file?;
            let unfinished = file.file_name().to_string_lossy().contains('#');
            if unfinished && file.metadata()?.modified()? < young {
                fs::remove_file(file.path())?;
                dropped += 1;
            }
        }
    }
    Ok(dropped)
}
