//! What somebody meant who wrote a name that is not known.

use crate::declaration::schema;

/// How alike two names must be to be taken for a slip of the pen.
const MIN_SIMILARITY: f32 = 0.6;

/// A longer word is not a typing error, and would take long to compare.
const LONGEST_WORD: usize = 64;

/// What kind's `v1alpha4` has that is said otherwise here, or not yet
/// (<https://kind.sigs.k8s.io/docs/user/configuration/>).
const OF_KIND: [(&str, &str); 7] = [
    (
        "spec.networking.disableDefaultCNI",
        "`spec.networking.cni: none` says this",
    ),
    (
        "spec.nodes[].image",
        "an image for each node is not supported yet; `spec.image` is that of the cluster",
    ),
    (
        "spec.nodes[].kubeadmConfigPatches",
        "patches for each node are not supported yet; `spec.kubeadmConfigPatches` are the cluster's",
    ),
    (
        "spec.nodes[].kubeadmConfigPatchesJSON6902",
        "patches for each node are not supported yet; `spec.kubeadmConfigPatchesJSON6902` are the \
         cluster's",
    ),
    (
        "spec.nodes[].extraMounts[].selinuxRelabel",
        "omit it: SELinux does not separate a node from the host's files",
    ),
    (
        "spec.containerdConfigPatches",
        "nodes run CRI-O, whose settings are `spec.crioDropIns`",
    ),
    (
        "spec.containerdConfigPatchesJSON6902",
        "nodes run CRI-O, whose settings are `spec.crioDropIns`",
    ),
];

/// Returns the candidate that was probably meant.
pub(crate) fn suggestion<'a>(word: &str, candidates: &[&'a str]) -> Option<&'a str> {
    if word.len() > LONGEST_WORD {
        return None;
    }
    similar::get_close_matches(word, candidates, 1, MIN_SIMILARITY)
        .first()
        .copied()
}

/// Returns what to say of the path of a field that there is not.
#[must_use]
pub fn unknown_path(path: &str) -> String {
    let known = schema::explained();
    let by_key = known.iter().copied().find(|known| key(known) == key(path));
    of_kind(path)
        .or_else(|| did_you_mean(by_key.or_else(|| suggestion(path, &known))))
        .unwrap_or_else(|| "unknown field".to_owned())
}

/// Returns what to say of a field where only the `known` keys may be.
pub(super) fn unknown_field(path: &str, known: &[&str]) -> String {
    let same = schema::paths().filter(|known| key(known) == key(path));
    // What the cluster has is meant before what a node has.
    let elsewhere = same.min_by_key(|known| known.contains("[]"));
    of_kind(path)
        .or_else(|| did_you_mean(elsewhere.or_else(|| suggestion(key(path), known))))
        .unwrap_or_else(|| format!("unknown field; valid fields: {}", known.join(", ")))
}

fn of_kind(path: &str) -> Option<String> {
    OF_KIND
        .iter()
        .find(|(theirs, _)| *theirs == path)
        .map(|(_, said)| format!("unknown field; {said}"))
}

fn did_you_mean(meant: Option<&str>) -> Option<String> {
    meant.map(|meant| format!("unknown field; did you mean `{meant}`?"))
}

/// Returns the last part of a path.
fn key(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}
