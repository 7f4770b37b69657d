//! The checksums that tools keep of their files.

use base64::Engine;
use sha2::{Digest, Sha256, Sha384};
use siphasher::sip::SipHasher13;
use std::hash::{Hash, Hasher};

/// SHA-256 in hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// SHA-384 in hexadecimal digits.
pub fn sha384(bytes: &[u8]) -> String {
    hex(&Sha384::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The same text with `\n`, and with `\r\n`: tools and people change one into the other.
pub(crate) fn line_endings(bytes: &[u8]) -> [Vec<u8>; 2] {
    let mut unix = Vec::with_capacity(bytes.len());
    for (at, byte) in bytes.iter().enumerate() {
        if *byte != b'\r' || bytes.get(at + 1) != Some(&b'\n') {
            unix.push(*byte);
        }
    }
    let mut windows = Vec::with_capacity(unix.len() + 64);
    for byte in &unix {
        if *byte == b'\n' {
            windows.push(b'\r');
        }
        windows.push(*byte);
    }
    [unix, windows]
}

/// Flyway's: CRC-32 of the lines in UTF-8 without what ends them and without a byte order mark, as a signed number. Lines end as
/// Java's `BufferedReader.readLine` sees it: at `\n`, `\r` or `\r\n`.
/// <https://github.com/flyway/flyway/blob/main/flyway-core/src/main/java/org/flywaydb/core/internal/resolver/ChecksumCalculator.java>
pub fn flyway(bytes: &[u8]) -> i32 {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut hasher = crc32fast::Hasher::new();
    for line in bytes.split(|byte| matches!(byte, b'\n' | b'\r')) {
        hasher.update(line);
    }
    hasher.finalize().cast_signed()
}

/// refinery's: SipHash-1-3 without a key over name, version and text, as Rust's `Hash` feeds them. The version is 32 bits wide, and 64
/// with the feature `int8-versions`.
/// <https://github.com/rust-db/refinery/blob/main/refinery_core/src/runner.rs>
pub fn refinery(name: &str, version: i64, sql: &str, wide: bool) -> u64 {
    let mut hasher = SipHasher13::new();
    name.hash(&mut hasher);
    if wide {
        hasher.write(&version.to_le_bytes());
    } else {
        hasher.write(&i32::try_from(version).unwrap_or(i32::MAX).to_le_bytes());
    }
    sql.hash(&mut hasher);
    hasher.finish()
}

/// Atlas's sums: each file's is over the names and texts of all files up to it.
/// <https://github.com/ariga/atlas/blob/master/sql/migrate/dir.go>
#[derive(Default)]
pub struct Atlas(Sha256);

impl Atlas {
    /// The sum of the whole list, which is the first line of `atlas.sum`: over each name and sum.
    pub fn of_list(list: &[(String, String)]) -> String {
        let mut sum = Sha256::default();
        for (name, of_file) in list {
            sum.update(name.as_bytes());
            sum.update(of_file.as_bytes());
        }
        base64::engine::general_purpose::STANDARD.encode(sum.finalize())
    }

    /// The sum of the next file; `None` where it is left out of the sum, and only its name counts.
    pub fn next(&mut self, name: &str, text: Option<&[u8]>) -> Option<String> {
        self.0.update(name.as_bytes());
        self.0.update(text?);
        Some(base64::engine::general_purpose::STANDARD.encode(self.0.clone().finalize()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_endings_don_t_count_for_flyway() {
        assert_eq!(flyway(b"a\nb\n"), flyway(b"\xef\xbb\xbfa\r\nb"));
        assert_ne!(flyway(b"a\nb"), flyway(b"a\nc"));
        // The check value of CRC-32.
        assert_eq!(flyway(b"1234\n56789").cast_unsigned(), 0xcbf4_3926);
    }

    #[test]
    fn both_line_endings() {
        let [unix, windows] = line_endings(b"a\r\nb\nc\rd");
        assert_eq!(unix, b"a\nb\nc\rd");
        assert_eq!(windows, b"a\r\nb\r\nc\rd");
        assert_eq!(sha256(b"").get(..8), Some("e3b0c442"));
        assert_eq!(sha384(b"").get(..8), Some("38b060a7"));
    }
}
