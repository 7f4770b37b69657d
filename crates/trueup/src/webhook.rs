//! Tells a URL how a gate ended.
//!
//! The URL is a secret: whoever has it may post. It is never shown, nor is anything of it but the host.

use crate::problem::Problem;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use trueup_diff::Code;

/// The longest that one try may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How often it is tried.
const TRIES: u32 = 3;

/// Posts a body of JSON. With a secret, `X-Trueup-Signature` is `sha256=` and the HMAC of `timestamp.body`, whose timestamp is
/// `X-Trueup-Timestamp`, so that a receiver can tell a message that was sent again.
///
/// # Errors
/// X106: it was not taken.
pub async fn tell(url: &str, secret: Option<&str>, body: String) -> Result<(), Problem> {
    let (url, secret) = (url.to_owned(), secret.map(str::to_owned));
    let done = tokio::task::spawn_blocking(move || post(&url, secret.as_deref(), &body)).await;
    done.unwrap_or_else(|error| Err(format!("trueup itself failed: {error}"))).map_err(|said| Problem {
        code: Code::X106,
        message: format!("the webhook was not told: {said}"),
        way_out: Some("look at its URL and whether this machine reaches it".to_owned()),
    })
}

fn post(url: &str, secret: Option<&str>, body: &str) -> Result<(), String> {
    if !url.starts_with("https://") && !url.starts_with("http://") {
        return Err("its URL begins with neither https:// nor http://".to_owned());
    }
    let config = ureq::Agent::config_builder()
        .timeout_global(Some(TIMEOUT))
        .http_status_as_error(false)
        .max_redirects(0)
        .user_agent(concat!("trueup/", env!("CARGO_PKG_VERSION")))
        .build();
    let agent: ureq::Agent = config.into();
    let mut said = String::new();
    for attempt in 0..TRIES {
        if attempt > 0 {
            std::thread::sleep(Duration::from_secs(1 << (attempt - 1)));
        }
        let mut request = agent.post(url).header("Content-Type", "application/json");
        let now =
            SystemTime::now().duration_since(UNIX_EPOCH).map(|t| t.as_secs()).unwrap_or_default().to_string();
        if let Some(secret) = secret {
            request = request
                .header("X-Trueup-Signature", signature(secret, &now, body)?)
                .header("X-Trueup-Timestamp", &now);
        }
        match request.send(body) {
            Ok(answer) if answer.status().is_success() => return Ok(()),
            Ok(answer) => {
                said = format!("it answered {}", answer.status());
                // What the receiver refuses it refuses again.
                if !answer.status().is_server_error() && answer.status() != 429 {
                    break;
                }
            }
            Err(error) => said = without_url(&error.to_string(), url),
        }
    }
    Err(said)
}

/// `sha256=` and the HMAC in hexadecimal.
fn signature(secret: &str, timestamp: &str, body: &str) -> Result<String, String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map_err(|error| error.to_string())?;
    mac.update(timestamp.as_bytes());
    mac.update(b".");
    mac.update(body.as_bytes());
    let digits: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("sha256={digits}"))
}

/// An error's text without the URL or any part of its path.
fn without_url(text: &str, url: &str) -> String {
    let mut text = text.replace(url, "…");
    let after = url.split_once("://").map_or(url, |(_, rest)| rest);
    if let Some((_, path)) = after.split_once('/')
        && !path.is_empty()
    {
        text = text.replace(path, "…");
    }
    trueup_report::safe(&text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_those_of_any_hmac() {
        // printf '1700000000.{}' | openssl dgst -sha256 -hmac secret
        assert_eq!(
            signature("secret", "1700000000", "{}").unwrap(),
            "sha256=b8569b78799ff9e3cbff0fc2d63a33a2b57f3282abd07c37ae5e8e7d79a5f163"
        );
    }

    #[test]
    fn no_part_of_the_path_is_shown() {
        let url = "https://hooks.example/services/T0/B0/secret";
        let text = without_url(
            "can't post to https://hooks.example/services/T0/B0/secret: services/T0/B0/secret",
            url,
        );
        assert!(!text.contains("secret"), "{text}");
        assert!(post("ftp://u:secret@h", None, "").unwrap_err().starts_with("its URL"));
    }
}
