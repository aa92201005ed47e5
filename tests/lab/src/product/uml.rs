//! What a UML host is made from: kernel, disk, and an SSH key.

use anyhow::Result;

use crate::cache::{Cache, Product};
use crate::host::{OPS, STORE};
use crate::key::Key;
use crate::product::{host_root, kernel};
use crate::uml::{DISK, KERNEL, KEY};
use crate::{command, fs, paths, tree};

/// The name of the product.
const NAME: &str = "uml";

/// Changes whenever the code below does something else with the same inputs.
const RECIPE: &str = "1";

/// The size of the disk; of the file, only what is written takes place.
const SIZE: &str = "16G";

/// The files of the user.
const HOMES: [&str; 1] = ["home-with-store"];

/// Returns a directory with kernel, disk and key. The node image of `store` is on the disk.
///
/// # Errors
/// When a part cannot be made.
pub(crate) fn make(cache: &Cache, store: &Product) -> Result<Product> {
    let kernel = kernel::make(cache)?;
    let root = host_root::make_for_disk(cache)?;
    let key = key(&kernel.key, &root.key, store)?;
    let what = "the disk of hosts with a kernel of their own";
    cache.product(NAME, what, key, |build| {
        let directory = build.directory;
        fs::copy(&kernel.path.join(KERNEL), &directory.join(KERNEL))?;
        fs::set_mode(&directory.join(KERNEL), 0o755)?;
        let mut keygen = command::program("ssh-keygen");
        keygen.args(["-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f"]);
        command::capture(keygen.arg(directory.join(KEY)))?;
        let disk = directory.join("root");
        tree::copy(&root.path.join("root"), &disk)?;
        tree::copy(&store.path, &disk.join(STORE.trim_start_matches('/')))?;
        tree::fill_home(&disk.join("home").join(OPS), &HOMES)?;
        let public = fs::read(&directory.join(format!("{KEY}.pub")))?;
        fs::create_dir(&disk.join("root/.ssh"))?;
        fs::write(&disk.join("root/.ssh/authorized_keys"), &public)?;
        let mut format = command::program("mke2fs");
        format.args(["-q", "-t", "ext4", "-d"]).arg(&disk);
        command::run_logged(
            format.arg(directory.join(DISK)).arg(SIZE),
            build.log,
            build.step,
        )?;
        fs::remove_tree(&disk)
    })
}

fn key(kernel: &Key, root: &Key, store: &Product) -> Result<Key> {
    let mut key = Key::builder()
        .value("recipe", RECIPE)
        .value("kernel", &kernel.to_string())
        .value("root", &root.to_string())
        .value("store", &store.key.to_string());
    for home in HOMES {
        key = key.files(&paths::file(home))?;
    }
    Ok(key.finish())
}

/// Returns what [`make`] uses and makes, whether it is there or not.
///
/// # Errors
/// When a list or a file that goes into it cannot be read.
pub(crate) fn planned(cache: &Cache, store: &Product) -> Result<[Product; 3]> {
    let (kernel_name, kernel) = kernel::identity()?;
    let (root_name, root) = host_root::identity_for_disk()?;
    Ok([
        cache.planned(NAME, key(&kernel, &root, store)?),
        cache.planned(kernel_name, kernel),
        cache.planned(root_name, root),
    ])
}
