//! Which products go: one of some gigabytes is made with each change of the node image.
//!
//! A product is named in the configuration of the hosts that were made from it; the caller
//! says which these are.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::cache::{Cache, Product, leftover_prefix};
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
    pub fn remove_superseded(&self, in_use: &[PathBuf]) -> Result<Vec<PathBuf>> {
        let mut removed = Vec::new();
        for path in superseded(used_last_first(self.root())?, in_use) {
            let Some(_lock) = self.try_lock(name_of(&path))? else {
                continue;
            };
            self.discard(&path)?;
            removed.push(path);
        }
        Ok(removed)
    }

    /// Removes all products except `keep`.
    ///
    /// # Errors
    /// When something in the cache is not removable.
    pub fn remove_products_except(&self, keep: &[Product]) -> Result<Vec<PathBuf>> {
        let mut removed = Vec::new();
        for path in fs::list(self.root())? {
            let is_product = !["hosts", "logs", "locks"].contains(&file_name(&path));
            if is_product && !keep.iter().any(|product| product.path == path) {
                self.discard(&path)?;
                removed.push(path);
            }
        }
        Ok(removed)
    }

    /// Removes a product; one that is removed halfway is a leftover, and no product.
    fn discard(&self, path: &Path) -> Result<()> {
        let name = name_of(path);
        let going = self.root().join(format!("{}going", leftover_prefix(name)));
        fs::remove_tree(&going)?;
        fs::rename(path, &going)?;
        fs::remove_tree(&going)
    }
}

/// Returns the products of a cache, those that were used last first.
fn used_last_first(root: &Path) -> Result<Vec<PathBuf>> {
    let mut products = Vec::new();
    for path in fs::list(root)? {
        if is_product(file_name(&path)) {
            products.push((fs::modified(&path)?, path));
        }
    }
    products.sort();
    Ok(products.into_iter().rev().map(|(_, path)| path).collect())
}

/// Returns those of `products` that go.
fn superseded(products: Vec<PathBuf>, in_use: &[PathBuf]) -> Vec<PathBuf> {
    let mut newer: Vec<String> = Vec::new();
    let goes = |path: &PathBuf| {
        let name = name_of(path).to_owned();
        let kept = newer.iter().filter(|other| **other == name).count() < KEPT;
        newer.push(name);
        // A host names its root file system, which lies in the product.
        !kept && !in_use.iter().any(|used| used.starts_with(path))
    };
    products.into_iter().filter(goes).collect()
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

fn file_name(path: &Path) -> &str {
    path.file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::tests::{key, names};

    fn paths(names: &[&str]) -> Vec<PathBuf> {
        let names = names.iter();
        names.map(|name| Path::new("/cache").join(name)).collect()
    }

    #[test]
    fn of_each_name_the_three_that_were_used_last_stay_and_what_a_host_was_made_from() {
        let products = paths(&[
            "metal-0000000000000001",
            "metal-root-0000000000000001",
            "metal-0000000000000002",
            "metal-0000000000000003",
            "metal-0000000000000004",
            "metal-0000000000000005",
            "metal-root-0000000000000002",
        ]);
        let in_use = paths(&["metal-0000000000000004/root"]);
        assert_eq!(
            superseded(products, &in_use),
            paths(&["metal-0000000000000005"])
        );
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
    fn what_is_no_product_or_is_being_made_stays() {
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
        assert_eq!(cache.remove_superseded(&[]).unwrap(), paths(&[]));
        drop(lock);
        assert_eq!(cache.remove_superseded(&[]).unwrap().len(), 2);
        assert_eq!(names(&cache)[..3], others);
    }
}
