//! `tiltak-producer serve`: from arguments to the service.

use std::io::{self, IsTerminal as _};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tiltak_producer::service::{self, Config, HttpLimits, Token};
use tracing_subscriber::EnvFilter;

use crate::cli::{LogFormat, Serve};

/// Holds the bearer token.
const TOKEN: &str = "TILTAK_API_TOKEN";

pub(crate) async fn run(arguments: Serve) -> Result<()> {
    log_to_standard_output(&arguments)?;
    let stop = crate::stop_signal()?;
    Ok(service::run(config(arguments)?, stop).await?)
}

fn config(arguments: Serve) -> Result<Config> {
    let token = token(arguments.api_token_file.as_deref())?;
    let cluster = crate::cluster(&arguments.kafka)?;
    Ok(Config {
        listen: arguments.listen,
        token,
        http: HttpLimits {
            connections: arguments.http_connections,
            header_timeout: Duration::from_secs(arguments.http_header_seconds),
            idle_timeout: Duration::from_secs(arguments.http_idle_seconds),
        },
        migrert: arguments.migrated.migrert,
        tick: Duration::from_secs(arguments.tick_seconds),
        takeover_after: Duration::from_secs(arguments.takeover_after),
        shutdown_timeout: Duration::from_secs(arguments.shutdown_timeout),
        ..Config::new(arguments.database.database, cluster)
    })
}

fn token(file: Option<&Path>) -> Result<Option<Token>> {
    let given = std::env::var_os(TOKEN);
    let text = match (&given, file) {
        (None, None) => return Ok(None),
        (Some(_), Some(_)) => bail!("both {TOKEN} and --api-token-file are given; which is meant?"),
        (Some(given), None) => given.to_str().unwrap_or_default().to_owned(),
        (None, Some(file)) => std::fs::read_to_string(file).with_context(|| file.display().to_string())?,
    };
    Ok(Some(Token::new(&text)?))
}

fn log_to_standard_output(arguments: &Serve) -> Result<()> {
    let filter = EnvFilter::try_new(&arguments.log_level).context("the filter of the log")?;
    let terminal = io::stdout().is_terminal();
    let by_default = if terminal { LogFormat::Text } else { LogFormat::Json };
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(terminal);
    let set = match arguments.log_format.unwrap_or(by_default) {
        LogFormat::Text => log.try_init(),
        LogFormat::Json => log.json().flatten_event(true).with_span_list(false).try_init(),
    };
    set.map_err(|error| anyhow::anyhow!("the log: {error}"))
}

/// For a command whose own words go there too: what was parked, and why.
pub(crate) fn warn_on_standard_error() {
    let log = tracing_subscriber::fmt().with_max_level(tracing::Level::WARN).without_time();
    // Somebody logs already.
    let _ = log.with_ansi(io::stderr().is_terminal()).with_writer(io::stderr).try_init();
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;
    use tiltak_producer::Location;
    use tiltak_producer::kafka::Cluster;

    use super::*;
    use crate::cli::{Arguments, Command};

    #[test]
    fn what_the_arguments_leave_out_is_as_the_library_has_it() {
        let given = ["tiltak-producer", "serve", "--database", "tiltak.db", "--brokers", "localhost:9092"];
        let Command::Serve(serve) = Arguments::parse_from(given).command else { panic!("serve") };
        let default = Config::new(Location::from("tiltak.db"), Cluster::new("localhost:9092"));
        assert_eq!(format!("{:?}", config(*serve).unwrap()), format!("{default:?}"));
    }
}
