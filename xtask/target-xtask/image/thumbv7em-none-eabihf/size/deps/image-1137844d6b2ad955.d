/work/main/xtask/target-xtask/image/thumbv7em-none-eabihf/size/deps/image-1137844d6b2ad955.d: src/main.rs src/inputs.rs src/memory.rs

/work/main/xtask/target-xtask/image/thumbv7em-none-eabihf/size/deps/image-1137844d6b2ad955: src/main.rs src/inputs.rs src/memory.rs

src/main.rs:
src/inputs.rs:
src/memory.rs:
