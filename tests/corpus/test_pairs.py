"""What is made of KFP v1 does the same as what kfp 1.8's own compiler for KFP v2 made.

Each pair is one pipeline function, compiled by kfp 1.8 to a KFP v1 workflow, and by its other
compiler to the job of a KFP v2 pipeline. What is compared are the facts of the tool ``ir_flat``
on what each task does, with what, under which conditions and how often, and the order of tasks.
"""

from __future__ import annotations

import csv
import functools
import importlib.util
import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

import translator
from tests.conftest import ROOT, shared_folder
from tests.corpus.files import corpus, documents_of
from tests.corpus.kfps_own import BOTH, OURS, THEIRS
from translator.decisions import Decisions
from translator.targets.vertex import Options

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from _pytest.mark import ParameterSet

    from tests.corpus.kfps_own import Difference, Spec

pytestmark = pytest.mark.corpus

PAGE = ROOT / "docs/kfp-v1-and-kfps-own-compiler.md"
#: Theirs leaves `{{workflow.namespace}}`, which ours refuses (TR152), as it stands.
NAMESPACE = {"workflow.namespace": "{{workflow.namespace}}"}
#: kfp's own compiler converts no metrics.
PLAIN = Options(decisions=Decisions(metrics=False))
HOW = translator.ReadOptions(declared_types=True, placeholders=NAMESPACE)
#: Pairs of which ours is refused, with the code of the error; theirs does not work either.
REFUSED = {
    # It takes the input `iteration-number-3`, which nothing gives: `Loop.enumerate` is
    # kfp-tekton's, and neither compiler of kfp knows it.
    "tekton__testdata__loop_with_enumerate_basic~pipeline": "TR144",
    # No word of the container says where `output_9` has to be written, which another task takes.
    # The image has the command, so that ours asks for `--entrypoint` to wrap it.
    "v2testdata__pipeline_with_various_io_types~my_pipeline": "TR145",
}
#: Pairs that differ in more than is told in ``kfps_own``, with the tasks that do.
DIFFERENT = {
    # The label `cache_enabled: "false"` keeps KFP v1 from caching the task; theirs caches it.
    "tekton__testdata__cache~cache_pipeline": {"cache-disabled"},
    # `{{item}}` is taken whole beside its fields. Ours has the text that Argo pastes, as one more
    # field; theirs hands the mapping on, which KFP v2 writes in its own way.
    "samples__core__loop_parallelism__loop_parallelism~pipeline": {
        *("print-op", "print-op-2", "print-op-3")
    },
    "samples__core__parallelism_sub_dag__parallelism_sub_dag~pipeline": {
        *("print-op", "print-op-2", "print-op-3")
    },
    # Theirs does not hand `param_b` down to the inner loop over it, which then has no items.
    "tekton__testdata__nested_loop_with_underscore~double_loop_with_underscore": {
        "artifact-fetcher-0",
        "print-1",
    },
    # The words hold Argo's `{{inputs.parameters.gcs-download-data}}`: text to theirs.
    "tekton__testdata__parallel_join_with_argo_vars~download_and_join_with_argo_vars": {"echo"},
    # Theirs looks for the field `aaa` in the whole list, not in the item.
    "tekton__testdata__parallelfor_item_argument_resolving~parallelfor_item_argument_resolving": {
        "consume-7"
    },
    # KFP v1 is given the list `['a', 'b', 'c']` as Python writes it, and theirs as JSON. The
    # second task takes what the first makes.
    "v2testdata__lightweight_python_functions_v2_pipeline~pipeline": {"preprocess", "train"},
    # A custom job of Vertex AI, of which nothing stands in the KFP v1 file.
    "v2testdata__pipeline_with_custom_job_spec~my_pipeline": {"training-op", "training-op-2"},
}


