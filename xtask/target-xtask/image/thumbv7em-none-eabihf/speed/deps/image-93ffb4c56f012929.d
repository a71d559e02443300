/work/main/xtask/target-xtask/image/thumbv7em-none-eabihf/speed/deps/image-93ffb4c56f012929.d: src/main.rs src/decision.rs src/driver.rs src/inputs.rs src/memory.rs src/states.rs

/work/main/xtask/target-xtask/image/thumbv7em-none-eabihf/speed/deps/image-93ffb4c56f012929: src/main.rs src/decision.rs src/driver.rs src/inputs.rs src/memory.rs src/states.rs

src/main.rs:
src/decision.rs:
src/driver.rs:
src/inputs.rs:
src/memory.rs:
src/states.rs:
