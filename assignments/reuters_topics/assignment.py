"""News on 46 topics: what is asked, and worth how much."""

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
from grader.evidence import Evidence, Provenance
from grader.recipe import Recipe
from grader.variant import Replace

NEWS = HeldOut(dataset="reuters", options=(("num_words", 10_000),))
# The network and the bottleneck are trained alike: names tell them apart, and epochs would take one for the other where
# one of them was trained too briefly.
network = ModelQuery(
    name="network",
    variables=("model", "network"),
    others=("bottleneck", "final_model"),
    samples=7_982,
    held_out=NEWS,
)
final = ModelQuery(
    name="fresh network",
    variables=("final_model", "model"),
    others=("bottleneck",),
    samples=8_982,
    epochs=9,
    held_out=NEWS,
)
narrow = ModelQuery(name="bottleneck", variables=("bottleneck",), others=("final_model",), samples=7_982)
seen = partial(Outcome, provenance=Provenance.CLAIMED)
"""An outcome that rests on what was seen beside the notebook's code."""


def best_accuracy(student: Evidence, query: ModelQuery) -> float | None:
    """The highest validation accuracy of a network's last training."""
    chosen = choose(student, query)
    fits = chosen.trained if chosen is not None else ()
    curves = [v for k, v in (fits[-1].history.items() if fits else ()) if k.startswith("val_") and "acc" in k]
    known = [value for value in (curves[0] if curves else ()) if value is not None]
    return max(known, default=None)


def lost(student: Evidence) -> float | None:
    """What the bottleneck costs, in the student's own two trainings."""
    wide, small = best_accuracy(student, network), best_accuracy(student, narrow)
    return None if wide is None or small is None else wide - small


def most_probable_topic(student: Evidence) -> int | None:
    """The topic that the student's own prediction gives the first test newswire."""
    found = student.value("probabilities")
    outputs = [found.summary] if found and found.summary else [p.output for p in reversed(student.predictions)]
    rows = next((o.sample for o in outputs if o.sample is not None and o.shape[1:] == (46,)), None)
    return None if rows is None else int(np.argmax(rows[0]))


@custom(
    wants=Wanted(models=(network,)),
    hint="validation_data=(x_train[:1_000], one_hot_train_labels[:1_000]), and train on the rows from 1,000 on.",
)
def validation(student: Evidence) -> Outcome:
    """The network is validated on training newswires that it doesn't train on."""
    chosen = choose(student, network)
    if chosen is None or not chosen.trained:
        return seen(score=0, message="There is no trained network.")
    fit = chosen.trained[-1]
    if not any(key.startswith("val_") for key in fit.history):
        return seen(score=0, message="fit has no validation data.", cell=fit.cell)
    leaked = [o for o in student.overlaps if o.fit == fit.fit and o.part == "validation" and o.telling]
    if leaked:
        problem = f"{leaked[0].rows} of {leaked[0].of} validation rows looked at are test newswires: "
        return seen(score=0, message=problem + "keep training newswires back instead.", cell=fit.cell)
    if fit.validation_x is not None and fit.x.count + fit.validation_x.count > 8_982:
        problem = (
            f"{fit.x.count:,} newswires for training and {fit.validation_x.count:,} for validation are more than the "
            "8,982 there are: the network is validated on newswires that it trains on."
        )
        return seen(score=0, message=problem, cell=fit.cell)
    return seen(score=1, message="Training newswires were kept back for it.", cell=fit.cell)


@custom(
    wants=Wanted(variables=("probabilities",), models=(final,)),
    hint="probabilities is what the fresh network predicts for the test newswires: final_model.predict(x_test).",
)
def predicted(student: Evidence) -> Outcome:
    """The probabilities are the fresh network's own, and each row sums to 1."""
    found, chosen = student.value("probabilities"), choose(student, final)
    data = found.summary if found is not None else None
    if found is None or data is None or data.sample is None:
        return seen(score=0, message="There are no probabilities.")
    if data.shape != (2_246, 46):
        return seen(score=0, message=f"Their shape is {data.shape}, expected (2246, 46).", cell=found.cell)
    if data.distinct == 2:
        return seen(score=0, message="Only zeros and ones: these are labels, not a prediction.", cell=found.cell)
    if not data.row_sums_to_one:
        return seen(score=0, message="The rows don't sum to 1.", cell=found.cell)
    made = [p for p in student.predictions if p.output.shape == data.shape and p.output.sample is not None]
    same = [p for p in made if np.allclose(p.output.sample, data.sample, atol=1e-3)]
    if made and not same:
        return seen(score=0, message="No network of this notebook predicted these numbers.", cell=found.cell)
    if same and chosen is not None and all(p.model != chosen.model.model for p in same):
        return seen(score=0, message="Another network than the fresh one predicted these numbers.", cell=found.cell)
    return seen(score=1, message="They are the fresh network's own.", cell=found.cell)


@custom(wants=Wanted(models=(final,)), hint="sparse_categorical_crossentropy takes whole numbers as labels.")
def whole_numbers(student: Evidence) -> Outcome:
    """The fresh network is trained on labels that are whole numbers."""
    chosen = choose(student, final)
    fits = (chosen.trained or chosen.fits) if chosen is not None else ()
    if not fits:
        return seen(score=0, message="The fresh network was never trained.")
    y = fits[-1].y
    if len(y.shape) == 2 and y.shape[1] > 1:
        problem = f"The labels have shape {y.shape}: they are one-hot, but whole numbers are asked for here."
        return seen(score=0, message=problem, cell=fits[-1].cell)
    return seen(score=1, message="They are.", cell=fits[-1].cell)


small = Recipe(
    name="small",
    why="1,000 words instead of 10,000.",
    replace=(
        Replace("WORDS = 10_000", "WORDS = 1_000"),
        Replace("The trainings take about a minute.", "The trainings take a few seconds."),
        Replace("`test_accuracy` should come close to 0.79.", "`test_accuracy` should come close to 0.76."),
    ),
    limits=Limits(cell_seconds=120, notebook_seconds=360),
)

assignment = Assignment(
    name="reuters_topics",
    title="What is it about? 46 topics of news",
    datasets=("reuters",),
    exercises=(
        Exercise(
            name="data",
            title="Rows and one-hot labels",
            points=4,
            variables=("articles", "vectorize_sequences", "to_one_hot"),
            checks=(
                number("articles", weight=0.5, hint="train_labels == 3 is True for each newswire on topic 3."),
                function(
                    "vectorize_sequences",
                    cases=(
                        FunctionCase(
                            function="vectorize_sequences", name="three lists", inputs=([[3, 1], [0], [4, 2, 4]], 5)
                        ),
                    ),
                    hint="Look at vectorize_sequences([[3, 1, 3], [2]], 5): every word counts once, in its own row.",
                ),
                function(
                    "to_one_hot",
                    cases=(
                        FunctionCase(function="to_one_hot", name="all topics", inputs=(np.arange(46),)),
                        FunctionCase(function="to_one_hot", name="four columns", inputs=(np.array([2, 0, 3, 1]), 4)),
                    ),
                    hint="Look at to_one_hot(np.array([2, 0]), 4): two rows of four numbers, with a 1 in columns 2 and 0.",
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
                compiled(network, weight=1.5),
                number(
                    "parameters",
                    weight=0.5,
                    hint="Each layer has a weight from each of its inputs to each unit, and a bias for each unit.",
                ),
            ),
        ),
        Exercise(
            name="training",
            title="Train it, and read the curves",
            points=4,
            variables=("history", "best_epoch"),
            checks=(
                trained(network, epochs=True, batch_size=True, samples=True, validation=True, weight=1.5),
                validation,
                inputs(network),
                targets(network),
                figure(name="plot", shows=("loss", "val_loss", "accuracy", "val_accuracy"), lines=4, weight=1.5),
                own_number(
                    "best_epoch",
                    best_epoch(network, "val_loss"),
                    because="as your own history says",
                    wants=Wanted(models=(network,)),
                    hint="np.argmin(history.history['val_loss']) + 1: the first epoch is number 1.",
                ),
                # Shown beside the reference's band, and worth nothing: the curve follows from what was graded above.
                history(network, "val_accuracy", weight=0),
            ),
        ),
        Exercise(
            name="final",
            title="A fresh network, with whole numbers as labels",
            points=4,
            variables=("final_model", "test_accuracy"),
            checks=(
                architecture(final, name="same_layers", weight=0.5),
                whole_numbers,
                compiled(final, name="sparse_compile"),
                targets(final),
                trained(final, epochs=True, batch_size=True, samples=True),
                metric(final, "accuracy", name="accuracy"),
                own_number(
                    "test_accuracy",
                    measured(final, "accuracy"),
                    tolerance=0.005,
                    because="as your own network reaches on the test data",
                    wants=Wanted(models=(final,)),
                    hint="evaluate gives the loss first and then the accuracy.",
                ),
            ),
        ),
        Exercise(
            name="prediction",
            title="Read the predictions",
            points=2,
            variables=("probabilities", "first_topic", "baseline"),
            checks=(
                predicted,
                own_number(
                    "first_topic",
                    most_probable_topic,
                    because="as your own prediction says",
                    wants=Wanted(variables=("probabilities",)),
                    hint="np.argmax gives the position of the largest of the 46 probabilities, np.max its value.",
                ),
                number(
                    "baseline",
                    # Seven standard deviations of a share of 0.19 of 2,246 rows in random order.
                    tolerance=0.05,
                    weight=0.5,
                    hint="np.random.permutation gives a copy in random order, in which each topic is as frequent as before.",
                ),
            ),
        ),
        Exercise(
            name="bottleneck",
            title="A bottleneck",
            points=2,
            variables=("bottleneck", "loss_of_accuracy"),
            checks=(
                architecture(narrow, name="narrow_layers"),
                parameters(narrow, trainable=True, name="narrow_parameters", after=("narrow_layers",), weight=0.5),
                trained(narrow, name="narrow_training", epochs=True, batch_size=True, samples=True, validation=True),
                # Shown only, beside the curve of the wide network.
                history(narrow, "val_accuracy", name="narrow_curve", weight=0),
                own_number(
                    "loss_of_accuracy",
                    lost,
                    tolerance=0.002,
                    because="as your own two histories say",
                    wants=Wanted(models=(network, narrow)),
                    hint="max(history.history['val_accuracy']) of the one minus that of the other.",
                ),
            ),
        ),
    ),
    limits=Limits(cell_seconds=300, notebook_seconds=1200, memory_bytes=6 * GIB),
    recipes=(small,),
)
