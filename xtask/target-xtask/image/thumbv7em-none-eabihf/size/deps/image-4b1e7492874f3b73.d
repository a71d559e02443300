/work/main/xtask/target-xtask/image/thumbv7em-none-eabihf/size/deps/image-4b1e7492874f3b73.d: src/main.rs src/inputs.rs src/memory.rs src/states.rs

/work/main/xtask/target-xtask/image/thumbv7em-none-eabihf/size/deps/image-4b1e7492874f3b73: src/main.rs src/inputs.rs src/memory.rs src/states.rs

src/main.rs:
src/inputs.rs:
src/memory.rs:
src/states.rs:
