/work/main/xtask/target-xtask/image/thumbv6m-none-eabi/size/deps/stable_deref_trait-858e8484bfb0adc7.d: /root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/stable_deref_trait-1.2.1/src/lib.rs

/work/main/xtask/target-xtask/image/thumbv6m-none-eabi/size/deps/libstable_deref_trait-858e8484bfb0adc7.rlib: /root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/stable_deref_trait-1.2.1/src/lib.rs

/work/main/xtask/target-xtask/image/thumbv6m-none-eabi/size/deps/libstable_deref_trait-858e8484bfb0adc7.rmeta: /root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/stable_deref_trait-1.2.1/src/lib.rs

/root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/stable_deref_trait-1.2.1/src/lib.rs:
