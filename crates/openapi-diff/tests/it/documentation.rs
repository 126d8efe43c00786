//! The page about the comparison says what is so.

use openapi_diff::display::{Format, Options, Paint, write};
use openapi_diff::report::FailOn;
use openapi_diff::{Level, Report, Rule, Source};

const PAGE: &str = include_str!("../../../../docs/openapi-diff.md");

#[test]
fn the_page_lists_each_rule_with_its_level_and_no_other() {
    for rule in Rule::all() {
        let listed = format!("`{}` {}", rule.id(), rule.level());
        assert_eq!(PAGE.matches(&format!("| {listed} |")).count(), 1, "{listed}");
        assert!(PAGE.contains(&format!("| {} |", rule.meaning())), "{}", rule.meaning());
    }
    let levels = Level::ALL.map(|level| level.to_string());
    let cells = PAGE.lines().filter(|line| line.starts_with('|')).flat_map(|line| line.split(" | "));
    let listed = cells.filter_map(|cell| cell.trim_start_matches("| ").strip_prefix('`')?.split_once("` "));
    for (id, level) in listed {
        if levels.contains(&level.to_owned()) {
            assert!(Rule::all().any(|rule| rule.id() == id), "{id}");
        }
    }
}

#[test]
fn the_page_shows_what_the_command_prints() {
    let base = Source::parse("shop-1.json", include_str!("shop/1.json")).unwrap();
    let revision = Source::parse("shop-2.yaml", include_str!("shop/2.yaml")).unwrap();
    let options = Options { format: Format::Text, fail_on: FailOn::Any, documentation: false, paint: Paint(false) };
    let output = write(&Report::of(&base, &revision).unwrap(), options);
    assert!(PAGE.contains(&output), "{output}");
}
