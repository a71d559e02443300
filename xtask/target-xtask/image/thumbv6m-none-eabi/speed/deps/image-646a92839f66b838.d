/work/main/xtask/target-xtask/image/thumbv6m-none-eabi/speed/deps/image-646a92839f66b838.d: src/main.rs src/decision.rs src/driver.rs src/elsewhere.rs src/inputs.rs src/memory.rs

/work/main/xtask/target-xtask/image/thumbv6m-none-eabi/speed/deps/image-646a92839f66b838: src/main.rs src/decision.rs src/driver.rs src/elsewhere.rs src/inputs.rs src/memory.rs

src/main.rs:
src/decision.rs:
src/driver.rs:
src/elsewhere.rs:
src/inputs.rs:
src/memory.rs:
