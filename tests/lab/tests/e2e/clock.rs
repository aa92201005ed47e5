//! The time of day is nothing that kinc relies on. Only a kernel of its own has a clock to set.

use anyhow::{Result, ensure};

use crate::fixture::Fixture;
use crate::tool;

#[test]
fn a_clock_that_is_set_back_changes_nothing() -> Result<()> {
    let dev = Fixture::on_uml("clock")?;
    tool::declare(&dev)?;
    dev.ok("kinc apply --yes -f a.yaml")?;
    dev.host.root().run("date --set '-2 hours'")?.ok()?;
    let again = dev.ops().run("kinc apply --yes -f a.yaml")?.ok()?;
    assert_eq!(
        again.stderr,
        "kinc-dev-control-plane.service is ready; nothing changed\n"
    );
    // Its start lies in the future. The fake node has no pods to report.
    let status = dev.ops().run("kinc status dev")?.stdout;
    ensure!(status.contains("ready for 0s\n"), "{status}");
    dev.ok("kinc apply --yes -f b.yaml")?;
    dev.ok(tool::IS_B)?;
    dev.ok("kinc restart dev && kinc delete dev")?;
    dev.ok(tool::NOTHING)?;
    Ok(())
}
