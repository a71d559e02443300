/work/main/xtask/target-xtask/image/thumbv7em-none-eabihf/size/deps/image-fed7f2cea7a18fca.d: src/main.rs src/decision.rs src/driver.rs src/elsewhere.rs src/inputs.rs src/memory.rs

/work/main/xtask/target-xtask/image/thumbv7em-none-eabihf/size/deps/image-fed7f2cea7a18fca: src/main.rs src/decision.rs src/driver.rs src/elsewhere.rs src/inputs.rs src/memory.rs

src/main.rs:
src/decision.rs:
src/driver.rs:
src/elsewhere.rs:
src/inputs.rs:
src/memory.rs:
