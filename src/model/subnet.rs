//! An IPv4 subnet as a value: parse, compare, take hosts and smaller subnets.
//!
//! Knows nothing of clusters; which subnets may be used is decided in `declaration` and `resolve`.

use std::fmt;
use std::net::Ipv4Addr;
use std::str::FromStr;

use ipnet::Ipv4Net;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An IPv4 subnet without host bits, such as `10.244.0.0/16`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subnet(Ipv4Net);

/// Says why a text is not a [`Subnet`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidSubnet(String);

impl Subnet {
    /// Returns a subnet that is written down in our own source.
    ///
    /// # Panics
    /// When it has host bits or too long a prefix; as a constant it then does not compile.
    #[must_use]
    pub(crate) const fn constant(octets: [u8; 4], prefix: u8) -> Self {
        let [a, b, c, d] = octets;
        let net = Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix);
        let host_mask = match u32::MAX.checked_shr(prefix as u32) {
            Some(mask) => mask,
            None => 0,
        };
        assert!(
            u32::from_be_bytes(octets) & host_mask == 0,
            "the subnet has host bits set"
        );
        Self(net)
    }

    /// Returns the subnet of `prefix` bits that `address` lies in.
    ///
    /// # Errors
    /// When `prefix` is longer than 32 bits.
    pub(crate) fn containing(address: Ipv4Addr, prefix: u8) -> Result<Self, InvalidSubnet> {
        Ipv4Net::new(address, prefix)
            .map(|net| Self(net.trunc()))
            .map_err(|_| InvalidSubnet(format!("a prefix of {prefix} bits is more than 32")))
    }

    /// Returns the number of network bits.
    #[must_use]
    pub(crate) fn prefix_len(self) -> u8 {
        self.0.prefix_len()
    }

    /// Returns whether `address` lies in this subnet.
    #[must_use]
    pub(crate) fn contains(self, address: Ipv4Addr) -> bool {
        self.0.contains(&address)
    }

    /// Returns whether the two subnets share an address.
    #[must_use]
    pub(crate) fn overlaps(self, other: Self) -> bool {
        // Subnets without host bits either nest or are apart.
        self.0.contains(&other.0) || other.0.contains(&self.0)
    }

    /// Returns the `n`th host address, counted from 1.
    ///
    /// The network address and the broadcast address are not hosts.
    #[must_use]
    pub(crate) fn nth_host(self, n: u32) -> Option<Ipv4Addr> {
        let address = u32::from(self.0.network()).checked_add(n)?;
        (n > 0 && address < u32::from(self.0.broadcast())).then(|| Ipv4Addr::from(address))
    }

    /// Returns the number of a host address, as [`nth_host`](Self::nth_host) counts them.
    #[must_use]
    pub(crate) fn number_of(self, address: Ipv4Addr) -> Option<u32> {
        let number = u32::from(address).checked_sub(u32::from(self.0.network()))?;
        (self.nth_host(number) == Some(address)).then_some(number)
    }

    /// Returns the `n`th subnet of `prefix` bits inside this one, counted from 0.
    #[must_use]
    pub(crate) fn nth_subnet(self, prefix: u8, n: u32) -> Option<Self> {
        let n = usize::try_from(n).ok()?;
        self.0.subnets(prefix).ok()?.nth(n).map(Self)
    }
}

impl FromStr for Subnet {
    type Err = InvalidSubnet;

    fn from_str(text: &str) -> Result<Self, InvalidSubnet> {
        let net: Ipv4Net = text.parse().map_err(|_| {
            InvalidSubnet(format!(
                "`{text}` is not an IPv4 subnet such as 10.244.0.0/16"
            ))
        })?;
        let trimmed = net.trunc();
        if net != trimmed {
            return Err(InvalidSubnet(format!(
                "`{text}` has host bits set; the subnet is {trimmed}"
            )));
        }
        Ok(Self(net))
    }
}

impl fmt::Display for Subnet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Subnet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Subnet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

impl fmt::Display for InvalidSubnet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InvalidSubnet {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn subnet(text: &str) -> Subnet {
        text.parse().unwrap()
    }

    #[test]
    fn a_text_that_is_no_subnet_says_why() {
        let cases = [
            (
                "10.244.0.1/16",
                "`10.244.0.1/16` has host bits set; the subnet is 10.244.0.0/16",
            ),
            (
                "10.244.0.0",
                "`10.244.0.0` is not an IPv4 subnet such as 10.244.0.0/16",
            ),
            (
                "fd00::/64",
                "`fd00::/64` is not an IPv4 subnet such as 10.244.0.0/16",
            ),
            (
                "10.244.0.0/33",
                "`10.244.0.0/33` is not an IPv4 subnet such as 10.244.0.0/16",
            ),
        ];
        for (text, message) in cases {
            assert_eq!(text.parse::<Subnet>().unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn hosts_are_counted_from_one_and_end_before_the_broadcast_address() {
        let net = subnet("10.200.0.0/29");
        assert_eq!(net.nth_host(0), None);
        assert_eq!(net.nth_host(1), Some(Ipv4Addr::new(10, 200, 0, 1)));
        assert_eq!(net.nth_host(6), Some(Ipv4Addr::new(10, 200, 0, 6)));
        assert_eq!(net.nth_host(7), None);
        assert_eq!(subnet("255.255.255.0/24").nth_host(u32::MAX), None);
    }

    #[test]
    fn smaller_subnets_are_counted_from_where_the_larger_one_starts() {
        let pods = subnet("10.244.0.0/16");
        assert_eq!(pods.nth_subnet(24, 0), Some(subnet("10.244.0.0/24")));
        assert_eq!(pods.nth_subnet(24, 255), Some(subnet("10.244.255.0/24")));
        assert_eq!(pods.nth_subnet(24, 256), None);
        let one = subnet("10.244.7.0/24");
        assert_eq!(one.nth_subnet(24, 0), Some(one));
        assert_eq!(subnet("10.244.7.0/25").nth_subnet(24, 0), None);
    }

    fn any_subnet() -> impl Strategy<Value = Subnet> {
        (any::<u32>(), 0_u8..=32)
            .prop_map(|(bits, prefix)| Subnet::containing(Ipv4Addr::from(bits), prefix).unwrap())
    }

    proptest! {
        #[test]
        fn a_subnet_survives_printing_and_parsing(net in any_subnet()) {
            prop_assert_eq!(subnet(&net.to_string()), net);
            let json = serde_json::to_string(&net).unwrap();
            prop_assert_eq!(&json, &format!("\"{net}\""));
            prop_assert_eq!(serde_json::from_str::<Subnet>(&json).unwrap(), net);
        }

        #[test]
        fn subnets_overlap_when_one_holds_the_other_ones_address(a in any_subnet(), b in any_subnet()) {
            let shared = a.contains(b.0.network()) || b.contains(a.0.network());
            prop_assert_eq!(a.overlaps(b), shared);
            prop_assert_eq!(b.overlaps(a), shared);
            prop_assert!(a.overlaps(a));
        }

        #[test]
        fn hosts_and_smaller_subnets_are_inside(net in any_subnet(), n in any::<u32>(), prefix in 0_u8..=32) {
            if let Some(host) = net.nth_host(n) {
                prop_assert!(net.contains(host));
                prop_assert_eq!(net.number_of(host), Some(n));
            }
            match net.nth_subnet(prefix, 0) {
                Some(inner) => prop_assert!(net.overlaps(inner) && inner.prefix_len() == prefix),
                None => prop_assert!(prefix < net.prefix_len()),
            }
        }
    }
}
