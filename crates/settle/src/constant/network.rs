//! `uuid`, `bytea`, bit strings and network addresses.

use super::number::trim;

/// `uuid_in`: 32 hexadecimal digits, hyphens after any four, braces around.
pub(super) fn uuid(text: &str) -> Option<String> {
    let bare = match text.strip_prefix('{') {
        Some(inner) => inner.strip_suffix('}')?,
        None => text,
    };
    let mut out = String::with_capacity(32);
    let mut letters = bare.chars().peekable();
    while letters.peek().is_some() {
        if out.len() == 32 {
            return None;
        }
        for _ in 0..4 {
            let c = letters.next().filter(char::is_ascii_hexdigit)?;
            out.push(c.to_ascii_lowercase());
        }
        // A hyphen may stand after each group of four, but not at the end.
        if letters.next_if_eq(&'-').is_some() && out.len() == 32 {
            return None;
        }
    }
    (out.len() == 32).then_some(out)
}

/// `byteain`: `\x…`, else bytes with `\\` and `\ooo`.
pub(super) fn bytea(text: &str) -> Option<String> {
    if let Some(hex) = text.strip_prefix("\\x") {
        let digits: String = hex.chars().filter(|c| !c.is_ascii_whitespace()).collect();
        let valid = digits.len().is_multiple_of(2) && digits.bytes().all(|b| b.is_ascii_hexdigit());
        return valid.then(|| digits.to_ascii_lowercase());
    }
    let mut out = String::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let value = if byte == b'\\' {
            match bytes.next()? {
                b'\\' => b'\\',
                first @ b'0'..=b'3' => {
                    let mut value = first - b'0';
                    for _ in 0..2 {
                        let digit = bytes.next().filter(|b| (b'0'..=b'7').contains(b))?;
                        value = value * 8 + (digit - b'0');
                    }
                    value
                }
                _ => return None,
            }
        } else {
            byte
        };
        out.push_str(&format!("{value:02x}"));
    }
    Some(out)
}

/// `bit_in`: zeros and ones, `b` before them, or hexadecimal after `x`.
pub(super) fn bits(text: &str) -> Option<String> {
    if let Some(hex) = text.strip_prefix(['x', 'X']) {
        let mut out = String::new();
        for digit in hex.chars() {
            out.push_str(&format!("{:04b}", digit.to_digit(16)?));
        }
        return Some(out);
    }
    let bare = text.strip_prefix(['b', 'B']).unwrap_or(text);
    bare.bytes().all(|b| matches!(b, b'0' | b'1')).then(|| bare.to_owned())
}

/// `inet_in` and `cidr_in` for whole IPv4 addresses and those IPv6 ones that Rust reads alike.
pub(super) fn inet(text: &str, cidr: bool) -> Option<String> {
    let text = trim(text);
    let (address, bits) = match text.split_once('/') {
        Some((address, bits)) => {
            if bits.is_empty() || !bits.bytes().all(|b| b.is_ascii_digit()) {
                return None;
            }
            (address, Some(bits.parse::<u8>().ok()?))
        }
        None => (text, None),
    };
    // `inet_net_pton` for cidr fills missing octets up, and derives a mask without one.
    let mut filled = address.to_owned();
    if cidr && !address.contains(':') {
        let octets = address.split('.').count();
        if octets < 4 {
            bits?;
            filled.push_str(&".0".repeat(4 - octets));
        }
    }
    let ip: std::net::IpAddr = filled.parse().ok()?;
    let all = if ip.is_ipv4() { 32 } else { 128 };
    let bits = bits.unwrap_or(all);
    (bits <= all).then(|| format!("{ip}/{bits}"))
}

/// `macaddr_in`: twelve digits, however grouped.
pub(super) fn macaddr(text: &str) -> Option<String> {
    let text = trim(text);
    let digits: String = text.chars().filter(|c| !matches!(c, ':' | '-' | '.')).collect();
    (digits.len() == 12 && digits.bytes().all(|b| b.is_ascii_hexdigit())).then(|| digits.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuids_of_any_grouping() {
        let plain = "a0eebc999c0b4ef8bb6d6bb9bd380a11";
        for text in [
            "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11",
            "{a0eebc999c0b4ef8bb6d6bb9bd380a11}",
            "a0ee-bc99-9c0b-4ef8-bb6d-6bb9-bd38-0a11",
        ] {
            assert_eq!(uuid(text).as_deref(), Some(plain), "{text}");
        }
        assert_eq!(uuid("a0eebc99"), None);
        assert_eq!(uuid("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11-"), None);
    }

    #[test]
    fn bytes_and_addresses() {
        assert_eq!(bytea("\\xDEAD").as_deref(), Some("dead"));
        assert_eq!(bytea("abc\\000").as_deref(), Some("61626300"));
        assert_eq!(bytea("a\\9"), None);
        assert_eq!(inet("127.0.0.1", false), inet("127.0.0.1/32", false));
        assert_ne!(inet("10.0.0.1/8", false), inet("10.0.0.1", false));
        assert_eq!(inet("10/8", true), inet("10.0.0.0/8", true));
    }
}
