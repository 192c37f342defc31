//! `primedata status`.

use serde_json::Value;

use crate::client::Client;
use crate::failure::Failure;
use crate::output::{Output, text};

pub(crate) async fn run(client: &Client, output: Output) -> Result<(), Failure> {
    let overview = client.get("/overview", &[]).await?;
    Ok(output.one(&overview, sentences)?)
}

fn sentences(overview: &Value) -> String {
    let mut lines = vec![format!("up for {} s", text(overview, "/uptimeSeconds"))];
    for name in ["requests", "accepted", "processed", "duplicates", "rejected", "delivered", "failed", "archived"] {
        let (total, rate) = (text(overview, &format!("/totals/{name}")), text(overview, &format!("/rates/{name}")));
        let rate = rate.parse::<f64>().map(|rate| format!("  {rate:.1} a second")).unwrap_or_default();
        lines.push(format!("{name:<10} {total:>12}{rate}"));
    }
    let attention = overview["attention"].as_array().into_iter().flatten();
    lines.extend(attention.map(|item| format!("! {}", text(item, "/sentence"))));
    lines.join("\n")
}
