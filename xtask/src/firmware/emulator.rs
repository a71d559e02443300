//! QEMU: found or installed, and run until the guest ends.

use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::command;

/// A run takes seconds; a machine with much else to do may need minutes.
const LIMIT: Duration = Duration::from_secs(600);

/// An emulator and its board.
pub struct Emulator {
    program: &'static str,
    /// Debian's packages that may have it, the newest name first.
    packages: &'static [&'static str],
    board: &'static [&'static str],
}

/// A Cortex-M3 with 256 KiB of flash, 64 KiB of RAM and Ethernet.
pub const ARM: Emulator = Emulator {
    program: "qemu-system-arm",
    packages: &["qemu-system-arm"],
    board: &["-M", "lm3s6965evb"],
};

/// A Cortex-M4 on which an instruction takes a nanosecond of its clock.
pub const COUNTING: Emulator = Emulator {
    program: "qemu-system-arm",
    packages: &["qemu-system-arm"],
    board: &["-M", "mps2-an386", "-icount", "shift=0"],
};

/// A 32-bit RISC-V core with RAM.
pub const RISCV: Emulator = Emulator {
    program: "qemu-system-riscv32",
    packages: &["qemu-system-riscv", "qemu-system-misc"],
    board: &["-M", "virt", "-smp", "1", "-m", "8M", "-bios", "none"],
};

impl Emulator {
    /// Makes sure that there is one.
    pub fn find(&self) -> Result<()> {
        let found = || {
            let mut version = Command::new(self.program);
            version.arg("--version").stdout(Stdio::null()).status().is_ok()
        };
        if found() {
            return Ok(());
        }
        if let Err(error) = command::run(Command::new("apt-get").arg("update")) {
            eprintln!("{error:#}");
        }
        for package in self.packages {
            let install = ["install", "-y", "--no-install-recommends", package];
            match command::run(Command::new("apt-get").args(install)) {
                Ok(()) if found() => return Ok(()),
                Ok(()) => {}
                Err(error) => eprintln!("{error:#}"),
            }
        }
        bail!("install {}", self.program)
    }

    /// Runs an image to its end, with more for its command line and for the emulator's; what it prints.
    pub fn run(&self, image: &Path, arguments: &str, more: &[&str], verbose: bool) -> Result<String> {
        let semihosting = format!("enable=on,target=native{arguments}");
        let mut qemu = Command::new(self.program);
        qemu.args(self.board)
            .args(["-nographic", "-serial", "null", "-monitor", "none"])
            .args(["-semihosting-config", &semihosting])
            .args(more)
            .arg("-kernel")
            .arg(image)
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        let mut child = qemu
            .spawn()
            .with_context(|| format!("could not start {}", self.program))?;
        let mut output = child.stdout.take().context("no output")?;
        let reader = thread::spawn(move || {
            let mut text = String::new();
            let _ = output.read_to_string(&mut text);
            text
        });
        let start = Instant::now();
        let status = loop {
            match child.try_wait()? {
                Some(status) => break status,
                None if start.elapsed() > LIMIT => {
                    child.kill()?;
                    child.wait()?;
                    bail!("the image did not end: {}", reader.join().unwrap_or_default());
                }
                None => thread::sleep(Duration::from_millis(50)),
            }
        };
        let text = reader.join().unwrap_or_default();
        if verbose || !status.success() {
            println!("-- {}{arguments}\n{text}", image.display());
        }
        ensure!(
            status.success(),
            "{}{arguments} failed ({status})",
            image.display()
        );
        Ok(text)
    }
}
