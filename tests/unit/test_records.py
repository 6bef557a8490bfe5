"""Records: what a frozen dataclass does, as far as the model needs it."""

from __future__ import annotations

import copy
import pickle
import sys

import pytest

from translator.diagnostics import Origin
from translator.model import Constant, Node, Parameter, ParameterType, Retry, Task
from translator.records import NamedTuple, Record, replace


class Point(Record):
    x: int
    y: int = 0


class Placed(Point):
    z: int = 3


class Pair(NamedTuple):
    """Two numbers."""

    left: int
    right: int = 2

    @property
    def total(self) -> int:
        return self.left + self.right

    def __repr__(self) -> str:
        return f"{self.left}|{self.right}"


def test_a_named_tuple_is_what_typing_makes_of_it() -> None:
    pair = Pair(1)
    assert pair == (1, 2) == Pair(left=1, right=2)
    assert (pair.total, repr(pair), pair._fields) == (3, "1|2", ("left", "right"))
    assert pair._replace(right=5) == Pair._make([1, 5]) == (1, 5)
    assert (pair._asdict(), pair._field_defaults) == ({"left": 1, "right": 2}, {"right": 2})
    assert pickle.loads(pickle.dumps(pair)) == pair
    assert (Pair.__doc__, Pair.__module__, Pair.__qualname__) == ("Two numbers.", __name__, "Pair")
    assert type(pickle.loads(pickle.dumps(pair))) is Pair
    with pytest.raises(AttributeError):
        pair.left = 3  # type: ignore[misc]
    with pytest.raises(TypeError):
        Pair()  # type: ignore[call-arg]


class Unlikely(NamedTuple):
    new: int
    cls: int
    self: int = 3
    given: int = 4


def test_a_named_tuple_has_fields_of_any_name() -> None:
    first = Unlikely(new=1, cls=2)
    assert first == Unlikely(1, 2) == (1, 2, 3, 4)
    assert first._replace(self=5, cls=6) == (1, 6, 5, 4)
    assert repr(first) == "Unlikely(new=1, cls=2, self=3, given=4)"
    match first:
        case Unlikely(one, other):
            assert (one, other) == (1, 2)
    with pytest.raises(ValueError, match="unknown"):
        first._replace(unknown=1)
    assert copy.copy(first) == first and hash(first) == hash((1, 2, 3, 4))


def test_fields_are_given_by_name_and_have_defaults() -> None:
    point = Placed(x=1)
    assert (point.x, point.y, point.z) == (1, 0, 3)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "Point: no `x`"),
        ({"x": 1, "z": 2}, "Point: unknown `z`"),
        ({"y": 1, "z": 2}, "Point: no `x`, unknown `z`"),
    ],
)
def test_a_wrong_field_is_told(given: dict[str, int], told: str) -> None:
    with pytest.raises(TypeError, match=told):
        Point(**given)


def test_equality_is_by_class_and_fields() -> None:
    assert Point(x=1) == Point(x=1, y=0)
    assert Point(x=1) != Point(x=2)
    assert Point(x=1) != Placed(x=1)
    assert Point(x=1) != 1
    assert hash(Point(x=1)) == hash(Point(x=1))


def test_the_place_is_no_part_of_a_value() -> None:
    here, there = Origin("a", 1, 1), Origin("b", 2, 2)
    assert Constant(value=1, origin=here) == Constant(value=1, origin=there)
    assert hash(Retry(origin=here)) == hash(Retry(origin=there))
    assert "origin" not in repr(Constant(value=1, origin=here))
    assert repr(Constant(value=1)) == "Constant(value=1)"


def test_a_record_is_frozen() -> None:
    point = Point(x=1)
    with pytest.raises(AttributeError, match="frozen"):
        point.x = 2  # type: ignore[misc]
    with pytest.raises(AttributeError, match="frozen"):
        del point.x


def test_replace_makes_another_and_keeps_the_place() -> None:
    here = Origin("a", 1, 1)
    retry = Retry(max_retries=3, origin=here)
    other = replace(retry, max_retries=4)
    assert (retry.max_retries, other.max_retries, other.origin) == (3, 4, here)
    if sys.version_info >= (3, 13):
        assert copy.replace(retry, max_retries=4) == other
    with pytest.raises(TypeError, match="unknown `no_such`"):
        replace(retry, no_such=1)


def test_records_match_by_class_and_field() -> None:
    match Parameter(type=ParameterType.LIST):
        case Parameter(type=ParameterType.LIST, default=default):
            assert default is Parameter(type=ParameterType.STRING).default
        case _:
            pytest.fail("no match")


def test_records_can_be_copied_and_pickled() -> None:
    task = Task(component="comp-a", parameters={"x": Constant(value=[1])})
    assert copy.deepcopy(task) == task
    assert pickle.loads(pickle.dumps(task)) == task


def test_every_node_has_a_place() -> None:
    assert Node().origin is None
