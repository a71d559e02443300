/work/main/xtask/target-xtask/image/thumbv6m-none-eabi/speed/deps/image-0118e74e9149d45c.d: src/main.rs src/inputs.rs src/memory.rs

/work/main/xtask/target-xtask/image/thumbv6m-none-eabi/speed/deps/image-0118e74e9149d45c: src/main.rs src/inputs.rs src/memory.rs

src/main.rs:
src/inputs.rs:
src/memory.rs:
