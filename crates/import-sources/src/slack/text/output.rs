//! The Markdown that is being written, with room where a mention needs it.

/// Text to which more is added.
pub(in crate::slack) struct Output {
    text: String,
    /// Whether the last thing was a mention, which a following letter would change.
    after_mention: bool,
}

impl Output {
    pub(in crate::slack) fn new(capacity: usize) -> Self {
        Self { text: String::with_capacity(capacity + capacity / 8), after_mention: false }
    }

    pub(in crate::slack) fn finish(self) -> String {
        self.text
    }

    pub(in crate::slack) fn push(&mut self, text: &str) {
        let mut next = text.chars();
        if let Some(first) = next.next() {
            let joins = first == '.' && next.next().is_some_and(char::is_alphanumeric);
            self.part_from_mention(joins || is_of_name(first));
            self.text.push_str(text);
        }
    }

    pub(super) fn push_char(&mut self, character: char) {
        self.part_from_mention(is_of_name(character));
        self.text.push(character);
    }

    /// `@name` or `#name`, told apart from the words around it.
    pub(in crate::slack) fn push_mention(&mut self, sign: char, name: &str) {
        // An underscore before it is the start of italics rather than of a word.
        if self.text.chars().next_back().is_some_and(|last| last.is_alphanumeric() || last == '-') {
            self.text.push(' ');
        }
        self.text.push(sign);
        self.text.push_str(name);
        self.after_mention = true;
    }

    /// Code within a line.
    pub(in crate::slack) fn push_code(&mut self, content: &str) {
        self.after_mention = false;
        self.text.extend(["`", content, "`"]);
    }

    /// A block of code. Where it has several lines, the fences stand on lines of their own: a word behind the first
    /// would be taken for the name of a language.
    pub(super) fn push_block(&mut self, content: &str, followed: bool) {
        self.after_mention = false;
        let several = content.contains('\n');
        let line_end = |needed: bool| if several && needed { "\n" } else { "" };
        let before = line_end(!self.text.is_empty() && !self.text.ends_with('\n'));
        let opening = line_end(!content.starts_with('\n'));
        let closing = line_end(!content.ends_with('\n'));
        self.text.extend([before, "```", opening, content, closing, "```", line_end(followed)]);
    }

    fn part_from_mention(&mut self, joins: bool) {
        if std::mem::take(&mut self.after_mention) && joins {
            self.text.push(' ');
        }
    }
}

fn is_of_name(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '-' | '_')
}
