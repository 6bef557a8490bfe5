"""Files of KFP v1 with metrics and visualizations → artifacts that Vertex AI shows.

Arguments: the executor input of the task, as JSON; and a JSON list: whether the files
are among its `inputs` or `outputs`, the names of the files, and those of the artifacts.
KFP v1 ignores files that it cannot read, and so does this program: it prints why, and
succeeds.
"""

from __future__ import annotations

import csv
import io
import json
import math
import os
import re
import sys
from typing import Any

# Bytes of a file; metrics, as in KFP v1; points of a curve; labels of a matrix.
MOST_BYTES, MOST_METRICS, MOST_POINTS, MOST_LABELS = 20_000_000, 50, 500, 100
# The name of a metric in KFP v1.
NAME = r"[a-zA-Z]([-_a-zA-Z0-9]{0,62}[a-zA-Z0-9])?"


def main(executor_input: Any, side: str, files: Any, names: Any) -> None:
    given = executor_input.get(side, {}).get("artifacts", {})
    outputs = executor_input.get("outputs", {})
    made: dict[str, Any] = {}
    for kind, convert in (("metrics", metrics), ("visualizations", visualizations)):
        try:
            if files.get(kind) in given:
                made.update(convert(read(given[files[kind]]["artifacts"][0]["uri"])))
        except FileNotFoundError:
            pass  # the program need not write it
        except Exception as error:
            say(kind, error)
    artifacts = {}
    for kind, content in made.items():
        entry = outputs.get("artifacts", {}).get(names.get(kind))
        if not entry:
            say(kind, "the task has no output for it, so it stays a file")
            continue
        artifact = dict(entry["artifacts"][0])
        if isinstance(content, dict):
            artifact["metadata"] = content
        else:
            write(local(artifact["uri"]), content)
        artifacts[names[kind]] = {"artifacts": [artifact]}
    if artifacts:
        write(outputs["outputFile"], json.dumps({"artifacts": artifacts}))


def metrics(text: str) -> dict[str, Any]:
    """The metrics with a valid name and a finite number."""
    found: dict[str, float] = {}
    for entry in parsed(text)["metrics"]:
        name, value = entry.get("name"), number(entry.get("numberValue"))
        is_valid = isinstance(name, str) and re.fullmatch(NAME, name)
        if not is_valid or value is None:
            say("metrics", "an entry without a valid name or number is left out")
        elif len(found) < MOST_METRICS:
            found[name] = value
    return {"metrics": found} if found else {}


def visualizations(text: str) -> dict[str, Any]:
    """The content of each artifact: of several curves or matrices the first."""
    classification: dict[str, Any] = {}
    markdown, html = [], []
    for entry in parsed(text)["outputs"]:
        try:
            kind = entry.get("type")
            if kind == "roc":
                classification.setdefault("confidenceMetrics", curve(entry))
            elif kind == "confusion_matrix":
                classification.setdefault("confusionMatrix", matrix(entry))
            elif kind == "markdown":
                markdown.append(source(entry))
            elif kind == "table":
                markdown.append(table(entry))
            elif kind == "web-app":
                html.append(source(entry))
            else:
                say("visualizations", f"type {kind} stays a file")
        except Exception as error:
            say("visualizations", error)
    pages = {"markdown": "\n\n".join(markdown), "html": "\n".join(html)}
    made = {"classification": classification, **pages}
    return {name: content for name, content in made.items() if content}


def curve(entry: Any) -> list[dict[str, float]]:
    """The points of a ROC curve: columns `fpr`, `tpr` and `threshold…`."""
    names = [column["name"] for column in entry["schema"]]
    threshold = next(name for name in names if name.startswith("threshold"))
    columns = [names.index(name) for name in (threshold, "tpr", "fpr")]
    points = []
    for row in rows(entry):
        at, recall, rate = (number(row[column]) for column in columns)
        if at is not None and recall is not None and rate is not None:
            point = {"confidenceThreshold": at, "recall": recall}
            points.append({**point, "falsePositiveRate": rate})
    return points[:: max(1, -(-len(points) // MOST_POINTS))]


def matrix(entry: Any) -> dict[str, Any]:
    """A confusion matrix: rows are targets, columns are predictions."""
    labels = [plain(label) for label in entry["labels"]]
    if not 0 < len(set(labels)) == len(labels) <= MOST_LABELS:
        raise ValueError(f"the matrix has no, equal or more than {MOST_LABELS} labels")
    counts: list[list[float]] = [[0] * len(labels) for _ in labels]
    for target, predicted, count in rows(entry):
        column = labels.index(predicted.strip())
        counts[labels.index(target.strip())][column] = number(count) or 0
    return {
        "annotationSpecs": [{"displayName": label} for label in labels],
        "rows": [{"row": row} for row in counts],
    }


def table(entry: Any) -> str:
    """A table as Markdown, in which its text is nothing but text."""
    header = [plain(cell) for cell in entry["header"]]
    lines = [[shown(cell) for cell in line] for line in [header, *rows(entry)]]
    lines.insert(1, ["---"] * len(header))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def shown(text: str) -> str:
    plainly = " ".join(text.replace("&", "&amp;").replace("<", "&lt;").split())
    return re.sub(r"[\\`*_\[\]|]", r"\\\g<0>", plainly)


def rows(entry: Any) -> list[list[str]]:
    return [row for row in csv.reader(io.StringIO(source(entry).strip())) if row]


def source(entry: Any) -> str:
    """The content of an entry: in the entry itself, or in a file in Cloud Storage."""
    text = plain(entry["source"])
    if entry.get("storage") == "inline":
        return text
    if not text.startswith("gs://") or ".." in text:
        raise ValueError("a source that is not in Cloud Storage stays a file")
    return read(text)


def parsed(text: str) -> Any:
    """The JSON of a file, also if it is escaped twice, as KFP v1 allows."""
    try:
        return json.loads(text)
    except ValueError:
        return json.loads(re.sub(r"\r\n|\n|\r|\\", "", text))


def number(value: Any) -> float | None:
    """The finite number; None for anything else."""
    try:
        found = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    if not math.isfinite(found):
        return None
    return int(found) if found.is_integer() and abs(found) < 2**53 else found


def plain(text: object) -> str:
    """The text without lone surrogates, which UTF-8 cannot encode."""
    return str(text).encode("utf-8", "replace").decode("utf-8")


def local(uri: str) -> str:
    return "/gcs/" + uri[len("gs://") :] if uri.startswith("gs://") else uri


def read(uri: str) -> str:
    with open(local(uri), "rb") as file:
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise ValueError(f"the file exceeds {MOST_BYTES} bytes")
    return data.decode("utf-8", "replace")


def write(path: str, text: str) -> None:
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def say(name: str, problem: object) -> None:
    print(f"{name}: {ascii(problem)[:300]}")


if __name__ == "__main__":
    try:
        main(json.loads(sys.argv[1]), *json.loads(sys.argv[2]))
    except Exception as error:
        say("artifacts", error)
