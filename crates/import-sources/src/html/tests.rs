//! What HTML becomes.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::{is_html, to_markdown};

#[test]
fn elements_become_their_markdown() {
    for (html, markdown) in [
        ("<b>bold</b> <strong>too</strong>", "**bold** **too**"),
        ("<i>it</i> <em>too</em>", "_it_ _too_"),
        ("<s>gone</s> <del>too</del>", "~gone~ ~too~"),
        ("a<b> bold </b>word", "a **bold** word"),
        ("<b><i>both</i></b>", "**_both_**"),
        ("run <code>ls -l</code> now", "run `ls -l` now"),
        ("<pre>fn main() {\n    1\n}</pre>done", "```\nfn main() {\n    1\n}\n```\ndone"),
        ("<pre><code>a &lt; b</code></pre>", "```\na < b\n```"),
        (
            "see <a href=\"https://x.example/a?b=1&amp;c=2\">the page</a>.",
            "see [the page](https://x.example/a?b=1&c=2).",
        ),
        ("<a href='https://x.example'>https://x.example</a>", "https://x.example"),
        ("<a href=https://x.example></a>", "https://x.example"),
        ("<a href=\"https://x.example/(1)\">[1]</a>", "[(1)](https://x.example/%281%29)"),
        ("one<br>two<br/>three<BR />four", "one\ntwo\nthree\nfour"),
        ("<p>one</p><p>two</p>three", "one\n\ntwo\n\nthree"),
        ("<div>one</div><div>two</div>", "one\ntwo"),
        ("<img src=\"https://x.example/a.png\" alt=\"A [1]\">", "![A (1)](https://x.example/a.png)"),
        ("<img alt=\"(smile)\" src=\"/emoticons/smile.png\">", "(smile)"),
        ("<ul><li>one<li>two <b>x</b></ul>", "- one\n- two **x**"),
        ("<ol><li>one</li><li>two<ul><li>deeper</li></ul></li></ol>", "1. one\n2. two\n  - deeper"),
        ("<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>", "a | b\n1 | 2"),
        ("<h1>Title</h1>text<h3>Sub</h3>", "# Title\ntext\n### Sub"),
        ("<blockquote>one<br>two</blockquote>three", "> one\n> two\nthree"),
        ("one<hr>two", "one\n---\ntwo"),
        ("a  \n b&nbsp;&nbsp;c", "a b  c"),
        ("<span style=\"color: red\">red</span> <u>under</u>", "red under"),
        ("a<!-- <b>x</b> -->b<!DOCTYPE html>", "ab"),
        ("a<script>alert('<b>')</script>b<style>p {}</style>", "ab"),
        ("&lt;b&gt; &amp; &quot;x&quot;", "<b> & \"x\""),
        ("<b>one<br>two</b>", "**one**\n**two**"),
    ] {
        assert_eq!(to_markdown(html), markdown, "{html}");
    }
}

#[test]
fn what_is_no_html_stays() {
    for text in ["a < b > c", "<ann@x.example>", "<foo>", "x <3 y", "< b>", "1 <", "<b", "</", "<>", "a <- b", "<a@b>"]
    {
        assert_eq!(to_markdown(text), text);
        assert!(!is_html(text), "{text}");
    }
}

#[test]
fn tags_that_are_wrong_are_put_right() {
    for (html, markdown) in [
        ("<b>open", "**open**"),
        ("closed</b>", "closed"),
        ("<b>one <i>two</b> three</i>", "**one _two_** three"),
        ("<b></b><i> </i>x", "x"),
        ("<b><b>twice</b></b>", "**twice**"),
        ("<a href=\"https://x.example>x</a> <b>y</b>", "[x](https://x.example) **y**"),
        ("<script>never closed", "never closed"),
        ("<li>alone", "- alone"),
        ("<td>1<td>2", "1 | 2 |"),
    ] {
        assert_eq!(to_markdown(html), markdown, "{html}");
    }
}

#[test]
fn addresses_that_run_programs_are_no_links() {
    for address in
        ["javascript:alert(1)", "JaVaScRiPt:x", " data:text/html,x", "vbscript:x", "/relative", "//x.example", ""]
    {
        assert_eq!(to_markdown(&format!("<a href=\"{address}\">click</a>")), "click", "{address}");
        assert_eq!(to_markdown(&format!("<img src=\"{address}\" alt=\"look\">")), "look", "{address}");
    }
    assert_eq!(to_markdown("<a href=\"https://x.example/\n a\">x</a>"), "[x](https://x.example/%20%20a)");
}

#[test]
fn html_is_told_from_text() {
    for html in ["<b>x</b>", "a<br>b", "<a href=\"https://x.example\">x</a>", "<P>x</P>", "<img src=\"x\">"] {
        assert!(is_html(html), "{html}");
    }
    for text in ["", "a & b", "&lt;b&gt;", "use <b> here", "</b>", "if a<b then c>d"] {
        assert!(!is_html(text), "{text}");
    }
}

#[test]
fn input_that_is_made_to_take_long_does_not() {
    let begin = Instant::now();
    for piece in [
        "<b>",
        "<a href=\"",
        "<a href='",
        "<!--",
        "<script>",
        "</",
        "<script></",
        "<ul><li>",
        "<blockquote>\n",
        "<i><b>x\n",
        "&",
        "<b\n",
        "<td>",
        "<p>",
        "<a x='\"",
        "<pre>\n",
        "<ol><li><br>",
        "<a =====",
        "<a =\"<a \"",
    ] {
        let text = piece.repeat(100_000 / piece.len());
        let markdown = to_markdown(&text);
        assert!(markdown.len() <= 16 * text.len(), "{piece:?}: {}", markdown.len());
        is_html(&text);
    }
    assert!(begin.elapsed() < Duration::from_secs(60));
}

/// Pieces that HTML is made of, well and badly.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "<b>",
        "</b>",
        "<i>",
        "</i>",
        "<code>",
        "</code>",
        "<pre>",
        "</pre>",
        "<a href=\"https://x.example\">",
        "</a>",
        "<br>",
        "<p>",
        "</p>",
        "<ul>",
        "</ul>",
        "<ol>",
        "</ol>",
        "<li>",
        "</li>",
        "<table>",
        "<tr>",
        "<td>",
        "</td>",
        "</tr>",
        "</table>",
        "<blockquote>",
        "</blockquote>",
        "<h1>",
        "</h1>",
        "<img alt='x'>",
        "<!-- x -->",
        "<span>",
        "</span>",
        " ",
        "\n",
        "a",
        "é",
        "`",
        "&amp;",
        "[",
        "]",
        "*",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_tag_of_a_known_element_is_left(html in pieces()) {
        let markdown = to_markdown(&html);
        prop_assert!(!markdown.contains('<'), "{}", markdown);
    }

    #[test]
    fn any_text_is_taken(text in "[<>/a-c\"'=! &;#x\\-é\n`]{0,60}") {
        to_markdown(&text);
        is_html(&text);
    }

    #[test]
    fn text_without_tags_keeps_its_words(words in prop::collection::vec("[a-zé0-9.,!]{1,8}", 0..9)) {
        let text = words.join(" ");
        prop_assert_eq!(to_markdown(&text), text);
    }

    #[test]
    fn every_word_comes_out(html in pieces()) {
        let count = |text: &str| text.matches('é').count();
        prop_assert_eq!(count(&to_markdown(&html)), count(&html));
    }
}
