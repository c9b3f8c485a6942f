use live_web::capture::{self, Kind};
use live_web::signalling::{self, Error};
use live_web::{storage, support};
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
async fn the_page_s_address_names_the_server() {
    let params = [("peerHost".to_owned(), "signal.example".to_owned())];
    let server = signalling::discover(&params, None).await.unwrap();
    assert_eq!((server.host.as_str(), server.port), ("signal.example", 9000));
}

#[wasm_bindgen_test]
async fn an_origin_without_peerserver_is_passed_over() {
    // The test page's own server answers 404.
    let server = signalling::discover(&[], None).await.unwrap();
    assert_eq!(server.host, "0.peerjs.com");
    assert!(server.ice_servers.len() > 1);
}

#[wasm_bindgen_test]
async fn a_wrong_parameter_is_an_error() {
    let params = [("peerPort".to_owned(), "http".to_owned())];
    let error = signalling::discover(&params, None).await.err();
    assert_eq!(error, Some(Error::Parameter("peerPort")));
}

#[wasm_bindgen_test]
fn settings_are_saved() {
    let settings = signalling::SignallingOverrides {
        host: Some("a".into()),
        ..signalling::SignallingOverrides::default()
    };
    assert!(storage::is_available());
    assert!(storage::save("test", &settings.to_json()));
    let kept: Option<String> = storage::load("test");
    assert_eq!(kept.map(|kept| signalling::SignallingOverrides::parse(&kept)), Some(settings));
    assert_eq!(storage::load::<u32>("test"), None);
    storage::remove("test");
    assert_eq!(storage::load::<String>("test"), None);
}

#[wasm_bindgen_test]
fn this_browser_is_supported() {
    assert_eq!(support::check(), Ok(()));
    assert!(support::is_secure());
    for kind in [Kind::Screen, Kind::Camera, Kind::File, Kind::Pattern] {
        assert_eq!(capture::unsupported_reason(kind), None, "{kind:?}");
    }
}
