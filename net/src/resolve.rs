//! Name resolution that answers with permitted addresses only, so that what is checked is what is connected to.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::{AllowList, Error, refusal};

pub(crate) struct GuardedResolver(pub(crate) Arc<AllowList>);

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let allow = Arc::clone(&self.0);
        Box::pin(async move {
            let addresses = permitted(&allow, name.as_str()).await?;
            Ok(Box::new(addresses.into_iter().map(|address| SocketAddr::new(address, 0))) as Addrs)
        })
    }
}

/// The addresses of `host` that may be connected to. One forbidden address refuses the host as a whole: a name with
/// both kinds is an attack or a mistake, and choosing among them would hide it.
pub(crate) async fn permitted(allow: &AllowList, host: &str) -> Result<Vec<IpAddr>, Error> {
    let looked_up: io::Result<Vec<IpAddr>> =
        tokio::net::lookup_host((host, 0)).await.map(|all| all.map(|address| address.ip()).collect());
    let addresses = looked_up.unwrap_or_default();
    if addresses.is_empty() {
        return Err(Error::Unresolved { host: host.to_owned() });
    }
    if !allow.host(host) {
        addresses.iter().try_for_each(|&address| check(allow, host, address))?;
    }
    Ok(addresses)
}

/// Refuses an address that is neither public nor allowed.
pub(crate) fn check(allow: &AllowList, host: &str, address: IpAddr) -> Result<(), Error> {
    match refusal(address) {
        Some(refusal) if !allow.address(address) => Err(Error::Refused { host: host.to_owned(), address, refusal }),
        _ => Ok(()),
    }
}
