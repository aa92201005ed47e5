//! Images come from a declared mirror, when a declared authority vouches for it.

use anyhow::{Result, ensure};

use crate::fixture::{Fixture, LIMIT};

/// Makes a registry of files for a server that is `localhost`: each is a whole answer. There is the
/// manifest of one image. The server's certificate is its own authority.
pub(crate) const MAKE_REGISTRY: &str = r#"
set -e
mkdir -p registry/v2/library/hello/manifests && cd registry
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=lab \
  -addext subjectAltName=DNS:localhost -keyout key.pem -out cert.pem 2>/dev/null
oci=application/vnd.oci.image
printf '{"schemaVersion":2,"mediaType":"%s","config":{"mediaType":"%s","digest":"sha256:%064d","size":2},"layers":[]}' \
  $oci.manifest.v1+json $oci.config.v1+json 7 > manifest
printf 'HTTP/1.0 200 OK\r\nContent-Type: %s\r\nContent-Length: %s\r\n\r\n' $oci.manifest.v1+json "$(stat -c %s manifest)" |
  cat - manifest > v2/library/hello/manifests/1
"#;

/// What a pull ends with that has the manifest: the server knows no names with a colon, as blobs have.
pub(crate) const HAS_MANIFEST: &str = "does not match expected \
    sha256:0000000000000000000000000000000000000000000000000000000000000007";

const SERVE: &str = "podman exec --detach --workdir /registry kinc-dev-control-plane \
                     openssl s_server -accept 5443 -cert cert.pem -key key.pem -HTTP -quiet";

/// The server's port is open. It says nothing by itself.
const SERVES: &str = "sh -c 'ss --no-header --listening --tcp sport = :5443 | grep .'";

const PULL: &str = "crictl pull docker.io/library/hello:1";

/// The same image, as people write it.
const PULL_SHORT: &str = "crictl pull hello:1";

#[test]
fn a_mirror_is_tried_first_and_trusted_with_a_declared_ca() -> Result<()> {
    let dev = Fixture::boot("registry")?;
    dev.ok(MAKE_REGISTRY)?;
    let certificate = serde_json::to_string(&dev.ops().read_file("registry/cert.pem")?)?;
    let declare = |authorities: &str| {
        let text = format!(
            "apiVersion: kinc.dev/v1alpha1\nkind: Cluster\nmetadata: {{name: dev}}\nspec:\n  \
             nodes: [{{extraMounts: [{{hostPath: /home/ops/registry, containerPath: /registry, readOnly: true}}]}}]\n  \
             registryMirrors: [{{registry: docker.io, mirror: 'localhost:5443'}}]\n  \
             caCertificates: [{authorities}]\n"
        );
        dev.ops().write_file("dev.yaml", &text)?;
        dev.ok("kinc apply --yes -f dev.yaml")?;
        dev.ok(SERVE)?;
        dev.host
            .wait_until("the registry serves", LIMIT, || dev.in_node(SERVES).is_ok())
    };
    let pull = |command| dev.fails(&format!("podman exec kinc-dev-control-plane {command}"));
    declare(&certificate)?;
    for command in [PULL, PULL_SHORT] {
        let answered = pull(command)?;
        ensure!(
            answered.stderr.contains(HAS_MANIFEST),
            "{}",
            answered.stderr
        );
    }

    declare("")?;
    let refused = pull(PULL)?;
    ensure!(
        refused
            .stderr
            .contains("localhost:5443/library/hello:1: pinging container registry localhost:5443")
            && refused
                .stderr
                .contains("certificate signed by unknown authority"),
        "{}",
        refused.stderr
    );
    Ok(())
}
