"""The server of Vertex AI on loopback, which tests of a module share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.contract.vertex_server import Vertex


@pytest.fixture(scope="module")
def vertex_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vertex]:
    from tests.contract.vertex_server import serving

    with serving(tmp_path_factory.mktemp("vertex")) as vertex:
        yield vertex


@pytest.fixture
def vertex(vertex_server: Vertex) -> Vertex:
    """The server without requests of an earlier test, with a bucket."""
    vertex_server.reset()
    vertex_server.buckets["demo-bucket"] = "US-CENTRAL1"
    return vertex_server
