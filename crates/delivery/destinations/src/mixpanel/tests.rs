use prime_destination::{Destination, RequestDestination, Settings};
use serde_json::{Value, json};

use super::Mixpanel;

fn problems(settings: Value) -> Vec<String> {
    let settings = settings.as_object().unwrap();
    let problems = Mixpanel.problems(Settings::new(Mixpanel.metadata(), settings));
    assert_eq!(Mixpanel.connect(Settings::new(Mixpanel.metadata(), settings)).err().unwrap_or_default(), problems);
    problems.into_iter().map(|problem| problem.name).collect()
}

#[test]
fn a_service_account_is_complete_or_not_there() {
    assert_eq!(problems(json!({})), ["projectToken"]);
    assert!(problems(json!({"projectToken": "t"})).is_empty());
    assert_eq!(
        problems(json!({"projectToken": "t", "projectId": "1"})),
        ["serviceAccountUsername", "serviceAccountSecret"]
    );
    let whole =
        json!({"projectToken": "t", "projectId": "1", "serviceAccountUsername": "a", "serviceAccountSecret": "s"});
    assert!(problems(whole).is_empty());
    assert_eq!(problems(json!({"projectToken": "t", "residency": "moon"})), ["residency"]);
}

#[test]
fn each_residency_has_a_host_of_its_own() {
    for (residency, origin) in [
        ("us", "https://api.mixpanel.com"),
        ("eu", "https://api-eu.mixpanel.com"),
        ("in", "https://api-in.mixpanel.com"),
    ] {
        let settings = json!({"projectToken": "t", "residency": residency});
        let connection =
            Mixpanel.connect(Settings::new(Mixpanel.metadata(), settings.as_object().unwrap())).ok().unwrap();
        assert_eq!(connection.terms().origins, [origin]);
    }
}
