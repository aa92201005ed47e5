//! What admits a worker, and what does not.

use anyhow::{Result, ensure};

use super::nodes::Workers;

/// Asks for a certificate of the node `$1`, by the credential that the socket of this one gives.
const REQUEST: &str = r"
set -e
cd /tmp
curl --silent --fail --unix-socket /etc/kinc/join/socket --output answer http://kinc/
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null -out $1.csr \
  -subj /O=system:nodes/CN=system:node:$1 2> /dev/null
kubectl --kubeconfig answer create --validate=false -f - <<END
apiVersion: certificates.k8s.io/v1
kind: CertificateSigningRequest
metadata: {name: for-$1}
spec:
  signerName: kubernetes.io/kube-apiserver-client-kubelet
  usages: [digital signature, client auth]
  request: $(base64 --wrap 0 $1.csr)
END
";

/// Prints where the credential is by which the node has joined, its key or its certificate.
const SEARCH: &str = r#"
set -e
answer=/run/kinc/bootstrap-kubelet.conf
[ "$(stat --file-system --format %T /run)" = tmpfs ]
for part in key certificate; do
  data=$(sed -n "s/^ *client-$part-data: //p" $answer)
  line=$(base64 --decode <<< "$data" | sed -n 2p)
  [ ${#line} = 64 ]
  status=0
  grep --recursive --text --files-with-matches --fixed-strings -e "$data" -e "$line" /etc/kubernetes /var || status=$?
  [ $status -le 1 ]
done
"#;

/// Checks that there is neither a token nor an approval of everybody's names.
pub(super) fn check_no_secret_admits(dev: &Workers) -> Result<()> {
    let tokens = "get secrets --namespace kube-system -o name --field-selector type=bootstrap.kubernetes.io/token";
    assert_eq!(dev.kubectl(tokens)?, "");
    let bindings = dev.kubectl("get clusterrolebindings -o name")?;
    ensure!(
        bindings.contains("/kinc:renew-own-certificate\n"),
        "{bindings}"
    );
    ensure!(
        !bindings.contains("kubeadm:node-autoapprove-bootstrap"),
        "{bindings}"
    );
    Ok(())
}

/// Checks that a worker cannot even ask for a certificate of another node.
pub(super) fn check_only_its_own_name_is_approved(dev: &Workers) -> Result<()> {
    let ask = |name: &str| {
        let bash = format!("podman exec --interactive kinc-dev-worker bash -s {name}");
        dev.ops().with_stdin(REQUEST).run(&bash)
    };
    let refused = ask("kinc-dev-worker2")?.failed()?.stderr;
    let cause = "can only create a node CSR with CN=system:node:kinc-dev-worker\n";
    ensure!(refused.ends_with(cause), "{refused}");
    ask("kinc-dev-worker")?.ok()?;
    dev.kubectl("wait --for=condition=Approved --timeout=60s csr/for-kinc-dev-worker")?;
    Ok(())
}

/// Checks that what a worker was given to join is in memory alone.
pub(super) fn check_credential_is_on_no_disk(dev: &Workers) -> Result<()> {
    for worker in dev.nodes().iter().skip(1) {
        assert_eq!(dev.script(worker, SEARCH)?, "", "{worker}");
    }
    Ok(())
}

/// Has kubelet's certificate of a worker end yesterday.
pub(super) fn expire(dev: &Workers, worker: &str) -> Result<()> {
    let date = |what: &str| dev.ok(&format!("date --utc --date '{what}' +%Y%m%d%H%M%SZ"));
    let (from, to) = (date("2 years ago")?, date("yesterday")?);
    let (from, to) = (from.trim(), to.trim());
    let pem = "/var/lib/kubelet/pki/kubelet-client-current.pem";
    let sign = format!(
        "openssl x509 -in /dev/stdin -CA /etc/kubernetes/pki/ca.crt -CAkey /etc/kubernetes/pki/ca.key \
         -not_before {from} -not_after {to}"
    );
    dev.ok(&format!(
        "podman exec {worker} cat {pem} > own.pem && \
         podman exec --interactive kinc-dev-control-plane {sign} < own.pem > signed.pem && \
         sed '/BEGIN CERT/,/END CERT/d' own.pem >> signed.pem && \
         podman exec --interactive {worker} sh -c 'cat > {pem}' < signed.pem && rm own.pem signed.pem"
    ))?;
    Ok(())
}
