"""Configs and arrays of hostile origin are refused in a sentence, and nothing of them runs."""

from __future__ import annotations

import copy
import io
import json
import time
import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from keras import layers

from grader import evidence
from grader.inside.allowed import Refused, allowed_model
from grader.inside.arrays import read_npy, read_weights
from grader.inside.examine import examine
from grader.inside.rebuild import rebuild
from grader.records import decode


def honest() -> dict[str, Any]:
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, activation="relu"), layers.Dense(2)])
    return {"module": "keras", "class_name": "Sequential", "config": json.loads(model.to_json())["config"]}


HONEST = honest()


def with_layer(**changes: Any) -> dict[str, Any]:
    config = copy.deepcopy(HONEST)
    config["config"]["layers"][1].update(changes)
    return config


def with_dense(**changes: Any) -> dict[str, Any]:
    config = copy.deepcopy(HONEST)
    config["config"]["layers"][1]["config"].update(changes)
    return config


CODE = {"class_name": "__lambda__", "config": {"value": ["4wAAAA==", None, None]}}
SYSTEM = {"module": "os", "class_name": "function", "config": "system", "registered_name": "system"}
HOSTILE = {
    "lambda layer": with_layer(class_name="Lambda", config={"name": "l", "function": CODE}),
    "lambda activation": with_dense(activation=CODE),
    "os.system": with_dense(activation=SYSTEM),
    "os.system as builtin": with_dense(activation=SYSTEM | {"module": "builtins"}),
    "import": with_dense(activation="__import__"),
    "eval": with_dense(activation={"module": "builtins", "class_name": "function", "config": "eval"}),
    "foreign module": with_layer(module="os", class_name="Dense"),
    "registered": with_layer(registered_name="Custom>Dense"),
    "file loader": with_layer(module="keras.utils", class_name="get_file", config={"origin": "http://127.0.0.1"}),
    "enable unsafe": with_layer(module="keras.config", class_name="enable_unsafe_deserialization", config={}),
    "vocabulary": with_layer(class_name="StringLookup", config={"vocabulary": "/etc/passwd"}),
    "saved model": with_layer(class_name="TFSMLayer", config={"filepath": "/tmp/x"}),
    "regularizer": with_dense(kernel_regularizer={"module": "os", "class_name": "system", "config": {}}),
    "policy": with_dense(dtype={"module": "keras", "class_name": "DTypePolicy", "config": {"name": "int4_from_x"}}),
    "huge units": with_dense(units=2_000_000_000),
    "huge input": with_layer(class_name="Embedding", config={"name": "e", "input_dim": 1 << 40, "output_dim": 9}),
    "large together": with_dense(units=1_000_000, name="a") | {},
    "not finite": with_dense(x=float("inf")),
    "text": with_dense(name="a/../../b"),
    "deep": with_dense(
        activation={"class_name": "ReLU", "config": {}, "module": "keras.layers"} | {"config": {"a": []}}
    ),
    "no model": {"module": "keras", "class_name": "Model", "config": {}},
    "no config": {"module": "keras", "class_name": "Sequential"},
    "a list": [1],
    "a text": "Sequential",
}
deep: Any = 1
for _ in range(200):
    deep = [deep]
HOSTILE["deep"] = with_dense(units=deep)
wide = copy.deepcopy(HONEST)
wide["config"]["layers"][1]["config"]["units"] = 1_000_000
wide["config"]["layers"][2]["config"]["units"] = 1_000_000
HOSTILE["large together"] = wide
blown = copy.deepcopy(HONEST)
blown["config"]["layers"][1] = {
    "module": "keras.layers",
    "class_name": "RepeatVector",
    "registered_name": None,
    "config": {"name": "r", "n": 1 << 20},
}
blown["config"]["layers"][2]["config"]["units"] = 4096
HOSTILE["activations"] = blown


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_configs_are_refused_quickly(name: str) -> None:
    began = time.perf_counter()
    with pytest.raises(Refused) as refusal:
        rebuild(HOSTILE[name], None)
    assert time.perf_counter() - began < 3
    assert str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_the_honest_one_is_built() -> None:
    assert rebuild(HONEST, None).count_params() == 15 + 8


def test_only_what_was_copied_reaches_keras() -> None:
    config = with_layer(build_config={"input_shape": [None, 4], "evil": 1}, module="keras.layers", shared_object_id=7)
    config["compile_config"] = {"loss": SYSTEM}
    config["build_config"] = {"x": SYSTEM}
    made = json.dumps(allowed_model(config))
    assert "system" not in made
    assert "evil" not in made


@pytest.mark.parametrize(
    "shapes",
    [[(4, 3), (3,)], [(4, 3), (3,), (3, 2), (3,)], [(3, 4), (3,), (3, 2), (2,)], [(4, 3), (3,), (3, 2), (2,), (1,)]],
)
def test_weights_that_do_not_fit_are_refused(shapes: list[tuple[int, ...]]) -> None:
    with pytest.raises(Refused, match="shapes"):
        rebuild(HONEST, [np.zeros(shape, "float32") for shape in shapes])


def npz(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "."), data)
    return path


def npy(array: Any, **options: Any) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, **options)
    return stream.getvalue()


class Bomb:
    def __reduce__(self) -> Any:
        return (pytest.fail, ("unpickled",))


HEADER = npy(np.zeros((2, 2), "float32"))
ARRAYS = {
    "pickle": npy(np.array([Bomb()], dtype=object), allow_pickle=True),
    "huge header": HEADER.replace(b"(2, 2)", b"(2**9)"),
    "bomb": HEADER.replace(b"'shape': (2, 2), }          ", b"'shape': (99999, 99999), }  "),
    "negative": HEADER.replace(b"(2, 2)", b"(-2,2)"),
    "short": HEADER[:-1],
    "long": HEADER + b"\0",
    "text": npy(np.array(["a"])),
    "complex": npy(np.array([1j])),
    "records": npy(np.zeros(2, dtype=[("a", "f4")])),
    "empty": b"",
    "garbage": b"\x93NUMPY\x01\x00\xff\xff" + b"(" * 65535,
}


@pytest.mark.parametrize("name", ARRAYS)
def test_hostile_arrays_are_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(Refused):
        read_npy(ARRAYS[name])
    with pytest.raises(Refused):
        read_weights(npz(tmp_path / "0001.npz", w0000__npy=ARRAYS[name]))


def test_hostile_archives_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "0001.npz"
    with pytest.raises(Refused, match="no weights"):
        read_weights(npz(path, **{"../w0000__npy": HEADER}))
    path.write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(Refused, match="can't be read"):
        read_weights(path)
    with pytest.raises(Refused, match="can't be read"):
        read_weights(tmp_path / "absent.npz")
    data = npz(path, w0000__npy=npy(np.zeros(1 << 20))).read_bytes()
    path.write_bytes(data.replace((8 * (1 << 20) + 128).to_bytes(4, "little"), (200).to_bytes(4, "little")))
    with pytest.raises(Refused):
        read_weights(path)


def test_fortran_order_and_endianness_are_read(tmp_path: Path) -> None:
    array = np.arange(6, dtype=">f4").reshape(2, 3)
    for variant in (array, np.asfortranarray(array)):
        np.testing.assert_array_equal(read_npy(npy(variant)), array)


def paths(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(path for key, item in items for path in paths(item, (*at, key)))]


PATHS = [path for path in paths(HONEST) if path]
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["Lambda", "os", "eval"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.sampled_from(PATHS), JSON), min_size=1, max_size=3))
def test_any_mutation_is_built_small_or_refused(mutations: list[tuple[tuple[Any, ...], Any]]) -> None:
    config = copy.deepcopy(HONEST)
    for path, value in mutations:
        target: Any = config
        try:
            for key in path[:-1]:
                target = target[key]
            target[path[-1]] = value
        except (TypeError, KeyError, IndexError):
            continue
    try:
        safe = allowed_model(config)
    except Refused:
        return
    text = json.dumps(safe, allow_nan=False)
    assert '"class_name": "Lambda"' not in text


def test_every_refusal_is_a_record(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    for number, config in enumerate(HOSTILE.values()):
        source = {"snapshot": number, "config": config, "built": True, "weights": "../../x.npz"}
        (tmp_path / "models" / f"{number:04d}.json").write_text(json.dumps(source))
    records = []
    examine(tmp_path, lambda _, data: records.append(decode(data, evidence.Examined)))
    assert len(records) == len(HOSTILE)
    assert all(record.refused for record in records)
