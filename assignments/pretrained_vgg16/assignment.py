"""A network trained by others, used in three ways: what is asked, and worth how much."""

from grader.assignment import GIB, Assignment, Exercise, Limits
from grader.checks import (
    ModelQuery,
    Outcome,
    Wanted,
    architecture,
    array,
    choose,
    compiled,
    custom,
    number,
    output_shape,
    parameters,
    trained,
)
from grader.evidence import Evidence, Examined, LayerNode
from grader.recipe import Recipe
from grader.variant import Replace

BASE, CLASSIFIER, NETWORK = ("base", "conv_base"), ("classifier",), ("network", "model")
base = ModelQuery(name="base", variables=BASE, others=(*CLASSIFIER, *NETWORK), trained=False)
classifier = ModelQuery(name="classifier", variables=CLASSIFIER, others=(*BASE, *NETWORK))
frozen = ModelQuery(name="network with the frozen base", variables=NETWORK, others=(*BASE, *CLASSIFIER), after_fit=1)
tuned = ModelQuery(name="fine-tuned network", variables=NETWORK, others=(*BASE, *CLASSIFIER), after_fit=2)


def looked_into(student: Evidence, query: ModelQuery) -> Examined | None:
    """A model of the student's as it was rebuilt, or None."""
    chosen = choose(student, query)
    return student.examined_for(chosen.model.snapshot) if chosen is not None else None


def convolutions(examined: Examined) -> list[LayerNode]:
    """The convolutions of the base; VGG16 names them by block."""
    return [layer for layer in examined.layers if layer.class_name == "Conv2D"]


@custom(
    weight=2,
    wants=Wanted(models=(frozen,)),
    hint="base.trainable = False, and then compile.",
)
def freezing(student: Evidence) -> Outcome:
    """The base is frozen when the network is trained for the first time."""
    examined = looked_into(student, frozen)
    if examined is None or not convolutions(examined):
        return Outcome(score=0, message="There is no network with the base in it.")
    free = [layer.name for layer in convolutions(examined) if layer.trainable_parameters]
    if free:
        return Outcome(
            score=0,
            message=f"{len(free)} of {len(convolutions(examined))} convolutions are not frozen in the first training; "
            f"{examined.trainable_parameters:,} parameters are trainable, expected 2,097,665: freeze the base before compile.",
        )
    if examined.trainable_parameters == 0:
        return Outcome(score=0, message="Everything is frozen, the new layers too: nothing can be learned.")
    return Outcome(score=1, message=f"{examined.trainable_parameters:,} parameters are trainable.")


@custom(
    weight=2,
    wants=Wanted(models=(tuned,)),
    hint='for layer in base.layers: layer.trainable = layer.name.startswith("block5")',
)
def unfreezing(student: Evidence) -> Outcome:
    """Block 5, all of it and nothing else of the base, is trained further."""
    examined = looked_into(student, tuned)
    if examined is None or not convolutions(examined):
        return Outcome(score=0, message="There is no network with the base in it.")
    free = [layer.name for layer in convolutions(examined) if layer.trainable_parameters]
    block = [layer.name for layer in convolutions(examined)][-3:]
    if free == block:
        return Outcome(score=1, message=f"Trainable: {', '.join(free)}.")
    if not free:
        message = "The whole base is still frozen."
    elif set(free) < set(block):
        message = (
            f"Only {' and '.join(free)} can be trained: the rest of block 5 is frozen. An else branch in the loop freezes "
            "what comes after the layer that was found."
        )
    elif len(free) == len(convolutions(examined)):
        message = "The whole base is trainable, blocks 1 to 4 too: they must stay frozen."
    else:
        message = f"Trainable are {', '.join(free)}; expected {', '.join(block)}."
    return Outcome(score=0, message=f"{message} {examined.trainable_parameters:,} parameters, expected 9,177,089.")


