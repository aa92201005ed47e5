//! Declarations and the messages of wrong ones; whole files are in `tests/golden`.

use super::*;
use crate::model::problem::Span;

mod contents;
mod limits;
mod mounts;
mod node;
mod places;
mod ports;

fn read(text: &str) -> Result<Vec<Cluster>, Problems> {
    parse(&[Source {
        name: "c.yaml",
        text,
        directory: None,
    }])
}

#[track_caller]
fn problems(text: &str) -> String {
    read(text).unwrap_err().to_string()
}

fn document(spec: &str) -> String {
    format!("apiVersion: kinc.dev/v1alpha1\nkind: Cluster\nmetadata: {{name: dev}}\nspec: {spec}\n")
}

/// Checks that what each `spec` has is answered with this.
fn each_says(cases: &[(&str, &str)]) {
    for (spec, expected) in cases {
        assert_eq!(problems(&document(spec)), *expected);
    }
}

#[test]
fn a_name_alone_is_a_valid_cluster() {
    let text = "apiVersion: kinc.dev/v1alpha1\nkind: Cluster\nmetadata:\n  name: dev\n";
    let declared_at = |line, column| {
        let mut cluster = default_cluster(ClusterName::new("dev").unwrap());
        let source = "c.yaml".into();
        let span = Span::new(line, column, 3);
        let place = Place { source, span };
        cluster.explicit.extend([(Field::Name.into(), place)]);
        vec![cluster]
    };
    assert_eq!(read(text).unwrap(), declared_at(4, 9));
    // Fields without a value count as left out.
    let empty = document("{image: , networking: {cni: null}}");
    assert_eq!(read(&empty).unwrap(), declared_at(3, 18));
}

#[test]
fn the_image_follows_the_version() {
    for version in ["v1.36.9", "1.36.9"] {
        let text = document(&format!("{{kubernetesVersion: {version}}}"));
        let cluster = read(&text).unwrap().remove(0);
        assert_eq!(cluster.kubernetes_version, "v1.36.9");
        assert_eq!(cluster.image, "localhost/kinc/node:v1.36.9");
        let given: Vec<(Field, String)> = Field::all()
            .filter_map(|field| Some((field, cluster.explicit.get(field)?.to_string())))
            .collect();
        assert_eq!(
            given,
            [
                (Field::Name, "c.yaml:3:18".to_owned()),
                (Field::KubernetesVersion, "c.yaml:4:27".to_owned())
            ]
        );
    }
}

#[track_caller]
fn assert_problems(cases: &[(&str, &str)]) {
    for (spec, message) in cases {
        let text = problems(&document(spec));
        let (place, found) = text.split_once(": ").unwrap();
        assert_eq!(found, *message, "{spec}");
        assert!(place.starts_with("c.yaml:4:"), "{place}");
    }
}

#[test]
fn an_invalid_value_says_why() {
    assert_problems(&[
        (
            "{autostart: 1}",
            "`spec.autostart`: expected true or false, found a number",
        ),
        (
            "{storage: local}",
            "`spec.storage`: expected `local-path` or `none`, found `local`; did you mean `local-path`?",
        ),
        (
            "{storage: [none]}",
            "`spec.storage`: expected a string, found a list",
        ),
        (
            "{kubernetesVersion: 1.36}",
            "`spec.kubernetesVersion`: expected a string, found a number; put it in quotes",
        ),
        (
            "{kubernetesVersion: v1.36}",
            "`spec.kubernetesVersion`: `v1.36` is not a version such as v1.36.3",
        ),
        (
            "{kubernetesVersion: v1.36.3-}",
            "`spec.kubernetesVersion`: `v1.36.3-` is not a version such as v1.36.3",
        ),
        (
            "{kubernetesVersion: \"v1.36.3-$(x)\"}",
            "`spec.kubernetesVersion`: `v1.36.3-$(x)` is not a version such as v1.36.3",
        ),
        (
            "{image: kinc/node:1}",
            "`spec.image`: `kinc/node:1` is a short name; use the full name, such as `localhost/kinc/node:1`",
        ),
        (
            "{image: \"localhost/a\\nExec=b\"}",
            "`spec.image`: `localhost/a\\nExec=b` is not an image reference",
        ),
        (
            "{image: --privileged}",
            "`spec.image`: `--privileged` is not an image reference",
        ),
    ]);
}

