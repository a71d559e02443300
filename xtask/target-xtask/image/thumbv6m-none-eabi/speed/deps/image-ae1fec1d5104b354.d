/work/main/xtask/target-xtask/image/thumbv6m-none-eabi/speed/deps/image-ae1fec1d5104b354.d: src/main.rs src/decision.rs src/driver.rs src/inputs.rs src/memory.rs src/states.rs

/work/main/xtask/target-xtask/image/thumbv6m-none-eabi/speed/deps/image-ae1fec1d5104b354: src/main.rs src/decision.rs src/driver.rs src/inputs.rs src/memory.rs src/states.rs

src/main.rs:
src/decision.rs:
src/driver.rs:
src/inputs.rs:
src/memory.rs:
src/states.rs:
