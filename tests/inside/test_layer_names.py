"""Layer names are taken out of configs that Keras itself writes, and put back."""

import copy
import json

import keras
import pytest
from keras import layers

from grader.layer_names import unnamed


def chain(first: str, second: str) -> keras.Model:
    """A Sequential with a model inside."""
    inner = keras.Sequential([layers.Input((3,)), layers.Dense(2, name=second)], name=f"{second}_model")
    return keras.Sequential([layers.Input((3,)), layers.Dense(3, activation="relu", name=first), inner])


def branches(left: str, right: str) -> keras.Model:
    """A functional model whose branches are told apart by the references only."""
    given = keras.Input((4,), name=f"{left}_input")
    a, b = layers.Dense(2, name=left)(given), layers.Dense(2, name=right)(given)
    return keras.Model(given, layers.Subtract(name=f"{left}_{right}")([a, b]))


def config_of(model: keras.Model) -> dict:
    """What a record keeps of it."""
    return json.loads(json.dumps(keras.saving.serialize_keras_object(model)))


@pytest.mark.parametrize("build", [chain, branches])
def test_the_same_network_is_the_same_by_any_names(build) -> None:
    one, other = unnamed(config_of(build("a", "b"))), unnamed(config_of(build("dense_17", "last")))
    assert one.config == other.config
    assert len(one.names) > 2


def test_branches_the_other_way_round_are_another_network() -> None:
    model = config_of(branches("a", "b"))
    swapped = json.loads(json.dumps(model).replace('"keras_history": ["a"', '"keras_history": ["?"'))
    swapped = json.loads(json.dumps(swapped).replace('"keras_history": ["b"', '"keras_history": ["a"'))
    swapped = json.loads(json.dumps(swapped).replace('"keras_history": ["?"', '"keras_history": ["b"'))
    assert unnamed(swapped).config != unnamed(model).config


@pytest.mark.parametrize("change", ["twice", "dangling", "not_text", "deep"])
def test_an_unsound_config_stays_as_it_is(change: str) -> None:
    config = config_of(branches("a", "b"))
    inner = config["config"]["layers"]
    if change == "twice":
        inner[1]["name"] = inner[1]["config"]["name"] = "b"
    elif change == "dangling":
        config["config"]["output_layers"] = [["1", 0, 0]]
    elif change == "not_text":
        inner[1]["config"]["name"] = inner[1]["name"] = 3
    else:
        for _ in range(200):
            config = {"class_name": "Sequential", "config": {"layers": [config]}}
    before = copy.deepcopy(config) if change != "deep" else config
    assert unnamed(config).config == before
    assert not unnamed(config).names


def test_other_settings_are_another_network() -> None:
    config = config_of(chain("relu", "b"))
    other = json.loads(json.dumps(config).replace('"activation": "relu"', '"activation": "tanh"'))
    assert unnamed(config).config != unnamed(other).config
    other = json.loads(json.dumps(config).replace('"name": "float32"', '"name": "float16"'))
    assert other == config or unnamed(config).config != unnamed(other).config


def test_a_record_gets_each_students_own_names() -> None:
    one, other = unnamed(config_of(branches("a", "b"))), unnamed(config_of(branches("left", "right")))
    record = {
        "layers": [{"name": "a", "config": {"name": "a", "units": 2}}, {"name": "b", "config": {}}],
        "outputs": [1],
    }
    assert other.named(one.placed(record)) == {
        "layers": [{"name": "left", "config": {"name": "left", "units": 2}}, {"name": "right", "config": {}}],
        "outputs": [1],
    }
    assert one.named(one.placed(record)) == record
