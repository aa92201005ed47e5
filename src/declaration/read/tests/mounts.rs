//! Where files of the host can go, and where a relative path begins.

use super::*;

/// Returns the mounts of a text that lies in `/home/ops/clusters`, each as `HOST:NODE`.
fn mounts(host_path: &str, container_path: &str) -> Result<Vec<String>, Problems> {
    let mount = format!("{{hostPath: '{host_path}', containerPath: '{container_path}'}}");
    let text = document(&format!("{{nodes: [{{extraMounts: [{mount}]}}]}}"));
    let mut clusters = parse(&[Source {
        name: "c.yaml",
        text: &text,
        directory: Some("/home/ops/clusters"),
    }])?;
    let mounts = clusters.remove(0).nodes.remove(0).settings.mounts;
    let mounts = mounts.into_iter();
    let both = |mount: crate::model::item::Item<crate::model::cluster::Mount>| {
        let mount = mount.value;
        format!("{}:{}", mount.host_path, mount.container_path)
    };
    Ok(mounts.map(both).collect())
}

#[test]
fn a_relative_host_path_is_relative_to_the_declaration() {
    for (given, expected) in [
        ("audit.yaml", "/home/ops/clusters/audit.yaml"),
        ("./audit.yaml", "/home/ops/clusters/audit.yaml"),
        ("../data/", "/home/ops/data"),
        (".", "/home/ops/clusters"),
        ("../../../../srv", "/srv"),
        ("/srv//a/../b", "/srv/b"),
        ("./~", "/home/ops/clusters/~"),
    ] {
        assert_eq!(mounts(given, "/b").unwrap(), [format!("{expected}:/b")]);
    }
    let path = "`spec.nodes[].extraMounts[].hostPath`";
    for (given, message) in [
        (
            "~/data",
            "`~/data`: only a shell expands `~` and variables; give the path itself",
        ),
        (
            "$HOME/data",
            "`$HOME/data`: only a shell expands `~` and variables; give the path itself",
        ),
        ("", "`` is not an absolute path"),
        (
            "a:b",
            "`/home/ops/clusters/a:b` contains a colon or a control character, which a Podman volume cannot have",
        ),
    ] {
        let found = mounts(given, "/b").unwrap_err().to_string();
        let (_, found) = found.split_once(": ").unwrap();
        assert_eq!(found, format!("{path}: {message}"));
    }
}

#[test]
fn mounts_are_allowed_beside_the_nodes_own_files() {
    for free in [
        "/etc/kubernetes/policies",
        "/etc/kubernetes/policies/audit.yaml",
        "/etc/kubernetes/encryption.yaml",
        "/etc/kubernetes/manifests/mirror.yaml",
        "/etc/kubernetes/pki/oidc-ca.crt",
        "/etc/kubernetes/pki/webhook/ca.crt",
        "/var/lib/kubelet/config.json",
        "/var/lib/kubelet/seccomp/profiles",
        "/var/log/kubernetes",
    ] {
        assert_eq!(mounts("/a", free).unwrap(), [format!("/a:{free}")]);
    }
    for own in [
        "/etc/kubernetes",
        "/etc/kubernetes/admin.conf",
        "/etc/kubernetes/.kinc/uid",
        "/etc/kubernetes/kinc",
        "/etc/kubernetes/manifests/",
        "/etc/kubernetes/manifests/etcd.yaml",
        "/etc/kubernetes/pki",
        "/etc/kubernetes/pki/ca.crt",
        "/etc/kubernetes/pki/etcd/mine.crt",
        "/var/.kinc",
        "/var/.kinc/uid",
        "/var/lib/etcd/member",
        "/var/lib/kubelet",
        "/var/lib/kubelet/config.yaml",
        "/var/lib/kubelet/pki/kubelet.crt",
        "/var/lib/kubelet/pods",
    ] {
        let refused = mounts("/a", own).unwrap_err().to_string();
        let own = own.trim_end_matches('/');
        let message = format!("`{own}` is reserved for the node itself");
        assert!(refused.ends_with(&message), "{refused}");
    }
}
