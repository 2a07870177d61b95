//! A network of hosts for a run, which the run can cut.
//!
//! Each host is a network namespace with one address. A bridge in a namespace of its own joins the hosts. This machine has a port to the
//! bridge too. To cut the network, nftables drops packets on the host where they arrive. The run makes all of this, and it is gone
//! when the run ends, however it ends.

mod host;

use std::ffi::OsStr;
use std::io::Write as _;
use std::net::Ipv4Addr;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use uuid::Uuid;

pub use self::host::Host;
use crate::output::last_lines;
use crate::watchdog::Watchdog;

/// The second byte of the hosts' addresses. RFC 2544 reserves these addresses for network tests; a run takes a /24 of them.
const BLOCKS: std::ops::RangeInclusive<u8> = 18..=19;
/// This machine's own address among the hosts.
const OWN: u8 = 254;
const MOST_HOSTS: usize = 20;
/// The prefix of a run's namespaces. It is short, because a link's name may have only 15 characters.
const PREFIX: &str = "tiltak";
const CLEANUP: &str = r#"ip link del "$1"
for space in $(ip netns list | cut -d ' ' -f 1); do
    case $space in "$1"-*) ip netns del "$space" ;; esac
done"#;
/// The nftables rules of a host without a fault.
const OPEN: &str = "add table inet faults
flush table inet faults
add chain inet faults incoming { type filter hook input priority 0; }
";

/// The hosts of a run. Dropping this value removes them.
#[derive(Debug)]
pub struct Network {
    hosts: Vec<Host>,
    _watchdog: Watchdog,
}

impl Network {
    /// Makes hosts, up to twenty.
    ///
    /// # Errors
    ///
    /// If the process lacks the right (root has it), or a program is missing: `ip`, `nsenter`, `nft`.
    pub fn create(hosts: usize) -> Result<Self> {
        ensure!(hosts <= MOST_HOSTS, "{hosts} hosts, expected {MOST_HOSTS} at most");
        let [first, second, third, fourth, ..] = Uuid::new_v4().into_bytes();
        let name = format!("{PREFIX}{second:02x}{third:02x}{fourth:02x}");
        let taken = run("ip", &["-4", "-o", "address"], "")?;
        let (block, number) = (0..=u8::MAX)
            .map(|step| (BLOCKS.start() + first % 2, third.wrapping_add(step)))
            .find(|(block, number)| !taken.contains(&format!("198.{block}.{number}.")))
            .context("all networks for tests are taken")?;
        let address = |last| Ipv4Addr::new(198, block, number, last);
        let watchdog = Watchdog::start(CLEANUP, OsStr::new(&name))?;
        let hosts: Vec<Host> =
            (1..).take(hosts).map(|last| Host::new(address(last), format!("{name}-{last}"))).collect();
        let network = Self { hosts, _watchdog: watchdog };
        run("sh", &["-ec", &script(&name, address(OWN), &network.hosts)], "")
            .context("no network of namespaces can be made")?;
        network.heal()?;
        Ok(network)
    }

    /// The host with this index, in the order in which they were made.
    ///
    /// # Errors
    ///
    /// If there are fewer hosts.
    pub fn host(&self, place: usize) -> Result<&Host> {
        self.hosts.get(place).with_context(|| format!("there is no host {place}"))
    }

    /// The hosts.
    pub fn hosts(&self) -> &[Host] {
        &self.hosts
    }

    /// Drops a percentage of the packets that arrive at one host from another. The packets are chosen at random.
    ///
    /// # Errors
    ///
    /// If the rule cannot be set.
    pub fn lose(&self, percent: u8, from: &Host, to: &Host) -> Result<()> {
        let chance =
            if percent >= 100 { String::new() } else { format!("numgen random mod 100 < {percent}") };
        rules(to, &format!("add rule inet faults incoming ip saddr {} {chance} drop\n", from.address()))
    }

    /// Lets every packet through again.
    ///
    /// # Errors
    ///
    /// If the rules cannot be set.
    pub fn heal(&self) -> Result<()> {
        self.hosts.iter().try_for_each(|host| rules(host, OPEN))
    }
}

/// The commands that make the bridge, this machine's port to it, and the hosts.
fn script(name: &str, own: Ipv4Addr, hosts: &[Host]) -> String {
    let switch = format!("{name}-switch");
    let first = format!(
        "ip netns add {switch}
ip -n {switch} link add bridge up type bridge
ip link add {name} type veth peer name own netns {switch}
ip -n {switch} link set own master bridge up
ip address add {own}/24 dev {name}
ip link set {name} up
"
    );
    let hosts = hosts.iter().enumerate().map(|(place, host)| {
        let (host, address) = (host.namespace(), host.address());
        format!(
            "ip netns add {host}
ip -n {switch} link add to{place} type veth peer name eth0 netns {host}
ip -n {switch} link set to{place} master bridge up
ip -n {host} link set lo up
ip -n {host} address add {address}/24 dev eth0
ip -n {host} link set eth0 up
"
        )
    });
    [first].into_iter().chain(hosts).collect()
}

fn rules(host: &Host, rules: &str) -> Result<()> {
    let namespace = format!("--net=/run/netns/{}", host.namespace());
    run("nsenter", &[&namespace, "nft", "-f", "-"], rules).map(drop).context("no rule for packets can be set")
}

/// Runs a program with this input, and returns its output.
fn run(program: &str, arguments: &[&str], input: &str) -> Result<String> {
    let mut process = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot run `{program}`"))?;
    if let Some(mut stdin) = process.stdin.take() {
        stdin.write_all(input.as_bytes())?;
    }
    let output = process.wait_with_output()?;
    ensure!(output.status.success(), "`{program}`: {}", last_lines(&output.stderr));
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
