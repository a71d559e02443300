/work/main/xtask/target-xtask/image/thumbv7em-none-eabihf/speed/deps/image-50d046ed33430c08.d: src/main.rs src/inputs.rs src/memory.rs

/work/main/xtask/target-xtask/image/thumbv7em-none-eabihf/speed/deps/image-50d046ed33430c08: src/main.rs src/inputs.rs src/memory.rs

src/main.rs:
src/inputs.rs:
src/memory.rs:
