/work/main/xtask/target-xtask/image/thumbv7em-none-eabihf/speed/deps/image-a123531535f9d44e.d: src/main.rs src/decision.rs src/driver.rs src/inputs.rs src/memory.rs

/work/main/xtask/target-xtask/image/thumbv7em-none-eabihf/speed/deps/image-a123531535f9d44e: src/main.rs src/decision.rs src/driver.rs src/inputs.rs src/memory.rs

src/main.rs:
src/decision.rs:
src/driver.rs:
src/inputs.rs:
src/memory.rs:
