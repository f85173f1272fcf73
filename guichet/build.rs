//! Makes the folder of the built pages where it is missing, so that everything else builds without Node.

use std::{fs, path::Path};

fn main() {
    let pages = Path::new(env!("CARGO_MANIFEST_DIR")).join("../web/app/dist");
    if let Err(error) = fs::create_dir_all(&pages) {
        println!("cargo:warning=cannot make {}: {error}", pages.display());
    }
    println!("cargo:rerun-if-changed={}", pages.display());
    println!("cargo:rerun-if-changed=build.rs");
}
