"""What the doctor finds, and what it leaves alone."""

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.notebook.doctor import examine
from grader.report import Severity


def notebook(*sources):
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(s) for s in sources])


def advice(*sources, **options):
    options.setdefault("installed", lambda _: True)
    return examine(notebook(*sources), **options)


def one(*sources, **options):
    found = advice(*sources, **options)
    assert len(found) == 1, [a.what for a in found]
    return found[0]


@pytest.mark.parametrize(
    ("source", "old", "new"),
    [
        ("from keras.utils import np_utils", "from keras.utils import np_utils", "from keras import utils as np_utils"),
        ("import keras.utils.np_utils", "import keras.utils.np_utils", "import keras.utils"),
        (
            "from keras.utils.np_utils import to_categorical as hot",
            "from keras.utils.np_utils import to_categorical as hot",
            "from keras.utils import to_categorical as hot",
        ),
        ("from keras.layers.core import *", "from keras.layers.core import *", "from keras.layers import *"),
        (
            "import keras as k\nk.utils.np_utils.to_categorical",
            "k.utils.np_utils.to_categorical",
            "keras.utils.to_categorical",
        ),
        ("from keras import backend as K\nK.mean(1)", "K.mean", "keras.ops.mean"),
        (
            "import tensorflow as tf\ntf.enable_eager_execution()",
            "tf.enable_eager_execution",
            "(nothing: TensorFlow 2 always runs eagerly)",
        ),
        (
            "import tensorflow as tf\ntf.keras.utils.np_utils.to_categorical(1)",
            "tf.keras.utils.np_utils.to_categorical",
            "keras.utils.to_categorical",
        ),
        ("from keras.optimizers import SGD\nSGD(lr=0.1)", "lr=0.1", "learning_rate=0.1"),
        ("from tensorflow.keras import optimizers as o\nr = 3\no.Adam(lr=r / 2)", "lr=r / 2", "learning_rate=r / 2"),
        (
            "from keras.layers.core import Dense",
            "from keras.layers.core import Dense",
            "from keras.layers import Dense",
        ),
        ("from keras.layers import Dense\nDense(output_dim=3)", "output_dim=3", "units=3"),
        (
            "from keras.layers import MaxPooling2D\nMaxPooling2D(dim_ordering='th')",
            "dim_ordering='th'",
            "data_format='channels_first'",
        ),
        ("from keras import Sequential\nm = Sequential()\nm.fit(1, 2, nb_epoch=3)", "nb_epoch=3", "epochs=3"),
        ("from keras import Sequential\nm = Sequential()\nm.fit_generator(1)", "m.fit_generator", "m.fit"),
        ("from keras import Sequential\nm = Sequential()\nm.predict_proba(1)", "m.predict_proba", "m.predict"),
        ("from keras import Sequential\nm = Sequential()\nm.save('best')", '"best"', '"best.keras"'),
        ("from keras import Sequential\nm = Sequential()\nm.save_weights('w.h5')", '"w.h5"', '"w.weights.h5"'),
        (
            "from keras import Sequential\nm = Sequential()\nfor l in m.layers:\n    l.output_shape",
            "l.output_shape",
            "l.output.shape",
        ),
        (
            "from keras import Sequential\nm = Sequential()\nprint(m.optimizer.lr)",
            "m.optimizer.lr",
            "m.optimizer.learning_rate",
        ),
        ("import matplotlib.pyplot as plt\nplt.style.use('seaborn-white')", '"seaborn-white"', '"seaborn-v0_8-white"'),
        ("import numpy as np\nnp.float(3)", "np.float", "float"),
        (
            "from keras import Sequential\nm = Sequential()\nm.compile('sgd', loss='cosine_proximity')",
            '"cosine_proximity"',
            '"cosine_similarity"',
        ),
    ],
)
def test_dead_names_with_their_replacement(source, old, new):
    found = one(source)
    assert (found.kind, found.severity, found.old, found.new) == ("dead_name", Severity.BREAKS, old, new)


def test_a_dead_import_is_reported_once_and_where_it_stands():
    found = one(
        "import keras", "x = 1\nfrom keras.utils import np_utils\nnp_utils.to_categorical(x)\nnp_utils.normalize(x)"
    )
    assert (found.cell, found.line) == (1, 2)


@pytest.mark.parametrize(
    "source",
    [
        "from keras import layers\nlayers = [layers.Dense(1)]\nlayers.core",
        "class Net:\n    def predict_classes(self): pass\nNet().predict_classes()",
        "from sklearn.linear_model import LogisticRegression\nclf = LogisticRegression()\nclf.predict_proba(1)",
        "from keras.layers import Dense\nDense(3, input_dim=4)\nDense(units=3, input_shape=(4,))",
        "from tensorflow.keras.preprocessing.image import ImageDataGenerator",
        "try:\n    from keras.utils import np_utils\nexcept ImportError:\n    from keras import utils as np_utils",
        "from keras.layers import Conv2D\nConv2D(32, 3, 1)\nConv2D(32, (3, 3), 3)",
        "def train(lr, nb_words):\n    return lr\ntrain(lr=1, nb_words=2)",
        "import matplotlib.pyplot as plt\nplt.style.use('seaborn-v0_8-white')\nplt.style.use('ggplot')",
        "from keras import Sequential\nm = Sequential()\nm.output_shape\nm.save('m.keras')\nm.optimizer.learning_rate",
        "import tensorflow as tf\ntf.newaxis\ntf.keras.layers.Dense(1)\ntf.nn.softmax(1)",
        "import keras\nkeras.losses.mean_squared_error",
    ],
)
def test_living_names_are_left_alone(source):
    assert advice(source) == ()


def test_what_runs_but_may_surprise():
    assert one("from keras.layers import Conv2D\nConv2D(32, 3, 3)").severity is Severity.MAY_SURPRISE
    assert one("from keras.optimizers import SGD\nSGD(learning_rate=1, decay=1e-6)").severity is Severity.MAY_SURPRISE
    assert one("from keras import Sequential\nm = Sequential()\nm.optimizer.lr = 3").severity is Severity.MAY_SURPRISE


COMPILED = "from keras import Sequential\nm = Sequential()\nm.compile('sgd', 'mse', metrics=['{}'])\nh = m.fit(1, 2)"


@pytest.mark.parametrize(
    ("compiled", "key", "right"),
    [
        ("accuracy", "acc", "accuracy"),
        ("acc", "val_accuracy", "val_acc"),
        ("mae", "val_mean_absolute_error", "val_mae"),
        ("categorical_accuracy", "acc", "categorical_accuracy"),
    ],
)
def test_history_keys(compiled, key, right):
    found = one(COMPILED.format(compiled), f"h.history['{key}']")
    assert (found.cell, found.old, found.new) == (1, f'"{key}"', f'"{right}"')
    assert one(COMPILED.format(compiled), f"d = h.history\nd['{key}']").new == f'"{right}"'


@pytest.mark.parametrize(
    "use", ["h.history['accuracy']", "h.history['loss']", "scores = {}\nscores['acc'] = 1\nscores['acc']"]
)
def test_right_history_keys(use):
    assert advice(COMPILED.format("accuracy"), use) == ()


def test_python_2_is_said_as_such_and_hides_nothing():
    found = advice("x = 3\nprint 'x is', x", "print(x)\nfrom keras.utils import np_utils")
    assert [(a.kind, a.cell, a.line) for a in found] == [("syntax", 0, 2), ("dead_name", 1, 2)]
    assert "Python 2" in found[0].what
    assert found[0].new == "print('x is', x)"


def test_a_cell_that_does_not_parse_defines_what_it_looks_like():
    found = advice("model = build((3)\nhistory = model.fit()", "model.summary()\nhistory.history")
    assert [(a.kind, a.cell) for a in found] == [("syntax", 0)]


@pytest.mark.parametrize(
    "sources",
    [
        ("%%time\nx = 3", "x"),
        ("%time x = 3", "x"),
        ("x = !ls", "x"),
        ("%%capture x\nprint(1)", "x.show()"),
        ("%matplotlib inline\nx = 3\nls = [x]", "x, ls"),
        ("!pip list \\\n   --user\nx = 3", "x"),
        ("%%bash\necho $y",),
        ("x = [i for i in range(3) if i]", "{k: v for k, v in zip(x, x)}", "print(*(y for y in x))"),
        ("def f():\n    return later", "later = 3", "f()"),
        ("from numpy import *", "array([1])"),
        ("for i in range(3):\n    pass", "i"),
        ("for i in range(3):\n    if i:\n        print(last)\n    last = i",),
        ("try:\n    seen\nexcept NameError:\n    seen = 3", "seen"),
        ("if 'm' in globals():\n    m.fit()",),
        ("x = 3\ndel x\nx = 4", "x"),
        ("class A:\n    n = 3\n    m = n + 1\n    def f(self):\n        return A", "A()"),
        ("def f(n):\n    return f(n - 1) if n else g()\ndef g(): return 1", "f(2)"),
        ("import os.path as p\nwith open('x') as f:\n    p.exists(f)",),
        ("if (n := 3) > 2:\n    n",),
        ("f = lambda a, *b, **c: (a, b, c, __name__, _, _3, In, display)",),
        ("def f():\n    global made\n    made = 3\nf()", "made"),
        ("x: int = 3\nx += 1\n(a, *b), c = (1, 2), 3\nprint(a, b, c)",),
        ("match 3:\n    case n if n > 2:\n        print(n)\n    case [a, *rest]:\n        print(a, rest)",),
        ("exec('z = 3')", "z"),
        ("%pylab inline", "plot(array([1]))"),
        ("x = 1\nx?\n?x\nx??",),
        ("async def f():\n    async with a as b:\n        return [c async for c in b]\na = 1",),
    ],
)
def test_names_that_are_there(sources):
    assert advice(*sources) == ()


@pytest.mark.parametrize(
    ("sources", "cell", "name", "new"),
    [
        (("plot(1)",), 0, "plot", ""),
        (("print(later)", "later = 3"), 0, "later", "move cell 1 above this one"),
        (("print(x)\nx = 3",), 0, "x", "define `x` on an earlier line"),
        (("x = 3\ndel x", "x"), 1, "x", "move cell 0 above this one"),
        (("def f():\n    return nowhere\nf()",), 0, "nowhere", ""),
        (("[n for n in range(3)]", "n"), 1, "n", ""),
        (("x += 1",), 0, "x", "define `x` on an earlier line"),
        (("def f(a=default): pass",), 0, "default", ""),
    ],
)
def test_names_that_are_not_there(sources, cell, name, new):
    found = one(*sources)
    assert (found.kind, found.cell, found.old, found.severity) == ("undefined", cell, name, Severity.BREAKS)
    if "del" not in sources[0]:
        assert found.new == new


def test_a_function_that_is_never_called_does_not_break():
    assert one("def f():\n    return nowhere").severity is Severity.MAY_SURPRISE


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("open('/home/me/data.csv')", "path"),
        ("import numpy as np\nnp.load('C:\\\\Users\\\\me\\\\x.npy')", "path"),
        ("%cd /content/drive/MyDrive", "path"),
        ("import keras\nkeras.utils.get_file('x', 'http://x')", "download"),
        ("from urllib.request import urlretrieve\nurlretrieve('http://x')", "download"),
        ("!wget http://x/y.zip", "download"),
        ("import pandas as pd\npd.read_csv('https://x/y.csv')", "download"),
        ("name = input('name? ')", "input"),
        ("!pip install seaborn", "install"),
        ("%pip install -q seaborn", "install"),
        ("from google.colab import drive\ndrive.mount('/content/drive')", "colab"),
        ("import os\nos._exit(0)", "habit"),
    ],
)
def test_surroundings(source, kind):
    assert kind in {a.kind for a in advice(source)}


def test_paths_that_are_no_harm():
    assert advice("open('data.csv')\nopen('/tmp/x')\nprint('/')\nx = 'either/or'\ny = 'http://a.b/home/c'") == ()


def test_a_missing_module_is_told_apart():
    found = one("import nowhere_to_be_found", installed=lambda name: name != "nowhere_to_be_found")
    assert found.kind == "missing_module"
    assert "says nothing about the answer" in found.why
    assert advice("try:\n    import nowhere\nexcept ImportError:\n    pass", installed=lambda _: False) == ()
    assert "PyTorch" in one("import torch.nn as nn", installed=lambda _: False).what
    assert advice("import os, sys, collections.abc, keras, sklearn.svm, numpy.linalg") == ()


def test_long_training():
    load = "import keras\nfrom keras.datasets import mnist\n(x, y), _ = mnist.load_data()\nm = keras.Sequential([keras.layers.Dense(9)])"
    assert one(load, "m.fit(x, y, epochs=500, batch_size=128)").kind == "long_training"
    assert one(load, "n = 500\nfor k in range(4):\n    m.fit(x, y, epochs=n)").kind == "long_training"
    assert advice(load, "m.fit(x, y, epochs=5, batch_size=128)") == ()
    assert advice("import keras\nm = keras.Sequential()\nm.fit(1, 2, epochs=5000)") == ()


@given(st.lists(st.text(max_size=60), max_size=4))
def test_whatever_is_in_the_cells_gets_an_answer(sources):
    for found in advice(*sources):
        assert found.what
        assert found.cell is None or 0 <= found.cell < len(sources)
