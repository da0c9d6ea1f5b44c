"""Who wants a sign of life gets one that was asked for after that, and not more of them than needed."""

import asyncio

import pytest

from custom_components.open_ev.clients.ovms.sign_of_life import SignOfLife


class Oracle:
    """Somebody who can be asked, and answers when told to."""

    def __init__(self) -> None:
        self.questions: list[asyncio.Future[bool]] = []

    async def ask(self) -> bool:
        """Put a question."""
        self.questions.append(asyncio.get_running_loop().create_future())
        return await self.questions[-1]


@pytest.fixture
async def oracle() -> Oracle:
    """Nobody asked anything yet."""
    return Oracle()


@pytest.fixture
async def life(oracle: Oracle) -> SignOfLife:
    """A sign of the oracle's life."""
    return SignOfLife(oracle.ask)


def wants(life: SignOfLife) -> asyncio.Task[bool]:
    """Begin to want a sign of life."""
    return asyncio.create_task(life.given())


async def turns() -> None:
    """Let the event loop do what is due."""
    for _ in range(5):
        await asyncio.sleep(0)


@pytest.mark.parametrize("answer", [True, False])
async def test_one_question_for_all_who_want_it_now(oracle: Oracle, life: SignOfLife, answer: bool) -> None:
    """And one answer, whatever it is."""
    waiting = [wants(life) for _ in range(5)]
    await turns()
    (question,) = oracle.questions
    question.set_result(answer)
    assert await asyncio.gather(*waiting) == [answer] * 5


async def test_who_comes_later_is_not_answered_by_what_was_asked_before(oracle: Oracle, life: SignOfLife) -> None:
    """A question that is on its way does not count."""
    early = wants(life)
    await turns()
    late = wants(life)
    await turns()
    first, second = oracle.questions
    first.set_result(True)
    assert await early
    assert not late.done()
    second.set_result(False)
    assert not await late


async def test_whoever_gives_up_takes_nothing_from_the_others(oracle: Oracle, life: SignOfLife) -> None:
    """The question stays as long as somebody waits."""
    gone, waiting = wants(life), wants(life)
    await turns()
    gone.cancel()
    await turns()
    oracle.questions[0].set_result(True)
    assert await waiting
    assert gone.cancelled()


async def test_nobody_waits_any_more(oracle: Oracle, life: SignOfLife) -> None:
    """Nothing is left of the question, and the next one is another."""
    waiting = [wants(life), wants(life)]
    await turns()
    for each in waiting:
        each.cancel()
    await turns()
    assert oracle.questions[0].cancelled()
    last = wants(life)
    await turns()
    oracle.questions[1].set_result(True)
    assert await last
