//! Mixpanel's settings, parsed once.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use prime_destination::{SettingProblem, Settings};
use url::Url;

pub(super) struct MixpanelSettings {
    pub(super) token: String,
    /// The project's group key; without one groups are left out.
    pub(super) group_key: Option<String>,
    pub(super) import: Url,
    pub(super) engage: Url,
    pub(super) groups: Url,
    /// For `import`, which asks for more than the token in the body.
    pub(super) authorization: HeaderValue,
}

/// The three parts of a service account.
const ACCOUNT: [&str; 3] = ["serviceAccountUsername", "serviceAccountSecret", "projectId"];

impl MixpanelSettings {
    pub(super) fn read(settings: Settings<'_>) -> Result<Self, Vec<SettingProblem>> {
        let mut problems = settings.problems();
        let account = ACCOUNT.map(|name| settings.text(name).map(str::trim).filter(|text| !text.is_empty()));
        if account.iter().any(Option::is_some) {
            let missing = ACCOUNT.iter().zip(account).filter(|(_, value)| value.is_none());
            problems.extend(missing.map(|(name, _)| {
                let sentence =
                    "A service account needs its name, its secret and the project's ID; fill in all three or none.";
                SettingProblem::new(*name, sentence)
            }));
        }
        let token = settings.text("projectToken").unwrap_or_default().trim();
        if !problems.is_empty() {
            return Err(problems);
        }
        let host = match settings.text("residency") {
            Some("eu") => "api-eu.mixpanel.com",
            Some("in") => "api-in.mixpanel.com",
            _ => "api.mixpanel.com",
        };
        let address = |path: &str| Url::parse(&format!("https://{host}{path}")).expect("Mixpanel's addresses are URLs");
        let mut import = address("/import?strict=1");
        let credentials = match account {
            [Some(name), Some(secret), Some(project)] => {
                import.query_pairs_mut().append_pair("project_id", project);
                format!("{name}:{secret}")
            }
            _ => format!("{token}:"),
        };
        let basic = format!("Basic {}", STANDARD.encode(credentials));
        let mut authorization = HeaderValue::from_str(&basic).expect("base64 makes a header value");
        authorization.set_sensitive(true);
        Ok(Self {
            token: token.to_owned(),
            group_key: settings.text("groupKey").map(|key| key.trim().to_owned()),
            import,
            engage: address("/engage?verbose=1#profile-set"),
            groups: address("/groups?verbose=1#group-set"),
            authorization,
        })
    }
}
