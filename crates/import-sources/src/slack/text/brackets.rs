//! What Slack writes in angle brackets: links, users, rooms, and commands that start with `!`.

use std::borrow::Cow;

use memchr::memchr;

use super::entities::unescaped;
use crate::slack::timestamps::SlackTime;

/// Finds what stands in angle brackets, from the start of a text to its end.
#[derive(Default)]
pub(super) struct Brackets {
    /// The first `>` behind every place that was looked at so far. Kept, so that no part of a text is searched for it twice.
    closing: Closing,
}

#[derive(Default, Clone, Copy)]
enum Closing {
    #[default]
    Unknown,
    At(usize),
    Nowhere,
}

impl Brackets {
    /// The content of the bracket that opens at this place, and what it means; `None` where none does, where it does not
    /// close, or where it holds nothing that Slack writes.
    pub(super) fn at<'a>(&mut self, text: &'a str, at: usize) -> Option<(&'a str, Bracketed<'a>)> {
        let rest = text.get(at..).filter(|rest| rest.starts_with('<'))?;
        let closing = match self.closing {
            Closing::At(closing) if closing > at => Some(closing),
            Closing::Nowhere => None,
            _ => memchr(b'>', rest.as_bytes()).map(|found| at + found),
        };
        self.closing = closing.map_or(Closing::Nowhere, Closing::At);
        let content = text.get(at + 1..closing?)?;
        Some((content, Bracketed::read(content)?))
    }
}

/// Whether a text starts with a bracket that means nothing and yet, kept, would look like one that does: nothing but an
/// entity may become a bracket with a mention in it.
pub(super) fn is_dropped(text: &str) -> bool {
    text.strip_prefix('<').is_some_and(|rest| rest.starts_with(['@', '#', '!', '<', '&']))
}

/// What stands in a pair of angle brackets.
pub(super) enum Bracketed<'a> {
    Link {
        url: &'a str,
        label: Option<&'a str>,
    },
    User {
        id: &'a str,
        label: Option<&'a str>,
    },
    Room {
        id: &'a str,
        label: Option<&'a str>,
    },
    /// `all` or `here`.
    Everybody(&'static str),
    /// A group of users, by its name.
    Group(&'a str),
    /// Text without markup.
    Other(Cow<'a, str>),
}

impl<'a> Bracketed<'a> {
    fn read(content: &'a str) -> Option<Self> {
        if content.contains('<') {
            return None;
        }
        let (what, label) = match content.split_once('|') {
            Some((what, label)) => (what, Some(label).filter(|label| !label.trim().is_empty())),
            None => (content, None),
        };
        let mut rest = what.chars();
        match rest.next()? {
            '@' if is_id(rest.as_str()) => Some(Self::User { id: rest.as_str(), label }),
            '#' if is_id(rest.as_str()) => Some(Self::Room { id: rest.as_str(), label }),
            '@' | '#' => Some(Self::Other(Cow::Owned(unescaped(content)))),
            '!' => Some(Self::command(rest.as_str(), label)),
            _ if is_url(what) => Some(Self::Link { url: what, label }),
            _ => None,
        }
    }

    fn command(command: &'a str, label: Option<&'a str>) -> Self {
        let (name, rest) = command.split_once('^').unwrap_or((command, ""));
        match name {
            "everyone" | "channel" | "group" => Self::Everybody("all"),
            "here" => Self::Everybody("here"),
            "subteam" => {
                let group = label.or_else(|| rest.split('^').next()).unwrap_or_default().trim_start_matches('@');
                if group.is_empty() { Self::Other(Cow::Borrowed("")) } else { Self::Group(group) }
            }
            "date" => Self::Other(Cow::Owned(date(rest, label))),
            name => Self::Other(Cow::Owned(unescaped(label.unwrap_or(name)))),
        }
    }

    /// What it looks like where nothing has a meaning: in code.
    pub(super) fn plain(&self) -> Cow<'a, str> {
        let name = |sign: char, id: &str, label: &Option<&str>| {
            let name = label.map_or(id, |label| label.trim_start_matches(sign));
            Cow::Owned(format!("{sign}{}", unescaped(name)))
        };
        match self {
            Self::Link { url, label } => Cow::Owned(unescaped(label.unwrap_or(url))),
            Self::User { id, label } => name('@', id, label),
            Self::Room { id, label } => name('#', id, label),
            Self::Everybody(id) => name('@', id, &None),
            Self::Group(id) => name('@', id, &None),
            Self::Other(text) => text.clone(),
        }
    }
}

fn is_id(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

/// Whether a text starts with a scheme and a colon, with more behind them and no blank within.
fn is_url(text: &str) -> bool {
    text.split_once(':').is_some_and(|(scheme, rest)| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
            && !rest.is_empty()
            && !text.contains(char::is_whitespace)
    })
}

/// A link without a label. Addresses and telephone numbers are shown without their scheme, as clients find them.
pub(super) fn shown_url(url: &str) -> String {
    let shown = ["mailto:", "tel:"].iter().find_map(|scheme| url.strip_prefix(scheme)).unwrap_or(url);
    unescaped(shown)
}

/// A link with a label. Neither can end the other early.
pub(in crate::slack) fn link(url: &str, label: &str) -> String {
    let url = unescaped(url).replace('(', "%28").replace(')', "%29");
    let label = unescaped(label).replace("](", "] (").replace('\n', " ");
    format!("[{label}]({url})")
}

/// `<!date^seconds^format^link|fallback>`: the fallback, or the time itself where there is none.
fn date(arguments: &str, label: Option<&str>) -> String {
    let mut arguments = arguments.split('^');
    let seconds = arguments.next().unwrap_or_default();
    let shown = match (label, SlackTime::parse(seconds)) {
        (Some(label), _) => label.to_owned(),
        (None, Some(time)) => time.iso().0.to_string(),
        (None, None) => seconds.to_owned(),
    };
    match arguments.nth(1).filter(|url| is_url(url)) {
        Some(url) => link(url, &shown),
        None => unescaped(&shown),
    }
}
