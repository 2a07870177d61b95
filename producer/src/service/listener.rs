//! The HTTP listener, with a bounded number of connections, none of which stays open idle.
//!
//! A connection is idle, sends the head of a request, or waits for an answer. The first two states have a time limit,
//! and when the service stops they are ended after half a second, because what they wait for may never come. A
//! request whose head has arrived is answered first.

use std::convert::Infallible;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, sleep_until};

use super::until;

/// The pause after a connection could not be taken in: the process has too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_secs(1);

/// How long a connection stays open when the service stops: what has been sent already is to be read first.
const STOP_PAUSE: Duration = Duration::from_millis(500);

/// Limits of the connections to the HTTP interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpLimits {
    /// Connections that are open at once; more wait in the backlog of the system. Defaults to 1024.
    pub connections: u32,
    /// How long the head of a request may take to arrive, from its first byte. Defaults to 10 s.
    pub header_timeout: Duration,
    /// How long a connection may be idle. Defaults to 75 s. nginx closes an idle connection to a service after 60 s,
    /// and the side that sends requests should close first.
    pub idle_timeout: Duration,
}

impl Default for HttpLimits {
    fn default() -> Self {
        Self {
            connections: 1024,
            header_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(75),
        }
    }
}

/// Answers requests until `stopped`, and those that are under way then.
pub(super) async fn serve(
    listener: TcpListener,
    router: Router,
    limits: HttpLimits,
    stopped: watch::Receiver<bool>,
) {
    let slots = Arc::new(Semaphore::new(limits.connections as usize));
    let stopping = async || until(stopped.clone()).await;
    while let Some((stream, slot)) = tokio::select! {
        taken = accept(&listener, &slots) => taken,
        () = stopping() => None,
    } {
        let (router, limits, stopped) = (router.clone(), limits.clone(), stopped.clone());
        tokio::spawn(async move {
            answer(stream, router, &limits, stopped).await;
            drop(slot);
        });
    }
    // Nobody is to wait in the backlog.
    drop(listener);
    // All of them: every connection is closed.
    let _ = slots.acquire_many(limits.connections).await;
}

/// The next connection, once there is room for one.
async fn accept(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
) -> Option<(TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    // It is never closed.
    let slot = slots.clone().acquire_owned().await.ok()?;
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return Some((stream, slot)),
            // The other side has gone again.
            Err(error) if is_of_the_connection(&error) => {}
            Err(error) => {
                tracing::error!(%error, "no HTTP connection can be taken in; trying again");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

fn is_of_the_connection(error: &io::Error) -> bool {
    use io::ErrorKind as E;
    matches!(error.kind(), E::ConnectionRefused | E::ConnectionAborted | E::ConnectionReset)
}

/// Answers the requests of a connection until it is closed.
async fn answer(stream: TcpStream, router: Router, limits: &HttpLimits, stopped: watch::Receiver<bool>) {
    let (phase, mut changes) = watch::channel(Phase::idle());
    let phase = Arc::new(phase);
    let io = TokioIo::new(Observed { stream, phase: phase.clone() });
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |request| {
        phase.send_replace(Phase::Answering);
        let (answer, phase) = (router.call(request), phase.clone());
        async move {
            let answer = answer.await;
            phase.send_replace(Phase::idle());
            Ok::<_, Infallible>(answer.unwrap_or_else(|never| match never {}))
        }
    });
    let mut connection = pin!(http1::Builder::new().serve_connection(io, service));
    let mut stop = pin!(until(stopped));
    let mut end = End::Open;
    loop {
        let phase = *changes.borrow_and_update();
        if phase == Phase::Answering && matches!(end, End::At(_)) {
            // After the answer.
            connection.as_mut().graceful_shutdown();
            end = End::Closing;
        }
        let deadline = match end {
            End::At(time) => Some(time),
            End::Open | End::Closing => phase.deadline(limits),
        };
        tokio::select! {
            // An error is of the connection alone.
            _ = &mut connection => return,
            _ = changes.changed() => {}
            () = limit(deadline) => match (end, phase) {
                (End::At(_), Phase::Idle { .. }) => {
                    // Once the last answer is sent.
                    connection.as_mut().graceful_shutdown();
                    end = End::Closing;
                }
                _ => return,
            },
            () = &mut stop, if matches!(end, End::Open) => end = End::At(Instant::now() + STOP_PAUSE),
        }
    }
}

async fn limit(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

/// How far the end of a connection is, which comes with that of the service.
#[derive(Debug, Clone, Copy)]
enum End {
    Open,
    /// Closed then, unless a request is there by then.
    At(Instant),
    Closing,
}

/// What a connection does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Nothing, or its last answer is being sent.
    Idle { since: Instant },
    /// The head of a request has begun to come.
    Head { since: Instant },
    /// A request is being answered. Its body has a limit of its own.
    Answering,
}

impl Phase {
    fn idle() -> Self {
        Self::Idle { since: Instant::now() }
    }

    fn deadline(self, limits: &HttpLimits) -> Option<Instant> {
        match self {
            Self::Idle { since } => Some(since + limits.idle_timeout),
            Self::Head { since } => Some(since + limits.header_timeout),
            Self::Answering => None,
        }
    }
}

/// A stream that notes when the head of a request begins to come.
struct Observed {
    stream: TcpStream,
    phase: Arc<watch::Sender<Phase>>,
}

impl AsyncRead for Observed {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if buffer.filled().len() > before {
            self.phase.send_if_modified(|phase| {
                let begins = matches!(phase, Phase::Idle { .. });
                if begins {
                    *phase = Phase::Head { since: Instant::now() };
                }
                begins
            });
        }
        read
    }
}

