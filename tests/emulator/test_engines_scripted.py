"""A script as the responder."""

import pytest
from emulator.support_server import client
from emulator.test_server_responses import WEATHER, transcript

from voicelive.emulator import BadEngine, ToolCall, Turn, serve
from voicelive.emulator.engines import make

pytestmark = pytest.mark.anyio

ANSWERS = [
    {"question": "What's your name?", "answer": "I am Anna."},
    {"question": "* weather * Oslo *", "call": "get_weather", "arguments": {"city": "Oslo"}, "then": "In Oslo it is {output}."},
    {"question": "Good *", "answer": "Good day."},
]


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("What's your name?", "I am Anna."),
        ("  what's YOUR name", "I am Anna."),
        ("what is your name", "Pardon?"),
        ("Good morning, Anna!", "Good day."),
        ("good", "Good day."),
        ("Tell me the weather in Oslo.", ToolCall("get_weather", {"city": "Oslo"})),
        (None, "Pardon?"),
    ],
)
async def test_the_first_line_that_fits_answers(said, answer):
    responder = make("responder", "scripted", {"answers": ANSWERS, "otherwise": "Pardon?"})
    assert await responder(Turn(text=said)) == answer


async def test_without_another_answer_the_built_in_responder_answers():
    assert await make("responder", "scripted", {"answers": ANSWERS})(Turn(text="What is two plus two?")) == "2 plus 2 is 4."


@pytest.mark.parametrize(("output", "told"), [("sunny", "sunny"), ('"sunny"', "sunny"), ('{"sky":"blue"}', '{"sky":"blue"}')])
async def test_a_script_calls_a_function_and_tells_its_output(output, told):
    script = {"engine": "scripted", "answers": ANSWERS}
    async with serve(responder=script, recogniser=None, pace=None) as server, client(server) as one:
        await one.update(tools=[WEATHER])
        (call,) = (await one.ask("The weather in Oslo, please?"))["output"]
        assert (call["name"], call["arguments"]) == ("get_weather", '{"city":"Oslo"}')
        await one.send("conversation.item.create", item={"type": "function_call_output", "call_id": call["call_id"], "output": output})
        await one.send("response.create")
        assert transcript((await one.until("response.done"))["response"]) == f"In Oslo it is {told}."


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ([{"question": "x"}], r"the line for the question 'x' needs either 'answer' or 'call' - at `\$\[0\]`"),
        ([{"answer": "x", "call": "y"}], r"the line for the question '\*' needs either 'answer' or 'call'"),
        ([{"question": "x", "answr": "y"}], r"Object contains unknown field `answr` - at `\$\[0\]`"),
        ("x", "Expected `array`, got `str`"),
    ],
)
async def test_lines_that_cannot_be(answers, message):
    with pytest.raises(BadEngine, match=f"responder 'scripted', option 'answers': {message}"):
        make("responder", "scripted", {"answers": answers})
