//! What Quadlet makes of a file's name. Pure: names in, names out (podman-systemd.unit(5)).

/// Returns the services that the Quadlet files among these names become.
#[must_use]
pub fn services<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    names.filter_map(service).collect()
}

fn service(name: &str) -> Option<String> {
    let (stem, kind) = name.rsplit_once('.')?;
    match kind {
        "container" => Some(format!("{stem}.service")),
        "volume" | "network" => Some(format!("{stem}-{kind}.service")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_quadlet_file_becomes_one_service_and_other_files_none() {
        let names = [
            "a.container",
            "a-var.volume",
            "a.network",
            "kubeadm.conf",
            "cluster.yaml",
        ];
        let expected = ["a.service", "a-var-volume.service", "a-network.service"];
        assert_eq!(services(names.into_iter()), expected);
    }
}
