/work/main/xtask/target-xtask/image/thumbv6m-none-eabi/size/deps/image-11264fa23c1038dd.d: src/main.rs src/inputs.rs src/memory.rs

/work/main/xtask/target-xtask/image/thumbv6m-none-eabi/size/deps/image-11264fa23c1038dd: src/main.rs src/inputs.rs src/memory.rs

src/main.rs:
src/inputs.rs:
src/memory.rs:
