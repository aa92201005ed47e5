//! Modes, hostile values and the table of templates; whole texts are in `tests/golden`.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use minijinja::context;
use proptest::prelude::*;

use super::*;
use crate::model::cluster::{
    Cluster, ClusterName, DataDir, Manifest, NodeFile, NodeId, NodeLimits, NodeName, NodeUnit,
    RegistryMirror, RuntimeSettings, Uid,
};
use crate::resolve::ResolvedNode;

fn resolved() -> ResolvedCluster {
    let cluster = ClusterName::new("dev").unwrap();
    ResolvedCluster {
        nodes: vec![ResolvedNode {
            name: NodeName::new(&cluster, NodeId::first(Role::ControlPlane)),
            limits: NodeLimits::default(),
            pod_cidr: "10.244.0.0/24".parse().unwrap(),
            address: Ipv4Addr::new(10, 200, 0, 2),
        }],
        declaration: Cluster {
            api_server_port: Some(6443),
            node_subnet: Some("10.200.0.0/24".parse().unwrap()),
            ..declaration::default_cluster(cluster.clone())
        },
        api_server_port: 6443,
        cluster,
        node_subnet: "10.200.0.0/24".parse().unwrap(),
        gateway: Ipv4Addr::new(10, 200, 0, 1),
        uid: Uid::nil(),
        data_dir: DataDir::new("/home/ops/.local/share/kinc"),
        api_address: Ipv4Addr::new(10, 200, 0, 9),
    }
}

fn with_image(image: &str) -> ResolvedCluster {
    let mut resolved = resolved();
    resolved.declaration.image = image.to_owned();
    resolved
}

#[test]
fn files_that_may_hold_secrets_have_mode_0600() {
    let files = render(&resolved()).unwrap();
    let modes: Vec<(&str, u32)> = files.iter().map(|(path, file)| (path, file.mode)).collect();
    assert_eq!(
        modes,
        [
            ("cluster.yaml", 0o600),
            ("containers.conf", 0o644),
            ("kinc-dev-control-plane-containers.volume", 0o644),
            ("kinc-dev-control-plane.container", 0o644),
            ("kinc-dev-control-plane.kubeadm.conf", 0o600),
            ("kinc-dev-resolver.service", 0o644),
            ("kinc-dev-resolver.timer", 0o644),
            ("kinc-dev-uplink.service", 0o644),
            ("kinc-dev.network", 0o644),
            ("kinc-dev.slice", 0o644),
        ]
    );
}

#[test]
fn mounted_files_are_private_by_default() {
    let mut resolved = resolved();
    let text = || vec!["kind: Secret\n".to_owned()];
    let file = |path: &str, executable, mode| NodeFile {
        path: path.to_owned(),
        content: "secret".to_owned(),
        executable,
        mode,
    };
    let file = |path, executable, mode| file(path, executable, mode).into();
    let declared = &mut resolved.declaration;
    declared.nodes[0].settings.environment = [("A".to_owned(), "secret".to_owned())].into();
    declared.nodes[0].settings.files = vec![
        file("/a", false, None),
        file("/b", true, None),
        file("/c", false, Some(0o644)),
        file("/d", true, Some(0o755)),
    ];
    declared.nodes[0].settings.units = vec![
        NodeUnit {
            name: "a.service".to_owned(),
            content: "[Install]\n".to_owned(),
        }
        .into(),
    ];
    declared.kubernetes.scheduler_config = Some("kind: KubeSchedulerConfiguration\n".to_owned());
    declared.runtime = RuntimeSettings {
        crio_drop_ins: text(),
        registry_mirrors: vec![RegistryMirror {
            registry: "a".to_owned(),
            mirror: "b".to_owned(),
            insecure: false,
        }],
        ca_certificates: text(),
        manifests: text().into_iter().map(Manifest::Text).collect(),
    };
    let mounted_files: Vec<(String, u32)> =
        mounted_files::mounted_files(&resolved, &resolved.declaration.nodes[0], None)
            .unwrap()
            .into_iter()
            .map(|one| (one.path, one.file.mode))
            .collect();
    let expected = [
        ("/etc/kinc/environment", 0o600),
        ("/etc/kinc/scheduler.yaml", 0o600),
        ("/etc/crio/crio.conf.d/50-declared-00.conf", 0o600),
        ("/etc/containers/registries.conf.d/50-declared.conf", 0o644),
        ("/etc/ssl/certs/declared-00.pem", 0o644),
        ("/etc/kinc/manifests/00.yaml", 0o600),
        ("/etc/systemd/system/a.service", 0o600),
        (
            "/etc/systemd/system/multi-user.target.d/50-declared.conf",
            0o644,
        ),
        ("/a", 0o600),
        ("/b", 0o700),
        ("/c", 0o644),
        ("/d", 0o755),
    ];
    assert_eq!(
        mounted_files,
        expected.map(|(path, mode)| (path.to_owned(), mode))
    );
}

#[test]
fn a_value_that_could_change_a_unit_is_rejected() {
    let cases = [
        (
            "a\nExecStartPre=b",
            "`a\\nExecStartPre=b` cannot be written into a unit",
        ),
        ("a\rb", "`a\\rb` cannot be written into a unit"),
        ("a\u{2028}b", "`a\\u{2028}b` cannot be written into a unit"),
        ("a b", "`a b` cannot be written into a unit"),
        ("\"a\"", "`\\\"a\\\"` cannot be written into a unit"),
        ("a\\", "`a\\\\` cannot be written into a unit"),
        ("", "`` cannot be written into a unit"),
    ];
    for (image, reason) in cases {
        let error = render(&with_image(image)).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("rendering `quadlet/node.container.j2`: {reason}")
        );
    }
}

#[test]
fn percent_and_dollar_signs_are_doubled_in_units_only() {
    let files = render(&with_image("a/%h$x")).unwrap();
    let text = |path: &str| files.get(path).unwrap().text.clone();
    let has_line = |path: &str, line: &str| text(path).lines().any(|found| found == line);
    assert!(has_line(
        "kinc-dev-control-plane.container",
        "Image=a/%%h$$x"
    ));
    assert!(has_line("cluster.yaml", "  image: \"a/%h$x\""));
}

#[test]
fn an_undefined_value_is_an_error() {
    let environment = environment().unwrap();
    let error = environment
        .render_str("{{ nobody }}", context! {})
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UndefinedError);
    // A node's value in a cluster's file is as wrong as an undefined one.
    let error = environment
        .render_str("{{ node }}", values(&resolved(), None))
        .unwrap_err();
    assert_eq!(error.detail(), Some("`node` is undefined"));
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "the test compares the table with the folders"
)]
fn the_table_of_templates_and_the_folders_agree() {
    let table: BTreeSet<String> = TEMPLATES
        .iter()
        .map(|(path, _)| (*path).to_owned())
        .collect();
    let mut folders = BTreeSet::new();
    for folder in ["haproxy", "quadlet", "systemd", "templates"] {
        let path = format!("{}/{folder}", env!("CARGO_MANIFEST_DIR"));
        for entry in std::fs::read_dir(path).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            folders.insert(format!("{folder}/{name}"));
        }
    }
    assert_eq!(table, folders);
}

#[test]
fn every_template_starts_with_its_origin() {
    for (path, file) in render(&resolved()).unwrap().iter() {
        let first = file.text.lines().next().unwrap();
        let version = env!("CARGO_PKG_VERSION");
        let by = [
            format!("# Generated by kinc {version}. "),
            format!("# Generated by kinc {version}: "),
        ];
        assert!(by.iter().any(|by| first.starts_with(by)), "{path}: {first}");
        assert!(
            file.text.ends_with('\n') && !file.text.ends_with("\n\n"),
            "{path}"
        );
    }
}

proptest! {
    #[test]
    fn a_value_stays_on_its_line_and_means_itself(
        text in proptest::collection::vec(any::<char>(), 0..20),
    ) {
        let text: String = text.into_iter().collect();
        if let Ok(encoded) = unit(&text) {
            prop_assert_eq!(encoded.split_whitespace().count(), 1);
            prop_assert_eq!(encoded.replace("%%", "%").replace("$$", "$"), text.clone());
        }
        if let Ok(encoded) = document(&text) {
            prop_assert_eq!(encoded.lines().count(), 1);
            let read = yaml::parse(&format!("key: {encoded}\n")).unwrap();
            prop_assert_eq!(read[0].value.get("key").unwrap().as_str(), Some(&*text));
        }
    }
}
