"""The benchmarks run, every rival does the same work, and the sums over their figures are right."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import payloads, suites
from benchmarks.codec import RIVALS as CODECS
from benchmarks.codec import cases as codec_cases
from benchmarks.corpus import messages
from benchmarks.figures import Figures, Results
from benchmarks.suite import Job, Suite, run_suite

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


def test_a_rival_that_fails_is_a_row_and_no_end():
    jobs = (Job("nobody"), Job("limit", {"case_s": 0.0001}))
    suite = Suite("codec", "", jobs, (), "benchmarks.codec", rounds=1, budget_s=60, quick_budget_s=60)
    figures = Figures()
    run_suite(suite, jobs, figures, rounds=1, budget_s=60, advance=lambda *_: None)
    assert figures.failures == {"nobody": "KeyError: 'nobody'"}
    assert list(figures.samples) == ["limit"]


def test_the_budgets_fit():
    assert all(suite.jobs for suite in suites.SUITES.values())
    assert sum(suite.budget_s for suite in suites.SUITES.values()) < 560
    assert sum(suite.quick_budget_s for suite in suites.SUITES.values()) < 85
