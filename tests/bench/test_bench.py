"""The bench's own parts: what is counted, how it is told, and that the documents have a place for it."""

import urllib3

from tests.bench import relays
from tests.bench.report import Row, not_measured, percentile, spread, table
from tests.bench.sink import Sink
from tools import bench


def test_a_row_tells_its_verdict():
    rows = [Row("a", ">= 1", "2", "2 x", True), Row("b", ">= 1", "0", "0 x", False), Row("c", "", "7")]
    lines = table(rows).splitlines()
    assert lines[2:] == [
        "| a | >= 1 | 2 | 2 x | reached |",
        "| b | >= 1 | 0 | 0 x | NOT REACHED |",
        "| c |  | 7 |  |  |",
    ]
    assert not_measured("d", ">= 1", "no network").good is False, "what was not measured is not reached"


def test_percentiles_and_spread():
    assert percentile(range(1, 101), 0.95) == 96
    assert percentile([5], 0.99) == 5
    assert spread([1000.0, 3000.0, 2000.0]) == "2,000/s (1,000 to 3,000)"


def test_the_table_goes_between_its_marks(tmp_path):
    path = tmp_path / "doc.md"
    path.write_text("before\n<!-- bench:table -->\nold\n<!-- /bench:table -->\nafter\n")
    bench.put_between(path, "table", r"new \1")
    assert path.read_text() == "before\n<!-- bench:table -->\nnew \\1\n<!-- /bench:table -->\nafter\n"


def test_the_documents_have_the_marks():
    for path, mark in ((bench.PERFORMANCE, "table"), (bench.SCALING, "scaling")):
        text = path.read_text()
        assert f"<!-- bench:{mark} -->" in text
        assert f"<!-- /bench:{mark} -->" in text


def test_the_sink_counts_what_comes():
    pool = urllib3.PoolManager()
    with Sink() as sink:
        for uid in ("a", "b", "a"):
            answer = pool.request("POST", f"{sink.url}/1", body=b"{}", headers={"webhook-id": uid})
            assert answer.status == 200
        assert sink.ask("count") == 3
        assert sink.ask("repeats") == 1
        assert set(sink.ask("arrivals")) == {"a", "b"}
        first, last, count = sink.ask("first-last")
        assert first <= last
        assert count == 3
        sink.ask("reset")
        assert relays.bare_http(sink.url, 200, threads=4) > 50
        assert sink.ask("count") == 200
