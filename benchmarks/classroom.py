"""The classes that are graded: the same students' work for every contender."""

from __future__ import annotations

from dataclasses import dataclass

COMMENTS = (
    "load the pictures",
    "first the data",
    "pixels between 0 and 1",
    "Daten laden",
    "préparer les données",
    "ok",
)


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What the exercise asks for."""

    rows: int
    epochs: int
    batch: int = 128
    accuracy: float = 0.8


SMALL = Recipe(rows=6_000, epochs=1)
FULL = Recipe(rows=60_000, epochs=5, accuracy=0.95)


@dataclass(frozen=True, kw_only=True)
class Student:
    """One student's work."""

    name: str
    cells: tuple[str, ...]
    right: bool
    units: int
    """Width of the hidden layer: students of equal width do the same training, in whatever words."""


def classroom(recipe: Recipe, *, count: int, distinct: int) -> tuple[Student, ...]:
    """`count` notebooks, no two alike in text, with `distinct` different trainings among them.

    Three of four train what was asked for; the others differ in width, and are wrong.
    """
    return tuple(_student(recipe, n, distinct) for n in range(count))


def _student(recipe: Recipe, n: int, distinct: int) -> Student:
    # The prescribed network is the commonest training; the other variants share the rest evenly.
    variant = 0 if distinct == 1 or n % 4 else 1 + (n // 4) % (distinct - 1)
    units = 512 if variant == 0 else 16 * variant
    data = f"""# {COMMENTS[n % len(COMMENTS)]} ({n})
import keras
from keras import layers
(train_images, train_labels), (test_images, test_labels) = keras.datasets.mnist.load_data()
train_images = train_images.reshape((60000, 28 * 28)).astype("float32") / 255
test_images = test_images.reshape((10000, 28 * 28)).astype("float32") / 255
train_labels = keras.utils.to_categorical(train_labels)
test_labels = keras.utils.to_categorical(test_labels)
x_part, y_part = train_images[:{recipe.rows}], train_labels[:{recipe.rows}]"""
    sequential = f"""model = keras.Sequential([
    layers.Input((784,)),
    layers.Dense({units}, activation="relu"),
    layers.Dense(10, activation="softmax"),
])"""
    functional = f"""picture = keras.Input(shape=(784,), name="picture_{n}")
hidden = layers.Dense({units}, activation="relu", name="hidden_{n}")(picture)
model = keras.Model(picture, layers.Dense(10, activation="softmax")(hidden))"""
    compiled = 'model.compile("rmsprop", "categorical_crossentropy", metrics=["accuracy"])'
    build = f"{sequential if n % 3 else functional}\n{compiled}"
    fit = f"history = model.fit(x_part, y_part, epochs={recipe.epochs}, batch_size={recipe.batch}, verbose=0)"
    evaluate = (
        f"test_loss, test_acc = model.evaluate(test_images, test_labels, verbose=0)\nprint('student {n}', test_acc)"
    )
    return Student(name=f"student{n:03d}", cells=(data, build, fit, evaluate), right=units == 512, units=units)


def tests(recipe: Recipe) -> tuple[str, ...]:
    """What the peers' test cells hold: the same three questions that Grader's checks ask."""
    return (
        "assert model.count_params() == 407050, model.count_params()",
        "assert [l.units for l in model.layers if hasattr(l, 'units')] == [512, 10]",
        f"assert model.evaluate(test_images, test_labels, verbose=0)[1] > {recipe.accuracy}",
    )
