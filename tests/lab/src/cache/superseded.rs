//! Which products go: one of some gigabytes is made with each change of the node image.
//!
//! A product is named in the configuration of the hosts that were made from it; the caller
//! says which these are.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::cache::{Cache, Product, file_name, leftover_prefix};
use crate::fs;

/// How many products of one name stay: another checkout of the source tree, or the commit
/// before, asks for the last but one.
const KEPT: usize = 3;

/// How many digits a key has.
const KEY_LENGTH: usize = 16;

impl Cache {
    /// Removes products that have been superseded: of each name, all but the ones used last and
    /// those in use. What another lab is making or removing just now is left to it.
    ///
    /// # Errors
    /// When something in the cache is not removable.
    pub(crate) fn remove_superseded(&self, in_use: &[PathBuf]) -> Result<Vec<PathBuf>> {
        let products = fs::list(self.root())?;
        let products = products.iter().filter(|path| is_product(file_name(path)));
        let names: BTreeSet<&str> = products.map(|path| name_of(path)).collect();
        let mut removed = Vec::new();
        for name in names {
            let Some(_lock) = self.try_lock(name)? else {
                continue;
            };
            // Only now: before, another lab might have removed one, or used one again.
            for path in superseded(self.used_last_first(name)?, in_use) {
                self.discard(&path)?;
                removed.push(path);
            }
        }
        Ok(removed)
    }

    /// Removes all products except `keep`, and what builders left.
    ///
    /// # Errors
    /// When something in the cache is not removable.
    pub(crate) fn remove_products_except(&self, keep: &[Product]) -> Result<Vec<PathBuf>> {
        let mut removed = Vec::new();
        for path in fs::list(self.root())? {
            let stays = ["hosts", "logs", "locks"].contains(&file_name(&path));
            if stays || keep.iter().any(|product| product.path == path) {
                continue;
            }
            if is_product(file_name(&path)) {
                let _lock = self.lock(name_of(&path))?;
                self.discard(&path)?;
            } else {
                fs::remove_tree(&path)?;
            }
            removed.push(path);
        }
        Ok(removed)
    }

    /// Removes a product, the lock of whose name the caller holds.
    fn discard(&self, path: &Path) -> Result<()> {
        // Should this end halfway, what stays is a leftover, and no product.
        let prefix = leftover_prefix(name_of(path));
        let going = self.root().join(format!("{prefix}going"));
        fs::remove_tree(&going)?;
        fs::rename(path, &going)?;
        fs::remove_tree(&going)
    }

    /// Returns the products called `name`, those that were used last first.
    fn used_last_first(&self, name: &str) -> Result<Vec<PathBuf>> {
        let mut products = Vec::new();
        for path in fs::list(self.root())? {
            if is_product(file_name(&path)) && name_of(&path) == name {
                products.push((fs::modified(&path)?, path));
            }
        }
        products.sort();
        Ok(products.into_iter().rev().map(|(_, path)| path).collect())
    }
}

/// Returns those of the products of one name that go.
fn superseded(used_last_first: Vec<PathBuf>, in_use: &[PathBuf]) -> Vec<PathBuf> {
    let mut old = used_last_first.into_iter().skip(KEPT).collect::<Vec<_>>();
    // A host names its root file system, which is inside the product.
    old.retain(|path| !in_use.iter().any(|used| used.starts_with(path)));
    old
}

/// Returns whether that is the name of a finished product, with its key.
fn is_product(file_name: &str) -> bool {
    let is_key = |key: &str| key.len() == KEY_LENGTH && key.bytes().all(|b| b.is_ascii_hexdigit());
    file_name
        .rsplit_once('-')
        .is_some_and(|(name, key)| is_key(key) && !name.starts_with('.'))
}

/// Returns the name of a product without its key.
fn name_of(path: &Path) -> &str {
    let file_name = file_name(path);
    file_name
        .rsplit_once('-')
        .map_or(file_name, |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::tests::{key, names};

    fn none() -> Vec<PathBuf> {
        Vec::new()
    }

    #[test]
    fn the_three_last_used_products_stay_and_those_of_hosts() {
        let products = [6, 2, 3, 5, 1, 4].map(|key| format!("/cache/uml-{key:016x}").into());
        let in_use = ["/cache/uml-0000000000000001/root".into()];
        let gone = superseded(products.to_vec(), &in_use);
        let expected = [5, 4].map(|key| PathBuf::from(format!("/cache/uml-{key:016x}")));
        assert_eq!(gone, expected);
    }

    #[test]
    fn products_of_another_name_do_not_count() {
        let root = tempfile::tempdir().unwrap();
        let cache = Cache::at(root.path().to_path_buf()).unwrap();
        for name in ["uml", "uml-root"] {
            for number in 0..KEPT {
                let name = format!("{name}-{number:016x}");
                fs::create_dir(&root.path().join(name)).unwrap();
            }
        }
        assert_eq!(cache.remove_superseded(&[]).unwrap(), none());
    }

    #[test]
    fn a_product_that_is_used_again_outlives_newer_ones() {
        let root = tempfile::tempdir().unwrap();
        let cache = Cache::at(root.path().to_path_buf()).unwrap();
        for input in ["one", "two", "one", "three", "four"] {
            cache
                .product("thing", "testing", key(input), |_| Ok(()))
                .unwrap();
        }
        let two = root.path().join(format!("thing-{}", key("two")));
        assert_eq!(cache.remove_superseded(&[]).unwrap(), [two]);
        let mut left = ["four", "one", "three"].map(|input| format!("thing-{}", key(input)));
        left.sort();
        assert_eq!(names(&cache), left);
    }

    #[test]
    fn unfinished_products_and_other_files_stay() {
        let root = tempfile::tempdir().unwrap();
        let cache = Cache::at(root.path().to_path_buf()).unwrap();
        let others = [".tmp-thing@0000000000000001", "hosts", "logs"];
        for name in others {
            fs::create_dir(&root.path().join(name)).unwrap();
        }
        for number in 0..5 {
            let name = format!("thing-{number:016x}");
            fs::create_dir(&root.path().join(name)).unwrap();
        }
        let lock = cache.lock("thing").unwrap();
        assert_eq!(cache.remove_superseded(&[]).unwrap(), none());
        drop(lock);
        assert_eq!(cache.remove_superseded(&[]).unwrap().len(), 2);
        assert_eq!(names(&cache)[..3], others);
    }
}
