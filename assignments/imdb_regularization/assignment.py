"""Seven networks for the same reviews, of which some overfit less: what is asked, and worth how much."""

from collections.abc import Mapping
from functools import partial

from grader.assignment import GIB, Assignment, Exercise, Limits
from grader.checks import (
    Check,
    FunctionCase,
    ModelQuery,
    Outcome,
    Wanted,
    architecture,
    choose,
    compiled,
    custom,
    function,
    history,
    inputs,
    number,
    parameters,
    targets,
    trained,
)
from grader.evidence import Evidence, Provenance
from grader.recipe import Recipe
from grader.variant import Replace

SIZES = ("original", "smaller", "larger")
NAMES = (*SIZES, "l2", "l1", "l1_l2", "dropout")
networks = {
    name: ModelQuery(name=f"{name} network", variables=(name, f"{name}_model", f"model_{name}", f"{name}_network"))
    for name in NAMES
}
seen = partial(Outcome, provenance=Provenance.CLAIMED)
"""An outcome that rests on what was seen beside the notebook's code."""


def asked(name: str, *, weight: float = 1) -> tuple[Check, ...]:
    """What is asked of one of the seven networks."""
    query = networks[name]
    return (
        architecture(query, name=f"{name}_layers", weight=weight),
        compiled(query, name=f"{name}_compiled", weight=weight / 2),
        trained(
            query,
            name=f"{name}_trained",
            epochs=True,
            batch_size=True,
            samples=True,
            validation=True,
            weight=weight / 2,
        ),
        parameters(query, name=f"{name}_parameters", after=(f"{name}_layers",), weight=weight / 4),
        # Shown beside the reference's band, and worth nothing: the curve follows from what is graded above.
        history(query, "val_loss", name=f"{name}_curve", weight=0),
    )


def curve(student: Evidence, name: str, key: str = "val_loss") -> list[float]:
    """A loss of the last training of one of the networks, epoch by epoch; empty when there is none."""
    chosen = choose(student, networks[name])
    found = chosen.trained[-1].history.get(key, []) if chosen is not None and chosen.trained else []
    return [] if any(value is None for value in found) else [float(value) for value in found if value is not None]


def answers(student: Evidence, variable: str) -> Mapping[str, object] | Outcome:
    """A dictionary with one answer for each of the three sizes."""
    found = student.value(variable)
    if found is None or not isinstance(found.value, Mapping):
        return seen(score=0, message=f"There is no dictionary {variable}.")
    lacking = [name for name in SIZES if name not in found.value]
    if lacking:
        return seen(score=0, message=f"{variable} has no key {lacking[0]!r}.", cell=found.cell)
    return found.value


SIZED = Wanted(models=tuple(networks[name] for name in SIZES))


@custom(
    wants=Wanted(variables=("turning",), models=SIZED.models),
    hint="np.argmin(history['val_loss']) + 1: the first epoch is number 1.",
)
def turning(student: Evidence) -> Outcome:
    """The dictionary turning holds the epochs in which the validation losses of your own networks are lowest."""
    found = answers(student, "turning")
    if isinstance(found, Outcome):
        return found
    wrong = []
    for name in SIZES:
        own, had = curve(student, name), found[name]
        if not own:
            return seen(score=0, message=f"The network {name} has no validation loss to compare with.")
        lowest = own.index(min(own)) + 1
        if had != lowest:
            off = " It is off by one: epochs are counted from 1." if had == lowest - 1 else ""
            wrong.append(f"{name}: {had}, but your own history is lowest in epoch {lowest}.{off}")
    return seen(score=1 - len(wrong) / len(SIZES), message=" ".join(wrong) or "As your own histories say.")


@custom(
    wants=Wanted(variables=("rises",), models=SIZED.models),
    hint="history['val_loss'][-1] - min(history['val_loss'])",
)
def rises(student: Evidence) -> Outcome:
    """The dictionary rises says how far the validation loss goes up again after its lowest point, by your own histories."""
    found = answers(student, "rises")
    if isinstance(found, Outcome):
        return found
    wrong = []
    for name in SIZES:
        own, had = curve(student, name), found[name]
        if not own:
            return seen(score=0, message=f"The network {name} has no validation loss to compare with.")
        wanted = own[-1] - min(own)
        if not isinstance(had, int | float) or abs(had - wanted) > 1e-3:
            wrong.append(f"{name}: {had}, but in your own history the last epoch is {wanted:.4f} above the lowest.")
    return seen(score=1 - len(wrong) / len(SIZES), message=" ".join(wrong) or "As your own histories say.")