impl AsyncWrite for Observed {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::{get, post};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::sync::Notify;
    use tokio::task::JoinHandle;
    use tokio::time::timeout;

    use super::*;

    const SHORT: Duration = Duration::from_millis(200);
    /// Long enough for everything that is not to be waited for.
    const LONG: Duration = Duration::from_secs(20);
    const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: it\r\n\r\n";

    struct Server {
        address: std::net::SocketAddr,
        stop: watch::Sender<bool>,
        running: JoinHandle<()>,
        /// Lets `/slow` answer.
        go: Arc<Notify>,
    }

    impl Server {
        async fn start(limits: HttpLimits) -> Self {
            let go = Arc::new(Notify::new());
            let going = go.clone();
            let slow = async move || {
                going.notified().await;
                "slow"
            };
            let router = Router::new()
                .route("/", get(async || "hello"))
                .route("/slow", get(slow))
                .route("/body", post(async |body: String| body));
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let (stop, stopped) = watch::channel(false);
            let running = tokio::spawn(serve(listener, router, limits, stopped));
            Self { address, stop, running, go }
        }

        async fn connect(&self) -> TcpStream {
            TcpStream::connect(self.address).await.unwrap()
        }

        /// A connection on which these bytes are sent.
        async fn sent(&self, bytes: &[u8]) -> TcpStream {
            let mut stream = self.connect().await;
            stream.write_all(bytes).await.unwrap();
            stream
        }
    }

    fn long() -> HttpLimits {
        HttpLimits { header_timeout: LONG, idle_timeout: LONG, ..HttpLimits::default() }
    }

    /// What comes until the server closes.
    async fn until_closed(stream: &mut TcpStream) -> String {
        let mut text = Vec::new();
        // A connection that is closed with unread bytes is reset.
        let _ = timeout(LONG / 2, stream.read_to_end(&mut text)).await.expect("it is closed");
        String::from_utf8(text).unwrap()
    }

    /// One answer, whose body has five bytes.
    async fn answered(stream: &mut TcpStream) -> String {
        let mut text = Vec::new();
        while !text.ends_with(b"hello") {
            let mut piece = [0; 512];
            let read = timeout(LONG / 2, stream.read(&mut piece)).await.unwrap().unwrap();
            assert!(read > 0, "closed after {text:?}");
            text.extend_from_slice(&piece[..read]);
        }
        String::from_utf8(text).unwrap()
    }