def pairs(*, only: Collection[str] = (), but: Collection[str] = ()) -> list[ParameterSet]:
    """The KFP v1 files of the pairs whose other side is one to compare with, or of some of them."""
    shared = shared_folder()
    if shared is None:
        return corpus("")
    with (shared / "corpus/v1/pairs/verdicts.tsv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    names = {row["pair"] for row in rows if row["verdict"] == "STRICT"}
    assert names >= {*only, *but}
    wanted = "|".join(map(re.escape, sorted({*only} or names - {*but})))
    return corpus("v1/pairs/*.argo.yaml", only=rf"^(?:{wanted})\.argo\.yaml$")


def pair_of(path: Path) -> str:
    """The name of a pair."""
    return path.name.removesuffix(".argo.yaml")


@functools.cache
def ours(path: Path) -> Spec:
    """What we make of the KFP v1 file."""
    (spec,) = documents_of(translator.translate(path, "vertex", PLAIN, HOW).files["pipeline.yaml"])
    assert isinstance(spec, dict)
    return spec


@functools.cache
def theirs(path: Path) -> Spec:
    """The spec that kfp made, and the settings that stand beside it in its job."""
    job = json.loads(path.with_name(f"{pair_of(path)}.ir.json").read_text(encoding="utf-8"))
    return {**job["pipelineSpec"], "runtimeConfig": job["runtimeConfig"]}


@pytest.fixture(scope="module")
def flat(shared: Path) -> type[Any]:
    """The class of the tool that flattens a pipeline spec, which knows the order of tasks too."""
    spec = importlib.util.spec_from_file_location("ir_flat", shared / "tools" / "ir_flat.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    class Ordered(module.Flat):  # type: ignore[name-defined, misc]
        """Knows for each leaf the places of those that run before it."""

        def task(self, name: str, task: Spec, scope: Any, produced: Any, path: Any) -> Any:
            start = len(self.leaves)
            made = super().task(name, task, scope, produced, path)
            made["leaves"] = range(start, len(self.leaves))
            waits = [produced[other]["leaves"] for other in upstream(task)]
            for leaf in self.leaves[start:]:
                leaf.setdefault("waits", set()).update(*waits)
            return made

    return Ordered


def upstream(task: Spec) -> list[str]:
    """The tasks of the same DAG that a task waits for."""
    inputs = task.get("inputs", {})
    sources = [*inputs.get("parameters", {}).values(), *inputs.get("artifacts", {}).values()]
    named = [value for source in sources for value in source.values() if isinstance(value, dict)]
    producers = [value["producerTask"] for value in named if "producerTask" in value]
    return [*task.get("dependentTasks", []), *producers]


def order(leaves: list[Spec]) -> list[tuple[str, list[str]]]:
    """Each leaf with all that run before it."""
    before: list[set[int]] = []
    for leaf in leaves:  # those that it waits for are before it in the list
        before.append(leaf["waits"].union(*(before[place] for place in leaf["waits"])))
    ids = [leaf["id"] for leaf in leaves]
    return sorted(
        (own, sorted(ids[place] for place in places))
        for own, places in zip(ids, before, strict=True)
    )


def aside(spec: Spec, differences: Iterable[Difference]) -> Spec:
    """A spec without some differences."""
    for difference in differences:
        spec = difference(spec)
    return spec


def facts(flat: type[Any], spec: Spec, differences: Iterable[Difference] = ()) -> Spec:
    """What a spec says without some differences."""
    made = flat(aside(spec, differences))
    return {
        **made.facts(),
        "name": made.spec["pipelineInfo"]["name"],
        "root": made.spec.get("defaultPipelineRoot", ""),
        "order": order(made.leaves),
    }


@pytest.mark.parametrize("path", pairs(but=[*REFUSED, *DIFFERENT]))
def test_both_do_the_same(path: Path, flat: type[Any]) -> None:
    own = facts(flat, ours(path), [*OURS, *BOTH])
    assert own["leaves"]
    assert own == facts(flat, theirs(path), [*THEIRS, *BOTH])


@pytest.mark.parametrize("path", pairs(only=DIFFERENT))
def test_some_differ_in_just_what_is_told(path: Path, flat: type[Any]) -> None:
    own, other = (
        flat(aside(spec, [*differences, *BOTH]))
        for spec, differences in ((ours(path), OURS), (theirs(path), THEIRS))
    )
    known = {leaf["id"] for leaf in other.leaves}
    assert {leaf["name"] for leaf in own.leaves if leaf["id"] not in known} == DIFFERENT[
        pair_of(path)
    ]
    assert len(own.leaves) == len(other.leaves)
    assert own.facts() | {"leaves": []} == other.facts() | {"leaves": []}


@pytest.mark.parametrize("path", pairs(only=REFUSED))
def test_some_are_refused(path: Path) -> None:
    with pytest.raises(translator.TranslationError) as caught:
        ours(path)
    errors = [f for f in caught.value.diagnostics if f.severity is translator.Severity.ERROR]
    assert {error.rule.code for error in errors} == {REFUSED[pair_of(path)]}


def test_each_difference_is_met_as_often_as_the_page_says(shared: Path, flat: type[Any]) -> None:
    assert shared
    same = [param.values[0] for param in pairs(but=[*REFUSED, *DIFFERENT])]
    met = Counter(name for path in same for name in met_in(path, flat))
    outright = [path for path in same if facts(flat, ours(path)) == facts(flat, theirs(path))]
    page = PAGE.read_text(encoding="utf-8")
    told = re.findall(r"^\| `(\w+)` \| (\d+) \|", page, re.M)
    assert {name: int(count) for name, count in told} == met
    assert {one.__name__ for one in (*THEIRS, *OURS, *BOTH)} == set(met)
    total = len(same) + len(REFUSED) + len(DIFFERENT)
    assert f"Of {total} pairs, {len(outright)} are equal, and " in page
    assert f"{len(same) - len(outright)} are equal" in page
    assert f"{len(REFUSED) + len(DIFFERENT)} are not" in page


def met_in(path: Path, flat: type[Any]) -> list[str]:
    """The differences without which a pair is not equal."""
    sides = ((ours(path), [*OURS, *BOTH]), (theirs(path), [*THEIRS, *BOTH]))
    met = []
    for difference in {one for spec, differences in sides for one in changing(spec, differences)}:
        own, other = (
            facts(flat, spec, [one for one in differences if one is not difference])
            for spec, differences in sides
        )
        if own != other:
            met.append(difference.__name__)
    return met


def changing(spec: Spec, differences: Iterable[Difference]) -> list[Difference]:
    """The differences that there are; the others need no further look."""
    found = []
    before = json.dumps(spec)
    for difference in differences:
        spec = difference(spec)
        after = json.dumps(spec)
        if after != before:
            found.append(difference)
        before = after
    return found
