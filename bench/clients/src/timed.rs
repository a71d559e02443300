//! What is timed: clients in turns, over and over, so that what else the machine does meets all alike. Only the
//! ratios mean anything.

use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use ureq::Agent;

use crate::subjects::{STORE, Subject, asked, make, primed, unique, uri};

/// Microseconds, printed as `FIGURE SUBJECT NUMBER`. Two clients at a time say most: threads that one leaves behind
/// move the others about.
pub fn run(address: &str, task: &str, rounds: usize, subjects: &[&str]) -> Result<()> {
    ensure!(rounds > 0, "no rounds");
    let clients = subjects.iter().map(|name| Ok((*name, make(name)?)));
    let clients = clients.collect::<Result<Clients>>()?;
    match task {
        "hit-small" => hits(address, rounds, 1024, 100, subjects),
        "hit-large" => hits(address, rounds, 8 << 20, 1, subjects),
        "miss" => misses(address, rounds, &clients),
        "first-byte" => first_bytes(address, rounds, &clients),
        "refresh" => refreshes(address, rounds, &clients),
        _ => bail!("no task {task}"),
    }
}

type Clients<'a> = Vec<(&'a str, Box<dyn Subject>)>;

/// Two calls of each client in each round, the second of which counts: the first one wakes its threads and pushes out
/// of the processor's caches what the client before has left there. `call` is told which call it is and hands back
/// how long it took, or what is to count of it.
fn in_turns(
    clients: &Clients<'_>,
    rounds: usize,
    mut call: impl FnMut(&str, &dyn Subject, usize) -> Result<Duration>,
) -> Result<Vec<f64>> {
    let mut times = vec![Vec::with_capacity(rounds); clients.len()];
    for round in 0..rounds {
        for turn in 0..clients.len() {
            // there and back again
            let place = if round % 2 == 0 {
                turn
            } else {
                clients.len() - 1 - turn
            };
            let (name, client) = &clients[place];
            call(name, client.as_ref(), 2 * round)?;
            times[place].push(call(name, client.as_ref(), 2 * round + 1)?);
        }
    }
    Ok(times.into_iter().map(least_median).collect())
}

/// The least of the medians of six parts of the run: a burst of other work spoils some of them, not all.
fn least_median(mut times: Vec<Duration>) -> f64 {
    let part = times.len().div_ceil(6);
    let medians = times.chunks_mut(part).map(|part| {
        part.sort_unstable();
        part[part.len() / 2]
    });
    medians.min().unwrap_or_default().as_secs_f64() * 1e6
}

fn print(figure: &str, clients: &Clients<'_>, figures: &[f64]) {
    for ((name, _), figure_of) in clients.iter().zip(figures) {
        println!("{figure} {name} {figure_of:.3}");
    }
}

/// Microseconds of one hit; `plain` fetches each time.
fn hits(address: &str, rounds: usize, bytes: u64, batch: u32, subjects: &[&str]) -> Result<()> {
    let mut clients = Clients::new();
    let mut uris = Vec::new();
    for name in subjects {
        let (client, uri) = primed(address, name, bytes, &unique(name))?;
        clients.push((name, client));
        uris.push((*name, uri));
    }
    let uri_of = |name: &str| {
        let found = uris.iter().find(|(of, _)| *of == name);
        found.map_or_else(String::new, |(_, uri)| String::clone(uri))
    };
    let figures = in_turns(&clients, rounds, |name, client, _| {
        let uri = uri_of(name);
        let start = Instant::now();
        for _ in 0..batch {
            // what fresh pages for megabytes cost differs from run to run more than all else
            if bytes > 64 << 10 {
                client.stream(&uri)?;
            } else {
                black_box(client.get(&uri)?);
            }
        }
        Ok(start.elapsed() / batch)
    })?;
    print("hit", &clients, &figures);
    Ok(())
}

/// Microseconds until a small body that was not stored is read and, but for `plain`, stored.
fn misses(address: &str, rounds: usize, clients: &Clients<'_>) -> Result<()> {
    let figures = in_turns(clients, rounds, |name, client, round| {
        let uri = uri(address, "fresh", 1024, &unique(&format!("{name}-{round}")));
        let start = Instant::now();
        client.get(&uri)?;
        Ok(start.elapsed())
    })?;
    print("miss", clients, &figures);
    Ok(())
}

/// Microseconds until the first byte of a body of 1 MiB that was not stored. The origin holds back what follows the
/// beginning of the body: if it went on sending, whether the client gets to read in between would be up to the
/// scheduler. A client that wants the whole body first gets it at once.
fn first_bytes(address: &str, rounds: usize, clients: &Clients<'_>) -> Result<()> {
    let other = Agent::new_with_defaults();
    let release = || {
        other.get(format!("http://{address}/release")).call()?;
        Ok(())
    };
    let nothing = || Ok(());
    // what fresh pages cost differs from machine to machine more than all else: a full store has had all it gets
    for (name, client) in clients {
        for number in 0..=STORE >> 20 {
            let large = unique(&format!("{name}-fill-{number}"));
            client.stream(&uri(address, "fresh", 1 << 20, &large))?;
        }
    }
    let figures = in_turns(clients, rounds, |name, client, round| {
        // The origin's thread is awake when the clock starts, whoever kept it waiting before; and each client has just
        // done the same with a small body: what it does with the rest of a large one is not what is timed.
        let small = unique(&format!("{name}-small-{round}"));
        client.get(&uri(address, "fresh", 1024, &small))?;
        let (kind, then): (_, &dyn Fn() -> Result<()>) = match client.streams() {
            true => ("held", &release),
            false => ("fresh", &nothing),
        };
        let large = unique(&format!("{name}-{round}"));
        client.first_byte(&uri(address, kind, 1 << 20, &large), then)
    })?;
    print("first-byte", clients, &figures);
    Ok(())
}

/// Microseconds of a validation that is answered with 304, at first and after 38 times as many as are timed; `plain` fetches.
fn refreshes(address: &str, rounds: usize, clients: &Clients<'_>) -> Result<()> {
    let uri_of = |name: &str| uri(address, "stale", 1024, &unique(name));
    let call = |name: &str, client: &dyn Subject| {
        let uri = uri_of(name);
        let start = Instant::now();
        client.get(&uri)?;
        Ok(start.elapsed())
    };
    for (_, client) in clients {
        for _ in 0..10 {
            client.get(&uri_of("warm"))?;
        }
    }
    let figures = in_turns(clients, rounds, |name, client, _| call(name, client))?;
    print("refresh-early", clients, &figures);
    for (name, client) in clients {
        for _ in 0..rounds * 36 {
            call(name, client.as_ref())?;
        }
    }
    let figures = in_turns(clients, rounds, |name, client, _| call(name, client))?;
    print("refresh-late", clients, &figures);

    for (name, _) in clients {
        let count = asked(address, "stale", 1024, &unique(name))?;
        let expected = 2 * 20 * rounds as u64;
        ensure!(
            count == expected,
            "{count} requests of {name} reached the origin, not {expected}"
        );
    }
    Ok(())
}
