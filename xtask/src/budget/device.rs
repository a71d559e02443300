//! What is counted on the device itself: an image that runs on QEMU's Cortex-M4, an instruction a nanosecond.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};

use super::image::M4;
use super::rows::{Measure, Row};
use crate::command;
use crate::firmware::emulator::COUNTING;
use crate::toolchain::Toolchain;
use crate::workspace::Workspace;

/// The images: one for the stack of decisions alone, one for all the rest.
const IMAGES: [&str; 2] = ["decisions", "costs"];

/// Runs the images when it is first needed, and keeps what they printed.
pub struct Device<'w> {
    workspace: &'w Workspace,
    figures: Option<HashMap<String, u64>>,
}

impl<'w> Device<'w> {
    /// Nothing has run yet.
    pub fn new(workspace: &'w Workspace) -> Self {
        Self {
            workspace,
            figures: None,
        }
    }

    /// What an image printed under a name.
    pub fn figure(&mut self, name: &str) -> Result<u64> {
        let figures = match self.figures.take() {
            Some(figures) => figures,
            None => self.run()?,
        };
        let found = figures.get(name).copied();
        self.figures = Some(figures);
        found.with_context(|| format!("no image printed {name}"))
    }

    fn run(&self) -> Result<HashMap<String, u64>> {
        let images = self.build()?;
        COUNTING.find()?;
        let mut figures = HashMap::new();
        for name in IMAGES {
            let text = COUNTING.run(&images.join(name), "", &[], false)?;
            ensure!(
                text.lines().last() == Some("end"),
                "`{name}` stopped early:\n{text}"
            );
            figures.extend(text.lines().filter_map(|line| {
                let (name, value) = line.split_once(' ')?;
                Some((name.to_owned(), value.parse().ok()?))
            }));
        }
        Ok(figures)
    }

    fn build(&self) -> Result<PathBuf> {
        let toolchain = Toolchain::with(self.workspace, &[M4], false)?;
        let target = self.workspace.target.join("device");
        let mut build = toolchain.cargo(&folder(self.workspace));
        build
            .args(["build", "--release", "--locked", "--target", M4, "--target-dir"])
            .arg(&target)
            .env("RUSTFLAGS", "-Clink-arg=-Tlink.x");
        command::run(&mut build)?;
        Ok(target.join(M4).join("release"))
    }
}

fn folder(workspace: &Workspace) -> PathBuf {
    workspace.root.join("xtask").join("device")
}

/// Checks the formatting of the package, which the workspace's own check does not reach.
pub fn fmt(workspace: &Workspace) -> Result<()> {
    let mut cargo = command::cargo();
    command::run(
        cargo
            .current_dir(folder(workspace))
            .args(["fmt", "--", "--check"]),
    )
}

/// What a developer pays: the figures as the board page has them.
pub fn page(rows: &[&Row], measured: &[u64]) -> Result<String> {
    let figure = |wanted: &dyn Fn(&Measure) -> bool| {
        let row = rows.iter().zip(measured).find(|(row, _)| wanted(&row.measure));
        row.map(|(_, measured)| grouped(*measured))
            .context("a row is gone")
    };
    let named =
        |name: &'static str| figure(&|measure| matches!(measure, Measure::Device(device) if *device == name));
    let bytes = |wanted: super::image::Shape| {
        let on = |target: &'static str| {
            figure(
                &|measure| matches!(measure, Measure::Larder { shape, target: of, .. } if *shape == wanted && *of == target),
            )
        };
        anyhow::Ok(format!("{} / {}", on(M4)?, on(super::image::M0)?))
    };
    let mut page = String::from("| what you pay | bytes |\n|---|---|\n");
    use super::image::Shape;
    for (what, value) in [
        (
            "flash: the driver and a RAM store, Cortex-M4 / M0+",
            bytes(Shape::Slots)?,
        ),
        (
            "flash: that and the async client with a codec of its own",
            bytes(Shape::Client)?,
        ),
        (
            "flash: the poller of validators with that codec",
            bytes(Shape::Poller)?,
        ),
        ("stack: the deepest decision, Cortex-M4", named("stack")?),
        ("RAM: a `Client` with its transport", named("client-edge-http")?),
        (
            "RAM: the future of `send` / of `check`",
            format!("{} / {}", named("send-edge-http")?, named("check-edge-http")?),
        ),
        (
            "RAM: an entry of 256 + 1,024 bytes in `SlotStore` / `ArenaStore`",
            format!("{} / {}", named("slots")?, named("arena")?),
        ),
        ("RAM: a URL in `Validators`", named("validators")?),
    ] {
        writeln!(page, "| {what} | {value} |")?;
    }
    write!(
        page,
        "\nInstructions on a Cortex-M4, built for size: a hit {}, with a Vary of two fields {}; a poll of what is fresh, \
         of four URLs, {}.\n",
        named("hit")?,
        named("hit-vary")?,
        named("poll")?
    )?;
    Ok(page)
}

/// With commas.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

const BEGIN: &str = "<!-- by cargo xtask budget --device --write -->\n";
const END: &str = "<!-- end -->\n";

/// Puts the table where the board page has it.
pub fn write(workspace: &Workspace, page: &str) -> Result<()> {
    let path = workspace.root.join("adapters").join("embedded").join("README.md");
    let text = std::fs::read_to_string(&path)?;
    let (before, rest) = text
        .split_once(BEGIN)
        .context("the board page has no place for it")?;
    let (_, after) = rest.split_once(END).context("the table does not end")?;
    std::fs::write(&path, format!("{before}{BEGIN}{page}{END}{after}"))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn numbers_have_commas() {
        let numbers = [0, 999, 1_000, 31_738, 1_234_567].map(grouped);
        assert_eq!(numbers, ["0", "999", "1,000", "31,738", "1,234,567"]);
    }
}
