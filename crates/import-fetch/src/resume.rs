//! How a broken transfer is taken up again where it stopped: RFC 9110, sections 13.1.5 and 14.

use reqwest::header::{CONTENT_RANGE, DATE, ETAG, HeaderMap, HeaderName, HeaderValue, IF_RANGE, LAST_MODIFIED, RANGE};
use url::Url;

/// What says that a file is still the same, byte for byte.
#[derive(Debug, Clone)]
pub(crate) struct Validator {
    name: HeaderName,
    value: HeaderValue,
}

impl Validator {
    /// A strong `ETag`, or else a `Last-Modified` that cannot have been followed by a change
    /// within its second: the answer is of a later second.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        if let Some(value) = headers.get(ETAG)
            && value.as_bytes().starts_with(b"\"")
        {
            return Some(Self { name: ETAG, value: value.clone() });
        }
        let value = headers.get(LAST_MODIFIED)?;
        (headers.get(DATE)? != value).then(|| Self { name: LAST_MODIFIED, value: value.clone() })
    }

    /// Whether `headers` speak of the same file. A header that is left out is no contradiction.
    fn agrees(&self, headers: &HeaderMap) -> bool {
        headers.get(&self.name).is_none_or(|value| *value == self.value)
    }
}

/// The rest of a file to be asked for.
#[derive(Debug, Clone)]
pub(crate) struct Rest {
    /// How much is there already, in bytes.
    pub(crate) from: u64,
    /// The size of the whole file, in bytes, if the server said it.
    pub(crate) total: Option<u64>,
    /// What the file was known by.
    pub(crate) validator: Validator,
    /// Where it came from, after all redirects.
    pub(crate) source: Url,
}

impl Rest {
    /// The headers that ask `url` for the rest; none if the beginning did not come from there.
    /// The query may differ: redirects often carry a signature that is new each time.
    pub(crate) fn headers(&self, url: &Url) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let same = url.origin() == self.source.origin() && url.path() == self.source.path();
        if same && let Ok(range) = HeaderValue::try_from(format!("bytes={}-", self.from)) {
            headers.insert(RANGE, range);
            headers.insert(IF_RANGE, self.validator.value.clone());
        }
        headers
    }

    /// Whether a partial answer continues what is there: same file, same size, next byte.
    pub(crate) fn continued_by(&self, headers: &HeaderMap) -> bool {
        let Some((first, total)) = content_range(headers) else {
            return false;
        };
        let same_size = match (self.total, total) {
            (Some(before), Some(now)) => before == now,
            _ => true,
        };
        first == self.from && same_size && self.validator.agrees(headers)
    }
}

/// The first byte and the size of the whole, of `Content-Range: bytes 5-9/10` (or `/*`).
fn content_range(headers: &HeaderMap) -> Option<(u64, Option<u64>)> {
    let range = headers.get(CONTENT_RANGE)?.to_str().ok()?;
    let (first, rest) = range.strip_prefix("bytes ")?.split_once('-')?;
    let (_, total) = rest.split_once('/')?;
    let total = match total {
        "*" => None,
        total => Some(total.parse().ok()?),
    };
    Some((first.parse().ok()?, total))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(written: &[(HeaderName, &'static str)]) -> HeaderMap {
        written.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect()
    }

    fn validator(written: &[(HeaderName, &'static str)]) -> Option<String> {
        let validator = Validator::of(&headers(written))?;
        Some(validator.value.to_str().unwrap().to_owned())
    }

    const MONDAY: &str = "Mon, 05 Jan 2026 10:00:00 GMT";
    const TUESDAY: &str = "Tue, 06 Jan 2026 10:00:00 GMT";

    #[test]
    fn a_strong_etag_is_preferred_to_a_date() {
        assert_eq!(validator(&[(ETAG, "\"a\""), (LAST_MODIFIED, MONDAY), (DATE, TUESDAY)]), Some("\"a\"".to_owned()));
    }

    #[test]
    fn a_weak_etag_gives_way_to_the_date() {
        assert_eq!(validator(&[(ETAG, "W/\"a\"")]), None);
        assert_eq!(validator(&[(ETAG, "W/\"a\""), (LAST_MODIFIED, MONDAY), (DATE, TUESDAY)]), Some(MONDAY.to_owned()));
    }

    #[test]
    fn a_date_counts_only_if_the_answer_is_of_another_second() {
        assert_eq!(validator(&[(LAST_MODIFIED, MONDAY), (DATE, MONDAY)]), None);
        assert_eq!(validator(&[(LAST_MODIFIED, MONDAY)]), None);
    }

    fn rest() -> Rest {
        Rest {
            from: 5,
            total: Some(10),
            validator: Validator::of(&headers(&[(ETAG, "\"a\"")])).unwrap(),
            source: Url::parse("https://files.example/export.zip?signature=1").unwrap(),
        }
    }

    #[test]
    fn the_rest_is_asked_for_where_the_beginning_came_from() {
        let asked = |url: &str| rest().headers(&Url::parse(url).unwrap());
        assert_eq!(
            asked("https://files.example/export.zip?signature=2"),
            headers(&[(RANGE, "bytes=5-"), (IF_RANGE, "\"a\"")])
        );
        for elsewhere in [
            "https://files.example/other.zip?signature=1",
            "https://mirror.example/export.zip?signature=1",
            "http://files.example/export.zip?signature=1",
        ] {
            assert_eq!(asked(elsewhere), HeaderMap::new(), "{elsewhere}");
        }
    }

    #[test]
    fn only_the_next_byte_of_the_same_file_continues_it() {
        let range = |range| headers(&[(CONTENT_RANGE, range)]);
        assert!(rest().continued_by(&range("bytes 5-9/10")));
        assert!(rest().continued_by(&range("bytes 5-9/*")));
        assert!(rest().continued_by(&range("bytes 5-7/10")));
        for other in ["bytes 4-9/10", "bytes 5-9/11", "bytes */10", "items 5-9/10", "bytes 5-"] {
            assert!(!rest().continued_by(&range(other)), "{other}");
        }
        assert!(!rest().continued_by(&HeaderMap::new()));

        let tagged = |tag| headers(&[(CONTENT_RANGE, "bytes 5-9/10"), (ETAG, tag)]);
        assert!(rest().continued_by(&tagged("\"a\"")));
        assert!(!rest().continued_by(&tagged("\"b\"")));
    }
}
