//! What the page promises, read back from the page itself.

use alloy::primitives::{Address, U256};
use tminus_chain::evidence::Verdict;

use super::data::*;
use super::{html, sample, write_to};

fn parse(page: &str) -> roxmltree::Document<'_> {
    let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
    roxmltree::Document::parse_with_options(page, options).unwrap_or_else(|error| panic!("not well-formed: {error}"))
}

/// Well-formed, self-contained, no number gone wrong, every anchor there, no id twice.
fn sound(data: &ReportData) -> String {
    let page = html::page(data);
    let document = parse(&page);
    let mut ids = std::collections::HashSet::new();
    for node in document.descendants().filter(roxmltree::Node::is_element) {
        let name = node.tag_name().name();
        assert!(!["script", "link", "img", "iframe", "object", "base", "image", "use"].contains(&name), "<{name}>");
        for attribute in node.attributes() {
            let (key, value) = (attribute.name(), attribute.value());
            assert!(!key.starts_with("on"), "{key}");
            match key {
                "href" => assert!(value.starts_with('#'), "{value}"),
                "src" | "srcset" | "action" | "data" => panic!("{key}={value}"),
                "id" => assert!(ids.insert(value.to_owned()), "{value} twice"),
                "style" => assert!(!value.contains("url("), "{value}"),
                "x" | "y" | "width" | "height" | "x1" | "x2" | "y1" | "y2" | "cx" | "cy" | "r" => {
                    assert!(value.parse::<f64>().is_ok_and(f64::is_finite), "{key}={value}");
                }
                "points" => {
                    let finite = |number: &str| number.parse::<f64>().is_ok_and(f64::is_finite);
                    assert!(value.split([' ', ',']).all(finite), "{value}");
                }
                _ => {}
            }
        }
        if name == "style" {
            let css = node.text().unwrap_or("");
            assert!(!css.contains("url(") && !css.contains("@import"), "the style sheet reaches out");
        }
    }
    for link in document.descendants().filter_map(|node| node.attribute("href")) {
        assert!(ids.contains(&link[1..]), "{link} leads nowhere");
    }
    page
}

fn airdrop(data: &mut ReportData) -> &mut Distribution {
    match &mut data.distribution {
        Crowd::Airdrop(airdrop) => airdrop,
        Crowd::Claims(_) => panic!("no airdrop"),
    }
}

fn empty() -> ReportData {
    let mut data = sample::launch();
    data.stages.clear();
    data.runs.clear();
    data.supply.clear();
    data.grants.clear();
    data.checks.clear();
    data.steps.clear();
    data.addresses.clear();
    data.totals.gas.clear();
    let airdrop = airdrop(&mut data);
    (airdrop.recipients, airdrop.paid, airdrop.total) = (0, 0, U256::ZERO);
    (airdrop.amounts, airdrop.gas_cap) = (None, None);
    airdrop.batches.clear();
    data
}

#[test]
fn a_launch_makes_a_sound_page() {
    let page = sound(&sample::launch());
    for text in ["6,343,700", "Fabricated data", "all 12 checks hold", "resumed once"] {
        assert!(page.contains(text), "{text}");
    }
    assert_eq!(page, html::page(&sample::launch()), "the same data gives the same bytes");
}

#[test]
fn many_batches_and_a_million_recipients_stay_light() {
    let mut data = sample::with_batches(1_000_000, 1563);
    data.header.notice.clear();
    let page = sound(&data);
    assert!(page.len() < 1_500_000, "{} bytes", page.len());
    assert!(page.contains("1,563 batches") && page.contains("1,000,000"));
}

#[test]
fn nothing_at_all_and_one_of_each_are_drawn_too() {
    let page = sound(&empty());
    assert!(page.contains("nothing was checked"));
    let mut full = sample::launch();
    let mut data = empty();
    data.stages = full.stages[..1].to_vec();
    data.stages[0].millis = 0;
    data.runs = full.runs[..1].to_vec();
    data.supply = full.supply[..1].to_vec();
    data.supply[0].observed = None;
    data.grants = full.grants[..1].to_vec();
    data.grants[0].points.truncate(1);
    data.checks = full.checks[..1].to_vec();
    data.steps = full.steps[..1].to_vec();
    airdrop(&mut data).batches = airdrop(&mut full).batches[..1].to_vec();
    airdrop(&mut data).amounts = super::histogram::AmountHistogram::of(vec![U256::ONE]);
    let page = sound(&data);
    assert!(page.contains("not read") && page.contains("1 check hold"));
}

#[test]
fn claims_are_told_in_the_place_of_batches() {
    let mut data = sample::launch();
    data.distribution = Crowd::Claims(Claims {
        contract: "MerkleMine <of 2018>".to_owned(),
        address: data.addresses[0].address,
        note: "Four accounts took theirs & no other was tried.".to_owned(),
        root: data.distribution.root(),
        possible: Some(10_000),
        made: 4,
        each: U256::from(5) * U256::from(10).pow(U256::from(18)),
        total: U256::from(10).pow(U256::from(24)),
    });
    let page = sound(&data);
    for text in ["Claims made", "of 10,000 accounts", "Four accounts took theirs &amp; no other", "MerkleMine &lt;of"] {
        assert!(page.contains(text), "{text}");
    }
    assert!(!page.contains("Gas of the batches") && !page.contains("Recipients paid"));
    let json = serde_json::to_value(&data).unwrap();
    assert_eq!(
        (&json["distribution"]["made"], &json["distribution"]["each"]),
        (&4.into(), &"5000000000000000000".into())
    );
    if let Crowd::Claims(claims) = &mut data.distribution {
        (claims.root, claims.possible) = (None, None);
    }
    let page = sound(&data);
    assert!(page.contains("everybody may") && page.contains("<dt>list root</dt><dd><code>none"));
}

#[test]
fn senseless_figures_do_not_break_the_page() {
    let mut data = sample::launch();
    data.grants[0].amount = U256::MAX;
    data.grants[2].start = u64::MAX;
    data.grants[3].end = 0;
    data.grants[4].points[0].time = u64::MAX;
    data.grants[1].revoked = Some(Revocation { time: 0, refund: U256::MAX });
    data.supply[0].planned = U256::MAX;
    data.stages[0].millis = u64::MAX;
    data.header.finished = u64::MAX;
    data.totals.gas_price = U256::MAX;
    data.totals.gas[0].gas_used = u64::MAX;
    airdrop(&mut data).batches[5].gas_used = u64::MAX;
    sound(&data);
    data.header.decimals = u8::MAX;
    sound(&data);
}

#[test]
fn foreign_text_is_never_markup() {
    let nasty = "</title><script>fetch('https://x')</script>\"'& \u{202e}\u{1}";
    let mut data = sample::launch();
    let (stage, entry) = (&mut data.stages[0], &mut data.addresses[0]);
    for text in [
        &mut data.header.notice,
        &mut data.header.profile,
        &mut data.header.chain,
        &mut data.header.fork,
        &mut data.header.version,
        &mut data.header.symbol,
        &mut stage.name,
        &mut stage.summary,
        &mut data.runs[0].stage,
        &mut data.supply[0].held_by,
        &mut data.steps[0].id,
        &mut entry.name,
        &mut entry.note,
        &mut data.totals.gas[0].name,
    ] {
        *text = nasty.to_owned();
    }
    let check = &mut data.checks[0];
    for text in [&mut check.name, &mut check.section, &mut check.title, &mut check.why] {
        *text = nasty.to_owned();
    }
    let finding = &mut check.findings[0];
    for text in [&mut finding.subject, &mut finding.expected, &mut finding.observed, &mut finding.source] {
        *text = nasty.to_owned();
    }
    let page = sound(&data);
    assert!(!page.contains("<script") && page.matches("&lt;script&gt;").count() >= 22);
}

#[test]
fn what_does_not_hold_comes_first_and_open() {
    let mut data = sample::launch();
    data.checks[6].findings[4].verdict = Verdict::Fails;
    data.checks[6].findings[4].observed = "another receiver".into();
    data.checks[4].findings.clear();
    data.supply[1].observed = Some(U256::ONE);
    let page = sound(&data);
    let order = ["genesis.grant.beneficiary", "genesis.manager.empty", "genesis.token.supply"];
    let places = order.map(|name| page.find(&format!("<code>{name}<")).unwrap());
    assert!(places.is_sorted(), "{places:?}");
    assert_eq!(page.matches("open=\"open\"").count(), 2);
    assert!(page.contains("nobody looked") && page.contains("another receiver") && page.contains("30 of 31"));
    assert!(page.contains("No go") && page.contains("1 check does not hold") && page.contains("✗ differs"));
}

#[test]
fn more_grants_than_a_page_holds_are_counted_not_dropped() {
    let mut data = sample::launch();
    let one = data.grants[0].clone();
    for index in 0..200u8 {
        data.grants.push(Grant { receiver: Address::repeat_byte(index), amount: sample::tokens(1), ..one.clone() });
    }
    let page = sound(&data);
    assert!(page.contains("the 144 smallest are not drawn") && page.contains("208 grants"));
}

/// Also the way to look at the page: `TMINUS_SAMPLE_REPORT=/tmp/report.html cargo test -p tminus the_page_lands`.
#[test]
fn the_page_lands_on_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.html");
    write_to(&path, &sample::launch()).unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), html::page(&sample::launch()));
    if let Some(path) = std::env::var_os("TMINUS_SAMPLE_REPORT") {
        let path = std::path::PathBuf::from(path);
        write_to(&path, &sample::launch()).unwrap();
        write_to(&path.with_extension("million.html"), &sample::with_batches(1_000_000, 1563)).unwrap();
    }
}
