//! Hands the linker script to the linker.

fn main() {
    println!("cargo:rerun-if-changed=link.x");
    let folder = std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets it");
    println!("cargo:rustc-link-arg=-T{folder}/link.x");
    if std::env::var_os("CARGO_FEATURE_LOCATED").is_some() {
        // the relocations say who calls whom
        println!("cargo:rustc-link-arg=--emit-relocs");
    }
}
