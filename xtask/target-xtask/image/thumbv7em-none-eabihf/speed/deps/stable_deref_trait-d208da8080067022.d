/work/main/xtask/target-xtask/image/thumbv7em-none-eabihf/speed/deps/stable_deref_trait-d208da8080067022.d: /root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/stable_deref_trait-1.2.1/src/lib.rs

/work/main/xtask/target-xtask/image/thumbv7em-none-eabihf/speed/deps/libstable_deref_trait-d208da8080067022.rlib: /root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/stable_deref_trait-1.2.1/src/lib.rs

/work/main/xtask/target-xtask/image/thumbv7em-none-eabihf/speed/deps/libstable_deref_trait-d208da8080067022.rmeta: /root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/stable_deref_trait-1.2.1/src/lib.rs

/root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/stable_deref_trait-1.2.1/src/lib.rs:
