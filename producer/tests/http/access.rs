//! Who may use the interface.

use axum::body::Body;
use axum::http::StatusCode;
use tiltak_producer::http;
use tiltak_producer::service::{App, Config, Service, ServiceError};

use super::{Setup, ask, config};

#[tokio::test]
async fn only_health_and_metrics_are_given_without_the_token() {
    let setup = Setup::new().await;
    for path in ["/openapi.json", "/parked", "/nowhere", "/internal", "/metrics/more"] {
        for token in ["", "Bearer wrong", "Bearer a-token-for-the-test", "Basic a-token-for-the-tests"] {
            let refused = setup.send_with("GET", path, &[("authorization", token)], Body::empty()).await;
            assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{path} {token}");
            assert_eq!(refused.header("www-authenticate"), "Bearer");
            refused.problem();
        }
    }
    for path in ["/internal/isalive", "/metrics"] {
        assert_eq!(ask(&setup.router, "GET", path, &[], Body::empty()).await.status, StatusCode::OK);
    }
    let lower_case = [("authorization", "bearer a-token-for-the-tests")];
    assert_eq!(setup.send_with("GET", "/parked", &lower_case, Body::empty()).await.status, StatusCode::OK);
}

#[tokio::test]
async fn without_a_token_nobody_may_use_the_interface_and_it_is_not_offered_to_others() {
    let here = Config { token: None, ..config("unused".into()) };
    let router = http::router(App::new(here.token.clone()));
    let refused = ask(&router, "GET", "/parked", &[("authorization", "Bearer ")], Body::empty()).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);

    let everywhere = Config { listen: ([0, 0, 0, 0], 0).into(), ..here };
    let error = Service::bind(everywhere).await.unwrap_err();
    assert!(matches!(error, ServiceError::NoToken(_)), "{error}");
}
