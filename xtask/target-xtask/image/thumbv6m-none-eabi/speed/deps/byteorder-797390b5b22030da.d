/work/main/xtask/target-xtask/image/thumbv6m-none-eabi/speed/deps/byteorder-797390b5b22030da.d: /root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/byteorder-1.5.0/src/lib.rs

/work/main/xtask/target-xtask/image/thumbv6m-none-eabi/speed/deps/libbyteorder-797390b5b22030da.rlib: /root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/byteorder-1.5.0/src/lib.rs

/work/main/xtask/target-xtask/image/thumbv6m-none-eabi/speed/deps/libbyteorder-797390b5b22030da.rmeta: /root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/byteorder-1.5.0/src/lib.rs

/root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/byteorder-1.5.0/src/lib.rs:
