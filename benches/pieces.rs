//! How long the pieces of a run take: `cargo bench --bench pieces`.
#![expect(clippy::expect_used, reason = "a bench that cannot go on should stop")]

mod work;

use std::sync::LazyLock;

use divan::Bencher;
use work::Work;

static WORK: LazyLock<Work> = LazyLock::new(Work::new);

fn main() {
    divan::main();
}

/// One exchange, all clauses, an envelope of 130 bytes.
#[divan::bench]
fn judge() -> usize {
    WORK.judge()
}

/// All the mutants of that exchange, made and judged: divide by their number.
#[divan::bench]
fn mutants(bencher: Bencher<'_, '_>) {
    let number = WORK.mutants();
    bencher
        .counter(divan::counter::ItemsCount::new(number))
        .bench(|| WORK.mutants());
}

/// A page of 100 events.
#[divan::bench]
fn strict_json() -> usize {
    WORK.json()
}

/// A header with `{{ uuid() }}`.
#[divan::bench]
fn template() -> usize {
    WORK.template()
}

/// The shipped contract: its schema, its patterns.
#[divan::bench]
fn contract() {
    work::contract();
}

/// The shipped suite.
#[divan::bench]
fn shipped_suite(bencher: Bencher<'_, '_>) {
    let contract = work::contract();
    let number = work::suite(&contract).trials.len();
    bencher
        .counter(divan::counter::ItemsCount::new(number))
        .bench(|| work::suite(&contract));
}

/// Cases in files of a hundred.
#[divan::bench(args = [100, 5_000, 20_000], sample_count = 20)]
fn cases(bencher: Bencher<'_, '_>, number: usize) {
    let contract = work::contract();
    let folder = tempfile::tempdir().expect("a folder");
    work::write_cases(folder.path(), number);
    bencher
        .counter(divan::counter::ItemsCount::new(number))
        .bench(|| work::load(&contract, folder.path(), None));
}

/// One of 5,000 by its name.
#[divan::bench]
fn one_case(bencher: Bencher<'_, '_>) {
    let contract = work::contract();
    let folder = tempfile::tempdir().expect("a folder");
    work::write_cases(folder.path(), 5_000);
    bencher.bench(|| work::load(&contract, folder.path(), Some("jobs_020::job_2040")));
}
