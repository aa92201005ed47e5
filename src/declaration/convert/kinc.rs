//! The environment variables that configured the first kinc, a set of shell scripts.

use crate::declaration::convert::draft::Draft;
use crate::declaration::yaml::Value;
use crate::model::problem::Span;

/// What it knew.
const KNOWN: [&str; 6] = [
    "CLUSTER_NAME",
    "FORCE_PORT",
    "KINC_IMAGE",
    "USE_BAKED_IN_CONFIG",
    "KINC_SKIP_SYSCTL_CHECKS",
    "KINC_ENABLE_FARO",
];

/// Returns the settings of a text of lines such as `CLUSTER_NAME=dev`; `None` if it is another.
pub(super) fn settings(text: &str) -> Option<Vec<(String, String)>> {
    let says_something = |line: &&str| !line.is_empty() && !line.starts_with('#');
    let lines = text.lines().map(str::trim).filter(says_something);
    let pairs: Option<Vec<(String, String)>> = lines
        .map(|line| {
            let (name, value) = line.trim_start_matches("export ").split_once('=')?;
            let value = value.trim_matches(['"', '\'']);
            KNOWN
                .contains(&name)
                .then(|| (name.to_owned(), value.to_owned()))
        })
        .collect();
    pairs.filter(|pairs| !pairs.is_empty())
}

pub(super) fn convert(settings: &[(String, String)]) -> Draft {
    let value = |wanted: &str| {
        let found = settings.iter().find(|(name, _)| name == wanted);
        found.map(|(_, value)| value.as_str())
    };
    // Its own default.
    let mut draft = Draft::new(Value::from(value("CLUSTER_NAME").unwrap_or("default")));
    if let Some(port) = value("FORCE_PORT") {
        draft.set("networking.apiServerPort", Value::Number(port.to_owned()));
    }
    let others = [
        (
            "KINC_IMAGE",
            "its node images do not fit; `kinc image build` makes ours",
        ),
        (
            "USE_BAKED_IN_CONFIG",
            "kubeadm's configuration is always generated",
        ),
        (
            "KINC_SKIP_SYSCTL_CHECKS",
            "nothing is refused for a limit of the host",
        ),
        ("KINC_ENABLE_FARO", "there is no equivalent"),
    ];
    for (name, why) in others {
        if value(name).is_some() {
            draft.leave_out(name, why);
        }
    }
    draft.with_default_span(Span::START)
}
