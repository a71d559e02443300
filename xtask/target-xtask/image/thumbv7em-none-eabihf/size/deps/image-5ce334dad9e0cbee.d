/work/main/xtask/target-xtask/image/thumbv7em-none-eabihf/size/deps/image-5ce334dad9e0cbee.d: src/main.rs src/decision.rs src/driver.rs src/inputs.rs src/memory.rs

/work/main/xtask/target-xtask/image/thumbv7em-none-eabihf/size/deps/image-5ce334dad9e0cbee: src/main.rs src/decision.rs src/driver.rs src/inputs.rs src/memory.rs

src/main.rs:
src/decision.rs:
src/driver.rs:
src/inputs.rs:
src/memory.rs:
