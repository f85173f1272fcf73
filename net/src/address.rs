//! Which addresses lie on the public internet.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use ipnet::{Ipv4Net, Ipv6Net};

/// Why an address is not public.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    Unspecified,
    Loopback,
    Private,
    LinkLocal,
    /// A cloud's service that hands out credentials.
    Metadata,
    /// Carrier-grade NAT (RFC 6598).
    SharedSpace,
    Multicast,
    /// Documentation, benchmarking, protocol assignments, future use (RFC 6890).
    Reserved,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unspecified => "unspecified",
            Self::Loopback => "loopback",
            Self::Private => "private",
            Self::LinkLocal => "link-local",
            Self::Metadata => "metadata service",
            Self::SharedSpace => "carrier-grade NAT",
            Self::Multicast => "multicast",
            Self::Reserved => "reserved",
        })
    }
}

const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6(s: [u16; 8], prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7]), prefix)
}

/// The first that contains the address decides. IANA special-purpose registries, RFC 6890 and its successors.
const V4: [(Ipv4Net, Refusal); 20] = [
    (v4(169, 254, 169, 254, 32), Refusal::Metadata),
    (v4(169, 254, 170, 2, 32), Refusal::Metadata),
    (v4(100, 100, 100, 200, 32), Refusal::Metadata),
    (v4(168, 63, 129, 16, 32), Refusal::Metadata),
    (v4(192, 0, 0, 192, 32), Refusal::Metadata),
    (v4(0, 0, 0, 0, 32), Refusal::Unspecified),
    (v4(0, 0, 0, 0, 8), Refusal::Reserved),
    (v4(127, 0, 0, 0, 8), Refusal::Loopback),
    (v4(10, 0, 0, 0, 8), Refusal::Private),
    (v4(172, 16, 0, 0, 12), Refusal::Private),
    (v4(192, 168, 0, 0, 16), Refusal::Private),
    (v4(169, 254, 0, 0, 16), Refusal::LinkLocal),
    (v4(100, 64, 0, 0, 10), Refusal::SharedSpace),
    (v4(192, 0, 0, 0, 24), Refusal::Reserved),
    (v4(192, 0, 2, 0, 24), Refusal::Reserved),
    (v4(198, 18, 0, 0, 15), Refusal::Reserved),
    (v4(198, 51, 100, 0, 24), Refusal::Reserved),
    (v4(203, 0, 113, 0, 24), Refusal::Reserved),
    (v4(224, 0, 0, 0, 4), Refusal::Multicast),
    (v4(240, 0, 0, 0, 4), Refusal::Reserved),
];

const V6: [(Ipv6Net, Refusal); 13] = [
    (v6([0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254], 128), Refusal::Metadata),
    (v6([0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254], 128), Refusal::Metadata),
    (v6([0; 8], 128), Refusal::Unspecified),
    (v6([0, 0, 0, 0, 0, 0, 0, 1], 128), Refusal::Loopback),
    (v6([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7), Refusal::Private),
    (v6([0xfec0, 0, 0, 0, 0, 0, 0, 0], 10), Refusal::Private),
    (v6([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10), Refusal::LinkLocal),
    (v6([0xff00, 0, 0, 0, 0, 0, 0, 0], 8), Refusal::Multicast),
    (v6([0x100, 0, 0, 0, 0, 0, 0, 0], 64), Refusal::Reserved),
    (v6([0x2001, 0x2, 0, 0, 0, 0, 0, 0], 48), Refusal::Reserved),
    (v6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32), Refusal::Reserved),
    (v6([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20), Refusal::Reserved),
    (v6([0x5f00, 0, 0, 0, 0, 0, 0, 0], 16), Refusal::Reserved),
];

/// Why a request must not go to `address`, or `None` where it is public.
///
/// An IPv6 address that carries an IPv4 address (mapped, compatible, NAT64, 6to4, Teredo) is judged by that one too:
/// a translator on the way would deliver there.
#[must_use]
pub fn refusal(address: IpAddr) -> Option<Refusal> {
    match address {
        IpAddr::V4(v4) => V4.iter().find(|(net, _)| net.contains(&v4)).map(|&(_, refusal)| refusal),
        IpAddr::V6(v6) => {
            let own = V6.iter().find(|(net, _)| net.contains(&v6)).map(|&(_, refusal)| refusal);
            own.or_else(|| carried(v6).and_then(|v4| refusal(v4.into())))
        }
    }
}

/// The IPv4 address inside an IPv6 address, where there is one.
pub(crate) fn carried(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let (high, low) = match address.segments() {
        // ::ffff:0:0/96 mapped, ::/96 compatible, ::ffff:0:0:0/96 translated (RFC 2765),
        // 64:ff9b::/96 NAT64 (RFC 6052) and 64:ff9b:1::/48 local NAT64 (RFC 8215), 2002::/16 6to4
        [0, 0, 0, 0, 0, 0xffff | 0, high, low]
        | [0, 0, 0, 0, 0xffff, 0, high, low]
        | [0x64, 0xff9b, 0 | 1, _, _, _, high, low]
        | [0x2002, high, low, ..] => (high, low),
        // 2001::/32 Teredo: the client's address is stored inverted
        [0x2001, 0, _, _, _, _, high, low] => (!high, !low),
        _ => return None,
    };
    Some(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(address: &str, expected: Option<Refusal>) {
        assert_eq!(refusal(address.parse().expect("an address")), expected, "{address}");
    }

    #[test]
    fn public_addresses_pass() {
        for address in ["1.1.1.1", "93.184.216.34", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "64:ff9b::101:101"]
        {
            check(address, None);
        }
    }

    #[test]
    fn others_are_refused_with_their_reason() {
        use Refusal::{Loopback, Metadata, Multicast, Private, Reserved, SharedSpace, Unspecified};
        check("127.0.0.1", Some(Loopback));
        check("127.255.0.9", Some(Loopback));
        check("::1", Some(Loopback));
        check("0.0.0.0", Some(Unspecified));
        check("::", Some(Unspecified));
        check("10.1.2.3", Some(Private));
        check("172.31.255.255", Some(Private));
        check("192.168.1.1", Some(Private));
        check("fd12:3456::1", Some(Private));
        check("169.254.1.1", Some(Refusal::LinkLocal));
        check("fe80::1", Some(Refusal::LinkLocal));
        check("169.254.169.254", Some(Metadata));
        check("100.100.100.200", Some(Metadata));
        check("fd00:ec2::254", Some(Metadata));
        check("100.64.0.1", Some(SharedSpace));
        check("224.0.0.251", Some(Multicast));
        check("ff02::1", Some(Multicast));
        check("203.0.113.7", Some(Reserved));
        check("255.255.255.255", Some(Reserved));
        check("2001:db8::1", Some(Reserved));
    }

    #[test]
    fn an_address_cannot_hide_in_another() {
        check("::ffff:127.0.0.1", Some(Refusal::Loopback));
        check("::ffff:169.254.169.254", Some(Refusal::Metadata));
        check("::127.0.0.1", Some(Refusal::Loopback));
        check("64:ff9b::7f00:1", Some(Refusal::Loopback));
        check("64:ff9b::a9fe:a9fe", Some(Refusal::Metadata));
        check("64:ff9b:1::10.0.0.1", Some(Refusal::Private));
        check("2002:7f00:1::", Some(Refusal::Loopback));
        check("2002:c0a8:101::1", Some(Refusal::Private));
        check("2001:0:5ef5:79fb:0:0:80ff:fffe", Some(Refusal::Loopback));
    }
}
