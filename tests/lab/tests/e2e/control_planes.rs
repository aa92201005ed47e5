//! Several control planes: any of them may be lost, with or without its data, and comes back by itself.

use std::ops::Deref;

use anyhow::{Result, ensure};

use crate::fixture::{Fixture, LIMIT};

const DECLARED: &str = "apiVersion: kinc.dev/v1alpha1
kind: Cluster
metadata: {name: dev}
spec:
  nodes: [{role: control-plane}, {role: control-plane}, {role: control-plane}, {role: worker}]
";

const CONTROL_PLANES: [&str; 3] = [
    "kinc-dev-control-plane",
    "kinc-dev-control-plane2",
    "kinc-dev-control-plane3",
];

/// The cluster `dev` with three control planes and a worker.
struct Several {
    dev: Fixture,
}

impl Deref for Several {
    type Target = Fixture;

    fn deref(&self) -> &Fixture {
        &self.dev
    }
}

impl Several {
    fn create(name: &str) -> Result<Self> {
        let dev = Fixture::boot(name)?;
        dev.ops().write_file("dev.yaml", DECLARED)?;
        dev.ok("kinc apply -f dev.yaml")?;
        let dev = Self { dev };
        dev.check_all_serve()?;
        Ok(dev)
    }

    /// Runs kubectl in a control plane, against whichever the balancer leads to.
    fn balanced(&self, control_plane: &str, arguments: &str) -> Result<String> {
        self.ok(&format!(
            "podman exec {control_plane} kubectl --server https://kinc-dev-api:6443 --request-timeout 3s {arguments}"
        ))
    }

    /// Writes an object through the balancer, as soon as anybody serves.
    fn write(&self, control_plane: &str, object: &str) -> Result<()> {
        let create = format!("create configmap {object}");
        let write = || match self.balanced(control_plane, &create) {
            Ok(_) => true,
            // An answer may have got lost, and not what it answered.
            Err(error) => format!("{error:#}").contains("already exists"),
        };
        self.host.wait_until("an object is written", LIMIT, write)?;
        Ok(())
    }

    /// Waits until all nodes are up, and checks that each control plane is a voter of etcd and serves.
    fn check_all_serve(&self) -> Result<()> {
        let ready = || {
            self.ok("kinc list")
                .is_ok_and(|list| list.contains(" 4/4 "))
        };
        self.host.wait_until("all nodes are ready", LIMIT, ready)?;
        for control_plane in CONTROL_PLANES {
            let here = format!("podman exec {control_plane}");
            self.ok(&format!("{here} kubectl get --raw /readyz"))?;
            let members = self.ok(&format!(
                "{here} bash -c '. /usr/libexec/kinc/etcdctl && is_running && etcdctl member list'"
            ))?;
            let mut voters: Vec<&str> = members
                .lines()
                .filter(|line| line.contains(", started, ") && line.ends_with(", false"))
                .filter_map(|line| line.split(", ").nth(2))
                .collect();
            voters.sort_unstable();
            assert_eq!(voters, CONTROL_PLANES, "{members}");
        }
        self.kubectl("wait --for=condition=Ready --timeout=60s --all nodes")?;
        Ok(())
    }

    /// Checks that these objects are there.
    fn check_objects(&self, objects: &[String]) -> Result<()> {
        let found = self.kubectl("get configmaps -o name")?;
        for object in objects {
            let line = format!("configmap/{object}");
            ensure!(
                found.lines().any(|one| one == line),
                "{object} is not in {found}"
            );
        }
        Ok(())
    }
}

#[test]
fn each_control_plane_may_be_lost_and_joins_again_with_all_data() -> Result<()> {
    let dev = Several::create("control-planes")?;
    let tokens =
        "get secrets --all-namespaces --field-selector type=bootstrap.kubernetes.io/token -o name";
    assert_eq!(dev.kubectl(tokens)?, "");
    let mut written = Vec::new();
    for (index, lost) in CONTROL_PLANES.into_iter().enumerate() {
        let other = CONTROL_PLANES[(index + 1) % 3];
        dev.ok(&format!("podman kill --signal KILL {lost}"))?;
        written.push(format!("killed-{lost}"));
        dev.write(other, &format!("killed-{lost}"))?;
        dev.check_all_serve()?;

        dev.ok(&format!("systemctl --user stop {lost}"))?;
        // What begins with a dot is the mark.
        let parts = ["kubernetes/* var/*", "var/*", "kubernetes/*"][index];
        dev.ok(&format!(
            "cd .local/share/kinc/clusters/dev/{lost} && podman unshare rm -r {parts}"
        ))?;
        dev.write(other, &format!("empty-{lost}"))?;
        written.push(format!("empty-{lost}"));
        dev.ok(&format!("systemctl --user start {lost}"))?;
        let said = dev.ok(&format!(
            "podman exec {lost} journalctl --unit kinc-prepare --invocation=0 --output cat"
        ))?;
        let again =
            "the data of this control plane is missing or damaged; joining the cluster again";
        ensure!(said.contains(again), "without {parts} it said {said}");
        dev.check_all_serve()?;
    }
    dev.check_objects(&written)?;
    dev.wait_for_spread_dns()?;
    // Nothing of a key or a credential was left where it was handed over.
    for node in CONTROL_PLANES {
        dev.ok(&format!(
            "podman exec {node} bash -c '! compgen -G \"/run/kinc/given*\" && ! compgen -G \"/run/kinc/{{answer,discovery.conf}}\"'"
        ))?;
    }
    Ok(())
}

#[test]
fn several_control_planes_come_back_together_and_leave_nothing() -> Result<()> {
    let dev = Several::create("control-planes-all")?;
    dev.write(CONTROL_PLANES[0], "before")?;
    dev.ok("kinc plan -f dev.yaml")?;
    dev.ok("kinc stop dev")?;
    dev.host.wait_until("the balancer has stopped", LIMIT, || {
        dev.ok("systemctl --user is-active kinc-dev-api").is_err()
    })?;

    // The first one alone has no quorum, and waits for another one, whichever it is.
    dev.ok("systemctl --user start --no-block kinc-dev-control-plane3")?;
    dev.host.wait_until("it waits", LIMIT, || {
        dev.ok("systemctl --user show --property StatusText --value kinc-dev-control-plane3")
            .is_ok_and(|text| text.contains("the API server"))
    })?;
    dev.ok("systemctl --user start kinc-dev-control-plane2")?;
    dev.write(CONTROL_PLANES[1], "by-two")?;
    dev.ok("kinc start dev")?;
    dev.check_all_serve()?;

    dev.ok("kinc restart dev")?;
    dev.check_all_serve()?;
    dev.host.reboot()?;
    dev.check_all_serve()?;
    dev.host.power_cut()?;
    dev.host.power_on()?;
    dev.check_all_serve()?;
    dev.check_objects(&["before".to_owned(), "by-two".to_owned()])?;

    let fewer = "sed 's/{role: control-plane}, {role: worker}/{role: worker}/' dev.yaml >fewer.yaml; kinc apply --yes -f fewer.yaml";
    let said = dev.fails(fewer)?.stderr;
    let refused = "the number of control planes cannot change from 3 to 2 while the cluster exists";
    ensure!(said.contains(refused), "it said {said}");
    dev.ok("kinc delete dev")?;
    for (what, left) in [
        ("containers", "podman ps --all --quiet"),
        ("volumes", "podman volume ls --quiet"),
        ("networks", "podman network ls --quiet --filter name=kinc-"),
        (
            "units",
            "systemctl --user list-units --all --no-legend --plain 'kinc-dev*'",
        ),
        ("sockets", "find $XDG_RUNTIME_DIR -maxdepth 1 -name kinc"),
        ("data", "find .local/share/kinc -path '*/clusters/dev*'"),
    ] {
        let left = dev.ok(left)?;
        assert_eq!(left, "", "{what}");
    }
    Ok(())
}
