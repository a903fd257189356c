"""The recorder: what happens between the start and the end of a cell, as records."""

from __future__ import annotations

import functools
import os
import sys
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar, cast

from ..plain import finite
from ..random_state import seed_everything, tensorflow_has_run, unchanged
from ..tensorflow_left import tensorflow_left
from .figures import Figures
from .fits import FIT_DEFAULTS, Batches, EpochLog, FitCall, bound, fit_record, given_callbacks, with_log
from .functions import ESCAPES, SECONDS, Caller
from .models import Models, names_of
from .summary import Summaries, as_array
from .values import Values
from .writer import SERIALS, Writer

if TYPE_CHECKING:
    from .train_once import Asked, TrainOnce

P = ParamSpec("P")
R = TypeVar("R")
CALLS_PER_CELL = 40
"""Evaluations, and predictions, that are recorded in one cell."""
TEXT = 500
KNOWN_ARGUMENTS = {*FIT_DEFAULTS, "validation_steps", "validation_batch_size", "validation_freq"}
EVALUATE_DEFAULTS: dict[str, Any] = {
    "x": None,
    "y": None,
    "batch_size": None,
    "verbose": "auto",
    "sample_weight": None,
    "steps": None,
    "callbacks": None,
    "return_dict": False,
}
PREDICT_DEFAULTS: dict[str, Any] = {"x": None, "batch_size": None, "verbose": "auto", "steps": None, "callbacks": None}
"""Arguments of `Model.evaluate` and `predict` in their order, with Keras' own defaults."""


def guarded(
    method: Callable[Concatenate[Recorder, P], R],
) -> Callable[Concatenate[Recorder, P], R | None]:
    """Turns a fault of the recorder into a notice; what the recorder itself runs is not recorded."""

    @functools.wraps(method)
    def guard(self: Recorder, *args: P.args, **kwargs: P.kwargs) -> R | None:
        __tracebackhide__ = True
        if self.is_off:
            return None
        with self._off():
            try:
                return method(self, *args, **kwargs)
            except Exception as error:
                self.notice(f"The recorder failed in {method.__name__}: {type(error).__name__}: {error}")
                return None

    return cast("Callable[Concatenate[Recorder, P], R | None]", guard)


class Recorder:
    """Observes one notebook.

    Args:
        folder: Evidence folder.
        spec: RunSpec as JSON.
    """

    def __init__(self, folder: Path, spec: Mapping[str, Any]) -> None:
        limits = spec.get("limits") or {}
        self.seed: int | None = spec.get("seed")
        self.cell = 0
        self.namespace: Callable[[], Mapping[str, Any]] = _user_namespace
        """Answers with the notebook's global variables; IPython's by default."""
        self._writer = Writer(folder, limits.get("evidence_bytes") or 512 << 20, limits.get("evidence_files") or 4000)
        self._writer.on_full = lambda kind: self.notice(f"No more {kind} were recorded: the cap is reached.")
        self._pid = os.getpid()
        self._local = threading.local()
        self._said: set[str] = set()
        self._counts: dict[str, int] = {}
        self._batches: dict[int, Batches] = {}
        self._summaries = Summaries()
        self._models = Models(self._writer, self.notice)
        self._figures = Figures()
        self.train_once: TrainOnce | None = None
        """Answers trainings that were done before; None in a student's own kernel."""
        self._asked: tuple[Any, Any] | None = None
        # The cell's clock runs while its functions are called: a slow one must not cost the kernel.
        self._call_seconds = min(SECONDS, (limits.get("cell_seconds") or 4 * SECONDS) / 4)
        self.ask(spec.get("variables") or (), spec.get("functions") or ())

    def ask(self, variables: Sequence[str], functions: Sequence[Mapping[str, Any]]) -> None:
        """Says which variables and functions are asked for; what was recorded of the same request stays known."""
        if self._asked != (variables, functions):
            self._asked = (variables, functions)
            self._new_questions()

    def _new_questions(self) -> None:
        variables, functions = self._asked or ((), ())
        self._values = Values(tuple(variables), self._summaries, self.model_serial)
        self._caller = Caller(tuple(functions), self._summaries, self.asked_model, self.seed, self._call_seconds)

    # -- the notebook's cells

    def cell_started(self, index: int) -> None:
        """Call before each cell: seeds the random generators, unless this is a student's own kernel."""
        self.cell = index
        self._counts.clear()
        if self.seed is not None:
            seed_everything(self.seed)

    def cell_ended(self, index: int, *, call: bool = True) -> None:
        """Call after each cell, whatever its outcome: records models, values, functions and figures as they stand.

        Without `call` the asked-for functions wait: a student's own kernel runs them when a check asks.
        """
        self.cell = index
        for step in (self._end_batches, self._end_figures, self._end_models, self._end_values):
            step()
        if call:
            self._end_functions()
        self._models.release()

    @guarded
    def take_back(self, cells: Collection[int]) -> None:
        """Forgets what these runs of cells did, since they were run again; what is left of it is recorded anew."""
        self._writer.take_back(cells)
        self._models.look_again(cells)
        self._new_questions()

    @contextmanager
    def aside(self) -> Iterator[None]:
        """What runs inside the block is Grader's own: it is not recorded, and leaves random generators as they were."""
        with self._off(), unchanged():
            yield

    @guarded
    def _end_batches(self) -> None:
        for batches in self._batches.values():
            serial = self._writer.serial("fits")
            self._write_fit(serial, batches.model, batches.record(), "")
        self._batches.clear()

    @guarded
    def _end_figures(self) -> None:
        self._figure_records(self._figures.open())

    @guarded
    def _end_models(self) -> None:
        namespace = self.namespace()
        for value in list(namespace.values()):
            if is_model(value):
                self._models.track(value, self.cell)
        alive = self._models.alive()
        names = names_of(alive, namespace)
        for model in alive:
            try:
                self._models.snapshot(model, self.cell, names.get(id(model), ()))
            except Exception as error:
                self.notice(f"A {type(model).__name__} was not recorded: {type(error).__name__}: {error}")

    @guarded
    def _end_values(self) -> None:
        for record in self._values.changed(self.namespace()):
            self._writer.write("values", {"cell": self.cell, **record})

    @guarded
    def _end_functions(self) -> None:
        for record in self._caller.call_new(self.namespace()):
            self._writer.write("functions", {"cell": self.cell, **record})

    # -- what the wrapped methods report

    @property
    def is_off(self) -> bool:
        """Whether nothing is recorded now: inside the recorder's own work, or in one child process too many."""
        if os.getpid() != self._pid:
            self._be_child()
        return getattr(self._local, "off", 0) > 0

    def _be_child(self) -> None:
        """This process was forked from the notebook's: its models and trainings are recorded apart from the kernel's.

        Models that came with the fork count as made here, since what becomes of them is not seen in the kernel.
        """
        self._pid = os.getpid()
        self._local = threading.local()
        self._batches, self._counts, self.train_once = {}, {}, None
        writer = self._writer.in_child()
        if writer is None:
            self._local.off = 1
            return
        self._writer = writer
        writer.on_full = lambda kind: self.notice(f"No more {kind} of a child process were recorded.")
        self._models = Models(writer, self.notice, first=writer.process * SERIALS)
        if tensorflow_has_run():
            self.notice(
                "A child process made a model with TensorFlow already running. TensorFlow does not survive a fork: if it "
                "ran before that, training in the child never ends."
            )

    @contextmanager
    def _off(self) -> Iterator[None]:
        self._local.off = getattr(self._local, "off", 0) + 1
        try:
            with tensorflow_left():
                yield
        finally:
            self._local.off -= 1

    def end(self) -> None:
        """Nothing that happens from now on is recorded."""
        self._local.off = getattr(self._local, "off", 0) + 1

    @contextmanager
    def keras_own_models(self) -> Iterator[None]:
        """Models made inside the block are Keras' own, not the student's."""
        self._local.own = getattr(self._local, "own", 0) + 1
        try:
            yield
        finally:
            self._local.own -= 1

    @guarded
    def created(self, model: Any) -> None:
        """A model object came into being; it is not initialised yet."""
        if not getattr(self._local, "own", 0):
            self._models.hold(model, self.cell)

    @guarded
    def compiled(self, model: Any) -> None:
        """A model was compiled."""
        self._models.track(model, self.cell).compile = None
        self._models.compiled(model, self.cell)

    def fit_begins(
        self, model: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[FitCall | None, tuple[Any, ...], dict[str, Any]]:
        """A fit starts; the answer is the call to make in its place."""
        begun = self._fit_begins(model, args, kwargs)
        return begun if begun is not None else (None, args, kwargs)

    @guarded
    def _fit_begins(
        self, model: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[FitCall | None, tuple[Any, ...], dict[str, Any]]:
        self._models.hold(model, self.cell)
        log = EpochLog()
        call = FitCall(model, bound(args, kwargs), log, self._models.digest(model))
        return (call, *with_log(args, kwargs, log))

    def fit_elsewhere(self, call: FitCall | None) -> Any:
        """The history of an identical training, with everything left as if it had run here; None to run it."""
        if call is None or self.train_once is None:
            return None
        call.asked = self._ask_fit(call)
        if call.asked is None:
            return None
        history = self._replay_fit(call, call.asked) if call.asked.how != "run" else None
        if history is None:
            call.asked.how = "run"
            self.train_once.begin(call.asked)
        return history

    @guarded
    def _ask_fit(self, call: FitCall) -> Asked | None:
        assert self.train_once is not None
        callbacks = given_callbacks(call.arguments["callbacks"])
        if callbacks is None or not KNOWN_ARGUMENTS.issuperset(call.arguments):
            return None
        return self.train_once.ask_fit(call.model, call.arguments, callbacks)

    @guarded
    def _replay_fit(self, call: FitCall, asked: Asked) -> Any:
        from .train_once import replay_fit

        callbacks = given_callbacks(call.arguments["callbacks"]) or []
        return replay_fit(call.model, asked, call.arguments, callbacks, call.log)

    @guarded
    def evaluated_elsewhere(self, model: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The result of an identical evaluation; None to run it."""
        given = {**EVALUATE_DEFAULTS, **dict(zip(EVALUATE_DEFAULTS, args, strict=False)), **kwargs}
        if self.train_once is None or given["steps"] or given["callbacks"] or set(given) != set(EVALUATE_DEFAULTS):
            return None
        x, y, batch = given["x"], given["y"], given["batch_size"]
        asked = self.train_once.ask_evaluate(model, x, y, given["sample_weight"], batch)
        if asked is None or asked.how == "run":
            return None
        from .train_once import replay_evaluate

        verbose, as_dict = given["verbose"], given["return_dict"]
        return replay_evaluate(model, asked, verbose=verbose, return_dict=as_dict, x=x, y=y, batch=batch or 32)

    @guarded
    def predicted_elsewhere(self, model: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The result of an identical prediction; None to run it."""
        given = {**PREDICT_DEFAULTS, **dict(zip(PREDICT_DEFAULTS, args, strict=False)), **kwargs}
        if self.train_once is None or given["steps"] or given["callbacks"] or set(given) != set(PREDICT_DEFAULTS):
            return None
        asked = self.train_once.ask_predict(model, given["x"], given["batch_size"])
        if asked is None or asked.how == "run":
            return None
        from .train_once import replay_predict

        return replay_predict(model, asked, verbose=given["verbose"], x=given["x"], batch=given["batch_size"] or 32)

    @guarded
    def fit_ends(self, call: FitCall | None, error: BaseException | None) -> None:
        """A fit is over, by itself, by an exception or by an interruption."""
        if call is None:
            return
        if call.asked is not None and self.train_once is not None:
            self.train_once.settle(call.asked)
        record = fit_record(call, self._summaries)
        self._see_input(call.model, call.arguments["x"])
        message = "" if error is None else ESCAPES.sub("", f"{type(error).__name__}: {error}")[:TEXT]
        if self._writer.room("fits"):
            self._write_fit(self._writer.serial("fits"), call.model, record, message)

    def _write_fit(self, serial: int, model: Any, record: dict[str, Any], error: str) -> None:
        try:
            snapshot = self._models.after_fit(model, self.cell, serial)
        except Exception as fault:
            self.notice(f"A {type(model).__name__} was not recorded after its fit: {type(fault).__name__}: {fault}")
            snapshot = None
        entry = self._models.track(model, self.cell)
        common = {
            "fit": serial,
            "model": entry.serial,
            "cell": self.cell,
            "compile": self._models.compiled(model, self.cell),
            "weights_after": self._models.digest(model),
            "snapshot": snapshot,
            "error": error,
        }
        self._writer.write("fits", record | common, serial)

    @guarded
    def batch_begins(self, model: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Batches | None:
        """A train_on_batch starts; only the first of a model in a cell is looked at closely."""
        found = self._batches.get(id(model))
        if found is None:
            self._models.hold(model, self.cell)
            x, y = _argument(args, kwargs, 0, "x"), _argument(args, kwargs, 1, "y")
            weights = [_argument(args, kwargs, 2, "sample_weight"), _argument(args, kwargs, 3, "class_weight")]
            self._see_input(model, x)
            found = self._batches[id(model)] = Batches(
                model,
                self._summaries.of(x),
                self._summaries.of(y),
                self._models.digest(model),
                weighted=any(weight is not None for weight in weights),
            )
        return found

    @guarded
    def batch_ends(self, batches: Batches | None, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> None:
        """A train_on_batch is over."""
        if batches is None:
            return
        batches.add(_argument(args, kwargs, 0, "x"))
        if isinstance(result, Mapping):
            batches.last = {str(key): finite(value) for key, value in result.items()}
        else:
            first = result[0] if isinstance(result, list | tuple) and result else result
            batches.last = {"loss": finite(first)}

    @guarded
    def evaluated(self, model: Any, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> None:
        """An evaluate is over."""
        if not self._counted("evaluations"):
            return
        names = list(model.get_metrics_result())
        if isinstance(result, Mapping):
            results = {str(key): finite(value) for key, value in result.items()}
        else:
            listed = result if isinstance(result, list | tuple) else [result]
            results = {str(k): finite(v) for k, v in zip(names, listed, strict=False)}
        x = _argument(args, kwargs, 0, "x")
        self._see_input(model, x)
        record = {
            "model": self._models.track(model, self.cell).serial,
            "cell": self.cell,
            "x": self._summaries.of(x),
            "y": self._summaries.of(_argument(args, kwargs, 1, "y")),
            "results": results,
            "weights_digest": self._models.digest(model),
        }
        self._writer.write("evaluations", record)

    @guarded
    def predicted(self, model: Any, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> None:
        """A predict is over."""
        if not self._counted("predictions"):
            return
        x = _argument(args, kwargs, 0, "x")
        self._see_input(model, x)
        record = {
            "model": self._models.track(model, self.cell).serial,
            "cell": self.cell,
            "x": self._summaries.of(x),
            "output": self._summaries.of(result),
            "weights_digest": self._models.digest(model),
        }
        self._writer.write("predictions", record)

    def open_figures(self) -> list[Any]:
        """The figures that are open now."""
        return self._figures.open()

    @guarded
    def figure_leaves(self, figures: list[Any]) -> None:
        """Figures were shown, saved, or are about to be closed."""
        self._figure_records(figures)

    # -- shared

    def notice(self, text: str) -> None:
        """Says something about the recorder itself, once."""
        if text not in self._said and len(self._said) < 50:
            self._said.add(text)
            try:
                self._writer.write("notices", {"cell": self.cell, "text": text[:TEXT]})
            except OSError:
                return

    def model_serial(self, value: Any) -> int | None:
        """The serial of a model, None for anything else."""
        return self._models.track(value, self.cell).serial if is_model(value) else None

    def asked_model(self, model: Any) -> int:
        """Records a model that a function returned to the collector."""
        self._models.snapshot(model, self.cell)
        return self._models.track(model, self.cell).serial

    def _counted(self, kind: str) -> bool:
        self._counts[kind] = self._counts.get(kind, 0) + 1
        if self._counts[kind] == CALLS_PER_CELL + 1:
            self.notice(f"Only the first {CALLS_PER_CELL} {kind} of cell {self.cell} were recorded.")
        return self._counts[kind] <= CALLS_PER_CELL and self._writer.room(kind)

    def _figure_records(self, figures: list[Any]) -> None:
        for axes in self._figures.changed(figures):
            if self._writer.room("figures"):
                serial = self._writer.serial("figures")
                self._writer.write("figures", {"figure": serial, "cell": self.cell, "axes": axes}, serial)

    def _see_input(self, model: Any, x: Any) -> None:
        """Remembers the form of a model's input, for drawing a subclassed model's graph."""
        entry = self._models.track(model, self.cell)
        array = as_array(x)
        if entry.input_spec is None and array is not None and array.ndim:
            entry.input_spec = (None, *array.shape[1:]), array.dtype.name


def is_model(value: Any) -> bool:
    """Whether a value is a Keras model."""
    import keras

    return isinstance(value, keras.Model)


def _argument(args: tuple[Any, ...], kwargs: Mapping[str, Any], at: int, name: str) -> Any:
    return args[at] if len(args) > at else kwargs.get(name)


def _user_namespace() -> Mapping[str, Any]:
    if "IPython" not in sys.modules:
        return {}
    from IPython import get_ipython

    shell = get_ipython()
    return shell.user_ns if shell is not None else {}
