"""Right answers that look different, and the mistakes that students make, as changes of the solution."""

from grader.variant import Replace, Variant

BASE = 'base = VGG16(weights="imagenet", include_top=False, input_shape=(150, 150, 3))'
CLASSIFIER = """classifier = keras.Sequential(
    [
        layers.Input(shape=(4, 4, 512)),
        layers.Flatten(),
        layers.Dense(256, activation="relu"),
        layers.Dropout(0.5),
        layers.Dense(1, activation="sigmoid"),
    ]
)"""
FREEZE = "base.trainable = False\n"
NETWORK = """network = keras.Sequential(
    [
        layers.Input(shape=(150, 150, 3)),
        layers.RandomFlip("horizontal"),
        base,
        layers.Flatten(),
        layers.Dense(256, activation="relu"),
        layers.Dense(1, activation="sigmoid"),
    ]
)"""
LOOP = """base.trainable = True
for layer in base.layers:
    layer.trainable = layer.name.startswith("block5")"""
RECOMPILE = """network.compile(
    optimizer=keras.optimizers.RMSprop(learning_rate=1e-6), loss="binary_crossentropy", metrics=["accuracy"]
)
"""
HEAD_COMPILE = """classifier.compile(
    optimizer=keras.optimizers.RMSprop(learning_rate=2e-5), loss="binary_crossentropy", metrics=["accuracy"]
)"""
NETWORK_COMPILE = """network.compile(
    optimizer=keras.optimizers.RMSprop(learning_rate=2e-5), loss="binary_crossentropy", metrics=["accuracy"]
)"""
FIRST_FIT = "network.fit(x_train, y_train, epochs=FROZEN_EPOCHS, batch_size=8, verbose=0)"

RIGHT = (
    Variant(
        name="functional",
        why="writes both networks with the functional API, and calls the base on a tensor",
        right=True,
        change=(
            Replace(
                CLASSIFIER,
                """features = keras.Input((4, 4, 512))
x = layers.Dense(256, activation="relu")(layers.Flatten()(features))
classifier = keras.Model(features, layers.Dense(1, activation="sigmoid")(layers.Dropout(0.5)(x)))""",
            ),
            Replace(
                NETWORK,
                """pictures = keras.Input((150, 150, 3))
x = base(layers.RandomFlip("horizontal")(pictures))
x = layers.Dense(256, activation="relu")(layers.Flatten()(x))
network = keras.Model(pictures, layers.Dense(1, activation="sigmoid")(x))""",
            ),
        ),
    ),
    Variant(
        name="subclassed",
        why="writes the classifier as a class of its own",
        right=True,
        change=(
            Replace(
                CLASSIFIER,
                """class Head(keras.Model):
    def __init__(self):
        super().__init__()
        self.flatten = layers.Flatten()
        self.hidden = layers.Dense(256, activation="relu")
        self.drop = layers.Dropout(0.5)
        self.out = layers.Dense(1, activation="sigmoid")

    def call(self, features, training=None):
        return self.out(self.drop(self.hidden(self.flatten(features)), training=training))


classifier = Head()""",
            ),
        ),
    ),
    Variant(
        name="activation_layers",
        why="writes the activations as layers, and freezes layer by layer",
        right=True,
        change=(
            Replace(
                CLASSIFIER,
                """classifier = keras.Sequential(name="head")
classifier.add(keras.Input((4, 4, 512)))
classifier.add(layers.Flatten())
classifier.add(layers.Dense(256))
classifier.add(layers.ReLU())
classifier.add(layers.Dropout(0.5))
classifier.add(layers.Dense(1))
classifier.add(layers.Activation("sigmoid"))""",
            ),
            Replace(FREEZE, "for layer in base.layers:\n    layer.trainable = False\n"),
        ),
    ),
    Variant(
        name="tensorflow_keras",
        why="takes Keras from TensorFlow, and flattens the features with NumPy",
        right=True,
        change=(
            Replace("import keras\n", "from tensorflow import keras\n"),
            Replace("from keras import layers", "from tensorflow.keras import layers"),
            Replace(
                "from keras.applications.vgg16 import VGG16", "from tensorflow.keras.applications.vgg16 import VGG16"
            ),
            Replace(
                CLASSIFIER,
                CLASSIFIER.replace("(4, 4, 512)", "(4 * 4 * 512,)").replace("        layers.Flatten(),\n", ""),
            ),
            Replace(
                "features_test = base.predict(x_test, batch_size=8, verbose=0)",
                """features_test = base.predict(x_test, batch_size=8, verbose=0)
features_train = features_train.reshape(len(x_train), -1)
features_test = features_test.reshape(len(x_test), -1)""",
            ),
        ),
    ),
    Variant(
        name="no_input_shape",
        why="leaves the shape of the inputs to the first call, and reads the counts from it",
        right=True,
        change=(
            Replace("        layers.Input(shape=(4, 4, 512)),\n", ""),
            Replace("base_parameters = 14_714_688", "base_parameters = base.count_params()"),
        ),
    ),
    Variant(
        name="set_trainable",
        why="walks through the base with a flag that is never set back, as books do",
        right=True,
        change=(
            Replace(
                LOOP,
                """base.trainable = True
set_trainable = False
for layer in base.layers:
    if layer.name == "block5_conv1":
        set_trainable = True
    layer.trainable = set_trainable""",
            ),
        ),
    ),
    Variant(
        name="several_models",
        why="tries another classifier first, and builds the final networks in functions",
        right=True,
        change=(
            Replace(
                CLASSIFIER,
                """def head(units):
    model = keras.Sequential([keras.Input((4, 4, 512)), layers.Flatten(), layers.Dense(units, activation="relu")])
    model.add(layers.Dropout(0.5))
    model.add(layers.Dense(1, activation="sigmoid"))
    return model


trial = head(16)
trial.compile("rmsprop", "binary_crossentropy")
trial.fit(features_train, y_train, epochs=1, batch_size=8, verbose=0)

classifier = head(256)""",
            ),
            Replace(LOOP, "base.trainable = True\nfor layer in base.layers[:-4]:\n    layer.trainable = False"),
        ),
    ),
)

WRONG = (
    Variant(
        name="random_weights",
        why="takes random weights instead of trained ones",
        change=(Replace(BASE, BASE.replace('"imagenet"', "None")),),
        fails=("base.trained_weights",),
        cause="weights=None starts from random numbers",
    ),
    Variant(
        name="average_pooling",
        why="averages over the grid at the end of the base, so that no grid is left",
        change=(
            Replace(BASE, BASE[:-1] + ', pooling="avg")'),
            Replace("base_parameters = 14_714_688", "base_parameters = base.count_params()"),
        ),
        fails=("base.architecture", "base.output_shape"),
        cause="GlobalAveragePooling2D",
    ),
    Variant(
        name="cut_too_early",
        why="cuts the base off after its fourth block",
        change=(Replace(BASE, f'{BASE}\nbase = keras.Model(base.inputs, base.get_layer("block4_pool").output)'),),
        fails=("base.architecture", "base.parameters", "base.output_shape", "features.features_train"),
        cause="7,635,264 parameters, expected 14,714,688",
    ),
    Variant(
        name="counted_with_top",
        why="gives the number of parameters of all of VGG16, its classifier included",
        change=(Replace("base_parameters = 14_714_688", "base_parameters = 138_357_544"),),
        fails=("base.base_parameters",),
        cause="expected 14714688",
    ),
    Variant(
        name="features_swapped",
        why="computes the features of the training pictures twice",
        change=(
            Replace("features_test = base.predict(x_test,", "features_test = base.predict(x_train,"),
            Replace("classifier.evaluate(features_test, y_test, ", "classifier.evaluate(features_train, y_train, "),
        ),
        fails=("features.features_test",),
        cause="rows, expected",
    ),
    Variant(
        name="mean_squared_error",
        why="takes the loss of a regression for the classifier",
        change=(Replace(HEAD_COMPILE, HEAD_COMPILE.replace("binary_crossentropy", "mse")),),
        fails=("features.compiled",),
        cause="loss for regression",
    ),
    Variant(
        name="learning_rate",
        why="leaves the learning rate of the network with the frozen base at Keras' default",
        change=(Replace(NETWORK_COMPILE, NETWORK_COMPILE.replace("2e-5", "1e-3")),),
        fails=("frozen.compiled",),
        cause="50 times too large",
    ),
    Variant(
        name="default_batches",
        why="leaves the batch size of the network with the frozen base at 32",
        change=(Replace(FIRST_FIT, FIRST_FIT.replace(", batch_size=8", "")),),
        fails=("frozen.trained",),
        cause="32 is Keras' default",
    ),
    Variant(
        name="all_counted",
        why="counts all parameters, also those that are frozen",
        change=(
            Replace(
                "frozen_trainable = sum(int(np.prod(weight.shape)) for weight in network.trainable_weights)",
                "frozen_trainable = network.count_params()",
            ),
        ),
        fails=("frozen.frozen_trainable",),
        cause="expected 2097665",
    ),
    Variant(
        name="one_convolution_counted",
        why="counts one convolution of block 5 instead of three",
        change=(
            Replace(
                "tuned_trainable = sum(int(np.prod(weight.shape)) for weight in network.trainable_weights)",
                "tuned_trainable = (9 * 512 * 512 + 512) + (8_192 * 256 + 256) + (256 + 1)",
            ),
        ),
        fails=("tuning.tuned_trainable",),
        cause="Three convolutions with 512 filters",
    ),
    Variant(
        name="features_typed_in",
        why="makes features up",
        change=(
            Replace(
                "features_train = base.predict(x_train, batch_size=8, verbose=0)",
                "features_train = np.random.default_rng(0).random((len(x_train), 4, 4, 512)) + y_train[:, None, None, None]",
            ),
            Replace(
                "features_test = base.predict(x_test, batch_size=8, verbose=0)",
                "features_test = base.predict(x_test, batch_size=8, verbose=0)\nbase.predict(x_train, batch_size=8, verbose=0)",
            ),
        ),
        fails=("features.from_the_base",),
        cause="predicted these numbers",
    ),
    Variant(
        name="no_dropout",
        why="forgets the dropout",
        change=(Replace("        layers.Dropout(0.5),\n", ""),),
        fails=("features.architecture",),
        cause="Dropout",
    ),
    Variant(
        name="dropout_at_the_end",
        why="drops the output",
        change=(
            Replace(
                CLASSIFIER,
                CLASSIFIER.replace("        layers.Dropout(0.5),\n", "").replace(
                    '"sigmoid"),\n', '"sigmoid"),\n        layers.Dropout(0.5),\n'
                ),
            ),
        ),
        fails=("features.architecture",),
        cause="Dropout",
    ),
    Variant(
        name="softmax_with_one_unit",
        why="ends the classifier in softmax with one unit, which is always 1",
        change=(Replace(CLASSIFIER, CLASSIFIER.replace("sigmoid", "softmax")),),
        fails=("features.architecture",),
        cause="always gives 1",
    ),
    Variant(
        name="half_the_units",
        why="gives the classifier 128 units",
        change=(Replace(CLASSIFIER, CLASSIFIER.replace("256", "128")),),
        fails=("features.architecture", "features.parameters"),
        cause="128 units",
    ),
    Variant(
        name="one_epoch",
        why="trains the classifier for one epoch",
        change=(Replace("epochs=CLASSIFIER_EPOCHS", "epochs=1"),),
        fails=("features.trained",),
        cause="1 epoch",
    ),
    Variant(
        name="missing_flatten",
        why="leaves the grid as it is, so that the dense layers work on each cell of it",
        change=(Replace(NETWORK, NETWORK.replace("        layers.Flatten(),\n", "        layers.MaxPooling2D(4),\n")),),
        fails=("frozen.architecture", "frozen.parameters"),
        cause="Flatten",
    ),
    Variant(
        name="no_augmentation",
        why="leaves the random flip out",
        change=(Replace('        layers.RandomFlip("horizontal"),\n', ""),),
        fails=("frozen.architecture",),
        cause="RandomFlip",
    ),
    Variant(
        name="never_frozen",
        why="forgets to freeze the base",
        change=(Replace(FREEZE, ""),),
        fails=("frozen.freezing", "frozen.trainable_parameters"),
        cause="freeze the base before compile",
    ),
    Variant(
        name="everything_frozen",
        why="freezes the whole network, the new layers too",
        change=(Replace("network.summary()\n", "network.trainable = False\n"),),
        fails=("frozen.freezing",),
        cause="frozen",
    ),
    Variant(
        name="large_steps",
        why="trains a thousand times faster, as from scratch",
        change=(
            Replace(
                RECOMPILE,
                RECOMPILE.replace("1e-6", "1e-2"),
            ),
        ),
        fails=("tuning.two_steps",),
        cause="too large for fine-tuning",
    ),
    Variant(
        name="freezing_loop",
        why="freezes everything but one layer: the else branch catches the rest of block 5",
        change=(
            Replace(
                LOOP,
                """base.trainable = True
for layer in base.layers:
    if layer.name == "block5_conv1":
        layer.trainable = True
    else:
        layer.trainable = False""",
            ),
        ),
        fails=("tuning.unfreezing", "tuning.trainable_parameters"),
        cause="Only block5_conv1 can be trained",
    ),
    Variant(
        name="not_compiled_again",
        why="changes what is trainable after compile, and doesn't compile again",
        change=(Replace(RECOMPILE, ""),),
        fails=("tuning.two_steps",),
        cause="compile again",
    ),
    Variant(
        name="whole_base",
        why="unfreezes all blocks",
        change=(Replace(LOOP, "base.trainable = True"),),
        fails=("tuning.unfreezing", "tuning.tuned_trainable"),
        cause="blocks 1 to 4",
    ),
    Variant(
        name="still_frozen",
        why="forgets to unfreeze",
        change=(Replace(LOOP, ""),),
        fails=("tuning.unfreezing",),
        cause="still frozen",
    ),
    Variant(
        name="one_step",
        why="fine-tunes at once, without training the new layers first",
        change=(Replace(FIRST_FIT, ""),),
        fails=("tuning.two_steps",),
        cause="only once",
    ),
)

variants: tuple[Variant, ...] = RIGHT + WRONG
