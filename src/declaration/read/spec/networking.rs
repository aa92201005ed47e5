//! What a declaration says of addresses, and whether they fit together.

use crate::declaration::read::reader::Reader;
use crate::declaration::read::spec::Spec;
use crate::declaration::read::{DEFAULT_POD_SUBNET, DEFAULT_SERVICE_SUBNET, ports, values};
use crate::declaration::yaml::{Node, Value};
use crate::model::cluster::{Cni, KubeProxyMode};
use crate::model::field::Field;
use crate::model::item;

/// The families of addresses by their names; all but the first are for later.
const FAMILIES: [&str; 3] = ["ipv4", "ipv6", "dual"];

/// Reads `spec.networking`.
pub(super) fn read(reader: &mut Reader, node: &Node, spec: &mut Spec) {
    let Some(fields) = reader.fields(node, "spec.networking") else {
        return;
    };
    let places = &mut spec.places;
    spec.api_server_address = reader.optional(
        &fields,
        Field::ApiServerAddress,
        places,
        ports::listen_address,
    );
    let port = reader.optional(&fields, Field::ApiServerPort, places, ports::port_of_host);
    spec.api_server_port = port.flatten();
    reader.optional(&fields, Field::IpFamily, places, family);
    spec.pod_subnet = reader.optional(&fields, Field::PodSubnet, places, values::pod_subnet);
    spec.service_subnet = reader.optional(
        &fields,
        Field::ServiceSubnet,
        places,
        values::service_subnet,
    );
    spec.node_subnet = reader.optional(&fields, Field::NodeSubnet, places, values::node_subnet);
    spec.kubernetes.cert_sans =
        item::values(reader.list(&fields, Field::ApiServerCertSans, places, values::cert_san));
    spec.dns_domain = reader.optional(&fields, Field::DnsDomain, places, values::domain);
    let search = reader.list(&fields, Field::DnsSearch, places, values::domain);
    spec.kubernetes.dns_search = item::values(search);
    spec.cni = reader.optional(&fields, Field::Cni, places, |value| {
        values::choice(value, Cni::ALL, Cni::name)
    });
    spec.kube_proxy_mode = reader.optional(&fields, Field::KubeProxyMode, places, |value| {
        values::choice(value, KubeProxyMode::ALL, KubeProxyMode::name)
    });
}

fn family(value: &Value) -> Result<(), String> {
    match values::choice(value, &FAMILIES, |family| family)? {
        "ipv4" => Ok(()),
        other => Err(format!("addresses of `{other}` are not supported yet")),
    }
}

/// Reports each pair of overlapping subnets, at the one that the declaration gives.
pub(super) fn report_overlaps(reader: &mut Reader, spec: &Spec) {
    let subnets = [
        (
            Field::PodSubnet,
            Some(spec.pod_subnet.unwrap_or(DEFAULT_POD_SUBNET)),
        ),
        (
            Field::ServiceSubnet,
            Some(spec.service_subnet.unwrap_or(DEFAULT_SERVICE_SUBNET)),
        ),
        (Field::NodeSubnet, spec.node_subnet),
    ];
    for (index, &(first, a)) in subnets.iter().enumerate() {
        for &(second, b) in &subnets[index + 1..] {
            let (Some(a), Some(b)) = (a, b) else { continue };
            // The later field is the likelier mistake, unless it is only a default.
            let second_is_given = spec.places.contains_key(&second);
            let (field, subnet, other_field, other) = if second_is_given {
                (second, b, first, a)
            } else {
                (first, a, second, b)
            };
            if a.overlaps(b) {
                let kind = if spec.places.contains_key(&other_field) {
                    ""
                } else {
                    "default "
                };
                let message = format!(
                    "{subnet} overlaps the {kind}`{}`, {other}",
                    other_field.path()
                );
                reader.problem_at(spec.places.get(&field).cloned(), field.path(), message);
            }
        }
    }
}
