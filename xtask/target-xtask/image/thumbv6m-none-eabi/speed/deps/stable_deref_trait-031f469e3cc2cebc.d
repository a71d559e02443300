/work/main/xtask/target-xtask/image/thumbv6m-none-eabi/speed/deps/stable_deref_trait-031f469e3cc2cebc.d: /root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/stable_deref_trait-1.2.1/src/lib.rs

/work/main/xtask/target-xtask/image/thumbv6m-none-eabi/speed/deps/libstable_deref_trait-031f469e3cc2cebc.rlib: /root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/stable_deref_trait-1.2.1/src/lib.rs

/work/main/xtask/target-xtask/image/thumbv6m-none-eabi/speed/deps/libstable_deref_trait-031f469e3cc2cebc.rmeta: /root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/stable_deref_trait-1.2.1/src/lib.rs

/root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/stable_deref_trait-1.2.1/src/lib.rs:
