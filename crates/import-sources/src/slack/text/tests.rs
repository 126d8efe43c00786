//! What becomes of Slack's markup.

use proptest::prelude::*;

use super::*;

/// The text of a message, its mentioned users and rooms.
fn converted(text: &str) -> (String, Vec<String>, Vec<String>) {
    let mut mentioned = Mentioned::default();
    let text = message_text(text, &mut mentioned);
    (text, mentioned.users, mentioned.rooms)
}

fn markdown(text: &str) -> String {
    converted(text).0
}

/// Holds each text to what it is to become.
fn becomes(pairs: &[(&str, &str)]) {
    for (text, expected) in pairs {
        assert_eq!(markdown(text), *expected, "{text}");
    }
}

#[test]
fn everybody_is_all_and_those_who_are_here_are_here() {
    becomes(&[
        ("<!everyone> hi", "@all hi"),
        ("<!channel>: hi", "@all: hi"),
        ("<!channel|@channel>", "@all"),
        ("<!group>", "@all"),
        ("<!here>", "@here"),
        ("<!here|here>!", "@here!"),
    ]);
    assert_eq!(converted("<!here> <!everyone> <!channel>").1, ["here", "all"]);
}

#[test]
fn a_user_is_mentioned_by_import_id() {
    let (text, users, rooms) = converted("<@U12> and <@U123|bob>: ask <@U12>, <@USLACKBOT|slackbot>");
    assert_eq!(text, "@U12 and @U123: ask @U12, @rocket.cat");
    assert_eq!(users, ["U12", "U123", "rocket.cat"]);
    assert!(rooms.is_empty());
}

#[test]
fn a_backtick_within_a_word_opens_no_code() {
    let (text, users, _) = converted("don`t <@U1> can`t, a`b`");
    assert_eq!((text.as_str(), users), ("don`t @U1 can`t, a`b`", vec!["U1".to_owned()]));
    becomes(&[("say `<@U1>`", "say `@U1`"), ("é`t &amp; <!here>`", "é`t & @here`")]);
}

#[test]
fn mentions_are_kept_apart_from_words() {
    becomes(&[
        ("<@U1>s", "@U1 s"),
        ("<@U1>さん", "@U1 さん"),
        ("さん<@U1>", "さん @U1"),
        ("<@U1><@U2>", "@U1 @U2"),
        ("<@U1>'s, (<@U2>), *<@U3>*. <@U4>.", "@U1's, (@U2), *@U3*. @U4."),
        ("<@U1>.com", "@U1 .com"),
        ("<@U1>-<@U2>", "@U1 - @U2"),
        ("_<@U1> left <#C1>_", "_@U1 left #C1 _"),
        ("<@U1>`x`<@U1>```y```", "@U1`x`@U1```y```"),
    ]);
}

#[test]
fn rooms_are_mentioned_by_id() {
    let (text, users, rooms) = converted("see <#C1|general>, <#C2|> and <#C3>");
    assert_eq!(text, "see #C1, #C2 and #C3");
    assert!(users.is_empty());
    assert_eq!(rooms, ["C1", "C2", "C3"]);
}

#[test]
fn groups_are_mentioned_by_their_names() {
    becomes(&[("<!subteam^S1|@designers>: hi", "@designers: hi"), ("<!subteam^S1>", "@S1"), ("<!subteam>", "")]);
    assert_eq!(converted("<!subteam^S1|@designers>").1, Vec::<String>::new());
}

#[test]
fn links_have_their_label_and_lose_their_brackets() {
    becomes(&[
        ("<https://a.b/c?d=1&amp;e=2>", "https://a.b/c?d=1&e=2"),
        ("<https://a.b|the *site*>", "[the *site*](https://a.b)"),
        ("<http://example.com|example.com>", "[example.com](http://example.com)"),
        ("<https://a.b|R&amp;D &lt;3>", "[R&D <3](https://a.b)"),
        ("<https://a.b/x_(y)|[PROJ-1] it>", "[[PROJ-1] it](https://a.b/x_%28y%29)"),
        ("<https://a.b|x](y>", "[x] (y](https://a.b)"),
        ("<https://a.b|>", "https://a.b"),
        ("<mailto:ann@x.org|ann@x.org>", "[ann@x.org](mailto:ann@x.org)"),
        ("<mailto:ann@x.org>", "ann@x.org"),
        ("<tel:+4912345|+49 123 45>", "[+49 123 45](tel:+4912345)"),
        ("<tel:+4912345>", "+4912345"),
    ]);
}

#[test]
fn dates_are_their_fallback() {
    becomes(&[
        ("<!date^1392734382^{date} at {time}|18 February 2014>", "18 February 2014"),
        ("<!date^1392734382^{date}^https://a.b/|18 Feb>", "[18 Feb](https://a.b/)"),
        ("<!date^1392734382^{date}>", "2014-02-18T14:39:42.000Z"),
        ("<!date^soon>", "soon"),
        ("<!date>", ""),
    ]);
}

#[test]
fn other_commands_are_their_label() {
    becomes(&[("<!foo|bar &amp; so>", "bar & so"), ("<!foo>", "foo"), ("<!>", "")]);
}

#[test]
fn entities_are_undone_once() {
    becomes(&[
        ("a &lt;b&gt; &amp; c", "a <b> & c"),
        ("&amp;lt; &amp;amp;", "&lt; &amp;"),
        ("&lt;@U1&gt;", "<@U1>"),
        ("&nbsp; & &", "&nbsp; & &"),
    ]);
    assert_eq!(converted("&lt;@U1&gt;").1, Vec::<String>::new());
}

#[test]
fn bold_italics_and_strike_through_stay() {
    becomes(&[("*bold* _it_ ~no~ *_both_* <https://a.b>", "*bold* _it_ ~no~ *_both_* https://a.b")]);
}

#[test]
fn emoji_are_renamed_and_take_their_skin_tone() {
    becomes(&[
        (":simple_smile: :memo: :piggy: :uk: :smile:", ":smile: :pencil: :pig: :gb: :smile:"),
        (":wave::skin-tone-3: :+1::skin-tone-6:!", ":wave_tone2: :+1_tone5:!"),
        (":flag-de: :man-shrugging: :crossed_fingers:", ":flag_de: :man_shrugging: :fingers_crossed:"),
        (":star-struck::tshirt::car:", ":star_struck::shirt::red_car:"),
        (":crossed_fingers::skin-tone-2: :flag-de::skin-tone-2:", ":fingers_crossed_tone1: :flag_de:"),
        (":party_parrot: :party_parrot::skin-tone-2:", ":party_parrot: :party_parrot:"),
        (":skin-tone-3: :FLAG-DE: :Car:", ":tone2: :FLAG-DE: :Car:"),
        (":harp::pinata:", "\u{1fa89}\u{1fa85}"),
        ("`:flag-de:` ```:car:```", "`:flag-de:` ```:car:```"),
        (":wave::skin-tone-9: :wave::skin-tone-3", ":wave::skin-tone-9: :wave::skin-tone-3"),
        ("12:30:45 :: : :memo", "12:30:45 :: : :memo"),
        ("a:b:memo:", "a:b:pencil:"),
        ("<https://a.b/:memo:>", "https://a.b/:memo:"),
    ]);
}

#[test]
fn quotes_keep_their_depth() {
    becomes(&[
        ("&gt; one\n&gt; &gt; two\nthree", "> one\n> > two\nthree"),
        ("&gt;one", ">one"),
        ("&gt;&gt;&gt; one\ntwo <@U1>\n\nthree", "> one\n> two @U1\n> \n> three"),
        ("zero\n&gt;&gt;&gt;one\ntwo", "zero\n> one\n> two"),
        ("a &gt;&gt;&gt; b\nc", "a >>> b\nc"),
    ]);
}

#[test]
fn code_keeps_every_character_but_entities_and_slacks_own_brackets() {
    becomes(&[
        ("`:memo: *x* &amp;&amp; a &lt; b`", "`:memo: *x* && a < b`"),
        ("```:memo: _x_ <https://a.b?x&amp;y>```", "```:memo: _x_ https://a.b?x&y```"),
        ("`curl <http://a.b|a.b>`", "`curl a.b`"),
        ("`<@U1> <@U2|ann> <#C1|general> <!here> <!date^1^x|then>`", "`@U1 @ann #general @here then`"),
        ("`if a <b> or <c`", "`if a <b> or <c`"),
        ("`&amp;lt;`", "`&lt;`"),
    ]);
    assert_eq!(converted("`<@U1>` ```<#C1>```"), ("`@U1` ```#C1```".into(), vec![], vec![]));
}

#[test]
fn backticks_that_close_nothing_are_characters() {
    becomes(&[
        ("a ` <@U1>", "a ` @U1"),
        ("`a\n<@U1>`", "`a\n@U1`"),
        ("``<@U1>``", "``@U1``"),
        ("```<@U1>", "```@U1"),
        ("``````<@U1>", "``````@U1"),
    ]);
}

#[test]
fn blocks_of_several_lines_have_fences_on_lines_of_their_own() {
    becomes(&[
        ("```\na\nb\n```", "```\na\nb\n```"),
        ("see:```let a;\n  b```then", "see:\n```\nlet a;\n  b\n```\nthen"),
        ("```a\nb```\n```c```", "```\na\nb\n```\n```c```"),
        ("&gt;&gt;&gt; q\n```a\nb```\nr", "> q\n> \n```\na\nb\n```\n> r"),
    ]);
}

#[test]
fn brackets_that_mean_nothing_are_characters() {
    becomes(&[
        ("a < b and c > d", "a < b and c > d"),
        ("a <b>bold</b>", "a <b>bold</b>"),
        ("x < y <https://a.b>", "x < y https://a.b"),
        ("<>", "<>"),
        ("<", "<"),
    ]);
}

#[test]
fn brackets_that_do_not_close_mention_nobody() {
    becomes(&[
        ("<@U1", "@U1"),
        ("<#C1|gen", "#C1|gen"),
        ("<!here", "!here"),
        ("<<@U1>", "@U1"),
        ("<https://a.b|<@U1>>", "<https://a.b|@U1>"),
        ("<@>", "@"),
        ("<@U1 and more>", "@U1 and more"),
    ]);
    assert_eq!(converted("<@U1 <@").1, Vec::<String>::new());
}

#[test]
fn labels_stand_for_mentions_where_nobody_looks_them_up() {
    assert_eq!(label_text("by <@U1|ann> for <#C1|general>, <@U2> &amp; <!here>"), "by @ann for #general, @U2 & @here");
}

// Each of these would take hours if some part of the text were searched again and again.
#[test]
fn long_texts_take_no_longer_than_their_length() {
    for pattern in ["<", "<a", "`", "``", "`a`", "```", "````", "<@U1", "&", ":", ":a", "&gt;&gt;&gt;", "<!date^"] {
        let text = pattern.repeat(1_000_000);
        markdown(&text);
        markdown(&format!("`{text}`"));
    }
}

fn marks() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "<",
        ">",
        "<@",
        "<#",
        "<!",
        "@",
        "#",
        "!",
        "|",
        "&amp;",
        "&gt;",
        "&gt;&gt;&gt;",
        "U1",
        "C1",
        "here",
        "date^1^x",
        "`",
        "```",
        "\n",
        ":",
        "memo",
        ":skin-tone-2:",
        " ",
        "*",
        "_",
        ".",
        "http://a.b",
        "mailto:",
        "é",
        "^",
        "subteam",
        "(",
        "](",
    ]);
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

fn has_brackets(text: &str) -> bool {
    ["<@", "<#", "<!"].iter().any(|brackets| text.contains(brackets))
}

proptest! {
    #[test]
    fn any_text_can_be_converted(text in ".*", label in any::<bool>()) {
        if label { label_text(&text) } else { markdown(&text) };
    }

    #[test]
    fn no_mention_in_brackets_is_left(text in marks()) {
        prop_assert!(!has_brackets(&markdown(&text)), "{} became {}", text, markdown(&text));
        prop_assert!(!has_brackets(&label_text(&text)));
    }

    #[test]
    fn what_is_escaped_comes_back_as_it_was(text in "[a-z<>&@#!|;\n ]{0,40}") {
        let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        if !text.starts_with(">>>") && !text.contains("\n>>>") {
            prop_assert_eq!(markdown(&escaped), text);
        }
    }

    #[test]
    fn code_keeps_every_character(code in "[a-zA-Z0-9 :*_~@#!|.'\"<>&é]{1,40}", before in "[a-z :*]{0,9}", after in "[a-z :*]{0,9}") {
        let written = code.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        for fence in ["`", "```"] {
            let text = markdown(&format!("{before}{fence}{written}{fence}{after}"));
            let kept = format!("{fence}{code}{fence}");
            prop_assert!(text.contains(&kept), "{} lacks {}", text, kept);
        }
    }

    #[test]
    fn code_of_several_lines_keeps_every_character(
        code in "[a-z0-9 :*_~@#!|.<>&é\n]{1,40}",
        before in "(&gt;&gt;&gt; )?[a-z :*\n]{0,9}",
        after in "[a-z :*\n]{0,9}",
    ) {
        let written = code.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let text = markdown(&format!("{before}```{written}```{after}"));
        prop_assert!(text.contains(&code), "{:?} lacks {:?}", text, code);
    }
}

#[test]
fn what_a_mention_is_labelled_with_is_noted() {
    let mut mentioned = Mentioned::default();
    let text = message_text("<@U1|@old.name> <@U1|new> <@U2> <#C1|#R&amp;D> <#C2|>", &mut mentioned);
    assert_eq!(text, "@U1 @U1 @U2 #C1 #C2");
    let names: Vec<_> = mentioned.names.iter().map(|(id, name)| (id.as_str(), name.as_str())).collect();
    assert_eq!(names, [("C1", "R&D"), ("U1", "old.name")]);
}
