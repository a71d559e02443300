/work/main/xtask/target-xtask/image/thumbv7em-none-eabihf/speed/deps/byteorder-389cf18f5ff23f7e.d: /root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/byteorder-1.5.0/src/lib.rs

/work/main/xtask/target-xtask/image/thumbv7em-none-eabihf/speed/deps/libbyteorder-389cf18f5ff23f7e.rlib: /root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/byteorder-1.5.0/src/lib.rs

/work/main/xtask/target-xtask/image/thumbv7em-none-eabihf/speed/deps/libbyteorder-389cf18f5ff23f7e.rmeta: /root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/byteorder-1.5.0/src/lib.rs

/root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/byteorder-1.5.0/src/lib.rs:
