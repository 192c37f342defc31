//! Speaks to a node's public API.

use std::path::Path;

use prime_node::Announcement;
use reqwest::{Method, Response};
use serde_json::Value;

use crate::args::GlobalArgs;
use crate::failure::Failure;

pub(crate) struct Client {
    http: reqwest::Client,
    base: String,
    token: String,
}

impl Client {
    /// The server named on the command line, or the one that this machine's data folder announces.
    pub(crate) fn new(args: &GlobalArgs) -> Result<Self, Failure> {
        let (base, token) = match (&args.url, &args.token) {
            (Some(url), Some(token)) => (url.clone(), token.clone()),
            (url, token) => {
                let node = local_node(&args.data_dir())?;
                (url.clone().unwrap_or(node.url), token.clone().unwrap_or(node.token))
            }
        };
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().build().map_err(|error| Failure::Runtime(error.to_string()))?;
        Ok(Self { http, base: base.trim_end_matches('/').to_owned(), token })
    }

    pub(crate) async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Value, Failure> {
        data(self.send(Method::GET, path, query, None).await?).await
    }

    /// Follows cursors and returns the whole list under `name`.
    pub(crate) async fn list(&self, path: &str, name: &str, query: &[(&str, &str)]) -> Result<Value, Failure> {
        let mut all = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let mut query = query.to_vec();
            query.push(("pagination[count]", "200"));
            query.extend(cursor.as_deref().map(|cursor| ("pagination[cursor]", cursor)));
            let mut page = self.get(path, &query).await?;
            if let Some(Value::Array(items)) = page.get_mut(name).map(Value::take) {
                all.extend(items);
            }
            match page.pointer("/pagination/next").and_then(Value::as_str) {
                Some(next) => cursor = Some(next.to_owned()),
                None => return Ok(Value::Array(all)),
            }
        }
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        data(self.send(Method::POST, path, &[], Some(body)).await?).await
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        data(self.send(Method::PATCH, path, &[], Some(body)).await?).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Result<Value, Failure> {
        data(self.send(Method::DELETE, path, &[], None).await?).await
    }

    /// Any call, by method and path with query.
    pub(crate) async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, Failure> {
        data(self.send(method, path, &[], body).await?).await
    }

    /// Opens a stream of server-sent events.
    pub(crate) async fn stream(&self, path: &str, query: &[(&str, &str)]) -> Result<Response, Failure> {
        self.send(Method::GET, path, query, None).await
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Response, Failure> {
        let address = format!("{}/api/v1{path}", self.base);
        let unreachable = |reason: String| Failure::Unreachable { url: self.base.clone(), reason };
        let mut url = reqwest::Url::parse(&address).map_err(|error| unreachable(error.to_string()))?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let mut request = self.http.request(method, url).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.map_err(|error| unreachable(cause(&error)))?;
        match response.status() {
            status if status.is_success() => Ok(response),
            status => Err(Failure::Refused { status: status.as_u16(), message: refusal(response).await }),
        }
    }
}

pub(crate) fn local_node(data_dir: &Path) -> Result<Announcement, Failure> {
    Announcement::read(data_dir).map_err(|_| Failure::UnknownServer { data_dir: data_dir.display().to_string() })
}

/// What stands under `data` in a successful answer.
async fn data(response: Response) -> Result<Value, Failure> {
    let mut answer: Value = response.json().await.map_err(|error| Failure::Runtime(cause(&error)))?;
    Ok(answer.get_mut("data").map(Value::take).unwrap_or(answer))
}

/// The sentences of an error answer.
async fn refusal(response: Response) -> String {
    let status = response.status();
    let body: Value = response.json().await.unwrap_or_default();
    let sentence = |error: &Value| match (error["field"].as_str(), error["message"].as_str()) {
        (Some(field), Some(message)) => format!("{field}: {message}"),
        (None, Some(message)) => message.to_owned(),
        (_, None) => error.to_string(),
    };
    let sentences: Vec<String> = body["errors"].as_array().into_iter().flatten().map(sentence).collect();
    if sentences.is_empty() { format!("the server answered {status}") } else { sentences.join("\n") }
}

fn cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}
