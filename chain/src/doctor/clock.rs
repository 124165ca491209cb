//! This machine's clock, held against the chain's and against what endpoints say in the header `Date`.
//!
//! Nothing that decides over money depends on this clock, but what an operator reads does: ages, times, deadlines given in
//! days.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use alloy::transports::http::reqwest::{Client, Url, header::DATE, redirect::Policy};

use super::{endpoint::Facts, found};
use crate::{evidence::Finding, rpc::RpcError};

/// Seconds by which clocks may differ.
const APART: u64 = 15;

/// What an endpoint's web server says the time is, and this machine's time at that moment; seconds since 1970.
pub async fn date_of(url: &str) -> Option<(u64, u64)> {
    let url = url.parse::<Url>().ok()?;
    let client = Client::builder().timeout(Duration::from_secs(10)).redirect(Policy::none()).build().ok()?;
    let body = r#"{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}"#;
    let request = client.post(url).header("content-type", "application/json").body(body);
    let response = request.send().await.ok()?;
    let here = seconds(SystemTime::now());
    let there = httpdate::parse_http_date(response.headers().get(DATE)?.to_str().ok()?).ok()?;
    Some((seconds(there), here))
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// Compares this machine's time `now` with the newest block of an endpoint, and with what its web server says.
#[must_use]
pub fn clocks(facts: &Facts, now: u64, date: Option<(u64, u64)>) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(head) = facts.head.filter(|_| facts.keeps_time()) {
        let patience = facts.patience();
        let (behind, ahead) = (now.saturating_sub(head.timestamp), head.timestamp.saturating_sub(now));
        let words = if ahead > 0 {
            format!("the newest block is {ahead} s in the future")
        } else {
            format!("the newest block is {behind} s in the past")
        };
        let expected = format!("at most {patience} s after and {APART} s before the newest block");
        let seen = Ok((behind <= patience && ahead <= APART, words));
        findings.push(found::<RpcError>("clock.chain", &facts.label, "the newest block", expected, seen));
    }
    if let Some((there, here)) = date {
        let apart = there.abs_diff(here);
        let seen = Ok((apart <= APART, format!("{apart} s apart")));
        let expected = format!("at most {APART} s apart");
        findings.push(found::<RpcError>("clock.http", &facts.label, "the header Date", expected, seen));
    }
    findings
}
