"""Film reviews in two classes: what is asked, and worth how much."""

from functools import partial

import numpy as np

from grader.assignment import GIB, Assignment, Exercise, Limits
from grader.checks import (
    FunctionCase,
    HeldOut,
    ModelQuery,
    Outcome,
    Wanted,
    architecture,
    best_epoch,
    choose,
    compiled,
    custom,
    figure,
    function,
    history,
    inputs,
    measured,
    metric,
    number,
    own_number,
    parameters,
    targets,
    trained,
)
from grader.datasets.row_keys import shared
from grader.evidence import Evidence, Provenance, Value
from grader.recipe import Recipe
from grader.variant import Replace

OPTIONS = (("num_words", 10_000),)
network = ModelQuery(
    name="network",
    variables=("model", "network"),
    samples=15_000,
    epochs=20,
    held_out=HeldOut(dataset="imdb", options=OPTIONS, rows=2_500),
)
final = ModelQuery(
    name="fresh network",
    variables=("final_model", "model"),
    samples=25_000,
    epochs=4,
    held_out=HeldOut(dataset="imdb", options=OPTIONS, rows=10_000),
)
seen = partial(Outcome, provenance=Provenance.CLAIMED)
"""An outcome that rests on what was seen beside the notebook's code."""
SOME_TWICE = 0.2
"""IMDB holds some reviews twice: 4 of 380 validation rows are training rows as well."""
BY_CHANCE = 0.05
"""Short reviews are alike; but a quarter of 10,000 test reviews are among the 2,500 that are looked up."""


@custom(
    wants=Wanted(models=(network,)),
    hint="Take the first VALIDATION_REVIEWS rows of x_train and y_train as validation_data, and train on the rows after them.",
)
def validation(student: Evidence) -> Outcome:
    """The network is validated on training reviews that it doesn't train on."""
    chosen = choose(student, network)
    if chosen is None or not chosen.trained:
        return seen(score=0, message="There is no trained network.")
    fit = chosen.trained[-1]
    if not any(key.startswith("val_") for key in fit.history):
        return seen(score=0, message="fit has no validation data.", cell=fit.cell)
    leaked = [o for o in student.overlaps if o.fit == fit.fit and o.part == "validation" and o.rows > BY_CHANCE * o.of]
    if leaked:
        problem = f"{leaked[0].rows} of {leaked[0].of} validation reviews looked at are test reviews: "
        return seen(score=0, message=problem + "keep training reviews back instead.", cell=fit.cell)
    if fit.validation_x is None and fit.validation_split:
        return seen(score=1, message="A part of the training reviews is kept back.", cell=fit.cell)
    same = shared(fit.validation_x, fit.x) if fit.validation_x is not None else None
    if same is not None and same.share > SOME_TWICE:
        problem = f"{same.rows} of {same.of} validation reviews looked at are training reviews: "
        return seen(score=0, message=problem + "the network is validated on reviews that it trains on.", cell=fit.cell)
    return seen(score=1, message="Training reviews were kept back for it.", cell=fit.cell)


def numbers(found: Value | None) -> np.ndarray | None:
    """A variable's numbers in one row, if it is an array or a list of them."""
    return None if found is None or found.array is None else np.ravel(found.array).astype(float)


def surely(student: Evidence) -> int | None:
    """How many of the student's own probabilities are beyond 0.05 or 0.95."""
    had = numbers(student.value("probabilities"))
    return None if had is None else int(np.sum((had > 0.95) | (had < 0.05)))


def reviews(student: Evidence) -> int | None:
    """How many test reviews there are, by the notebook's own settings; None in a notebook without them."""
    found = student.value("REVIEWS")
    return found.value if found is not None and isinstance(found.value, int) else None


@custom(
    wants=Wanted(variables=("probabilities", "REVIEWS"), models=(final,)),
    hint="probabilities is what the fresh network predicts for the test reviews: final_model.predict(x_test).",
)
def predicted(student: Evidence) -> Outcome:
    """The probabilities are the fresh network's own, one for each test review."""
    found, chosen = student.value("probabilities"), choose(student, final)
    had = numbers(found)
    if found is None or had is None:
        return seen(score=0, message="There are no probabilities.")
    asked = reviews(student) or had.size
    if had.size != asked:
        return seen(score=0, message=f"There are {had.size:,} numbers, expected {asked:,}.", cell=found.cell)
    if len(np.unique(had)) <= 2:
        return seen(score=0, message="Only zeros and ones: these are labels, not a prediction.", cell=found.cell)
    if had.min() < 0 or had.max() > 1:
        return seen(score=0, message=f"They go from {had.min():.3g} to {had.max():.3g}, no probabilities.")
    made = [p for p in student.predictions if p.output.sample is not None and p.output.count == asked]
    same = [p for p in made if np.allclose(np.ravel(p.output.sample), had[list(p.output.rows)], atol=1e-4)]
    if made and not same:
        return seen(score=0, message="No network of this notebook predicted these numbers.", cell=found.cell)
    if same and chosen is not None and all(p.model != chosen.model.model for p in same):
        return seen(score=0, message="Another network than the fresh one predicted these numbers.", cell=found.cell)
    return seen(score=1, message="They are the fresh network's own.", cell=found.cell)


