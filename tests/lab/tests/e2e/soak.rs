//! A short soak; a long one is `cargo lab soak`.

use anyhow::Result;
use kinc_lab::{Kind, Lab, soak};

#[test]
fn a_cluster_survives_ten_faults_without_losing_acknowledged_writes() -> Result<()> {
    let options = soak::Options {
        strikes: 10,
        // Among its first ten is none that lasts for a minute.
        seed: 2,
        kind: Kind::Nspawn,
        faults: Vec::new(),
    };
    let host = Lab::shared()?.fresh_host("soak")?;
    soak::run_on(&host, &options)
}
