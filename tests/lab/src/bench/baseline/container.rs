//! The bare control plane in a container of root's Podman, on a UML host.

use std::time::Duration;

use anyhow::Result;

use super::{IMAGE, MACHINE_ID, SCRIPT, Script};
use crate::host::{Host, OPS};

/// Time for any one command; system calls are slow there.
const LIMIT: Duration = Duration::from_mins(10);

/// Starts a container of that image on empty volumes, with kinc's own units taken out. Its users are
/// those of the user's containers, since the files of the image are theirs.
const START: &str = r#"
set -euo pipefail
image=$1
podman rm --force --ignore --time 0 baseline
rm -rf /var/lib/baseline/{var,kubernetes}
mkdir -p /var/lib/baseline/{var,kubernetes}
cp /var/lib/baseline/machine-id /var/lib/baseline/var/
chown --recursive 1000:1000 /var/lib/baseline/{var,kubernetes}
podman run --quiet --detach --rm --name baseline --privileged --device /dev/fuse --systemd always \
  --uidmap 0:1000:1 --uidmap 1:100000:65536 --gidmap 0:1000:1 --gidmap 1:100000:65536 \
  --network none --pids-limit -1 \
  --tmpfs /run:rw,exec,mode=755 --tmpfs /tmp:rw,exec,mode=1777 \
  --volume /var/lib/baseline/var:/var:exec,suid,dev --volume /var/lib/baseline/kubernetes:/etc/kubernetes \
  --volume /var/lib/baseline/kubeadm.conf:/etc/kinc/kubeadm.conf:ro \
  --volume /dev/null:/etc/systemd/system/kinc-prepare.service:ro \
  --tmpfs /etc/systemd/system/multi-user.target.wants:notmpcopyup "$image"
timeout 120 sh -c 'until podman exec baseline systemctl is-active --quiet multi-user.target; do sleep 0.2; done'
"#;

/// The image, and where its samples run.
#[derive(Debug)]
pub(in crate::bench) struct Container {
    host: Host,
    image: String,
    script: Script,
}

impl Container {
    pub(super) fn prepare(host: &Host) -> Result<Self> {
        let image = host.user(OPS).run(IMAGE)?.ok()?.text().to_owned();
        let script = Script::of(host)?;
        host.root().run("mkdir -p /var/lib/baseline")?.ok()?;
        let files = [
            ("kubeadm.conf", script.kubeadm.as_str()),
            ("machine-id", MACHINE_ID),
        ];
        for (name, text) in files {
            host.root()
                .with_stdin(text)
                .run(&format!("cat > /var/lib/baseline/{name}"))?
                .ok()?;
        }
        Ok(Self {
            host: host.clone(),
            image,
            script,
        })
    }

    pub(super) fn sample(&self) -> Result<Duration> {
        // The store with the node image is the user's setting.
        let root = |line: &str, input: &str| {
            let store =
                format!("CONTAINERS_STORAGE_CONF=/home/{OPS}/.config/containers/storage.conf");
            let shell = self.host.root().time_limit(LIMIT).with_stdin(input);
            shell.run(&format!("export {store}; {line}"))?.ok()
        };
        root(&format!("bash -s {}", self.image), START)?;
        let script = format!(
            "podman exec --interactive baseline bash -s {}",
            self.script.arguments()
        );
        let started = root(&script, SCRIPT)?;
        root("podman rm --force --time 0 baseline", "")?;
        Ok(started.elapsed)
    }
}
