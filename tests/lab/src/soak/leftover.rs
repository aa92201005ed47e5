//! What a host holds besides data: what a fault must leave as it was.

use anyhow::{Result, ensure};

use crate::dev::Dev;

/// Lists everything of the user that systemd, Podman and kinc keep, in a stable order.
const LIST: &str = r"
set -e
echo '# units'
systemctl --user list-units --all --plain --no-legend 'kinc-*' | awk '{print $1, $2, $3, $4}'
echo '# failed units'
systemctl --user list-units --failed --plain --no-legend
echo '# files'
cd ~/.config && find containers/systemd systemd -type f -o -type l 2>/dev/null | sort | xargs sha256sum
echo '# containers'
podman ps --all --external --format '{{.Names}} {{.State}}'
echo '# volumes'
podman volume ls --format '{{.Name}}'
echo '# networks'
podman network ls --format '{{.Name}}'
echo '# helpers'
for name in pasta aardvark-dns rootlessport; do echo $name $(pgrep -u ops -x -c $name); done
echo '# failed units of the node'
podman exec kinc-dev-control-plane systemctl list-units --failed --plain --no-legend
";

/// What was there before the first strike.
#[derive(Debug)]
pub(super) struct Inventory(String);

impl Inventory {
    /// Takes stock.
    pub(super) fn take(dev: &Dev) -> Result<Self> {
        Ok(Self(dev.ok(LIST)?))
    }

    /// Checks that the same is there again, within the limit of the host: what a fault has broken
    /// off is cleared away a little later.
    pub(super) fn check(&self, dev: &Dev) -> Result<()> {
        let mut now = String::new();
        let same = dev.host.wait_until("nothing is left over", dev.limit, || {
            now = dev.ok(LIST).unwrap_or_else(|error| format!("{error:#}"));
            now == self.0
        });
        ensure!(
            same.is_ok(),
            "something is missing or left over.\nbefore:\n{}\nnow:\n{now}",
            self.0
        );
        Ok(())
    }
}
