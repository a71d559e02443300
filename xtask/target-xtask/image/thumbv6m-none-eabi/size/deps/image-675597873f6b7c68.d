/work/main/xtask/target-xtask/image/thumbv6m-none-eabi/size/deps/image-675597873f6b7c68.d: src/main.rs src/decision.rs src/driver.rs src/inputs.rs src/memory.rs src/states.rs

/work/main/xtask/target-xtask/image/thumbv6m-none-eabi/size/deps/image-675597873f6b7c68: src/main.rs src/decision.rs src/driver.rs src/inputs.rs src/memory.rs src/states.rs

src/main.rs:
src/decision.rs:
src/driver.rs:
src/inputs.rs:
src/memory.rs:
src/states.rs:
