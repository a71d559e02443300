/work/main/xtask/target-xtask/image/thumbv6m-none-eabi/size/deps/byteorder-811ceef305c2cb73.d: /root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/byteorder-1.5.0/src/lib.rs

/work/main/xtask/target-xtask/image/thumbv6m-none-eabi/size/deps/libbyteorder-811ceef305c2cb73.rlib: /root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/byteorder-1.5.0/src/lib.rs

/work/main/xtask/target-xtask/image/thumbv6m-none-eabi/size/deps/libbyteorder-811ceef305c2cb73.rmeta: /root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/byteorder-1.5.0/src/lib.rs

/root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/byteorder-1.5.0/src/lib.rs:
