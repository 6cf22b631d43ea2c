//! A gateway that knows which service is behind which path: small, but a real service.

use std::env;

use axum::{Json, Router, extract::Path, http::StatusCode, routing::get};
use serde_json::{Value, json};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

const ROUTES: [(&str, &str); 2] = [("sessions", "xgen-core"), ("tools", "xgen-mcp-station")];

#[tokio::main]
async fn main() {
    let port = env::var("PORT").unwrap_or_else(|_| "8080".into());
    let listener = TcpListener::bind(format!("0.0.0.0:{port}"))
        .await
        .expect("the port is free");
    println!("Listening on port {port}");
    axum::serve(listener, app())
        .with_graceful_shutdown(stopped())
        .await
        .expect("the server runs until it is stopped");
    println!("Stopped");
}

fn app() -> Router {
    Router::new()
        .route("/health", get(health))
        .route("/routes/{path}", get(route))
}

async fn health() -> Json<Value> {
    let variable = |name| env::var(name).unwrap_or_default();
    Json(json!({
        "service": "xgen-backend-gateway",
        "status": "ok",
        "site": variable("APP_SITE"),
        "commit": variable("APP_COMMIT"),
    }))
}

async fn route(Path(path): Path<String>) -> Result<Json<Value>, StatusCode> {
    ROUTES
        .iter()
        .find(|(known, _)| *known == path)
        .map(|(_, service)| Json(json!({ "service": service })))
        .ok_or(StatusCode::NOT_FOUND)
}

/// A process that is number 1 in its container ignores SIGTERM unless it listens for it.
async fn stopped() {
    signal(SignalKind::terminate())
        .expect("the runtime handles signals")
        .recv()
        .await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{body::Body, http::Request};
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    async fn ask(path: &str) -> (StatusCode, Value) {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let answer = app().oneshot(request).await.unwrap();
        let status = answer.status();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
    }

    #[tokio::test]
    async fn health_shows_site_and_commit() {
        let (status, body) = ask("/health").await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(body["service"], "xgen-backend-gateway");
        assert_eq!(body["site"], env::var("APP_SITE").unwrap_or_default());
        assert_eq!(body["commit"], env::var("APP_COMMIT").unwrap_or_default());
    }

    #[tokio::test]
    async fn knows_what_is_behind_a_path() {
        assert_eq!(ask("/routes/sessions").await.1["service"], "xgen-core");
        assert_eq!(ask("/routes/nothing").await.0, StatusCode::NOT_FOUND);
    }
}
