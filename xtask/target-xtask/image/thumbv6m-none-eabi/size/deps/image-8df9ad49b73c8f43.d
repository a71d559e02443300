/work/main/xtask/target-xtask/image/thumbv6m-none-eabi/size/deps/image-8df9ad49b73c8f43.d: src/main.rs src/inputs.rs src/memory.rs src/states.rs

/work/main/xtask/target-xtask/image/thumbv6m-none-eabi/size/deps/image-8df9ad49b73c8f43: src/main.rs src/inputs.rs src/memory.rs src/states.rs

src/main.rs:
src/inputs.rs:
src/memory.rs:
src/states.rs:
