//! ureq with caches and without, over real sockets; `cargo xtask bench` runs it and makes a table of what it prints.
//!
//! - `clients origin`: an origin on loopback, see [`origin`]. It prints its address and ends with its standard input.
//! - `clients subjects`: the names of the clients.
//! - `clients ADDRESS hit SUBJECT BYTES N`: N hits of a stored body. Callgrind counts two runs of different N.
//! - `clients ADDRESS miss SUBJECT BYTES N`, `clients ADDRESS refresh SUBJECT BYTES N`: the same of misses and 304s.
//! - `clients ADDRESS misses SUBJECT`: origin requests of 32 identical misses at once.
//! - `clients ADDRESS growth SUBJECT BYTES`: bytes that the peak of memory grows by when a body is fetched twice.
//! - `clients ADDRESS timed TASK ROUNDS SUBJECT...`: a line `FIGURE SUBJECT NUMBER` for each client, in turns.

use anyhow::{Result, bail};
use clients::{counted, growth, origin, subjects, timed};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["origin"] => origin::serve(),
        ["subjects"] => {
            subjects::SUBJECTS.iter().for_each(|(name, _)| println!("{name}"));
            Ok(())
        }
        [address, "hit", subject, bytes, hits] => {
            counted::hits(address, subject, bytes.parse()?, hits.parse()?)
        }
        [address, call @ ("miss" | "refresh"), subject, bytes, calls] => {
            counted::network(address, call, subject, bytes.parse()?, calls.parse()?)
        }
        [address, "misses", subject] => {
            println!("{}", counted::misses(address, subject)?);
            Ok(())
        }
        [address, "growth", subject, bytes] => {
            println!("{}", growth::growth(address, subject, bytes.parse()?)?);
            Ok(())
        }
        [address, "timed", task, rounds, subjects @ ..] => {
            timed::run(address, task, rounds.parse()?, subjects)
        }
        _ => bail!("usage: see the top of {}", file!()),
    }
}