#[test]
fn an_invalid_address_or_port_says_why() {
    assert_problems(&[
        (
            "{networking: {apiServerAddress: '::1'}}",
            "`spec.networking.apiServerAddress`: `::1` is an IPv6 address, which is not supported yet; give `127.0.0.1`",
        ),
        (
            "{networking: {apiServerAddress: 224.0.0.1}}",
            "`spec.networking.apiServerAddress`: 224.0.0.1 is not an address to listen on",
        ),
        (
            "{networking: {apiServerAddress: ''}}",
            "`spec.networking.apiServerAddress`: an empty address is ambiguous: `0.0.0.0` is for all addresses of the host, `127.0.0.1` for the host itself",
        ),
        (
            "{networking: {apiServerPort: -2}}",
            "`spec.networking.apiServerPort`: -2 is not a port from 1 to 65535; with 0 or -1, kinc chooses one",
        ),
        (
            "{networking: {apiServerPort: 65536}}",
            "`spec.networking.apiServerPort`: 65536 is not a port from 1 to 65535; with 0 or -1, kinc chooses one",
        ),
        (
            "{networking: {apiServerPort: 0x1000}}",
            "`spec.networking.apiServerPort`: `0x1000` is not a port number",
        ),
        (
            "{networking: {apiServerPort: '6443'}}",
            "`spec.networking.apiServerPort`: expected a port number, found a string",
        ),
    ]);
}

#[test]
fn an_invalid_subnet_in_a_declaration_says_why() {
    assert_problems(&[
        (
            "{networking: {podSubnet: 10.244.0.0/25}}",
            "`spec.networking.podSubnet`: 10.244.0.0/25 must be between a /8 and a /24",
        ),
        (
            "{networking: {podSubnet: 10.244.0.1/24}}",
            "`spec.networking.podSubnet`: `10.244.0.1/24` has host bits set; the subnet is 10.244.0.0/24",
        ),
        (
            "{networking: {serviceSubnet: 10.0.0.0/11}}",
            "`spec.networking.serviceSubnet`: 10.0.0.0/11 must be between a /12 and a /24",
        ),
        (
            "{networking: {nodeSubnet: 10.9.0.0/30}}",
            "`spec.networking.nodeSubnet`: 10.9.0.0/30 must be between a /16 and a /29",
        ),
        (
            "{networking: {nodeSubnet: 127.0.0.0/24}}",
            "`spec.networking.nodeSubnet`: 127.0.0.0/24 overlaps 127.0.0.0/8, which is not for hosts",
        ),
        ("[]", "`spec`: expected a mapping, found a list"),
    ]);
}

#[test]
fn every_overlap_is_reported_where_the_declaration_causes_it() {
    each_says(&[
        (
            "{networking: {podSubnet: 10.0.0.0/8}}",
            "c.yaml:4:32: `spec.networking.podSubnet`: 10.0.0.0/8 overlaps the default `spec.networking.serviceSubnet`, 10.96.0.0/16",
        ),
        (
            "{networking: {nodeSubnet: 10.244.8.0/24}}",
            "c.yaml:4:33: `spec.networking.nodeSubnet`: 10.244.8.0/24 overlaps the default `spec.networking.podSubnet`, 10.244.0.0/16",
        ),
        (
            "{networking: {podSubnet: 10.1.0.0/16, serviceSubnet: 10.1.2.0/24, nodeSubnet: 10.1.3.0/24}}",
            "c.yaml:4:60: `spec.networking.serviceSubnet`: 10.1.2.0/24 overlaps the `spec.networking.podSubnet`, 10.1.0.0/16\n\
             c.yaml:4:85: `spec.networking.nodeSubnet`: 10.1.3.0/24 overlaps the `spec.networking.podSubnet`, 10.1.0.0/16",
        ),
    ]);
}

#[test]
fn an_unknown_field_is_an_error_with_a_suggestion() {
    each_says(&[
        (
            "{imgae: x}",
            "c.yaml:4:8: `spec.imgae`: unknown field; did you mean `image`?",
        ),
        (
            "{networking: {podsubnet: x}}",
            "c.yaml:4:21: `spec.networking.podsubnet`: unknown field; did you mean `podSubnet`?",
        ),
        (
            "{podSubnet: 10.0.0.0/16}",
            "c.yaml:4:8: `spec.podSubnet`: unknown field; did you mean `spec.networking.podSubnet`?",
        ),
        (
            "{zzz: 1}",
            "c.yaml:4:8: `spec.zzz`: unknown field; valid fields: kubernetesVersion, image, autostart, dataDir, nodes, networking, storage, featureGates, runtimeConfig, kubeadmConfigPatches, kubeadmConfigPatchesJSON6902, schedulerConfig, crioDropIns, registryMirrors, caCertificates, manifests, resources",
        ),
    ]);
}

#[test]
fn a_field_name_of_kind_is_an_error_with_its_kinc_name() {
    each_says(&[
        (
            "{networking: {disableDefaultCNI: true}}",
            "c.yaml:4:21: `spec.networking.disableDefaultCNI`: unknown field; `spec.networking.cni: none` says this",
        ),
        (
            "{nodes: [{image: x}]}",
            "c.yaml:4:17: `spec.nodes[].image`: unknown field; an image for each node is not supported yet; `spec.image` is that of the cluster",
        ),
    ]);
}

#[test]
fn a_text_without_a_declaration_is_an_error() {
    assert_eq!(problems("# nothing\n"), "`c.yaml` has no declaration in it");
    assert_eq!(problems("a: ["), "c.yaml:1:4: unclosed bracket '['");
    assert_eq!(
        problems("text"),
        "c.yaml:1:1: expected a mapping with `apiVersion` and `kind`, found a string"
    );
}
