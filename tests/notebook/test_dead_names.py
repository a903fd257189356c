"""Each listed name is really gone from the installed packages, and what is to replace it really is there."""

import inspect
import re

import pytest
from collect_dead_names import refuses, resolve

from grader.notebook.dead_names import (
    compared,
    dead_argument,
    dead_method,
    dead_method_argument,
    dead_name,
    dead_string,
    hand_made,
)

DOTTED = re.compile(r"(?:keras|tensorflow|numpy|np|sklearn|matplotlib|scipy)(?:\.\w+)*")


def gone(name: str) -> bool:
    try:
        return resolve(name) is None
    except ImportError:  # `keras.optimizers.legacy` is there, to say that it is not
        return True


def test_every_name_is_gone() -> None:
    listed = [*hand_made()["names"], *hand_made()["modules"], *compared()["names"]]
    listed += [f"tensorflow.{name}" for name in compared()["tensorflow"]]
    assert [name for name in listed if not gone(name) and not name.startswith("keras.optimizers.legacy.")] == []


def test_every_replacement_is_there() -> None:
    new = [*hand_made()["names"].values(), *hand_made()["modules"].values(), *compared()["names"].values()]
    dotted = {
        name.replace("np.", "numpy.", 1) if name.startswith("np.") else name for name in new if DOTTED.fullmatch(name)
    }
    assert [name for name in sorted(dotted) if resolve(name) is None] == []


def test_names_that_live_are_not_called_dead() -> None:
    import keras

    alive = [
        f"keras.{home}.{name}"
        for home in ("layers", "utils", "optimizers", "losses")
        for name in dir(getattr(keras, home))
    ]
    alive += [
        "tensorflow.newaxis",
        "tensorflow.keras.preprocessing.text.Tokenizer",
        "numpy.float32",
        "keras.Sequential",
    ]
    legacy = {"keras.optimizers.legacy"}
    assert [name for name in alive if "._" not in name and name not in legacy and dead_name(name) is not None] == []


def test_what_tf_keras_keeps_is_there() -> None:
    assert [name for name in compared()["kept by tf.keras"] if resolve(f"tensorflow.{name}") is None] == []


@pytest.mark.parametrize("path", sorted({*compared()["arguments"], *hand_made()["refused"]}))
def test_arguments_are_refused_and_their_replacements_taken(path: str) -> None:
    for keyword in {*compared()["arguments"].get(path, ()), *hand_made()["refused"].get(path, ())}:
        new = dead_argument(path, keyword)
        assert new is not None
        if keyword not in hand_made()["refused"].get(path, ()):
            assert refuses(path, keyword)
        if new.isidentifier() and path not in {"keras.Model", "keras.models.Model"}:
            assert not refuses(path, new), f"{path}({new}=)"


def test_refused_by_hand_is_refused() -> None:
    import keras

    with pytest.raises(ValueError, match="batch_input_shape"):
        keras.layers.LSTM(2, batch_input_shape=(1, 2, 3))
    with pytest.raises(ValueError, match="fused"):
        keras.layers.BatchNormalization(fused=True)
    with pytest.raises(TypeError, match="batch_size"):
        keras.callbacks.TensorBoard(batch_size=2)
    with pytest.raises(ValueError, match="output"):
        keras.Model(input=keras.Input((1,)), output=keras.Input((1,)))


def test_methods_are_gone() -> None:
    import keras

    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    layer = model.layers[0]
    for name in hand_made()["methods"]:
        assert not hasattr(layer, name), name
        assert not hasattr(model, name) or name in {"input_shape", "output_shape"}, name
    assert not hasattr(keras.optimizers.SGD(), "lr")


def test_arguments_of_methods_are_refused() -> None:
    import keras

    for keyword in hand_made()["method_arguments"]:
        for name in ("fit", "evaluate", "predict", "compile", "train_on_batch"):
            assert keyword not in inspect.signature(getattr(keras.Model, name)).parameters


def test_strings_are_not_known() -> None:
    import keras

    for old, new in hand_made()["strings"].items():
        with pytest.raises(ValueError, match="Could not interpret"):
            keras.losses.get(old)
        assert callable(keras.losses.get(new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("keras.utils.np_utils", "keras.utils"),
        ("keras.utils.np_utils.to_categorical", "keras.utils.to_categorical"),
        ("keras.wrappers.scikit_learn.KerasClassifier", "keras.wrappers.SKLearnClassifier"),
        ("keras.utils.vis_utils.plot_model", "keras.utils.plot_model"),
        ("keras.preprocessing.image.ImageDataGenerator", "tensorflow.keras.preprocessing.image.ImageDataGenerator"),
        ("keras.layers.core.Dense", "keras.layers.Dense"),
        ("keras.layers.normalization.BatchNormalization", "keras.layers.BatchNormalization"),
        ("keras.layers.merge.concatenate", "keras.layers.concatenate"),
        ("keras.layers.advanced_activations.LeakyReLU", "keras.layers.LeakyReLU"),
        ("keras.engine.topology.Layer", "keras.layers.Layer"),
        ("keras.preprocessing.text.Tokenizer", "tensorflow.keras.preprocessing.text.Tokenizer"),
        ("tensorflow.train.RMSPropOptimizer", "keras.optimizers.RMSprop"),
        ("tensorflow.keras.utils.np_utils.to_categorical", "keras.utils.to_categorical"),
        ("keras.backend.mean", "keras.ops.mean"),
        ("keras.backend.tensorflow_backend.set_session", ""),
        ("tensorflow.contrib.learn", "keras.Model"),
        ("tensorflow.assign_add", "tensorflow.compat.v1.assign_add"),
    ],
)
def test_replacement_of_a_name(old: str, new: str) -> None:
    found = dead_name(old)
    assert found is not None
    assert found.new == new


def test_every_dead_name_of_the_course_has_a_replacement() -> None:
    """The list of names that course notebooks were found to use."""
    for name in ("keras.utils.np_utils", "keras.wrappers.scikit_learn", "keras.utils.vis_utils", "keras.layers.core"):
        assert dead_name(name), name
    for name in ("tensorflow.enable_eager_execution", "tensorflow.train.RMSPropOptimizer", "keras.preprocessing.text"):
        assert dead_name(name), name
    for name in ("fit_generator", "evaluate_generator", "predict_generator", "predict_classes", "predict_proba"):
        assert dead_method(name), name
    assert dead_method_argument("nb_epoch") == "epochs"
    assert dead_argument("keras.optimizers.RMSprop", "lr") == "learning_rate"
    assert dead_string("cosine_proximity") == "cosine_similarity"
