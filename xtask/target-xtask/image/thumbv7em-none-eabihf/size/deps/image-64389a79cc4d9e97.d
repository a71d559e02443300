/work/main/xtask/target-xtask/image/thumbv7em-none-eabihf/size/deps/image-64389a79cc4d9e97.d: src/main.rs src/inputs.rs src/memory.rs

/work/main/xtask/target-xtask/image/thumbv7em-none-eabihf/size/deps/image-64389a79cc4d9e97: src/main.rs src/inputs.rs src/memory.rs

src/main.rs:
src/inputs.rs:
src/memory.rs:
