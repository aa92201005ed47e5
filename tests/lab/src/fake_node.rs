//! A fake node, which is ready at once and takes next to no resources.
//!
//! It is for what concerns kinc, systemd and Podman only, with starts by the hundred or clusters by
//! the dozen.

use anyhow::Result;

use crate::exec::Shell;

/// The image of the fake node.
pub const FAKE_NODE: &str = "localhost/lab/fake-node:1";

/// Makes it from programs of the host: it writes what kinc reads of a node, and says that it is ready.
const MAKE: &str = r#"
set -e
rm -rf fake-node && mkdir -p fake-node/etc/kubernetes fake-node/var fake-node/run fake-node/tmp
for program in sh systemd-notify sleep cat; do
  file=$(command -v $program)
  for part in $file $(ldd $file | grep -o '/[^ )]*'); do
    install -D "$(realpath $part)" "fake-node$part"
  done
done
cat > fake-node/node <<'END'
#!/usr/bin/sh
trap 'exit 130' INT TERM
cat > /etc/kubernetes/admin.conf <<CONF
apiVersion: v1
kind: Config
clusters: [{name: kubernetes, cluster: {server: 'https://10.0.0.1:6443', certificate-authority-data: YQ==}}]
users: [{name: kubernetes-admin, user: {client-certificate-data: YQ==, client-key-data: YQ==}}]
contexts: [{name: c, context: {cluster: kubernetes, user: kubernetes-admin}}]
current-context: c
CONF
systemd-notify --ready
while :; do sleep 1000 & wait; done
END
mkdir -p fake-node/usr/libexec/kinc
printf '#!/usr/bin/sh\necho "$@" > /var/limits\n' > fake-node/usr/libexec/kinc/relimit
printf '#!/usr/bin/sh\ntrue\n' > fake-node/usr/libexec/kinc/mark
chmod 755 fake-node/node fake-node/usr/libexec/kinc/relimit fake-node/usr/libexec/kinc/mark
version=$(podman image inspect localhost/kinc/node:v1.36.3 --format '{{index .Labels "io.kinc.kubernetes"}}')
contract=$(podman image inspect localhost/kinc/node:v1.36.3 --format '{{index .Labels "io.kinc.contract"}}')
printf 'FROM scratch\nCOPY fake-node /\nENV PATH=/usr/bin:/bin\nENTRYPOINT ["/node"]\n' > fake-node.Containerfile
podman build --quiet --tag localhost/lab/fake-node:1 --label "io.kinc.kubernetes=$version" \
  --label "io.kinc.contract=$contract" --file fake-node.Containerfile .
"#;

/// Makes the image [`FAKE_NODE`] for a user of a host.
///
/// # Errors
/// When the host does not run, or Podman fails.
pub fn make(shell: &Shell) -> Result<()> {
    shell.run(MAKE)?.ok()?;
    Ok(())
}
