"""Who waits for an answer gets the first that comes, or is told that none will."""

import pytest

from custom_components.open_ev.clients.ovms.answers import Answers


@pytest.mark.usefixtures("enable_event_loop_debug")
async def test_the_first_word_counts() -> None:
    """Neither a second answer nor the end of the connection changes what was said."""
    answers = Answers()
    with answers.expected("here") as first, answers.expected("here") as second, answers.expected("there") as third:
        answers.arrived("here", "answer")
        answers.arrived("here", "another")
        answers.give_up()
        answers.arrived("there", "too late")
        assert [await first, await second, await third] == ["answer", "answer", None]
    answers.arrived("here", "for nobody")
    answers.give_up()
