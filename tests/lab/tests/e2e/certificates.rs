//! Certificates that ended while a cluster was off are recreated, and a wrong clock destroys nothing.

use anyhow::{Result, ensure};

use crate::fixture::{Fixture, LIMIT};

/// Signs certificates of the node again by their CAs, with these dates. The keys and names stay.
const SIGN: &str = r#"
set -e
dates="-not_before $1 -not_after $2"; shift 2
sign() { openssl x509 -in "$1" -CA "$2.crt" -CAkey "$2.key" $dates -out /run/signed; }
cd /etc/kubernetes/pki
for name; do
  case $name in
    # kubelet signs this one itself.
    serving)
      cd /var/lib/kubelet/pki
      openssl x509 -in kubelet.crt -signkey kubelet.key -clrext $dates -out /run/signed
      cat /run/signed > kubelet.crt
      cd - ;;
    ca) openssl x509 -in ca.crt -signkey ca.key $dates -out /run/signed && cat /run/signed > ca.crt ;;
    kubelet)
      pem=/var/lib/kubelet/pki/kubelet-client-current.pem
      sed -n '/BEGIN CERT/,/END CERT/p' $pem > /run/before
      sign /run/before ca
      sed '/BEGIN CERT/,/END CERT/d' $pem > /run/key
      cat /run/signed /run/key > $(readlink -f $pem) ;;
    *.conf)
      sed -n 's/.*client-certificate-data: //p' ../$name | base64 -d > /run/before
      sign /run/before ca
      sed "s#client-certificate-data: .*#client-certificate-data: $(base64 -w 0 /run/signed)#" ../$name > /run/conf
      cat /run/conf > ../$name ;;
    etcd/* | apiserver-etcd-client) sign $name.crt etcd/ca && cat /run/signed > $name.crt ;;
    front-proxy-client) sign $name.crt front-proxy-ca && cat /run/signed > $name.crt ;;
    *) sign $name.crt ca && cat /run/signed > $name.crt ;;
  esac
done
"#;

/// All of them but the CAs.
const ALL: &str = "serving kubelet admin.conf super-admin.conf controller-manager.conf scheduler.conf apiserver \
                   apiserver-kubelet-client apiserver-etcd-client front-proxy-client etcd/server etcd/peer \
                   etcd/healthcheck-client";

/// Prints when each that kubeadm makes ends, in seconds since 1970, and which does not go with its key.
const ENDS: &str = r#"
. /usr/libexec/kinc/certificates
collect
for file in "${certificates[@]}"; do
  [ "$file" != $serving.crt ] || continue
  date --date "$(openssl x509 -noout -enddate -in "$file" | cut -d = -f 2)" +%s
  key=${file%.crt}.key
  [ ! -e "$key" ] || [ "$(openssl pkey -pubout -in "$key")" = "$(openssl x509 -noout -pubkey -in "$file")" ] || echo "$file"
done
"#;

fn sign(dev: &Fixture, from: &str, to: &str, names: &str) -> Result<()> {
    let in_node = "podman exec --interactive kinc-dev-control-plane bash -s --";
    let line = format!("{in_node} {from} {to} {names}");
    dev.ops().with_stdin(SIGN).run(&line)?.ok()?;
    Ok(())
}

/// A date for openssl.
fn date(dev: &Fixture, what: &str) -> Result<String> {
    let text = dev.ok(&format!("date --utc --date '{what}' +%Y%m%d%H%M%SZ"))?;
    Ok(text.trim().to_owned())
}

#[test]
fn certificates_that_expired_yesterday_are_renewed_at_the_next_start() -> Result<()> {
    let dev = Fixture::with_cluster("certificates")?;
    dev.write_data()?;
    // kubelet's own, signed by the controller manager, is valid as long as the others.
    let in_node = "podman exec --interactive kinc-dev-control-plane bash -s";
    let ends = |dev: &Fixture| -> Result<Vec<u64>> {
        let out = dev.ops().with_stdin(ENDS).run(in_node)?.ok()?.stdout;
        Ok(out.lines().map(str::parse).collect::<Result<_, _>>()?)
    };
    let in_eight_years: u64 = dev.ok("date --date '8 years' +%s")?.trim().parse()?;
    let first = ends(&dev)?;
    assert_eq!(first.len(), 12);
    ensure!(first.iter().all(|end| *end > in_eight_years), "{first:?}");
    let authorities =
        "sh -c 'cd /etc/kubernetes/pki && sha256sum ca.* etcd/ca.* front-proxy-ca.* sa.*'";
    let kept = dev.in_node(authorities)?;

    let (from, yesterday) = (date(&dev, "2 years ago")?, date(&dev, "yesterday")?);
    for names in [ALL, "kubelet", "apiserver etcd/server admin.conf"] {
        sign(&dev, &from, &yesterday, names)?;
        dev.ok("kinc restart dev")?;
        let found = ends(&dev)?;
        ensure!(
            found.iter().all(|end| *end > in_eight_years),
            "{names}: {found:?}"
        );
    }
    assert_eq!(dev.in_node(authorities)?, kept);
    dev.check_data()?;
    dev.check_is_whole()?;

    // What is good is left alone, and a start has nothing to do.
    let all = "sh -c 'sha256sum /etc/kubernetes/*.conf /etc/kubernetes/pki/*.crt'";
    let before = dev.in_node(all)?;
    dev.ok("kinc restart dev")?;
    dev.in_node("test ! -e /run/kinc/needs-renewal")?;
    assert_eq!(dev.in_node(all)?, before);
    Ok(())
}

#[test]
fn an_expired_or_damaged_serving_certificate_is_replaced_at_the_next_start() -> Result<()> {
    let dev = Fixture::with_cluster("serving")?;
    let pki = "/var/lib/kubelet/pki";
    let is_served = || {
        // It is its own authority, and valid.
        dev.in_node(&format!(
            "curl --silent --show-error --cacert {pki}/kubelet.crt --output /dev/null \
             https://kinc-dev-control-plane:10250/healthz"
        ))
    };
    is_served()?;
    let others = "sh -c 'sha256sum /etc/kubernetes/*.conf /etc/kubernetes/pki/*.crt'";
    let before = dev.in_node(others)?;
    sign(
        &dev,
        &date(&dev, "2 years ago")?,
        &date(&dev, "yesterday")?,
        "serving",
    )?;
    dev.ok("kinc restart dev")?;
    is_served()?;
    dev.in_node(&format!("rm {pki}/kubelet.key"))?;
    dev.ok("kinc restart dev")?;
    is_served()?;
    assert_eq!(dev.in_node(others)?, before);
    dev.check_is_whole()?;
    dev.ok("kinc restart dev")?;
    dev.in_node("test ! -e /run/kinc/needs-renewal")?;
    Ok(())
}

/// Where the host has the CA of the cluster.
const CA: &str = "~/.local/share/kinc/clusters/dev/kinc-dev-control-plane/kubernetes/pki/ca.crt";

#[test]
fn an_expired_ca_is_reported_once_and_nothing_changes() -> Result<()> {
    let dev = Fixture::with_cluster("ca-ended")?;
    dev.kubectl("create configmap survivor --from-literal=a=b")?;
    dev.ok(&format!("podman unshare cp --archive {CA} kept"))?;
    sign(
        &dev,
        &date(&dev, "2 years ago")?,
        &date(&dev, "yesterday")?,
        "ca",
    )?;
    let start = dev.fails("kinc restart dev")?;
    let cause = "/etc/kubernetes/pki/ca.crt expired on ";
    ensure!(start.stderr.contains(cause), "{}", start.stderr);
    assert_eq!(dev.property("ExecMainStatus")?, "74");
    assert_eq!(dev.property("NRestarts")?, "0");
    let status = dev.property("StatusText")?;
    ensure!(
        status.starts_with(&format!("failed: {cause}"))
            && status.ends_with("; set the clock, or delete the cluster"),
        "{status}"
    );
    // As when the clock had been ahead.
    dev.ok(&format!("podman unshare cp --archive kept {CA}"))?;
    dev.ok("kinc start dev")?;
    dev.kubectl("get configmap survivor")?;
    Ok(())
}

#[test]
fn a_clock_that_is_behind_is_reported_and_the_next_try_succeeds() -> Result<()> {
    let dev = Fixture::with_cluster("clock-behind")?;
    dev.kubectl("create configmap survivor --from-literal=a=b")?;
    dev.ok(&format!("podman unshare cp --archive {CA} kept"))?;
    // The CA is from the future of this clock.
    sign(&dev, &date(&dev, "1 year")?, &date(&dev, "9 years")?, "ca")?;
    dev.ok("kinc stop dev && systemctl --user start --no-block kinc-dev-control-plane")?;
    dev.host.wait_until("the clock is reported", LIMIT, || {
        dev.property("StatusText").is_ok_and(|text| {
            text.starts_with("failed: the clock says ") && text.ends_with("; set the clock")
        })
    })?;
    dev.ok(&format!("podman unshare cp --archive kept {CA}"))?;
    dev.wait_until_ready()?;
    dev.kubectl("get configmap survivor")?;
    Ok(())
}
