"""Names, arguments and methods of Keras 1 and 2 and of TensorFlow 1 that are gone, with what replaces each."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from grader.notebook.dead_names import (
    DeadName,
    dead_argument,
    dead_method,
    dead_method_argument,
    dead_name,
    dead_string,
)
from grader.notebook.doctor.models import keras_layers, keras_models
from grader.notebook.doctor.sightings import Call, Import, Sightings
from grader.report import Advice, Severity

KIND = "dead_name"
_METHODS = {
    "fit", "evaluate", "predict", "compile", "train_on_batch", "test_on_batch", "predict_on_batch", "fit_generator",
    "evaluate_generator", "predict_generator",
}  # fmt: skip
_ONLY_LAYERS = {"input_shape", "output_shape"}
_ONLY_MODELS = {"predict_proba", "reset_states", "validation_data", "state_updates", "to_yaml"}
_STYLES = "seaborn"


def dead(seen: Sightings) -> Iterator[Advice]:
    """Everything in a notebook that no longer exists."""
    yield from _imports(seen)
    yield from _references(seen)
    for call in seen.calls:
        yield from _arguments(call)
        yield from _strings(call)
    yield from _methods(seen)


def _imports(seen: Sightings) -> Iterator[Advice]:
    for one in seen.imports:
        gone = dead_name(one.path) if not one.guarded else None
        if gone is not None:
            old = _statement(one)
            yield Advice(
                kind=KIND,
                severity=Severity.BREAKS,
                cell=one.cell,
                line=one.line,
                what=f"`{_short(one.path, gone)}` no longer exists",
                why=_because(gone),
                old=old,
                new=_new_import(one, gone),
            )


def _statement(one: Import) -> str:
    if one.plain:
        return f"import {one.path}" + (f" as {one.bound}" if one.bound != one.path.split(".")[0] else "")
    name = "*" if one.bound == "*" else one.path.removeprefix(f"{one.module}.")
    return f"from {one.module} import {name}" + (f" as {one.bound}" if one.bound not in {"*", name} else "")


def _new_import(one: Import, gone: DeadName) -> str:
    if not _is_dotted(gone.new):
        return gone.new
    if one.bound == "*":
        return f"from {gone.new} import *"
    if one.plain and one.bound == one.path.split(".")[0]:
        return f"import {gone.new}"
    module, _, name = gone.new.rpartition(".")
    if not module:
        return f"import {name}"
    # The name that the rest of the notebook uses stays, so that this line is all there is to change.
    same = name == one.bound or (name != one.path.split(".")[-1] and not gone.home and name[:1].isupper())
    return f"from {module} import {name}" + ("" if same else f" as {one.bound}")


def _references(seen: Sightings) -> Iterator[Advice]:
    roots = {one.path for one in seen.imports if dead_name(one.path) is not None}
    for reference in seen.references:
        gone = dead_name(reference.path)
        if gone is None or reference.root in roots or reference.stored:
            continue
        surplus = reference.path.count(".") - gone.old.count(".") - reference.path.startswith("tensorflow.keras.")
        surplus = (
            surplus + 1
            if reference.path.startswith("tensorflow.keras.") and gone.old.startswith("tensorflow.")
            else surplus
        )
        text = (
            ".".join(reference.text.split(".")[: len(reference.text.split(".")) - surplus])
            if surplus > 0
            else reference.text
        )
        yield Advice(
            kind=KIND,
            severity=Severity.BREAKS,
            cell=reference.cell,
            line=reference.line,
            what=f"`{text}` no longer exists",
            why=_because(gone),
            old=text,
            new=gone.new,
        )


def _arguments(call: Call) -> Iterator[Advice]:
    name = ast.unparse(call.node.func)
    for keyword in call.node.keywords:
        if keyword.arg is None:
            continue
        new = dead_argument(_alive(call.path), keyword.arg) if call.path else None
        if new is None and (call.method in _METHODS or keyword.arg == "nb_epoch"):
            new = dead_method_argument(keyword.arg)
        if new is not None:
            yield _argument(call, keyword, new, name)
        elif keyword.arg == "decay" and call.path.startswith(("keras.optimizers.", "tensorflow.keras.optimizers.")):
            yield from _decay(call, keyword)
    yield from _strides(call)


def _alive(path: str) -> str:
    """Where a name is now: arguments are those of what took its place."""
    gone = dead_name(path)
    return gone.new if gone is not None and _is_dotted(gone.new) else path


def _argument(call: Call, keyword: ast.keyword, new: str, name: str) -> Advice:
    value = ast.unparse(keyword.value)
    value = value if len(value) < 60 else "…"
    return Advice(
        kind=KIND,
        severity=Severity.BREAKS,
        cell=call.cell,
        line=keyword.value.lineno,
        what=f"`{name}` no longer takes `{keyword.arg}`",
        why="Keras 3 stops with an error at arguments that it doesn't know",
        old=f"{keyword.arg}={value}",
        new=_with_value(keyword.arg or "", new, value),
    )


def _with_value(old: str, new: str, value: str) -> str:
    if not new:
        return "(leave it out)"
    if not new.isidentifier():
        return new
    match old:
        case "dim_ordering":
            value = {"'tf'": "'channels_last'", "'th'": "'channels_first'"}.get(value, value)
        case "nb_row" | "nb_col" | "kernel_dim1" | "kernel_dim2" | "kernel_dim3":
            value = "(rows, columns)" if old.startswith("nb_") else "(…, …, …)"
        case "grayscale":
            value = "'grayscale'" if value == "True" else "'rgb'"
        case "samples_per_epoch" | "nb_val_samples" | "val_samples":
            value = f"{value} // batch_size"
    return f"{new}={value}"


def _decay(call: Call, keyword: ast.keyword) -> Iterator[Advice]:
    if isinstance(keyword.value, ast.Constant) and not keyword.value.value:
        return
    value = ast.unparse(keyword.value)
    yield Advice(
        kind=KIND,
        severity=Severity.MAY_SURPRISE,
        cell=call.cell,
        line=keyword.value.lineno,
        what=f"`{ast.unparse(call.node.func)}` ignores `decay`",
        why="the learning rate stays as it is, without an error",
        old=f"decay={value}",
        new=f"learning_rate=keras.optimizers.schedules.InverseTimeDecay(…, decay_steps=1, decay_rate={value})",
    )


def _strides(call: Call) -> Iterator[Advice]:
    """`Conv2D(32, 3, 3)`: a 3×3 kernel in Keras 1, a kernel of 3 with strides of 3 since."""
    kind = call.path.rpartition(".")[2]
    if not call.path.startswith(("keras.layers.", "tensorflow.keras.layers.")) or kind not in {
        "Conv2D",
        "Convolution2D",
    }:
        return
    sizes = [a.value for a in call.node.args[1:3] if isinstance(a, ast.Constant) and isinstance(a.value, int)]
    if len(sizes) == 2 and sizes[0] == sizes[1] > 1:
        yield Advice(
            kind=KIND,
            severity=Severity.MAY_SURPRISE,
            cell=call.cell,
            line=call.line,
            what=f"the third argument of `{kind}` is the strides",
            why=f"the picture shrinks by {sizes[1]} at each step; Keras 1 read it as the kernel's second side",
            old=f"{kind}({', '.join(ast.unparse(a) for a in call.node.args[:3])}, …)",
            new=f"{kind}({ast.unparse(call.node.args[0])}, ({sizes[0]}, {sizes[1]}), …)",
        )


def _strings(call: Call) -> Iterator[Advice]:
    if call.method == "compile":
        for keyword in call.node.keywords:
            for node in ast.walk(keyword.value) if keyword.arg in {"loss", "metrics"} else ():
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and (new := dead_string(node.value)):
                    what = f"`{keyword.arg}` is no longer known by the name `{node.value}`"
                    yield _string(call, node, node.value, new, what)
    elif call.path in {"matplotlib.pyplot.style.use", "matplotlib.style.use"} and call.node.args:
        style = call.node.args[0]
        if isinstance(style, ast.Constant) and isinstance(style.value, str):
            name = style.value
            if name == _STYLES or (name.startswith(f"{_STYLES}-") and not name.startswith(f"{_STYLES}-v0_8")):
                new = name.replace(_STYLES, f"{_STYLES}-v0_8", 1)
                yield _string(call, style, name, new, f"Matplotlib has no style `{name}` any more")


def _string(call: Call, node: ast.expr, old: str, new: str, what: str) -> Advice:
    return Advice(
        kind=KIND,
        severity=Severity.BREAKS,
        cell=call.cell,
        line=node.lineno,
        what=what,
        why="the cell stops with an error",
        old=f'"{old}"',
        new=f'"{new}"',
    )


def _methods(seen: Sightings) -> Iterator[Advice]:
    models, layers = keras_models(seen), keras_layers(seen)
    own = {node.name for _, node in seen.nodes() if isinstance(node, ast.FunctionDef)}
    resolved = {(r.cell, r.line, r.text) for r in seen.references}
    for cell, node in seen.nodes():
        if not isinstance(node, ast.Attribute):
            continue
        text = ast.unparse(node.value)
        if node.attr == "lr" and isinstance(node.value, ast.Attribute) and node.value.attr == "optimizer":
            yield _learning_rate(cell, node, text)
            continue
        new = dead_method(node.attr)
        if new is None or node.attr in own or (cell, node.lineno, ast.unparse(node)) in resolved:
            continue
        if node.attr in _ONLY_LAYERS and not (
            text in layers or (isinstance(node.value, ast.Subscript) and ".layers[" in text)
        ):
            continue
        if node.attr in _ONLY_MODELS and text not in models:
            continue
        yield _method(cell, node, text, new)


def _method(cell: int, node: ast.Attribute, text: str, new: str) -> Advice:
    shown = text if len(text) < 40 else "…"
    if new.isidentifier():
        new = f"{shown}.{new}"
    elif shown != "…":
        new = new.replace("model.", f"{shown}.").replace("layer.", f"{shown}.", 1)
    return Advice(
        kind=KIND,
        severity=Severity.BREAKS,
        cell=cell,
        line=node.lineno,
        what=f"`{node.attr}` no longer exists",
        why="the cell stops with an AttributeError",
        old=f"{shown}.{node.attr}",
        new=new,
    )


def _learning_rate(cell: int, node: ast.Attribute, text: str) -> Advice:
    stored = isinstance(node.ctx, ast.Store)
    return Advice(
        kind=KIND,
        severity=Severity.MAY_SURPRISE if stored else Severity.BREAKS,
        cell=cell,
        line=node.lineno,
        what="an optimizer's `lr` is now `learning_rate`",
        why="setting `lr` changes nothing, without an error" if stored else "the cell stops with an AttributeError",
        old=f"{text}.lr",
        new=f"{text}.learning_rate",
    )


def _short(path: str, gone: DeadName) -> str:
    return path if path.startswith("tensorflow.keras.") else gone.old


def _because(gone: DeadName) -> str:
    if gone.new.startswith("("):
        return "TensorFlow 2 has no use for it"
    if not gone.new:
        return "nothing takes its place"
    return "moved" if gone.home or gone.new.rpartition(".")[2] == gone.old.rpartition(".")[2] else "renamed or removed"


def _is_dotted(text: str) -> bool:
    return bool(text) and all(part.isidentifier() for part in text.split("."))
