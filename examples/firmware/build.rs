use std::{env, fs, path::PathBuf};

const PAGE: &str = "../../adapters/embedded/README.md";

fn main() {
    println!(
        "cargo:rustc-link-search={}",
        env::var("CARGO_MANIFEST_DIR").unwrap()
    );
    println!("cargo:rerun-if-changed=memory.x");
    println!("cargo:rerun-if-changed={PAGE}");
    let page = fs::read_to_string(PAGE).expect("the board page");
    let listings: String = page
        .split("```rust,ignore\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect();
    assert!(listings.contains("fn dashboard"), "the board page has no listing");
    let out = PathBuf::from(env::var("OUT_DIR").unwrap());
    fs::write(out.join("page.rs"), listings).expect("a place for the listings");
}
