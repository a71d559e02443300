//! `fetch URL...`: fetches through larder and says, for each request, where the answer came
//! from and why. `fetch --demo` needs no network.

mod demo;
mod download;
mod origin;
mod report;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

/// Fetches URLs through an HTTP cache (RFC 9111) and says why each answer came from where it
/// came.
#[derive(Parser, Debug)]
#[command(name = "fetch", version, arg_required_else_help = true)]
struct Arguments {
    /// What to fetch: http or https URLs.
    #[arg(value_name = "URL", required_unless_present = "demo", conflicts_with = "demo")]
    urls: Vec<String>,

    /// Walk through miss, hit, variants, validation, refusal and invalidation, on loopback.
    #[arg(long)]
    demo: bool,

    /// How often to fetch each URL.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    repeat: u32,

    /// A request field, as `Name: value`; may be given several times.
    #[arg(long, value_name = "FIELD", value_parser = download::parse_field)]
    header: Vec<(String, String)>,

    /// Print the response fields that caching goes by, and what the cache holds in the end.
    #[arg(long)]
    explain: bool,

    /// Write the last body to this file, `-` for standard output.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Answer from the cache or not at all.
    #[arg(long)]
    only_if_cached: bool,

    /// Validate whatever is stored.
    #[arg(long, conflicts_with = "only_if_cached")]
    no_cache: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = if arguments.demo {
        demo::run(&mut io::stdout())
    } else {
        fetch(&arguments)
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("fetch: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What can go wrong, as one line for a person.
type Error = Box<dyn std::error::Error + Send + Sync>;

fn fetch(arguments: &Arguments) -> Result<(), Error> {
    let client = download::Client::new();
    // With the body on standard output, the report goes to standard error.
    let to_stdout = arguments
        .output
        .as_deref()
        .is_some_and(|path| path.as_os_str() == "-");
    let mut out: Box<dyn Write> = if to_stdout {
        Box::new(io::stderr())
    } else {
        Box::new(io::stdout())
    };
    let mut fields = arguments.header.clone();
    let directive = match (arguments.only_if_cached, arguments.no_cache) {
        (true, _) => Some("only-if-cached"),
        (_, true) => Some("no-cache"),
        _ => None,
    };
    fields.extend(directive.map(|directive| ("Cache-Control".to_owned(), directive.to_owned())));
    for url in &arguments.urls {
        download::check_url(url)?;
        for _ in 0..arguments.repeat {
            let sink = download::Sink::open(arguments.output.as_deref())?;
            let fetched = client
                .get(url, &fields, sink)
                .map_err(|error| format!("{url}: {error}"))?;
            report::print(&mut out, &fetched, arguments.explain)?;
        }
    }
    if arguments.explain {
        report::totals(&mut out, &client)?;
    }
    Ok(())
}
