/work/main/xtask/target-xtask/image/thumbv7em-none-eabihf/size/deps/image-4aba1f5fca635376.d: src/main.rs src/decision.rs src/driver.rs src/inputs.rs src/memory.rs src/states.rs

/work/main/xtask/target-xtask/image/thumbv7em-none-eabihf/size/deps/image-4aba1f5fca635376: src/main.rs src/decision.rs src/driver.rs src/inputs.rs src/memory.rs src/states.rs

src/main.rs:
src/decision.rs:
src/driver.rs:
src/inputs.rs:
src/memory.rs:
src/states.rs:
