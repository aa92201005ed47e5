//! The cache of products: directories named by a key of what they were made from.
//!
//! What a product is made from, and how, is done by [`crate::product`].
//! A product is there whole or not at all: it is built beside its place and
//! renamed. One lock for each kind of product keeps two labs apart. Which ones
//! go again is in `superseded`.

mod superseded;

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::key::Key;
use crate::progress::{self, Step};
use crate::{fs, paths};

/// The directory of all products and hosts.
#[derive(Clone, Debug)]
pub struct Cache {
    root: PathBuf,
}

/// One finished product.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Product {
    /// The directory that holds it.
    pub path: PathBuf,
    /// The key of what it was made from.
    pub key: Key,
}

/// What a builder gets to work with.
#[derive(Debug)]
pub(crate) struct Build<'build> {
    /// An empty directory that becomes the product.
    pub directory: &'build Path,
    /// A file for the output of the programs that it runs.
    pub log: &'build Path,
    /// The step, for signs of life.
    pub step: &'build Step,
}

/// A lock of the cache, held until it is dropped.
#[derive(Debug)]
pub(crate) struct Lock(#[expect(dead_code, reason = "held, never read")] File);

impl Cache {
    /// Opens the user's cache.
    ///
    /// # Errors
    /// When there is no place for it.
    pub fn open() -> Result<Self> {
        Self::at(paths::cache()?)
    }

    /// Opens a cache at `root`.
    ///
    /// # Errors
    /// When the directory cannot be made.
    pub fn at(root: PathBuf) -> Result<Self> {
        fs::create_dir(&root)?;
        Ok(Self { root })
    }

    /// Returns the directory of the cache.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Returns the directory of the host called `name`.
    #[must_use]
    pub fn host(&self, name: &str) -> PathBuf {
        self.root.join("hosts").join(name)
    }

    /// Returns the log file called `name`.
    #[must_use]
    pub fn log(&self, name: &str) -> PathBuf {
        self.root.join("logs").join(format!("{name}.log"))
    }

    /// Waits for the lock called `name`.
    ///
    /// # Errors
    /// When the file system has no locks.
    pub(crate) fn lock(&self, name: &str) -> Result<Lock> {
        let file = self.open_lock(name)?;
        if file.try_lock().is_err() {
            progress::say(format!("   waiting for another lab that holds `{name}`"));
            file.lock().with_context(|| format!("locking `{name}`"))?;
        }
        Ok(Lock(file))
    }

    /// Returns the lock called `name`, or `None` if another lab holds it.
    ///
    /// # Errors
    /// When the file system has no locks.
    fn try_lock(&self, name: &str) -> Result<Option<Lock>> {
        let file = self.open_lock(name)?;
        Ok(file.try_lock().is_ok().then(|| Lock(file)))
    }

    /// Returns the product `name` with `key`, whether it is there or not.
    #[must_use]
    pub(crate) fn planned(&self, name: &str, key: Key) -> Product {
        let path = self.root.join(format!("{name}-{key}"));
        Product { path, key }
    }

    /// Returns the product `name` with `key`, built by `build` if it is not there.
    ///
    /// # Errors
    /// When the builder fails; nothing of its work stays.
    pub(crate) fn product(
        &self,
        name: &str,
        what: &str,
        key: Key,
        build: impl FnOnce(&Build<'_>) -> Result<()>,
    ) -> Result<Product> {
        let product = self.planned(name, key);
        let _lock = self.lock(name)?;
        self.remove_leftovers(name)?;
        if product.path.is_dir() {
            fs::touch(&product.path)?;
            progress::reused(name, &product.key);
            return Ok(product);
        }
        let directory = self
            .root
            .join(format!("{}{}", leftover_prefix(name), product.key));
        fs::create_dir(&directory)?;
        let log = self.log(name);
        let step = Step::start(format!("{name}: {what}"));
        let build = build(&Build {
            directory: &directory,
            log: &log,
            step: &step,
        });
        if let Err(error) = build {
            // The first error is the one to report; leftovers are removed by the next build.
            let _ = fs::remove_tree(&directory);
            return Err(error).with_context(|| format!("making the product `{name}`"));
        }
        fs::touch(&directory)?;
        fs::rename(&directory, &product.path)?;
        step.done(&product.key);
        Ok(product)
    }

    fn open_lock(&self, name: &str) -> Result<File> {
        fs::open_lock(&self.root.join("locks").join(format!("{name}.lock")))
    }

    /// Removes what builders left that died; the caller holds the lock, so none is alive.
    fn remove_leftovers(&self, name: &str) -> Result<()> {
        for path in fs::list(&self.root)? {
            if file_name(&path).starts_with(&leftover_prefix(name)) {
                fs::remove_tree(&path)?;
            }
        }
        Ok(())
    }
}

/// Returns the last part of a path in the cache, where all names are text.
fn file_name(path: &Path) -> &str {
    path.file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default()
}

/// Returns how the directories of unfinished products begin; `@` is in no product's name.
fn leftover_prefix(name: &str) -> String {
    format!(".tmp-{name}@")
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::bail;

    pub(super) fn key(text: &str) -> Key {
        Key::builder().value("input", text).finish()
    }

    pub(super) fn names(cache: &Cache) -> Vec<String> {
        let names = fs::list(cache.root()).unwrap();
        let names = names
            .iter()
            .map(|path| path.file_name().unwrap().to_string_lossy().into_owned());
        names.filter(|name| name != "locks").collect()
    }

    #[test]
    fn a_product_is_built_once_for_each_key() {
        let root = tempfile::tempdir().unwrap();
        let cache = Cache::at(root.path().to_path_buf()).unwrap();
        let mut builds = 0;
        for input in ["one", "one", "two", "one"] {
            cache
                .product("thing", "testing", key(input), |build| {
                    builds += 1;
                    fs::write(&build.directory.join("file"), input)
                })
                .unwrap();
        }
        assert_eq!(builds, 2);
        let path = root
            .path()
            .join(format!("thing-{}", key("two")))
            .join("file");
        assert_eq!(fs::read(&path).unwrap(), "two");
    }

    #[test]
    fn a_failed_build_leaves_nothing() {
        let root = tempfile::tempdir().unwrap();
        let cache = Cache::at(root.path().to_path_buf()).unwrap();
        let error = cache
            .product("thing", "testing", key("one"), |build| {
                fs::write(&build.directory.join("half"), "done")?;
                bail!("no space left")
            })
            .unwrap_err();
        assert_eq!(
            format!("{error:#}"),
            "making the product `thing`: no space left"
        );
        assert_eq!(names(&cache), Vec::<String>::new());
    }

    #[test]
    fn leftovers_of_a_killed_build_are_removed_by_the_next_build_of_that_product() {
        let root = tempfile::tempdir().unwrap();
        let cache = Cache::at(root.path().to_path_buf()).unwrap();
        fs::create_dir(&root.path().join(".tmp-thing@0000")).unwrap();
        fs::create_dir(&root.path().join(".tmp-thing-else@0000")).unwrap();
        cache
            .product("thing", "testing", key("one"), |_| Ok(()))
            .unwrap();
        assert_eq!(
            names(&cache),
            [
                ".tmp-thing-else@0000".to_owned(),
                format!("thing-{}", key("one"))
            ]
        );
    }
}
