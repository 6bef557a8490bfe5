"""Plans are hostile input as well: no text of one gets out of its place."""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

import translator
from tests.laws.hostile_checks import Seen, broken_by, steering, told_of
from tests.laws.hostile_words import Word, hostile, mixed_in
from translator.diagnostics import TranslationError
from translator.diagnostics.redaction import guarded
from translator.plan.needed import collected, entrypoint_needs, uses
from translator.plan.reading import read_plan
from translator.plan.writing import plan_text
from translator.targets import target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from translator.diagnostics import Diagnostic
    from translator.plan.document import Plan

ROOT = Path(__file__).parents[2]
FILE = ROOT / "examples/train/pipeline_v1.yaml"
#: Decisions about the example, of each kind, and about what it does not have.
PLAN: dict[str, Any] = {
    "plan-version": 1,
    "entrypoints": {
        "alpine:3.20": ["sh"],
        "x": {"entrypoint": ["a"], "cmd": ["b"]},
        "y": "sh -c a",
    },
    "images": {"python:3.11-slim": "python:3.12", "minio/": "mirror.example/minio/"},
    "volumes": {"data": "gs://bucket/a", "work": "run"},
    "secrets": {
        "mlpipeline-minio-artifact/accesskey": "projects/p/secrets/access",
        "other/key": "projects/p/secrets/key/versions/2",
    },
    "config-maps": {"settings": {"key": "value"}, "file": "settings.yaml"},
    "accelerators": {"nvidia.com/gpu": "NVIDIA_TESLA_T4"},
    "addresses": {"s3://": "gs://my-", "http://": "keep"},
    "defaults": {
        "store_endpoint": "https://storage.googleapis.com",
        "model_uri": "gs://my-bucket/model",
        "gateway": "https://serving.example.com",
    },
    "drop-tasks": {"apply-manifest": True, "train": False},
    "metrics": True,
    "accepted": {"TR301": "the storage is public", "TR384/x": "not used"},
    "pipelines": {
        str(FILE): {"drop-tasks": {"train": False}, "accepted": {"TR307": "see the wiki"}},
        "other.yaml": {"volumes": {"data": "run"}},
    },
}


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of each leaf, and of each key with a mark."""
    if isinstance(value, dict):
        for key, entry in value.items():
            yield (*path, key, "key")
            yield from places(entry, (*path, key))
    elif isinstance(value, list):
        for at, entry in enumerate(value):
            yield from places(entry, (*path, at))
    else:
        yield path


def changed(value: Any, path: tuple[Any, ...], word: Word, rng: random.Random) -> Any:
    """The value with a hostile text at a place."""
    if not path:
        return mixed_in(word, value, rng) if isinstance(value, str) else word.text
    first, *rest = path
    if isinstance(value, list):
        return [
            changed(v, tuple(rest), word, rng) if n == first else v for n, v in enumerate(value)
        ]
    if rest == ["key"]:
        return {(mixed_in(word, k, rng) if k == first else k): v for k, v in value.items()}
    return {k: changed(v, tuple(rest), word, rng) if k == first else v for k, v in value.items()}


def mutated(number: int) -> tuple[str, list[Word]]:
    """A plan with hostile texts: values, keys, or the YAML itself."""
    rng = random.Random(number)
    if number % 3 == 0:
        word = hostile(rng)
        text = yaml.safe_dump(PLAN, sort_keys=False)
        at = rng.randrange(len(text))
        # Inside of another word, a secret is not recognised by its format.
        return text[:at] + word.text + text[at + rng.choice([0, 0, 1, 5]) :], []
    plan, words = PLAN, []
    for _ in range(rng.choice([1, 1, 2, 4])):
        words.append(hostile(rng))
        plan = changed(plan, rng.choice(list(places(plan))), words[-1], rng)
    return yaml.safe_dump(plan, allow_unicode=True, sort_keys=False), words


def converted(plan: Plan, to: str) -> tuple[dict[str, str], list[Diagnostic]]:
    """The bundle, none with errors; and the findings."""
    plan = plan.of(str(FILE))
    options = target(to).options(decisions=plan.decisions)
    try:
        how = plan.reading(translator.ReadOptions())
        made = translator.translate(FILE, to, options, how)
    except TranslationError as error:
        return {}, list(error.diagnostics)
    return dict(made.files), list(made.diagnostics)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("settings.yaml").write_text("kind: ConfigMap\ndata: {A: b}\n", "utf-8")


@pytest.mark.parametrize("seed", range(4))
def test_nothing_gets_in(seed: int) -> None:
    plan = read_plan(yaml.safe_dump(PLAN), "plan.yaml")
    before = Seen.of(converted(plan, "vertex")[0])
    outcomes = set()
    for number in range(seed * 100, seed * 100 + 40):
        text, words = mutated(number)
        broken: list[str] = []
        try:
            plan = read_plan(text, "plan.yaml")
        except TranslationError as error:
            found, outcome = list(error.diagnostics), "refused"
        else:
            files, found = converted(plan, "vertex")
            outcome = "written" if files else "errors"
            if files:
                broken += broken_by(files, before, words, same_shape=False)
        outcomes.add(outcome)
        broken += told_of(found, Path("plan.yaml"), words)
        assert not broken, (number, outcome)
    assert {"refused", "written"} <= outcomes


@pytest.mark.parametrize("seed", range(2))
def test_what_is_added_to_hostile_plans(seed: int) -> None:
    """The decisions that are there stay, and the text is a plan."""
    reading = translator.load(FILE)
    chosen = target("vertex")
    needs = chosen.decided(reading.pipeline, chosen.options()).needs
    needed = collected(uses(reading.pipeline, [*entrypoint_needs(reading.lowering), *needs]))
    for number in range(seed * 1000, seed * 1000 + 100):
        try:
            plan = read_plan(mutated(number)[0], "plan.yaml")
        except TranslationError:
            continue
        # A user's own text stays as it is.
        for start in (plan, plan._replace(text="")):
            text = plan_text(start, needed)
            entries = read_plan(text, "plan.yaml").entries
            after = {(e.kind, e.key, e.pipeline): e.written for e in entries}
            for entry in plan.entries:
                place = entry.kind, entry.key, entry.pipeline
                assert after[place] == entry.written, number
        assert (guarded(text), steering("plan", text)) == (text, []), number
