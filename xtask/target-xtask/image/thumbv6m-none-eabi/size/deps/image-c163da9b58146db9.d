/work/main/xtask/target-xtask/image/thumbv6m-none-eabi/size/deps/image-c163da9b58146db9.d: src/main.rs src/decision.rs src/driver.rs src/inputs.rs src/memory.rs

/work/main/xtask/target-xtask/image/thumbv6m-none-eabi/size/deps/image-c163da9b58146db9: src/main.rs src/decision.rs src/driver.rs src/inputs.rs src/memory.rs

src/main.rs:
src/decision.rs:
src/driver.rs:
src/inputs.rs:
src/memory.rs:
