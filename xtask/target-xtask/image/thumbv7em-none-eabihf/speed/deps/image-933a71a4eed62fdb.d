/work/main/xtask/target-xtask/image/thumbv7em-none-eabihf/speed/deps/image-933a71a4eed62fdb.d: src/main.rs src/inputs.rs src/memory.rs src/states.rs

/work/main/xtask/target-xtask/image/thumbv7em-none-eabihf/speed/deps/image-933a71a4eed62fdb: src/main.rs src/inputs.rs src/memory.rs src/states.rs

src/main.rs:
src/inputs.rs:
src/memory.rs:
src/states.rs:
