"""Equality of architectures, and the table that shows a difference."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from evidence_by_hand import Net, mnist_net, node, regularizer
from hypothesis import given
from hypothesis import strategies as st

from grader.architecture import Network, canonical, equal
from grader.evidence import Examined
from grader.layer_table import Comparison, compare

Build = Callable[[], Examined]


def of(net: Net, *outputs: int) -> Examined:
    return net.examined(outputs=outputs)


def traced() -> Examined:
    """As a subclassed model comes out of tracing: other names, activations as operations."""
    net = Net(784).dense(512, name="hidden").add("Relu", name="relu_3").dense(10, name="out").add("Softmax", axis=-1)
    return of(net)


def without_input_layer() -> Examined:
    net = mnist_net()
    shifted = tuple(replace(n, inputs=tuple(i - 1 for i in n.inputs if i)) for n in net.nodes[1:])
    return Examined(snapshot=1, layers=shifted, input_shapes=((None, 784),), outputs=(1,))


def two_branches(merge: str, *, swapped: bool = False) -> Examined:
    net = Net(8).dense(4, "relu").go(0).dense(4, "tanh")
    first, second = (2, 1) if swapped else (1, 2)
    net.go(first).add(merge, (None, 8 if merge == "Concatenate" else 4), second)
    return of(net.dense(1, "sigmoid"))


def two_heads(*, first: str = "softmax") -> Examined:
    net = Net(8).dense(4, "relu").dense(3, first).go(1).dense(1)
    return of(net, 2, 3)


SAME: dict[str, tuple[Build, Build]] = {
    "itself": (lambda: of(mnist_net()), lambda: of(mnist_net())),
    "activation layers": (
        lambda: of(mnist_net()),
        lambda: of(Net(784).dense(512).activation("relu").dense(10).activation("softmax")),
    ),
    "ReLU and Softmax layers": (
        lambda: of(mnist_net()),
        lambda: of(
            Net(784)
            .dense(512)
            .add("ReLU", max_value=None, negative_slope=0.0, threshold=0.0)
            .dense(10)
            .add("Softmax", axis=-1)
        ),
    ),
    "softmax on axis 1 of two": (
        lambda: of(mnist_net()),
        lambda: of(Net(784).dense(512, "relu").dense(10).add("Softmax", axis=1)),
    ),
    "tf.nn.softmax": (lambda: of(mnist_net()), lambda: of(Net(784).dense(512, "relu").dense(10, "softmax_v2"))),
    "a function object": (
        lambda: of(mnist_net()),
        lambda: of(
            Net(784).dense(512, {"class_name": "function", "config": "relu", "module": "builtins"}).dense(10, "softmax")
        ),
    ),
    "linear activation": (
        lambda: of(mnist_net()),
        lambda: of(Net(784).activation("linear").dense(512, "relu").activation("linear").dense(10, "softmax")),
    ),
    "Flatten in front": (
        lambda: of(mnist_net()),
        lambda: of(Net(28, 28).flatten().dense(512, "relu").dense(10, "softmax")),
    ),
    "Reshape in front": (
        lambda: of(mnist_net()),
        lambda: of(Net(28, 28).reshape(784).dense(512, "relu").dense(10, "softmax")),
    ),
    "Rescaling in front": (
        lambda: of(mnist_net()),
        lambda: of(
            Net(28, 28).add("Rescaling", scale=1 / 255, offset=0.0).flatten().dense(512, "relu").dense(10, "softmax")
        ),
    ),
    "Flatten of a row": (
        lambda: of(mnist_net()),
        lambda: of(Net(784).dense(512, "relu").flatten().dense(10, "softmax")),
    ),
    "traced": (lambda: of(mnist_net()), traced),
    "no InputLayer": (lambda: of(mnist_net()), without_input_layer),
    "Reshape for Flatten": (
        lambda: of(Net(28, 28, 1).conv(8).flatten().dense(10, "softmax")),
        lambda: of(Net(28, 28, 1).conv(8).reshape(26 * 26 * 8).dense(10, "softmax")),
    ),
    "channels added inside": (
        lambda: of(Net(28, 28, 1).conv(8).flatten().dense(10, "softmax")),
        lambda: of(Net(28, 28).reshape(28, 28, 1).conv(8).flatten().dense(10, "softmax")),
    ),
    "convolution with activation layer": (
        lambda: of(Net(28, 28, 1).conv(8).pool()),
        lambda: of(Net(28, 28, 1).conv(8, activation="linear").activation("relu").pool()),
    ),
    "l2 written twice": (
        lambda: of(Net(9).dense(3, kernel_regularizer=regularizer(l2=0.001))),
        lambda: of(Net(9).dense(3, kernel_regularizer=regularizer(l1=0.0, l2=0.0010000000474974513))),
    ),
    "Add in any order": (lambda: two_branches("Add"), lambda: two_branches("Add", swapped=True)),
    "two heads": (two_heads, two_heads),
}

DIFFERENT: dict[str, tuple[Build, Build, str]] = {
    "units": (
        lambda: of(mnist_net()),
        lambda: of(Net(784).dense(256, "relu").dense(10, "softmax")),
        "Dense(512, relu)",
    ),
    "relu at the end": (
        lambda: of(mnist_net()),
        lambda: of(Net(784).dense(512, "relu").dense(10, "relu")),
        "Dense(10, softmax)",
    ),
    "no softmax": (lambda: of(mnist_net()), lambda: of(Net(784).dense(512, "relu").dense(10)), "Dense(10, softmax)"),
    "extra dropout": (lambda: of(mnist_net()), lambda: of(mnist_net().dropout(0.5)), ""),
    "missing layer": (lambda: of(mnist_net()), lambda: of(Net(784).dense(10, "softmax")), "Dense(512, relu)"),
    "dropout rate": (
        lambda: of(Net(9).dropout(0.5).dense(1)),
        lambda: of(Net(9).dropout(0.2).dense(1)),
        "Dropout(0.5)",
    ),
    "no Flatten": (
        lambda: of(mnist_net()),
        lambda: of(Net(28, 28).dense(512, "relu").dense(10, "softmax")),
        "Input(784,)",
    ),
    "padding": (
        lambda: of(Net(28, 28, 1).conv(8).pool()),
        lambda: of(Net(28, 28, 1).conv(8, padding="same").pool()),
        "Conv2D(8, (3, 3), relu)",
    ),
    "stride": (
        lambda: of(Net(28, 28, 1).conv(8)),
        lambda: of(Net(28, 28, 1).conv(8, stride=3)),
        "Conv2D(8, (3, 3), relu)",
    ),
    "no pooling": (
        lambda: of(Net(28, 28, 1).conv(8).pool()),
        lambda: of(Net(28, 28, 1).conv(8)),
        "MaxPooling2D((2, 2))",
    ),
    "regulariser": (
        lambda: of(Net(9).dense(3, kernel_regularizer=regularizer(l2=0.001))),
        lambda: of(Net(9).dense(3, bias_regularizer=regularizer(l2=0.001))),
        "Dense(3, kernel_regularizer=l2=0.001)",
    ),
    "Concatenate in another order": (
        lambda: two_branches("Concatenate"),
        lambda: two_branches("Concatenate", swapped=True),
        "",
    ),
    "activation applied twice": (lambda: of(mnist_net()), lambda: of(mnist_net().activation("softmax")), ""),
    "one head": (two_heads, lambda: of(Net(8).dense(4, "relu").dense(3, "softmax")), ""),
    "a head's activation": (two_heads, lambda: two_heads(first="sigmoid"), "Dense(3, softmax)"),
    "no layers": (lambda: of(mnist_net()), lambda: of(Net(784)), "Dense(512, relu)"),
    "a shared branch": (
        lambda: of(Net(8).dense(4, "relu").go(0).dense(4, "relu").add("Add", None, 1)),
        lambda: of(Net(8).dense(4, "relu").add("Add", None)),
        "",
    ),
}


def compared(one: Examined, other: Examined) -> Comparison:
    return compare(canonical(one), canonical(other))


@pytest.mark.parametrize("case", SAME)
def test_equal_however_it_is_written(case: str) -> None:
    one, other = (build() for build in SAME[case])
    assert equal(canonical(one), canonical(other))
    assert equal(canonical(other), canonical(one))
    result = compared(one, other)
    assert result.score == 1
    assert all(row.same and not row.first_difference for row in result.rows())


@pytest.mark.parametrize("case", DIFFERENT)
def test_differences_are_found_and_marked_once(case: str) -> None:
    first, second, marked = DIFFERENT[case]
    one, other = first(), second()
    assert not equal(canonical(one), canonical(other))
    assert not equal(canonical(other), canonical(one))
    result = compared(one, other)
    assert result.score < 1
    rows = [row for row in result.rows() if row.first_difference]
    assert len(rows) == 1
    assert not rows[0].same
    if marked:
        assert rows[0].expected == marked


def test_a_leading_flatten_counts_when_told() -> None:
    grid, flat = of(Net(28, 28).flatten().dense(10)), of(Net(784).dense(10))
    assert equal(canonical(grid), canonical(flat))
    assert not equal(canonical(grid, lead=True), canonical(flat, lead=True))


def test_initialisers_count_when_told() -> None:
    one, other = of(Net(9).dense(3)), of(Net(9).dense(3, kernel_initializer={"class_name": "Zeros", "config": {}}))
    keep = frozenset({"initializer"})
    assert equal(canonical(one), canonical(other))
    assert not equal(canonical(one, keep=keep), canonical(other, keep=keep))


def test_an_unknown_length_fits_any() -> None:
    net, other = Net(7).dense(3), Net(7).dense(3)
    other.nodes[0] = node("InputLayer", (None, None))
    assert equal(canonical(of(net)), canonical(of(other)))


def test_an_unbuilt_sequential_is_a_chain() -> None:
    layers = tuple(replace(n, inputs=(), output_shape=()) for n in mnist_net().nodes[1:])
    unbuilt = Examined(snapshot=1, layers=layers, refused="it was never built")
    assert equal(canonical(of(mnist_net())), canonical(unbuilt))


def test_an_unrelated_network_earns_nothing() -> None:
    net = Net(28, 28, 1).conv(32).pool().conv(64).pool().conv(64).flatten().dense(64, "relu").dense(10, "softmax")
    assert compared(of(mnist_net()), of(net)).score == 0
    assert compared(of(mnist_net()), Examined(snapshot=1)).score == 0
    assert compared(of(mnist_net()), of(Net(784))).score == 0


def test_one_wrong_layer_of_three_leaves_two_thirds() -> None:
    wanted = Net(2).dense(3, "tanh").dense(5, "relu").dense(2, "softmax")
    had = Net(2).dense(3, "tanh").dense(4, "relu").dense(2, "softmax")
    assert compared(of(wanted), of(had)).score == pytest.approx(2 / 3)


def test_what_follows_a_missing_layer_is_not_marked() -> None:
    wanted = Net(28, 28, 1).conv(32).pool().conv(64).pool().conv(64).flatten().dense(64, "relu").dense(10, "softmax")
    had = Net(28, 28, 1).conv(32).pool().conv(64).conv(64).flatten().dense(64, "relu").dense(10, "softmax")
    rows = compared(of(wanted), of(had)).rows()
    assert [row.expected for row in rows if not row.same] == ["MaxPooling2D((2, 2))"]
    assert [row.received for row in rows if not row.same] == [""]


def test_json_keeps_everything() -> None:
    network = canonical(two_branches("Concatenate"))
    read = Network.from_json(json.loads(json.dumps(network.to_json())))
    assert read == network
    assert equal(read, network)


sizes = st.lists(st.integers(1, 40), min_size=1, max_size=6)
functions = st.sampled_from(["relu", "tanh", "sigmoid", "linear", "softmax"])


@given(layers=st.lists(st.tuples(st.integers(1, 40), functions), min_size=1, max_size=7), data=st.data())
def test_names_and_linear_activations_never_matter(layers: list[tuple[int, str]], data: st.DataObject) -> None:
    plain, other = Net(12), Net(12)
    for units, function in layers:
        plain.dense(units, function)
        for _ in range(data.draw(st.integers(0, 2))):
            other.activation("linear")
        if data.draw(st.booleans()):
            other.dense(units, function, name=data.draw(st.text(max_size=5)))
        else:
            other.dense(units, name=data.draw(st.text(max_size=5))).activation(function)
    assert equal(canonical(of(plain)), canonical(of(other)))


@given(units=sizes, data=st.data())
def test_one_changed_unit_count_is_always_found_in_its_row(units: list[int], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(units) - 1))
    changed = list(units)
    changed[place] += data.draw(st.integers(1, 50))
    one, other = Net(12), Net(12)
    for a, b in zip(units, changed, strict=True):
        one.dense(a, "relu")
        other.dense(b, "relu")
    result = compared(of(one), of(other))
    assert not result.equal
    assert result.score < 1
    wrong = [row for row in result.rows() if not row.same]
    assert any(f"Dense({units[place]}, relu)" == row.expected for row in wrong)
    assert sum(row.first_difference for row in result.rows()) == 1


@given(units=sizes, place=st.integers(0, 6), rate=st.sampled_from([0.1, 0.5]))
def test_an_extra_layer_is_one_row(units: list[int], place: int, rate: float) -> None:
    one, other = Net(12), Net(12)
    for i, n in enumerate(units):
        if i == place:
            other.dropout(rate)
        one.dense(n)
        other.dense(n)
    if place >= len(units):
        other.dropout(rate)
    wrong = [row for row in compared(of(one), of(other)).rows() if not row.same]
    assert [(row.expected, row.received) for row in wrong] == [("", f"Dropout({rate})")]
