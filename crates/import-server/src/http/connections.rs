//! Sockets: accepting them, reading requests from them within a time, and closing them when the server ends.

use std::{convert::Infallible, future::Future, io, pin::pin, sync::Arc, time::Duration};

use axum::{Router, body::Body};
use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{HttpOptions, failure::Failure, request};

/// How long accepting pauses after it failed for want of something (file handles, say).
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What tells connections that the server ends.
#[derive(Clone, Default)]
struct Ending {
    /// No request may begin any more.
    soon: CancellationToken,
    /// Whatever still goes on is broken off.
    now: CancellationToken,
}

/// Accepts connections until `shutdown` completes; then waits for the requests that are being answered, for as long as
/// the options say.
pub(crate) async fn run(
    listener: TcpListener,
    router: Router,
    options: &HttpOptions,
    shutdown: impl Future<Output = ()>,
) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(options.header_timeout);
    let slots = Arc::new(Semaphore::new(options.max_connections.clamp(1, Semaphore::MAX_PERMITS)));
    let tasks = TaskTracker::new();
    let ending = Ending::default();

    let accept = async {
        // It fails where the semaphore is closed, which nobody does.
        while let Ok(slot) = Arc::clone(&slots).acquire_owned().await {
            let stream = accept(&listener).await;
            let answering = answer_all(stream, http.clone(), router.clone(), tasks.clone(), ending.clone());
            tasks.spawn(async move {
                answering.await;
                drop(slot);
            });
        }
    };
    tokio::select! {
        () = accept => {}
        () = shutdown => {}
    }
    drop(listener);
    ending.soon.cancel();
    tasks.close();
    if tokio::time::timeout(options.shutdown_grace, tasks.wait()).await.is_err() {
        tracing::warn!("requests are broken off: they went on for longer than the server waits when it stops");
        ending.now.cancel();
    }
}

/// The next connection. Errors of one connection and want of file handles pass; neither ends the server.
async fn accept(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                // Answers are small and complete: waiting for more to send would only delay them.
                let _ = stream.set_nodelay(true);
                return stream;
            }
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                tracing::error!(%error, "no connection can be accepted at the moment");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

/// Answers every request of a connection.
async fn answer_all(stream: TcpStream, http: http1::Builder, router: Router, tasks: TaskTracker, ending: Ending) {
    let service = service_fn(|request: http::Request<hyper::body::Incoming>| {
        // A task of its own, so that a request is carried out to its end also where the client does not wait for it. It
        // ends without an answer only where the process is on its way out.
        let task = tasks.spawn(request::answer(router.clone(), request.map(Body::new)));
        async move { Ok::<_, Infallible>(task.await.unwrap_or_else(|_| Failure::Stopping.answer(""))) }
    });
    let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service));
    let answered = tokio::select! {
        answered = connection.as_mut() => answered,
        () = ending.soon.cancelled() => {
            connection.as_mut().graceful_shutdown();
            tokio::select! {
                answered = connection => answered,
                () = ending.now.cancelled() => Ok(()),
            }
        }
    };
    if let Err(error) = answered {
        tracing::debug!(%error, "a connection broke off");
    }
}
