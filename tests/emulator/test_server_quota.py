"""The quota of tokens per minute, and what goes on beyond it."""

import pytest
from emulator.support_server import client

from voicelive.emulator import serve
from voicelive.emulator._quota import TOKENS_PER_MINUTE, Quota

pytestmark = pytest.mark.anyio


class Clock:
    """Seconds that pass when told to."""

    def __init__(self):
        self.now_s = 1_000.0

    def __call__(self):
        return self.now_s


async def greet(_turn):
    return "Good morning."


async def test_each_response_begins_with_what_is_left():
    async with serve(responder=greet, recogniser=None, pace=None) as server, client(server) as one:
        first = await one.ask("hello")
        await one.ask("hello again")
        kinds = [event["type"] for event in one.events]
        assert kinds[kinds.index("response.created") + 1] == "rate_limits.updated"
        before, after = (event["rate_limits"][0] for event in one.all("rate_limits.updated"))
        assert before == {"name": "tokens", "limit": TOKENS_PER_MINUTE, "remaining": TOKENS_PER_MINUTE, "reset_seconds": 0.0}
        assert after["remaining"] == TOKENS_PER_MINUTE - first["usage"]["total_tokens"]
        assert 0 < after["reset_seconds"] <= 60


async def test_beyond_the_quota_responses_fail_in_every_session():
    async with serve(responder=greet, recogniser=None, pace=None, tokens_per_minute=5) as server:
        async with client(server) as one:
            assert (await one.ask("hello"))["status"] == "completed"
        async with client(server) as other:
            response = await other.ask("hello")
            assert response["status"] == "failed"
            assert response["output"] == []
            error = response["status_details"]["error"]
            assert error["code"] == "rate_limit_exceeded"
            assert error["message"].startswith("the quota of 5 tokens per minute is used up; try again in ")
            assert other.all("rate_limits.updated")[0]["rate_limits"][0]["remaining"] == 0
            await other.say("the session goes on")


def test_a_minute_later_all_is_back():
    clock = Clock()
    quota = Quota(100, clock)
    quota.spend(60)
    clock.now_s += 30
    quota.spend(50)
    assert quota.is_used_up
    assert quota.report().rate_limits == [{"name": "tokens", "limit": 100, "remaining": 0, "reset_seconds": 60.0}]
    clock.now_s += 30
    assert not quota.is_used_up
    assert quota.report().rate_limits == [{"name": "tokens", "limit": 100, "remaining": 50, "reset_seconds": 30.0}]
    clock.now_s += 30
    assert quota.report().rate_limits == [{"name": "tokens", "limit": 100, "remaining": 100, "reset_seconds": 0.0}]


def test_without_a_number_nothing_is_refused():
    quota = Quota(None, Clock())
    quota.spend(TOKENS_PER_MINUTE * 2)
    assert not quota.is_used_up
    assert quota.report().rate_limits[0]["remaining"] == 0