@custom(
    weight=1.5,
    wants=Wanted(models=(frozen, tuned)),
    hint="Set trainable, then compile with a small learning rate, then fit.",
)
def two_steps(student: Evidence) -> Outcome:
    """One network: first the new layers are trained, then, compiled again, block 5 too, in small steps."""
    chosen = choose(student, tuned)
    fits = chosen.trained if chosen is not None else ()
    if len(fits) < 2:
        refused = [cell for cell in student.cells if cell.error and cell.error.message.startswith("Unknown variable")]
        if refused:
            return Outcome(
                score=0,
                message="The optimizer doesn't know the layers that were unfrozen after compile, and refuses to train them: "
                "compile again after a change of trainable.",
                cell=refused[-1].index,
            )
        return Outcome(
            score=0,
            message="The network is trained only once: first train it with the frozen base, then fine-tune the same network.",
        )
    first, last = fits[0], fits[-1]
    had = [
        fit.compile.optimizer_config.get("learning_rate") if fit.compile is not None else None for fit in (first, last)
    ]
    if first.weights_after and last.weights_before and first.weights_after != last.weights_before:
        return Outcome(
            score=0, message="The second training doesn't start from the weights of the first.", cell=last.cell
        )
    if not all(isinstance(rate, int | float) for rate in had):
        return Outcome(score=1, message="Trained in two steps.", cell=last.cell)
    if had[0] == had[1]:
        return Outcome(
            score=0,
            message=f"The learning rate of fine-tuning is {had[1]:g}, that of the first training: compile again after unfreezing, "
            "with a smaller one. Without compile, the change of trainable has no effect.",
            cell=last.cell,
        )
    if had[1] > 1e-5:
        return Outcome(score=0, message=f"The learning rate {had[1]:g} is too large for fine-tuning.", cell=last.cell)
    return Outcome(score=1, message=f"The learning rates are {had[0]:g} and then {had[1]:g}.", cell=last.cell)


SETTINGS = "TRAINING_PICTURES, TEST_PICTURES = 32, 16\nCLASSIFIER_EPOCHS, FROZEN_EPOCHS, TUNING_EPOCHS = 20, 2, 2"

small = Recipe(
    name="small",
    why="8 training pictures instead of 32 and one epoch instead of two.",
    replace=(
        Replace(
            SETTINGS,
            "TRAINING_PICTURES, TEST_PICTURES = 8, 4\nCLASSIFIER_EPOCHS, FROZEN_EPOCHS, TUNING_EPOCHS = 5, 1, 1",
        ),
        Replace("A laptop's processor needs a few minutes.", "A laptop's processor needs less than a minute."),
    ),
)

assignment = Assignment(
    name="pretrained_vgg16",
    title="Borrowing a trained network",
    weights=("vgg16",),
    exercises=(
        Exercise(
            name="base",
            title="The base",
            points=4,
            variables=("base", "base_parameters"),
            checks=(
                architecture(base, weight=2),
                parameters(base),
                output_shape(base),
                number("base_parameters", weight=0.5, hint="It is in the last lines of base.summary()."),
            ),
        ),
        Exercise(
            name="features",
            title="Features once",
            points=6,
            variables=("features_train", "features_test", "classifier"),
            checks=(
                array("features_train", shape="size", values=None),
                array("features_test", shape="size", values=None, weight=0.5),
                architecture(classifier, weight=2),
                parameters(classifier, weight=0.5),
                compiled(classifier),
                trained(classifier),
            ),
        ),
        Exercise(
            name="frozen",
            title="Frozen, end to end",
            points=5,
            variables=("network", "frozen_trainable"),
            checks=(
                architecture(frozen, weight=1.5),
                parameters(frozen, weight=0.5),
                freezing,
                parameters(frozen, trainable=True, weight=0.5),
                number("frozen_trainable", weight=0.5, hint="The dense layers: 8,192 × 256 + 256, and 256 + 1."),
                compiled(frozen),
                trained(frozen),
            ),
        ),
        Exercise(
            name="tuning",
            title="Fine-tuning",
            points=5,
            variables=("tuned_trainable",),
            checks=(
                unfreezing,
                parameters(tuned, trainable=True, weight=0.5),
                number(
                    "tuned_trainable", weight=0.5, hint="Three convolutions with 512 filters, and the dense layers."
                ),
                two_steps,
            ),
        ),
    ),
    # 32 pictures go through the base about six times, a third of a second each on one slow core.
    limits=Limits(cell_seconds=400, notebook_seconds=1200, memory_bytes=5 * GIB, evidence_bytes=1 * GIB),
    recipes=(small,),
)