    #[tokio::test]
    async fn a_head_that_does_not_come_to_its_end_is_closed_however_slowly_it_comes() {
        let server = Server::start(HttpLimits { header_timeout: SHORT, ..long() }).await;
        let mut stream = server.sent(b"GET / HT").await;
        let mut slow = server.connect().await;
        let start = Instant::now();
        let drip = async {
            while slow.write_all(b"G").await.is_ok() {
                tokio::time::sleep(SHORT / 10).await;
            }
        };
        timeout(LONG / 2, drip).await.unwrap();
        assert_eq!(until_closed(&mut stream).await, "");
        assert!(start.elapsed() < LONG / 2);
    }

    #[tokio::test]
    async fn a_second_head_has_its_limit_from_its_first_byte() {
        let server = Server::start(HttpLimits { header_timeout: SHORT, ..long() }).await;
        let mut stream = server.sent(REQUEST).await;
        answered(&mut stream).await;
        tokio::time::sleep(SHORT * 2).await;
        stream.write_all(REQUEST).await.unwrap();
        answered(&mut stream).await;
        stream.write_all(b"GET / HT").await.unwrap();
        assert_eq!(until_closed(&mut stream).await, "");
    }

    #[tokio::test]
    async fn a_connection_that_does_nothing_is_closed_before_its_first_request_and_after_its_last() {
        let server = Server::start(HttpLimits { idle_timeout: SHORT, ..long() }).await;
        let mut stream = server.sent(REQUEST).await;
        answered(&mut stream).await;
        assert_eq!(until_closed(&mut stream).await, "");
        assert_eq!(until_closed(&mut server.connect().await).await, "");
    }

    #[tokio::test]
    async fn a_request_that_is_being_answered_has_no_limit_of_the_connection() {
        let limits = HttpLimits { idle_timeout: SHORT, header_timeout: SHORT, ..long() };
        let server = Server::start(limits).await;
        let mut stream = server.sent(b"GET /slow HTTP/1.1\r\nhost: it\r\n\r\n").await;
        tokio::time::sleep(SHORT * 3).await;
        server.go.notify_one();
        assert!(until_closed(&mut stream).await.ends_with("slow"));
    }

    #[tokio::test]
    async fn more_connections_than_the_bound_wait_until_one_is_closed() {
        let server = Server::start(HttpLimits { connections: 2, ..long() }).await;
        let mut first = server.sent(REQUEST).await;
        let mut second = server.sent(REQUEST).await;
        answered(&mut first).await;
        answered(&mut second).await;
        let mut third = server.sent(REQUEST).await;
        timeout(SHORT, third.read_u8()).await.expect_err("it waits");
        drop(first);
        answered(&mut third).await;
    }

    #[tokio::test]
    async fn a_stop_closes_soon_what_is_idle_or_half_sent_and_answers_what_is_there() {
        let server = Server::start(long()).await;
        let mut untouched = server.connect().await;
        let mut half = server.sent(b"GET / HT").await;
        let mut idle = server.sent(REQUEST).await;
        answered(&mut idle).await;
        let mut half_of_second = server.sent(REQUEST).await;
        answered(&mut half_of_second).await;
        half_of_second.write_all(b"GET / HT").await.unwrap();
        let mut busy = server.sent(b"GET /slow HTTP/1.1\r\nhost: it\r\n\r\n").await;
        let mut sending =
            server.sent(b"POST /body HTTP/1.1\r\nhost: it\r\ncontent-length: 5\r\n\r\nhel").await;
        let mut last = server.sent(REQUEST).await;
        answered(&mut last).await;

        let start = Instant::now();
        server.stop.send_replace(true);
        for stream in [&mut untouched, &mut half, &mut idle, &mut half_of_second, &mut last] {
            assert_eq!(until_closed(stream).await, "");
        }
        assert!(!server.running.is_finished(), "two requests are under way");
        server.go.notify_one();
        sending.write_all(b"lo").await.unwrap();
        assert!(until_closed(&mut busy).await.ends_with("slow"));
        assert!(until_closed(&mut sending).await.ends_with("hello"));
        timeout(LONG / 2, server.running).await.unwrap().unwrap();
        assert!(start.elapsed() < LONG / 2, "{:?}", start.elapsed());
    }
}
