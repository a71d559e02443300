/work/main/xtask/target-xtask/image/thumbv7em-none-eabihf/size/deps/byteorder-e8c06a187c79a419.d: /root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/byteorder-1.5.0/src/lib.rs

/work/main/xtask/target-xtask/image/thumbv7em-none-eabihf/size/deps/libbyteorder-e8c06a187c79a419.rlib: /root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/byteorder-1.5.0/src/lib.rs

/work/main/xtask/target-xtask/image/thumbv7em-none-eabihf/size/deps/libbyteorder-e8c06a187c79a419.rmeta: /root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/byteorder-1.5.0/src/lib.rs

/root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/byteorder-1.5.0/src/lib.rs:
