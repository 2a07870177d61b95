//! The network of a run's own.
#![expect(clippy::unwrap_used, reason = "the helpers of tests may fail as tests do")]

use std::io::{BufRead as _, BufReader};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tiltak_tests::network::{Host, Network};

const PORT: u16 = 9092;
/// More than a lost packet of a handshake takes to be sent again.
const LIMIT: Duration = Duration::from_millis(800);

/// Accepts connections until it is dropped.
struct Listener(Child);

impl Listener {
    fn start(host: &Host) -> Self {
        let code = "import socket,sys; s=socket.create_server((sys.argv[1],9092)); print('ready',flush=True)\n\
                    while True: s.accept()";
        let (program, before) = host.enter("python3".as_ref());
        let mut child = Command::new(program)
            .args(before)
            .args(["-c", code, &host.address().to_string()])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut String::new()).unwrap();
        Self(child)
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Whether a connection comes about, from one host to another.
fn connects(from: &Host, to: &Host) -> bool {
    let code = "import socket,sys; socket.create_connection((sys.argv[1],9092),0.8)";
    let (program, before) = from.enter("python3".as_ref());
    let mut command = Command::new(program);
    command.args(before).args(["-c", code, &to.address().to_string()]).stderr(Stdio::null());
    command.status().unwrap().success()
}

#[test]
fn a_cut_takes_effect_between_two_hosts_and_no_others_until_it_is_healed() {
    let network = Network::create(3).unwrap();
    let [first, second, third] = network.hosts() else { panic!("three hosts") };
    let _listeners: Vec<Listener> = network.hosts().iter().map(Listener::start).collect();
    let own = |to: &Host| TcpStream::connect_timeout(&SocketAddr::from((to.address(), PORT)), LIMIT).is_ok();
    assert!(connects(first, second) && connects(second, first) && connects(third, first));

    network.lose(100, first, second).unwrap();
    assert!(!connects(first, second) && !connects(second, first), "no answer comes either");
    assert!(connects(third, second) && connects(first, third) && own(first) && own(second));

    network.heal().unwrap();
    assert!(connects(first, second) && connects(second, first));
}

#[test]
fn of_the_packets_that_are_to_be_lost_about_a_fifth_is() {
    let network = Network::create(2).unwrap();
    let [first, second] = network.hosts() else { panic!("two hosts") };
    network.lose(20, first, second).unwrap();
    let code = "import socket,sys; r=socket.socket(socket.AF_INET,socket.SOCK_DGRAM); r.bind((sys.argv[1],9)); r.settimeout(1)
print('ready',flush=True); n=0
try:
    while True: r.recv(9); n+=1
except TimeoutError: print(n)";
    let python = |host: &Host, code: &str, address: &Host| {
        let (program, before) = host.enter("python3".as_ref());
        let mut command = Command::new(program);
        command.args(before).args(["-c", code, &address.address().to_string()]).stdout(Stdio::piped());
        command.spawn().unwrap()
    };
    let mut receiver = python(second, code, second);
    let mut lines = BufReader::new(receiver.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert_eq!(lines.next().as_deref(), Some("ready"));
    let send = "import socket,sys,time; s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)
for _ in range(1000): s.sendto(b'x',(sys.argv[1],9)); time.sleep(0.0005)";
    assert!(python(first, send, second).wait().unwrap().success());
    let arrived: u32 = lines.next().unwrap().parse().unwrap();
    receiver.wait().unwrap();
    assert!((700..900).contains(&arrived), "{arrived} of 1000 have arrived");
}

#[test]
fn nothing_is_left_of_a_network() {
    let network = Network::create(1).unwrap();
    let address = network.hosts()[0].address().to_string();
    let (_, entry) = network.hosts()[0].enter("true".as_ref());
    let name = entry[0].to_str().unwrap().trim_start_matches("--net=").to_owned();
    assert!(std::fs::exists(&name).unwrap());

    drop(network);

    assert!(!std::fs::exists(&name).unwrap());
    let routes = Command::new("ip").arg("route").output().unwrap();
    let block = address.rsplit_once('.').unwrap().0;
    assert!(!String::from_utf8(routes.stdout).unwrap().contains(block));
}
