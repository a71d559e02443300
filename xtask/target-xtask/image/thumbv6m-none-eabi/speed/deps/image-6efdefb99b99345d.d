/work/main/xtask/target-xtask/image/thumbv6m-none-eabi/speed/deps/image-6efdefb99b99345d.d: src/main.rs src/decision.rs src/driver.rs src/inputs.rs src/memory.rs

/work/main/xtask/target-xtask/image/thumbv6m-none-eabi/speed/deps/image-6efdefb99b99345d: src/main.rs src/decision.rs src/driver.rs src/inputs.rs src/memory.rs

src/main.rs:
src/decision.rs:
src/driver.rs:
src/inputs.rs:
src/memory.rs:
