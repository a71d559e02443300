/work/main/xtask/target-xtask/image/thumbv6m-none-eabi/size/deps/image-bcfa67682e103ead.d: src/main.rs src/decision.rs src/driver.rs src/elsewhere.rs src/inputs.rs src/memory.rs

/work/main/xtask/target-xtask/image/thumbv6m-none-eabi/size/deps/image-bcfa67682e103ead: src/main.rs src/decision.rs src/driver.rs src/elsewhere.rs src/inputs.rs src/memory.rs

src/main.rs:
src/decision.rs:
src/driver.rs:
src/elsewhere.rs:
src/inputs.rs:
src/memory.rs:
