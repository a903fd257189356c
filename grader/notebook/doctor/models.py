"""Which names of a notebook hold Keras models and layers, as far as can be read off."""

from __future__ import annotations

import ast

from grader.notebook.doctor.sightings import Sightings

_MAKERS = {"Sequential", "Model", "load_model", "clone_model", "model_from_json", "Functional"}
_MODEL_METHODS = {"compile", "add", "summary", "fit_generator", "get_layer", "train_on_batch", "load_weights"}


def keras_models(seen: Sightings) -> set[str]:
    """Expressions that stand for a Keras model."""
    builders = {
        node.name
        for _, node in seen.nodes()
        if isinstance(node, ast.FunctionDef)
        and any((isinstance(n, ast.Attribute) and n.attr == "compile") or _makes(n, set()) for n in ast.walk(node))
    }
    found = {
        ast.unparse(call.node.func.value)
        for call in seen.calls
        if isinstance(call.node.func, ast.Attribute) and call.method in _MODEL_METHODS - {"add"}
    }
    for _, node in seen.nodes():
        if isinstance(node, ast.Assign) and _makes(node.value, builders):
            found.update(ast.unparse(target) for target in node.targets)
    return found


def _makes(node: ast.AST, builders: set[str]) -> bool:
    if not isinstance(node, ast.Call):
        return False
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    return name in _MAKERS or name in builders


def keras_layers(seen: Sightings) -> set[str]:
    """Names that go through a model's layers, or hold one."""
    found: set[str] = set()
    for _, node in seen.nodes():
        if isinstance(node, ast.For | ast.comprehension) and isinstance(node.target, ast.Name | ast.Tuple):
            if _of_layers(node.iter):
                last = node.target.elts[-1] if isinstance(node.target, ast.Tuple) else node.target
                found.add(ast.unparse(last))
        elif isinstance(node, ast.Assign) and (_of_layers(node.value) or _got_layer(node.value)):
            found.update(ast.unparse(target) for target in node.targets)
    return found


def _of_layers(node: ast.expr) -> bool:
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"enumerate", "reversed"} and node.args:
        node = node.args[0]
    if isinstance(node, ast.Subscript):
        node = node.value
    return isinstance(node, ast.Attribute) and node.attr == "layers"


def _got_layer(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get_layer"
