//! How much disk the data of a cluster takes, as far as that can be found out in a moment.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use serde::Serialize;

use crate::edge::fs;
use crate::ops::Context;

/// Somebody waits for a status.
const LIMIT: Duration = Duration::from_secs(1);

/// find(1) counts in blocks of this size, as stat(2) does.
const BLOCK_BYTES: u64 = 512;

/// How much disk a cluster's data takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Size {
    /// The bytes that were counted.
    pub bytes: u64,
    /// Whether the time was over before all was counted.
    pub at_least: bool,
}

/// Returns how much disk a directory of data takes; `None` if there is none.
///
/// Files of subordinate ids are only seen by Podman's user namespace.
pub(crate) async fn size(context: &Context, path: &Path) -> Result<Option<Size>> {
    if !fs::is_directory(path)? {
        return Ok(None);
    }
    counted(context, path).await.map(Some)
}

async fn counted(context: &Context, path: &Path) -> Result<Size> {
    let find = ["find".as_ref(), path.as_os_str()];
    let list = context.podman.podman(["unshare"]).args(find);
    // A file may go while it is counted, which is not an error here.
    let listed = list
        .args(["-xdev", "-printf", "%b\\n"])
        .limit(LIMIT)
        .listing()
        .await?;
    Ok(Size {
        bytes: sum(&listed.text) * BLOCK_BYTES,
        at_least: !listed.is_whole,
    })
}

/// Adds up the numbers of a list whose last line may be cut off.
fn sum(list: &str) -> u64 {
    let whole = list.rfind('\n').map_or("", |end| &list[..end]);
    whole
        .lines()
        .filter_map(|line| line.parse::<u64>().ok())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_lines_count() {
        assert_eq!(sum("8\n16\n1"), 24);
        assert_eq!(sum("8\n16\n"), 24);
        assert_eq!(sum(""), 0);
    }
}
