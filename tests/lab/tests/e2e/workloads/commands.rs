//! What kubectl does with pods that run.

use anyhow::{Context as _, Result, ensure};

use crate::fixture::{Fixture, LIMIT};

pub(super) fn exec_and_cp(dev: &Fixture) -> Result<()> {
    let printed = dev.kubectl(
        "exec reader -- sh -c 'mkdir -p /tmp && echo here > /tmp/file && cat /tmp/file'",
    )?;
    assert_eq!(printed, "here\n");
    dev.kubectl("cp reader:/tmp/file /tmp/from")?;
    dev.kubectl("cp /tmp/from reader:/tmp/back")?;
    assert_eq!(dev.kubectl("exec reader -- cat /tmp/back")?, "here\n");
    Ok(())
}

pub(super) fn attach(dev: &Fixture) -> Result<()> {
    let attach =
        "podman exec --interactive kinc-dev-control-plane kubectl attach --stdin --quiet reader";
    let output = dev.ops().with_stdin("said\n").run(attach)?.ok()?;
    let logs = "logs reader";
    dev.host.wait_until("the pod has read it", LIMIT, || {
        dev.kubectl(logs).is_ok_and(|text| text.contains("said\n"))
    })?;
    ensure!(
        output.stderr.is_empty() || !output.stderr.contains("error"),
        "{}",
        output.stderr
    );
    Ok(())
}

/// A container that comes later sees the processes of the one that it is for.
pub(super) fn debug(dev: &Fixture) -> Result<()> {
    dev.kubectl(
        "debug reader --quiet --container looks --image localhost/lab/workloads:1 --target main \
         --profile general --attach=false -- sh -c 'cat /proc/1/comm; sleep inf'",
    )?;
    let said = dev.host.wait_until("it has looked", LIMIT, || {
        dev.kubectl("logs reader --container looks")
            .is_ok_and(|text| text == "cat\n")
    });
    said.with_context(|| dev.kubectl("describe pod reader").unwrap_or_default())?;
    Ok(())
}

pub(super) fn port_forward(dev: &Fixture) -> Result<()> {
    let script = "kubectl port-forward pod/server 18080:8080 > /tmp/forward & forward=$!; \
                  until grep --quiet Forwarding /tmp/forward; do kill -0 $forward || exit 1; done; \
                  curl --silent --fail --max-time 5 http://127.0.0.1:18080/health; kill $forward";
    assert_eq!(dev.in_node(&format!("bash -c '{script}'"))?, "OK");
    Ok(())
}

pub(super) fn rotated_logs(dev: &Fixture) -> Result<()> {
    let count = "sh -c 'ls /var/log/pods/default_talker_*/main | wc -l'";
    dev.host.wait_until("logs are rotated", LIMIT, || {
        dev.in_node(count)
            .is_ok_and(|text| text.trim().parse::<u32>().is_ok_and(|files| files > 2))
    })?;
    assert_eq!(
        dev.kubectl("logs talker --tail 1")?,
        "a line of which there are many\n"
    );
    Ok(())
}
