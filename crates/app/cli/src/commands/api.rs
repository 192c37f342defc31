//! `primedata api`.

use reqwest::Method;
use serde_json::Value;

use crate::args::ApiArgs;
use crate::client::Client;
use crate::failure::Failure;
use crate::output::Output;

pub(crate) async fn run(client: &Client, args: &ApiArgs, output: Output) -> Result<(), Failure> {
    let wrong = |what: &str| Failure::Runtime(format!("{what}; write it as in `primedata api GET /sources`"));
    let method = Method::from_bytes(args.method.to_uppercase().as_bytes()).map_err(|_| wrong("no such method"))?;
    if !args.path.starts_with('/') {
        return Err(wrong("the path must begin with a slash"));
    }
    let body = args.body.as_deref().map(serde_json::from_str::<Value>).transpose();
    let body = body.map_err(|error| wrong(&format!("the body is not JSON: {error}")))?;
    Ok(output.json(&client.call(method, &args.path, body.as_ref()).await?)?)
}
