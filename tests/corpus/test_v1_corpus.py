"""A KFP v1 file of the corpus is translated into what kfp takes, or refused for a known reason."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

import translator
from tests.corpus.files import corpus, documents_of
from translator.diagnostics.codes import RULES
from translator.readers.options import ReadOptions

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.corpus

FILES = corpus(
    *("v1/seed/*", "v1/compiled/*", "v1/pairs/*.argo.yaml", "v1/v2-compatible/*"),
    *("v1/goldens/*/*.yaml", "v1/goldens/*/*/*.yaml"),
)
#: Recursion, templates of other kinds, and objects of the cluster.
REFUSED = {"TR148", "TR150", "TR360"}
#: What is in a file's name → the errors that it is refused with, and no others.
REFUSED_FOR_MORE: dict[str, set[str]] = {
    # The image knows the command, and files have to be moved around it.
    r"bigquery__query|compiler_test~my_pipeline_[45]\.|v2testdata__\w+_io_types": {"TR145"},
    r"(0\.0\.42|history)/\S*(mock-template|resnet|taxi.cab|xgboost_training_cm)": {"TR145"},
    # Arguments hold secrets of the cluster.
    r"azure__azureml__aml-deploy|azuresynapse__runsparkjob": {"TR176"},
    # kfp 1.8 compiled calls that lack an argument.
    r"custom_task_exit|loop_with_(numeric_)?enumerate": {"TR144"},
    # Written or broken by hand.
    r"artifact_passing_using_volume": {"TR140"},
    # A claim with contents of its own needs a folder (`--volume`).
    r"volume_snapshotop_rokurl|sdk__volumes5__a804adb": {"TR336", "TR360"},
    # The mount of a volume needs the command of the image.
    r"sdk__param_substitutions": {"TR365"},
    r"seldon__mnist_tf~": {"TR360", "TR365"},
    r"argo_vars": {"TR152"},
    r"artifact_location__\w*(dffd0fb|0bd8432|c6c369b|1a71ac6)": {"TR172"},
    r"sdk__importer__4e874ea": {"TR141", "TR144", "TR176"},
    r"(0\.1\.20|1\.8\.22)/sdk__tolerations": {"TR104"},
    r"1\.5\.1/sdk__uri_artifacts|uri_artifacts__478bd0e": {"TR140"},
}


def expected_errors(path: Path) -> set[str]:
    """The errors that the table has for a file; none if it is not in the table."""
    name = path.as_posix()
    rows = [codes for pattern, codes in REFUSED_FOR_MORE.items() if re.search(pattern, name)]
    assert len(rows) <= 1, f"{name} is in the table twice"
    return rows[0] if rows else set()


def errors_of(error: translator.TranslationError) -> set[str]:
    found = error.diagnostics
    assert all(RULES[finding.rule.code] is finding.rule for finding in found)
    assert all(finding.message and finding.origin is not None for finding in found)
    return {f.rule.code for f in found if f.severity is translator.Severity.ERROR}


def parsed(document: Any) -> Any:
    """kfp's own message of a document, unless it has a field or value that the message has not."""
    from google.protobuf import json_format
    from kfp.pipeline_spec import pipeline_spec_pb2

    return json_format.ParseDict(document, pipeline_spec_pb2.PipelineSpec())


@pytest.mark.parametrize("path", FILES)
def test_it_is_translated_or_refused_for_a_known_reason(path: Path) -> None:
    expected = expected_errors(path)
    try:
        translation = translator.translate(path, to="vertex")
    except translator.TranslationError as error:
        found = errors_of(error)
        assert found
        assert found == expected or found <= REFUSED
        return
    assert not expected
    # It is what kfp takes, and reading and writing it again changes nothing.
    written = translation.files["pipeline.yaml"]
    (document,) = documents_of(written)
    message = parsed(document)
    assert message.schema_version == "2.1.0"
    assert message.root.HasField("dag")
    does_nothing = "TR174" in {finding.rule.code for finding in translation.diagnostics}
    assert bool(message.root.dag.tasks) is not does_nothing
    again = translator.load_text(written)
    assert again.diagnostics == ()
    assert again.pipeline.dialect == "KFP v2"
    assert translator.render(again.pipeline, "vertex")["pipeline.yaml"] == written


@pytest.mark.parametrize("path", FILES)
def test_kubeflow_runs_it_as_it_is(path: Path) -> None:
    try:
        written = translator.translate(path, to="kubeflow").files["pipeline.yaml"]
    except translator.TranslationError as error:
        assert errors_of(error) == expected_errors(path)
    else:
        assert written == path.read_text(encoding="utf-8")


# Two of them lack an argument where they run themselves.
@pytest.mark.parametrize(
    "path", corpus("v1/*/*", "v1/goldens/*/*", only="recur|flipcoin", but="double_recursion")
)
def test_recursion_is_written_out(path: Path) -> None:
    plain, unrolled = (errors_with(path, levels) for levels in (0, 2))
    assert unrolled == plain - {"TR148"}


def errors_with(path: Path, levels: int) -> set[str]:
    try:
        translator.translate(path, to="vertex", how=ReadOptions(unroll_recursion=levels))
    except translator.TranslationError as error:
        return errors_of(error)
    return set()


def test_each_row_of_the_table_is_needed() -> None:
    names = [path.values[0].as_posix() for path in FILES if path.values[0] is not None]
    if not names:
        pytest.skip("no corpus")
    for pattern in REFUSED_FOR_MORE:
        assert any(re.search(pattern, name) for name in names), pattern