SETTINGS = """WORDS = 10_000
REVIEWS = 25_000  # for training, and as many for testing
VALIDATION_REVIEWS = 10_000"""

small = Recipe(
    name="small",
    why="2,000 words instead of 10,000, and 10,000 reviews for training and for testing instead of 25,000 each.",
    replace=(
        Replace(
            SETTINGS,
            """WORDS = 2_000
REVIEWS = 10_000  # for training, and as many for testing
VALIDATION_REVIEWS = 4_000""",
        ),
        Replace(
            "The trainings take about a minute; the data need 4 GB of memory.", "The trainings take a few seconds."
        ),
        Replace("`test_accuracy` should come close to 0.88.", "`test_accuracy` should come close to 0.86."),
    ),
    # Seconds of training, but minutes where batches of 32 were left in and other notebooks run beside.
    limits=Limits(cell_seconds=300, notebook_seconds=900),
)

assignment = Assignment(
    name="imdb_binary",
    title="Do they like the film? Two classes of reviews",
    datasets=("imdb",),
    exercises=(
        Exercise(
            name="data",
            title="Words and numbers",
            points=4,
            variables=("longest", "decode_review", "vectorize_sequences"),
            checks=(
                number("longest", weight=0.5, hint="len(review) is the number of words of one review."),
                function(
                    "decode_review",
                    cases=(
                        FunctionCase(function="decode_review", name="some words", inputs=([14, 22, 16, 43, 530],)),
                        FunctionCase(function="decode_review", name="a start and a word left out", inputs=([1, 5, 2],)),
                    ),
                    hint="The numbers in a review are shifted by 3: number - 3 is the word's number in word_index.",
                ),
                function(
                    "vectorize_sequences",
                    cases=(
                        FunctionCase(
                            function="vectorize_sequences", name="three lists", inputs=([[3, 1], [0], [4, 2]], 5)
                        ),
                        FunctionCase(
                            function="vectorize_sequences", name="a word twice", inputs=([[3, 1, 3], [2, 2]], 5)
                        ),
                    ),
                    weight=2,
                    hint="Look at vectorize_sequences([[3, 1, 3], [2]], 5): every word counts once, in its own row.",
                ),
            ),
        ),
        Exercise(
            name="network",
            title="Build the network",
            points=4,
            variables=("model", "parameters"),
            checks=(
                architecture(network, weight=2),
                parameters(network, trainable=True, after=("architecture",), weight=0.5),
                compiled(network, weight=1.5, hint="A question with two answers needs binary_crossentropy."),
                number(
                    "parameters",
                    weight=0.5,
                    hint="Each layer has a weight from each of its inputs to each unit, and a bias for each unit.",
                ),
            ),
        ),
        Exercise(
            name="training",
            title="Train it for too long",
            points=4,
            variables=("history",),
            checks=(
                trained(network, epochs=True, batch_size=True, samples=True, validation=True, weight=2),
                validation,
                inputs(network),
                targets(network),
                # Shown beside the reference's band, and worth nothing: the curve follows from what was graded above.
                history(network, "val_accuracy", weight=0),
            ),
        ),
        Exercise(
            name="curves",
            title="Read the curves",
            points=3,
            variables=("best_epoch",),
            checks=(
                figure(name="plot", shows=("loss", "val_loss", "accuracy", "val_accuracy"), lines=4, weight=2),
                own_number(
                    "best_epoch",
                    best_epoch(network, "val_loss"),
                    because="as your own history says",
                    wants=Wanted(models=(network,)),
                    hint="np.argmin(history.history['val_loss']) + 1: the first epoch is number 1.",
                ),
            ),
        ),
        Exercise(
            name="final",
            title="A fresh network that stops in time",
            points=3,
            variables=("final_model", "test_accuracy"),
            checks=(
                architecture(final, name="same_layers", weight=0.5),
                compiled(final, name="same_compile", weight=0.5),
                trained(final, epochs=True, batch_size=True, samples=True),
                metric(final, "accuracy", name="accuracy"),
                # Shown only: accuracy is what was asked for.
                metric(final, "loss", name="loss", weight=0),
                own_number(
                    "test_accuracy",
                    measured(final, "accuracy"),
                    tolerance=0.015,
                    because="as your own network reaches on the first 10,000 test reviews",
                    wants=Wanted(models=(final,)),
                    hint="evaluate gives the loss first and then the accuracy.",
                ),
            ),
        ),
        Exercise(
            name="prediction",
            title="How sure is it?",
            points=2,
            variables=("probabilities", "sure"),
            checks=(
                predicted,
                own_number(
                    "sure",
                    surely,
                    because="as your own probabilities say",
                    wants=Wanted(variables=("probabilities",)),
                    hint="np.sum((probabilities > 0.95) | (probabilities < 0.05)); both ends count.",
                ),
            ),
        ),
    ),
    # Multi-hot rows as float64, 25,000 × 10,000 twice, and Keras' copies of them: 8.6 GB at the peak.
    limits=Limits(cell_seconds=300, notebook_seconds=1200, memory_bytes=12 * GIB),
    recipes=(small,),
)
