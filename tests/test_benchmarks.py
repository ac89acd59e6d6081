"""The benchmarks run, every rival does the same work, and the sums over their figures are right."""

import itertools
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import goals, grid, loopback, payloads, report, scale, suites, tables
from benchmarks.codec import RIVALS as CODECS
from benchmarks.codec import cases as codec_cases
from benchmarks.corpus import messages
from benchmarks.figures import Figures, Ratio, Results
from benchmarks.suite import Job, Suite, run_suite
from benchmarks.wire import server
from benchmarks.wire.rivals import OFFICIAL, ON_TRIO
from voicelive_proto import CLIENT, Connection

ROOT = Path(__file__).parents[1]


def run(*arguments):
    return subprocess.run([sys.executable, *arguments], check=True, capture_output=True, text=True, cwd=ROOT).stdout


def one_round(module, rival, **parameters):
    """As the suites do it: in a fresh process."""
    return json.loads(run("-m", "benchmarks.worker", module, rival, json.dumps(parameters)))


# The codec


@pytest.fixture(scope="module")
def codecs():
    return {name: rival() for name, rival in CODECS.items()}


@pytest.mark.parametrize("rival", CODECS)
def test_a_codec_decodes_the_same_audio(codecs, rival):
    assert codecs[rival][codec_cases.audio_delta(100)]() == payloads.pcm(100)


@pytest.mark.parametrize("rival", CODECS)
@pytest.mark.parametrize("animated", [False, True])
def test_a_codec_takes_all_the_audio_of_a_turn(codecs, rival, animated):
    assert codecs[rival][codec_cases.turn(100, animated=animated)]() == 60 * len(payloads.pcm(100))


@pytest.mark.parametrize("rival", CODECS)
def test_a_codec_encodes_the_same_append(codecs, rival):
    sent = [json.loads(cases[codec_cases.append(20)]()) for cases in (codecs[rival], codecs["json"])]
    assert sent[0] == sent[1]


@pytest.mark.parametrize("rival", ["voicelive", "official", "openai", "json", "orjson", "msgspec"])
def test_a_codec_encodes_the_same_client_events(codecs, rival):
    for kind, message in messages("client").items():
        case = codecs[rival].get(codec_cases.CLIENT_EVENT + kind)
        if case is not None:
            assert json.loads(case()) == message, kind


def test_ours_and_the_official_codec_do_every_event(codecs):
    for side, prefix in (("server", codec_cases.EVENT), ("client", codec_cases.CLIENT_EVENT)):
        named = {prefix + kind for kind in messages(side)}
        assert len(named) > 10
        assert named <= set(codecs["voicelive"])
        assert named <= set(codecs["official"])


def test_a_codec_is_timed(codecs):
    times_us = one_round("benchmarks.codec", "limit", case_s=0.0001)
    assert set(times_us) == set(codecs["limit"])
    assert all(time_us > 0 for time_us in times_us.values())


# The whole


def test_figures_are_printed_and_written(tmp_path):
    path = tmp_path / "figures.json"
    printed = run("-m", "benchmarks", "import", "--rounds", "1", "--rivals", "msgspec", "voicelive_proto", "--json", str(path))
    assert "Importing" in printed
    results = Results.load(path)
    assert results.machine["versions"]["azure-ai-voicelive"]
    assert set(results.suite("import").samples) == {"msgspec", "voicelive_proto"}


def test_progress_is_shown_on_a_terminal():
    command = [sys.executable, "-m", "benchmarks", "import", "--rounds", "1", "--rivals", "msgspec"]
    environment = os.environ | {"FORCE_COLOR": "1"}  # a terminal, says rich
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT, env=environment)
    assert "import, round 1: msgspec" in done.stdout


def test_a_rival_that_fails_is_a_row_and_no_end():
    jobs = (Job("nobody"), Job("limit", {"case_s": 0.0001}))
    suite = Suite("codec", "", jobs, (), "benchmarks.codec", rounds=1, budget_s=60, quick_budget_s=60)
    figures = Figures()
    run_suite(suite, jobs, figures, rounds=1, budget_s=60, advance=lambda *_: None)
    assert figures.failures == {"nobody": "KeyError: 'nobody'"}
    assert list(figures.samples) == ["limit"]


