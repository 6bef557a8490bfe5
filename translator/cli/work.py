"""What a command does with each of its inputs, in this process or in several."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from translator.cli.group import CURRENT
from translator.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import TypeAlias

    from translator.assessment.pipelines import Assessed
    from translator.cli.inputs import Input
    from translator.diagnostics import Diagnostic
    from translator.plan.needed import Use

    #: A function of a module, or a ``partial`` of one: other processes have to find it.
    Work: TypeAlias = Callable[[Input], "Outcome"]

#: A process more pays off for so many files: it takes as long to start as they take.
_FILES = 8

jobs_option = click.option(
    "-j",
    "--jobs",
    metavar="N",
    type=click.IntRange(min=1),
    help="Number of processes. Default: one per core for 16 pipelines or more, else 1.",
)


class Outcome(NamedTuple):
    """What is known of an input afterwards. It is small, and goes from process to process."""

    found: list[Diagnostic]
    #: What the report has of it beside the findings.
    facts: Mapping[str, Any] = {}
    #: File name → content; None where there are errors.
    files: Mapping[str, str] | None = None
    #: Fate → number of leaves of the file.
    balance: Mapping[str, int] = {}
    #: The arguments that the script cannot do without.
    arguments: Sequence[str] = ()
    #: The decisions that it uses, kind and key; None if they are not known.
    used: frozenset[tuple[str, str]] | None = None
    #: The decisions that it needs.
    uses: Sequence[Use] = ()
    #: The names of its inputs and tasks, as kinds and keys of decisions.
    names: frozenset[tuple[str, str]] = frozenset()
    #: Whether it has errors that no decision resolves.
    has_other_errors: bool = False
    #: Its assessment, by ``assess``.
    assessed: Assessed | None = None


def outcomes(
    ctx: click.Context, work: Work, given: list[Input], jobs: int | None
) -> Iterator[tuple[Input, Outcome]]:
    """Each input with its outcome, in order. Without ``jobs``, their number decides."""
    jobs = min(len(given), jobs or max(1, min(_cores(), len(given) // _FILES)))
    done = 0
    while done < len(given):
        # The first one loads modules that the processes then have.
        if done == 1 and jobs > 1:
            for outcome, stamp in _in_processes(work, given[1:], jobs):
                given[done].stamp = stamp
                yield given[done], outcome
                done += 1
        if done < len(given):
            ctx.meta[CURRENT] = given[done].name
            outcome, _ = _done(work, given[done])
            yield given[done], outcome
            done += 1


@contextmanager
def without_collection() -> Iterator[None]:
    """Keeps the garbage collector from looking through trees while they are built."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _done(work: Work, one: Input) -> tuple[Outcome, tuple[int, ...]]:
    with without_collection():
        return work(one), one.stamp


def _in_processes(
    work: Work, given: list[Input], jobs: int
) -> Iterator[tuple[Outcome, tuple[int, ...]]]:
    """The outcomes in order; fewer than there are inputs if the system ends a process."""
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from functools import partial

    # Forking is fastest, and safe as long as there is one thread.
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else None)
    pool = ProcessPoolExecutor(jobs, context, _leave_interrupts)
    try:
        yield from pool.map(partial(_done, work), given)
    except BrokenProcessPool:
        return
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for process in multiprocessing.active_children():
            process.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _leave_interrupts() -> None:
    """Lets the first process end the others at Ctrl-C."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
