//! A steady load of writes, each acknowledged by the cluster and recorded outside of the host.
//!
//! Two writers count upwards: one creates an object for each number, the other one appends it to
//! a file on a persistent volume, from a pod that asks the API server's service first. A number is
//! printed once it is acknowledged, so that everything up to the last one printed has to be there
//! for good.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use crate::dev::{Dev, TOOLS};
use crate::exec::Background;

/// Far beyond a whole soak: a writer ends with its host, or when the soak does.
const LIFE: Duration = Duration::from_hours(24);

/// What the writer of objects shows to the API server.
const CREDENTIALS: &str = r#"
umask 077
mkdir -p soak
config=$(kinc kubeconfig dev)
for part in certificate-authority client-certificate client-key; do
  printf '%s\n' "$config" | sed -n "s/^ *$part-data: //p" | base64 --decode > "soak/$part"
done
cat > soak/curlrc <<END
silent
max-time = 10
cacert = soak/certificate-authority
cert = soak/client-certificate
key = soak/client-key
END
"#;

/// Where objects are created.
const OBJECTS: &str = "https://127.0.0.1:6443/api/v1/namespaces/default/configmaps";

/// Creates objects from number `n` on. One that is there already was written, and not acknowledged.
const WRITE_OBJECTS: &str = r#"
while :; do
  object="{\"metadata\":{\"name\":\"load-$n\"},\"data\":{\"number\":\"$n\"}}"
  code=$(curl --config soak/curlrc --output /dev/null --write-out '%{http_code}' \
    --header 'Content-Type: application/json' --data "$object" "$url")
  case $code in
  201 | 409) echo "$n"; n=$((n + 1)); sleep $((slow * 200))e-3 ;;
  *) sleep $((slow * 500))e-3 ;;
  esac
done
"#;

/// Appends numbers from `n` on, each on the disk before it is acknowledged. What the API server
/// says to a stranger does not matter, only that the service's address leads to it.
const WRITE_FILE: &str = r#"
ask_service='curl --silent --insecure --max-time 10 --output /dev/null https://$KUBERNETES_SERVICE_HOST'
while :; do
  if timeout 40 podman exec kinc-dev-control-plane timeout 30 kubectl exec deployment/writer -- \
    sh -c "$ask_service && echo $n >> /data/log && sync /data/log" 2>/dev/null; then
    echo "$n"; n=$((n + 1)); sleep $slow
  else
    sleep $((slow * 500))e-3
  fi
done
"#;

/// Who has the volume.
fn writer() -> String {
    format!(
        "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {{name: data}}\nspec:\n  \
         accessModes: [ReadWriteOnce]\n  resources: {{requests: {{storage: 1Mi}}}}\n---\n\
         apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: writer}}\nspec:\n  \
         selector: {{matchLabels: {{app: writer}}}}\n  strategy: {{type: Recreate}}\n  template:\n    \
         metadata: {{labels: {{app: writer}}}}\n    spec:\n      terminationGracePeriodSeconds: 1\n      \
         volumes: [{{name: data, persistentVolumeClaim: {{claimName: data}}}}]\n      containers:\n      \
         - {{name: main, image: '{TOOLS}', imagePullPolicy: Never, command: [sleep, infinity], \
         volumeMounts: [{{name: data, mountPath: /data}}]}}\n"
    )
}

/// Both writers.
#[derive(Debug)]
pub(super) struct Load {
    objects: Writer,
    file: Writer,
}

/// How far each writer has come: the count of acknowledged numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Progress {
    pub(super) objects: usize,
    pub(super) lines: usize,
}

impl Progress {
    /// Returns whether both writers have come further than they had then.
    pub(super) fn is_beyond(self, then: Self) -> bool {
        self.objects > then.objects && self.lines > then.lines
    }
}

impl Load {
    /// Makes volume and credentials, and starts both writers, which pause `slow` times as long as
    /// elsewhere: where all programs are slow, two that ask all the time would be most of the work.
    pub(super) fn start(dev: &Dev, slow: u32) -> Result<Self> {
        dev.load_tools()?;
        dev.apply(&writer())?;
        dev.ok(CREDENTIALS)?;
        let mut load = Self {
            objects: Writer::new(format!("slow={slow}; url={OBJECTS}; {WRITE_OBJECTS}")),
            file: Writer::new(format!("slow={slow}; {WRITE_FILE}")),
        };
        load.resume(dev)?;
        Ok(load)
    }

    /// Starts the writers again that have ended with their host.
    pub(super) fn resume(&mut self, dev: &Dev) -> Result<()> {
        self.objects.resume(dev)?;
        self.file.resume(dev)
    }

    /// Returns how far they have come.
    pub(super) fn progress(&self) -> Result<Progress> {
        Ok(Progress {
            objects: self.objects.acknowledged()?,
            lines: self.file.acknowledged()?,
        })
    }

    /// Checks that everything is there that was acknowledged up to now, and as it was written.
    pub(super) fn check(&self, dev: &Dev) -> Result<()> {
        let Progress { objects, lines } = self.progress()?;
        let list = format!(
            "set -o pipefail; curl --config soak/curlrc --fail {OBJECTS} | jq -r \
             '.items[] | select(.metadata.name == \"load-\\(.data.number)\") | .data.number'"
        );
        missing(&dev.ok(&list)?, objects).context("of the acknowledged objects")?;
        let file = dev.in_node("sh -c 'cat /var/local-path-provisioner/*/log'")?;
        missing(&file, lines).context("of the acknowledged lines of the file")
    }
}

/// Checks that all numbers below `count` are among the lines.
fn missing(lines: &str, count: usize) -> Result<()> {
    let there: BTreeSet<usize> = lines.lines().filter_map(|line| line.parse().ok()).collect();
    let missing: Vec<usize> = (0..count)
        .filter(|number| !there.contains(number))
        .collect();
    ensure!(
        missing.is_empty(),
        "{count} were written, and lost are {missing:?}"
    );
    Ok(())
}

/// A loop on the host that prints each number once it is acknowledged.
#[derive(Debug)]
struct Writer {
    script: String,
    /// What earlier runs of the loop have written.
    before: usize,
    run: Option<Background>,
}

impl Writer {
    fn new(script: String) -> Self {
        Self {
            script,
            before: 0,
            run: None,
        }
    }

    fn resume(&mut self, dev: &Dev) -> Result<()> {
        if self.run.as_mut().is_some_and(Background::is_running) {
            return Ok(());
        }
        let before = self.acknowledged()?;
        let line = format!("n={before}; {}", self.script);
        self.run = Some(dev.ops().time_limit(LIFE).spawn(&line)?);
        self.before = before;
        Ok(())
    }

    fn acknowledged(&self) -> Result<usize> {
        let printed = match &self.run {
            Some(run) => run.stdout()?,
            None => String::new(),
        };
        // A line that the host's end has cut short counts for nothing.
        Ok(self.before + printed.matches('\n').count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lost_writes_are_named_and_unacknowledged_ones_are_fine() {
        assert!(missing("0\n1\n1\n2\n3\n", 3).is_ok());
        let error = missing("0\n3\n", 4).unwrap_err();
        assert_eq!(error.to_string(), "4 were written, and lost are [1, 2]");
    }
}