@custom(
    wants=Wanted(variables=("overfits_most",), models=SIZED.models),
    hint="The key of the largest number in rises.",
)
def overfits_most(student: Evidence) -> Outcome:
    """The answer overfits_most is the network whose validation loss goes up most, by your own histories."""
    found = student.value("overfits_most")
    own = {name: curve(student, name) for name in SIZES}
    if found is None:
        return seen(score=0, message="There is no overfits_most.")
    if not all(own.values()):
        return seen(score=0, message="Not every one of the three networks has a validation loss to compare with.")
    most = max(own, key=lambda name: own[name][-1] - min(own[name]))
    if found.value != most:
        problem = f"overfits_most is {found.value!r}, but by your own histories it is {most!r}."
        return seen(score=0, message=problem, cell=found.cell)
    return seen(score=1, message=f"It is {most!r}.", cell=found.cell)


@custom(wants=SIZED, hint="One plt.plot(…, label=…) for each network, plt.xlabel, plt.ylabel, plt.legend().")
def plot(student: Evidence) -> Outcome:
    """One plot shows the validation losses of the three networks, with labels and a legend."""
    curves = {name: curve(student, name) for name in SIZES}
    best = seen(score=0, message="There is no plot with lines.")
    for drawn in student.figures:
        for axes in drawn.axes:
            shown = [n for n in SIZES if any(_same(line.y, curves[n]) for line in axes.lines)]
            instead = [n for n in SIZES if any(_same(line.y, curve(student, n, "loss")) for line in axes.lines)]
            problems = [
                f"The validation loss of {n} is not drawn" + ("; its training loss is." if n in instead else ".")
                for n in SIZES
                if n not in shown
            ]
            problems += [f"The {a} axis has no label." for a in "xy" if not getattr(axes, f"{a}label").strip()]
            problems += [] if axes.legend else ["There is no legend."]
            score = 1 - len(problems) / 6 if shown else 0
            if axes.lines and (score > best.score or not best.cell):
                best = seen(score=score, message=" ".join(problems) or "It does.", cell=drawn.cell)
    return best


def _same(drawn: list[float | None], own: list[float]) -> bool:
    if not own or len(drawn) != len(own) or any(value is None for value in drawn):
        return False
    return all(abs((a or 0) - b) <= 1e-3 * max(1, abs(b)) for a, b in zip(drawn, own, strict=True))


SETTINGS = """EPOCHS = 20
WORDS = 10_000
LARGE = 512  # units of the large network
TRAINING_REVIEWS = 15_000
VALIDATION_REVIEWS = 10_000"""

small = Recipe(
    name="small",
    why="12 epochs instead of 20 on 6,000 reviews instead of 15,000, 2,000 words instead of 10,000, and 64 units "
    "instead of 512 in the large network.",
    replace=(
        Replace(
            SETTINGS,
            """EPOCHS = 12
WORDS = 2_000
LARGE = 64  # units of the large network
TRAINING_REVIEWS = 6_000
VALIDATION_REVIEWS = 4_000""",
        ),
        Replace("The trainings take about 7 minutes.", "The trainings take a few seconds."),
    ),
    # Seconds of training, but minutes where batches of 32 were left in and other notebooks run beside.
    limits=Limits(cell_seconds=300, notebook_seconds=900),
)

assignment = Assignment(
    name="imdb_regularization",
    title="Less overfitting: seven networks for the same reviews",
    datasets=("imdb",),
    exercises=(
        Exercise(
            name="data",
            title="Reviews as rows",
            points=2,
            variables=("vectorize_sequences",),
            checks=(
                function(
                    "vectorize_sequences",
                    cases=(
                        FunctionCase(
                            function="vectorize_sequences", name="three lists", inputs=([[3, 1], [0], [4, 2, 4]], 5)
                        ),
                    ),
                    hint="Look at vectorize_sequences([[3, 1, 3], [2]], 5): every word counts once, in its own row.",
                ),
                inputs(networks["original"]),
                targets(networks["original"]),
            ),
        ),
        Exercise(
            name="size",
            title="Smaller and larger",
            points=6,
            variables=("original", "smaller", "larger", "parameters"),
            checks=(
                *(check for name in SIZES for check in asked(name)),
                number(
                    "parameters",
                    weight=0.5,
                    hint="Each layer has a weight from each of its inputs to each unit, and a bias for each unit.",
                ),
            ),
        ),
        Exercise(
            name="weights",
            title="A price on weights",
            points=5,
            variables=("l2", "l1", "l1_l2"),
            checks=tuple(check for name in ("l2", "l1", "l1_l2") for check in asked(name)),
        ),
        Exercise(name="dropout", title="Dropout", points=3, variables=("dropout",), checks=asked("dropout", weight=2)),
        Exercise(
            name="compare",
            title="Compare",
            points=4,
            variables=("turning", "rises", "overfits_most"),
            checks=(plot, turning, rises, overfits_most),
        ),
    ),
    # Seven trainings, one of them of a network with 5.4 million parameters.
    limits=Limits(cell_seconds=1500, notebook_seconds=3600, cpu_seconds=14_400, memory_bytes=12 * GIB),
    recipes=(small,),
)