def test_a_rival_that_hangs_is_ended_with_its_server():
    """A search of ten minutes: the process, and the server that it has started, are killed, else this would wait for them."""
    jobs = (Job(OFFICIAL, {"seconds": 600, "steps": [1, 2]}),)
    suite = Suite("capacity", "", jobs, (), "benchmarks.capacity", rounds=1, budget_s=60, quick_budget_s=60, timeout_s=1.5)
    figures = Figures()
    run_suite(suite, jobs, figures, rounds=1, budget_s=60, advance=lambda *_: None)
    assert figures.failures == {OFFICIAL: "no figures within 1.5 s"}


def test_rounds_end_with_the_budget():
    jobs = (Job("limit", {"case_s": 0.0001}, every_round=False), Job("state tracked", {"case_s": 0.0001}))
    suite = Suite("codec", "", jobs, (), "benchmarks.codec", rounds=2, budget_s=0, quick_budget_s=0)
    for budget_s, rounds in ((0, 1), (60, 2)):
        figures = Figures()
        run_suite(suite, jobs, figures, rounds=2, budget_s=budget_s, advance=lambda *_: None)
        assert figures.rounds == rounds
    case = codec_cases.append(20)
    assert len(figures.values("limit", case)) == 1
    assert len(figures.values("state tracked", case)) == 2


def test_the_budgets_fit():
    assert all(suite.jobs for suite in suites.SUITES.values())
    assert sum(suite.budget_s for suite in suites.SUITES.values()) < 560
    assert sum(suite.quick_budget_s for suite in suites.SUITES.values()) < 85


def test_ctrl_c_keeps_what_was_measured(tmp_path):
    path = tmp_path / "figures.json"
    program = f"""
import signal, sys
from benchmarks import __main__, suite
run_job, jobs = suite._run_job, []
def interrupted(*arguments):
    if jobs:
        signal.raise_signal(signal.SIGINT)
    jobs.append(arguments)
    run_job(*arguments)
suite._run_job = interrupted
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.argv = ["", "import", "--rivals", "msgspec", "voicelive", "--json", {str(path)!r}]
sys.exit(__main__.main())
"""
    done = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 130, done.stderr
    assert done.stderr == ""
    results = Results.load(path)
    assert results.machine["interrupted"]
    assert len(results.suite("import").samples) == 1


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["codek"], "there is no codek; choose from import, codec"),
        (["--rounds", "0"], "--rounds must be at least 1"),
        (["lag", "--rivals", "picows"], "nobody here is picows; choose from picows asyncio, aiohttp asyncio"),
        (["lag", "--sessions", "10"], "--sessions is for scale"),
        (["codec", "--out", "there"], "--out is for the report of a whole run"),
    ],
)
def test_what_cannot_be_is_refused(arguments, complaint):
    done = subprocess.run([sys.executable, "-m", "benchmarks", *arguments], check=False, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 2
    assert complaint in done.stderr


# Over sockets

TYPED = [rival for rival in loopback.RIVALS if not rival.startswith("raw")]
TAKE = """
import asyncio, json, sys
from benchmarks import payloads
from benchmarks.wire import server
from benchmarks.wire import server
from benchmarks.wire.rivals import opener, run
found = {}
async def take(open_session, address):
    async with open_session(address, "turns-199") as session:
        await session.receive(199)
        received = session.taken, session.pcm_bytes
    async with open_session(address, "send-5") as session:
        await session.send(payloads.pcm(20), 5)
        await session.receive(1)  # the server says that it has five messages
    return received
with server.running(tls=sys.argv[1] == "tls") as address:
    for rival in sys.argv[2:]:
        found[rival] = run(rival, lambda: take(opener(rival), address))
print(json.dumps(found))
"""


@pytest.mark.parametrize("how", ["plain", "tls"])
def test_the_rivals_over_a_socket_take_the_same(how):
    found = json.loads(run("-c", TAKE, how, *loopback.RIVALS))
    events = list(itertools.islice(server.turns(), 199))
    pcm_bytes = sum(b'"response.audio.delta"' in event for event in events) * len(payloads.pcm(100))
    assert found == {rival: [199, pcm_bytes if rival in TYPED else 0] for rival in loopback.RIVALS}


@pytest.mark.parametrize("frames", [server.turns(), server.deltas(20)], ids=["turns", "deltas"])
def test_what_the_server_sends_is_a_conversation(frames):
    """An event out of order would cost us more than those who keep no state."""
    connection = Connection(CLIENT, strict=True)
    for frame in itertools.islice(frames, 500):
        connection.receive(frame[frame.index(b"{") :])
    assert len(connection.responses) in {1, 3}


SOCKETS = {
    "loopback": ({"phase_s": 0.001, "first": 20, "trips": 3, "connects": 1}, 13),
    "scale": ({"sessions": 2, "seconds": 0.1}, 6),
    "capacity": ({"seconds": 0.1, "steps": [1, 2, 3]}, 1),
    "lag": ({"sessions": 2, "steps": 2}, 1),
}
"""Module -> what its ``measure()`` is told, and how many figures it gives."""


@pytest.mark.parametrize("rival", [ON_TRIO, OFFICIAL])
@pytest.mark.parametrize("module", SOCKETS)
def test_a_round_over_sockets(module, rival):
    parameters, count = SOCKETS[module]
    figures = one_round(f"benchmarks.{module}", rival, **parameters)
    assert len(figures) == count
    assert all(isinstance(figure, (int, float)) for figure in figures.values())


# The sums


def figures_of(*rounds):
    figures = Figures()
    for found in rounds:
        figures.begin_round()
        for rival, value in found.items():
            figures.add(rival, {"case": value})
    return figures


def test_ratios_are_of_the_least_and_within_the_rounds():
    figures = figures_of({"a": 10, "b": 2}, {"a": 30, "b": 3}, {"a": 24, "b": 4})
    ratio = figures.ratio(("a", "case"), ("b", "case"))
    assert (ratio.best, ratio.median) == (5, 6)
    assert (ratio.inverse().best, ratio.inverse().median) == (1 / 5, 1 / 6)
    assert (figures.best("a", "case"), figures.median("a", "case"), figures.spread("b", "case")) == (10, 24, 50 * 2 / 3)
    assert figures.least(["a", "b", "nobody"], "case") == "b"


def test_a_round_that_one_missed_counts_for_the_other_alone():
    figures = figures_of({"a": 10}, {"a": 30, "b": 3}, {"b": 1})
    assert figures.samples == {"a": {"case": [10, 30, None]}, "b": {"case": [None, 3, 1]}}
    assert figures.ratio(("a", "case"), ("b", "case")) == Ratio(10, 10)
    assert figures.ratio(("a", "case"), ("nobody", "case")) is None
    assert figures.best("nobody", "case") is figures.median("nobody", "case") is figures.spread("b", "other") is None


def test_results_are_read_as_they_were_written(tmp_path):
    results = Results({"cpu": "µ"}, {"codec": figures_of({"a": 1.23456, "b": 2}, {"a": 3})})
    results.suites["codec"].failures["b"] = "why"
    results.save(tmp_path / "results.json")
    assert Results.load(tmp_path / "results.json") == results
    assert results.suite("codec").values("a", "case") == [1.235, 3]
    assert results.suite("scale") == Figures()


def test_the_limit_of_many_sessions_is_measured():
    figures = one_round("benchmarks.scale", scale.LIMIT, sessions=3, seconds=0.1)
    assert set(figures) == {scale.cpu_percent(3), scale.cpu_us(3), scale.late_ms(3, 50), scale.late_ms(3)}
    assert all(figure > 0 for figure in figures.values())


def test_growth_in_proportion_has_the_exponent_one():
    figures = Figures()
    figures.begin_round()
    figures.add("a", {scale.cpu_us(100): 10, scale.cpu_us(1000): 10, scale.cpu_us(10): 1000})
    assert scale.audio_second_ms(figures, "a", 100) == 50
    assert scale.exponent(figures, "a", 100, 1000) == pytest.approx(1)
    assert scale.exponent(figures, "a", 10, 100) == pytest.approx(-1)
    assert scale.exponent(figures, "a", 1, 100) is None


# The report


def test_every_goal_has_its_row():
    rows = goals.goals(Results({}, {}))
    assert [goal.number for goal in rows] == list(range(1, 19))
    assert {goal.verdict for goal in rows} == {"not measured"}


def test_a_goal_is_met_by_all_of_its_figures():
    def check(best, bound, *, at_least):
        return goals.Check("it", bound, at_least, best, best)

    met, missed = check(3, 2, at_least=True), check(3, 2, at_least=False)
    assert goals.Goal(1, "", (met, check(2, 2, at_least=False))).verdict == "met"
    assert goals.Goal(1, "", (met, missed)).verdict == "missed (1 of 2)"
    assert goals.Goal(1, "", (met, check(None, 2, at_least=True))).verdict == "not measured"
    assert (str(met), str(missed)) == ("it ≥ 2x: **3.00x**", "it ≤ 2x: 3.00x")


def test_a_goal_looks_at_the_figures_meant():
    codec = Figures()
    for ours_us, official_us in ((2, 60), (1, 40)):
        codec.begin_round()
        codec.add("voicelive", {codec_cases.audio_delta(100): ours_us})
        codec.add("official", {codec_cases.audio_delta(100): official_us})
        codec.add("orjson", {codec_cases.audio_delta(100): 3})
        codec.add("json", {codec_cases.audio_delta(100): 30})
        codec.add("limit", {codec_cases.audio_delta(100): 1})
    official, limit, untyped = goals.goals(Results({}, {"codec": codec}))[0].checks
    assert (official.best, official.median, official.met) == (40, 35, True)
    assert (limit.best, limit.median, limit.met) == (1, 1.5, True)
    assert (untyped.best, untyped.median, untyped.met) == (3, 2.25, True)


@pytest.fixture(scope="module")
def kept():
    return Results.load(report.KEPT / "results.json")


def test_the_kept_results_are_of_a_whole_run(kept):
    assert set(kept.suites) == set(suites.SUITES)
    assert "interrupted" not in kept.machine
    assert all(goal.verdict != "not measured" for goal in goals.goals(kept))


def test_the_kept_report_is_that_of_the_results(kept, tmp_path):
    report.write(kept, tmp_path)
    assert (tmp_path / "report.md").read_text() == (report.KEPT / "report.md").read_text()
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in report.KEPT.iterdir()}


