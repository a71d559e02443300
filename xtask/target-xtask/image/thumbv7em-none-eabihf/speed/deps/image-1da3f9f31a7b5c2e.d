/work/main/xtask/target-xtask/image/thumbv7em-none-eabihf/speed/deps/image-1da3f9f31a7b5c2e.d: src/main.rs src/decision.rs src/driver.rs src/elsewhere.rs src/inputs.rs src/memory.rs

/work/main/xtask/target-xtask/image/thumbv7em-none-eabihf/speed/deps/image-1da3f9f31a7b5c2e: src/main.rs src/decision.rs src/driver.rs src/elsewhere.rs src/inputs.rs src/memory.rs

src/main.rs:
src/decision.rs:
src/driver.rs:
src/elsewhere.rs:
src/inputs.rs:
src/memory.rs:
