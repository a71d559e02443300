//! A simulated day of the dashboard, and what it has to come to.

use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::Options;
use super::emulator::ARM;
use super::origin::{self, Origin};

/// How often the dashboard polls in a day.
pub const POLLS: u64 = 288;

/// Where the guest finds the origin, and nothing else.
const GUEST: &str = "192.0.2.100:8080";

/// Bytes of RAM that the board has.
const RAM: u64 = 64 * 1024;

/// Bytes of the future of one request, on a 32-bit target.
const MAX_FUTURE: u64 = 1152;

/// What one day came to.
pub struct Day {
    text: String,
    asked: usize,
}

/// The numbers of a day.
pub struct Numbers {
    pub air: u64,
    pub hits: u64,
    pub validated: u64,
    pub stack: u64,
    /// Bytes of RAM that are not the stack's: the store's, most of them.
    pub statics: u64,
    pub asked: usize,
    /// Bytes of the client and of the future of one request, where there is a cache.
    pub client: Option<(u64, u64)>,
}

/// Runs an image for a day.
pub fn day(image: &Path, mode: &str, options: &Options) -> Result<Day> {
    let origin = Origin::start()?;
    let this = std::env::current_exe().context("where this program is")?;
    let relay = format!("{} relay {}", this.display(), origin.port());
    let network = format!(
        "user,model=stellaris,restrict=on,net=192.0.2.0/24,host=192.0.2.2,ipv6=off,guestfwd=tcp:{GUEST}-cmd:{relay}"
    );
    let arguments = format!(",arg=firmware,arg=http://{GUEST},arg={mode}");
    let more = ["-nic", network.as_str()];
    let text = ARM.run(image, &arguments, &more, options.verbose)?;
    Ok(Day {
        text,
        asked: origin.asked(),
    })
}

impl Day {
    /// The number behind a word.
    fn number(&self, name: &str) -> Result<u64> {
        let words: Vec<_> = self.text.split_whitespace().collect();
        let at = words.iter().rposition(|word| *word == name);
        let word = at.and_then(|at| words.get(at.saturating_add(1)));
        word.and_then(|word| word.parse().ok())
            .with_context(|| format!("the firmware did not print {name}"))
    }

    /// Whether the day went as it has to.
    pub fn check(&self, cached: bool) -> Result<Numbers> {
        let number = |name: &str| self.number(name);
        let (drawn, errors) = (number("drawn")?, number("errors")?);
        ensure!(errors == 0, "the store failed {errors} times");
        let polls = number("hits")?
            .saturating_add(number("validated")?)
            .saturating_add(number("misses")?);
        ensure!(polls == 3 * POLLS, "{polls} answers");
        if cached {
            let lines: Vec<_> = self
                .text
                .lines()
                .filter(|line| line.starts_with("draw "))
                .collect();
            ensure!(lines.len() as u64 == drawn, "{} lines of {drawn}", lines.len());
            for line in &lines {
                ensure!(origin::is_right(line), "this is not what the origin says: {line}");
            }
            // 24 versions of the weather, 2 of the quote, 4 of the map; and all three after the reset, from RAM.
            ensure!(drawn == 33, "{drawn} tiles were drawn");
            let future = number("future")?;
            ensure!(future <= MAX_FUTURE, "a request's future has {future} bytes");
            ensure!(number("boots")? == 2, "there was no reset");
            ensure!(
                self.text.contains("boot 2 finds 3 entries"),
                "the retained entries are gone"
            );
            let revived = lines
                .iter()
                .filter(|line| line.ends_with("the origin confirmed the stored response"));
            ensure!(
                revived.count() == 3,
                "the retained entries were not validated after the reset"
            );
        }
        Ok(Numbers {
            air: number("air")?,
            hits: number("hits")?,
            validated: number("validated")?,
            stack: number("stack")?,
            statics: RAM.saturating_sub(number("of")?),
            asked: self.asked,
            client: match cached {
                true => Some((number("client")?, number("future")?)),
                false => None,
            },
        })
    }
}