def test_nothing_kept_names_a_place():
    for path in report.KEPT.iterdir():
        assert not re.search(r"/(?:home|root|tmp|usr|Users)/|localhost|127\.0\.0\.1", path.read_text(encoding="utf-8")), path


@pytest.mark.parametrize("page", report.PAGES, ids=lambda page: page.name)
def test_a_page_says_what_the_results_say(page, kept):
    text = page.read_text(encoding="utf-8")
    assert "figures: " in text
    assert report.filled(text, kept) == text, "python -m benchmarks.report --write"


BY_HAND = r"^### What (?:stops the rest|was tried)$.*?(?=^##? )"
"""What was found out on the way: single measurements, told as such."""
FIGURE = r"\d[\d.,]*\s?(?:x\b|µs|times (?:as (?:much|fast|long)|faster|slower)|KiB a |events/s|events a second)"


@pytest.mark.parametrize("page", report.PAGES, ids=lambda page: page.name)
def test_no_page_names_a_figure_of_its_own(page):
    text = re.sub(BY_HAND, "", report.outside(page.read_text(encoding="utf-8")), flags=re.MULTILINE | re.DOTALL)
    assert re.findall(FIGURE, text) == []


def test_a_page_that_is_behind_is_seen_and_written(kept):
    page = "It is\n<!-- figures: summary: begin -->\n99x\n<!-- figures: summary: end -->\nfast.\n"
    filled = report.filled(page, kept)
    assert filled != page
    assert "99x" not in filled
    assert report.filled(filled, kept) == filled
    assert report.outside(filled) == "It is\n\nfast.\n"
    with pytest.raises(KeyError):
        report.filled(page.replace("summary", "wishes"), kept)


def test_figures_are_shown_short():
    assert [grid.number(value) for value in (0.1234, 1.234, 12.34, 123.4, 12345.6)] == ["0.12", "1.23", "12.3", "123", "12,346"]


def test_a_cell_has_the_ratios_first():
    figures = figures_of({"a": 10, "b": 2}, {"a": 30, "b": 3})
    assert grid.cell(figures, "b", "case", "a") == "**5.00x**, 7.50x; 2.00 (2.50 ±20%)"
    assert grid.cell(figures, "a", "case", "a") == "10.0 (20.0 ±50%)"
    assert grid.cell(figures, "nobody", "case", "a") == "-"
    figures.failures["nobody"] = "why"
    assert grid.cell(figures, "nobody", "case", "a") == "failed"


def test_what_failed_is_a_table():
    results = Results({}, {"lag": Figures({}, {"picows asyncio": "OSError: no"}, 1)})
    (table,) = tables.of(results)
    assert table.rows == [["lag: picows asyncio", "OSError: no"]]
    assert "| lag: picows asyncio | OSError: no |" in table.markdown()
