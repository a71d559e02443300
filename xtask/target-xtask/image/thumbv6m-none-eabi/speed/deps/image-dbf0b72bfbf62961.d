/work/main/xtask/target-xtask/image/thumbv6m-none-eabi/speed/deps/image-dbf0b72bfbf62961.d: src/main.rs src/inputs.rs src/memory.rs src/states.rs

/work/main/xtask/target-xtask/image/thumbv6m-none-eabi/speed/deps/image-dbf0b72bfbf62961: src/main.rs src/inputs.rs src/memory.rs src/states.rs

src/main.rs:
src/inputs.rs:
src/memory.rs:
src/states.rs:
