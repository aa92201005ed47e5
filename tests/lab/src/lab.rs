//! The lab as a whole: all products ready, and hosts made from them.
//!
//! It orders the products; [`crate::product`] makes each. The hosts made
//! from them are in `hosts`.

mod hosts;

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, Result, ensure};

use crate::cache::{Cache, Product};
use crate::host::{Host, Kind};
use crate::product::{binaries, host_root, kinc, node_base, node_image, packages, quadlet, uml};
use crate::release::Release;
use crate::{paths, progress};

/// Everything that hosts are made from.
#[derive(Clone, Debug)]
pub struct Lab {
    cache: Cache,
    kinc: PathBuf,
    /// The release of its hosts.
    release: Release,
    host_root: Product,
    store: Option<Product>,
    /// Kernel and disk of hosts of the kind [`Kind::Uml`]; made when one is asked for.
    uml: Option<Product>,
    /// Products that are in use although no host shows them.
    behind: Vec<Product>,
}

impl Lab {
    /// Makes whatever is missing, from the machine's packages to the node image.
    ///
    /// # Errors
    /// When a product cannot be made.
    pub fn prepare(release: Release) -> Result<Self> {
        let mut lab = Self::without_image(release)?;
        let source = paths::source();
        // One image for all: each Podman reads the store that the oldest one wrote.
        let builder_root = match release {
            Release::Trixie => lab.host_root.clone(),
            Release::Sid => host_root::make(&lab.cache, Release::Trixie)?,
        };
        let node_base = node_base::make(&lab.cache, &source)?;
        let binaries = binaries::make(&lab.cache, &source, &lab.kinc)?;
        let inputs = node_image::Inputs {
            source: &source,
            kinc: &lab.kinc,
            host_root: &builder_root,
            node_base: &node_base,
            binaries: &binaries,
        };
        lab.store = Some(node_image::make(&lab.cache, inputs)?);
        lab.behind = vec![node_base, binaries];
        Ok(lab)
    }

    /// Returns the lab of the tests of this process, prepared once however many ask for it.
    ///
    /// # Errors
    /// When a product cannot be made.
    pub fn shared() -> Result<Self> {
        static SHARED: Mutex<Option<Lab>> = Mutex::new(None);
        once(&SHARED, || Self::prepare(Release::of_tests()?))
    }

    /// Returns the lab of this process for tests that never look at the node image.
    ///
    /// # Errors
    /// When a product cannot be made.
    pub fn shared_without_image() -> Result<Self> {
        static SHARED: Mutex<Option<Lab>> = Mutex::new(None);
        once(&SHARED, || Self::without_image(Release::of_tests()?))
    }

    /// Makes what a host needs that never sees the node image.
    ///
    /// # Errors
    /// When a product cannot be made.
    pub(crate) fn without_image(release: Release) -> Result<Self> {
        let cache = Cache::open()?;
        packages::install(&cache)?;
        let host_root = host_root::make(&cache, release)?;
        let kinc = kinc::make(&paths::source())?;
        Ok(Self {
            cache,
            kinc,
            release,
            host_root,
            store: None,
            uml: None,
            behind: Vec::new(),
        })
    }

    /// Returns the cache.
    #[must_use]
    pub fn cache(&self) -> &Cache {
        &self.cache
    }

    /// Returns the program under test.
    #[must_use]
    pub fn kinc(&self) -> &std::path::Path {
        &self.kinc
    }

    /// Returns Podman's Quadlet generators, those of hosts of each release and of other versions;
    /// they run on this machine too.
    ///
    /// # Errors
    /// When Debian's archive or Go's proxy does not answer.
    pub fn quadlets() -> Result<Vec<PathBuf>> {
        let cache = &Cache::open()?;
        packages::install(cache)?;
        let mut quadlets = Vec::new();
        for release in Release::ALL {
            quadlets.push(host_root::quadlet(&host_root::make(cache, release)?));
        }
        quadlets.extend(quadlet::make(cache)?);
        Ok(quadlets)
    }

    /// Returns the products in use, and those that hosts of another kind or release would use.
    ///
    /// # Errors
    /// When a file that goes into one cannot be read.
    fn products(&self) -> Result<Vec<Product>> {
        let roots = Release::ALL.map(|release| host_root::planned(&self.cache, release));
        let mut products = roots.into_iter().collect::<Result<Vec<_>>>()?;
        products.extend(quadlet::planned(&self.cache)?);
        if let Some(store) = &self.store {
            products.push(store.clone());
            products.extend(uml::planned(&self.cache, store)?);
        }
        products.extend(self.behind.clone());
        Ok(products)
    }

    /// Checks that hosts of that kind can be made from that release.
    ///
    /// # Errors
    /// When they cannot.
    pub fn check(kind: Kind, release: Release) -> Result<()> {
        ensure!(
            kind == Kind::Nspawn || release == Release::Trixie,
            "hosts of the kind {} are made from trixie only, and not from {}",
            kind.name(),
            release.name()
        );
        Ok(())
    }

    /// Makes what hosts with a kernel of their own need, and returns the lab that has it.
    ///
    /// # Errors
    /// When a product cannot be made, or this lab has no node image or another release.
    pub fn with_uml(mut self) -> Result<Self> {
        Self::check(Kind::Uml, self.release)?;
        let store = self
            .store
            .as_ref()
            .context("a lab without the node image")?;
        self.uml = Some(uml::make(&self.cache, store)?);
        Ok(self)
    }

    /// Returns the lab whose hosts are of this kind.
    ///
    /// # Errors
    /// As for [`Self::with_uml`].
    pub fn of(self, kind: Kind) -> Result<Self> {
        match kind {
            Kind::Nspawn => Ok(self),
            Kind::Uml => self.with_uml(),
        }
    }
}

/// Removes products that have been superseded and that no host was made from.
///
/// # Errors
/// When a host does not say what it was made from, or something is not removable.
pub fn remove_superseded(cache: &Cache) -> Result<()> {
    let mut in_use = Vec::new();
    for host in Host::all(cache)? {
        // Without a configuration it is being made or removed.
        if host.exists() {
            let config = host.config()?;
            in_use.push(config.root);
            in_use.extend(config.store);
            in_use.extend(config.shares.into_iter().map(|(path, _)| path));
        }
    }
    for path in cache.remove_superseded(&in_use)? {
        progress::say(format!("   removed `{}`, superseded", path.display()));
    }
    Ok(())
}

/// Removes all hosts, and products that nothing uses; every product if `all`.
///
/// # Errors
/// When something is not removable.
pub fn clean(all: bool) -> Result<()> {
    let cache = Cache::open()?;
    for host in Host::all(&cache)? {
        host.remove()?;
        progress::say(format!(" ✓ removed host `{}`", host.name()));
    }
    let keep = if all {
        Vec::new()
    } else {
        Lab::prepare(Release::default())?.products()?
    };
    for path in cache.remove_products_except(&keep)? {
        progress::say(format!(" ✓ removed `{}`", path.display()));
    }
    Ok(())
}

fn once(cell: &Mutex<Option<Lab>>, make: impl FnOnce() -> Result<Lab>) -> Result<Lab> {
    let mut lab = cell.lock().unwrap_or_else(PoisonError::into_inner);
    if lab.is_none() {
        *lab = Some(make()?);
    }
    lab.clone().context("preparing the lab")
}
