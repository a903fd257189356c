"""Honest notebooks that do by accident what attacks do on purpose; all of them are right."""

from attacks.attack import notebook_of
from attacks.course import CELLS, Grounds

HONEST: dict[str, dict[str, str]] = {
    "plain": {},
    "slow_cell": {"answer": "import time; time.sleep(3)\n" + str(CELLS["answer"])},
    "large_array": {"answer": "big = np.ones((10_000, 4_000), 'float32'); total = big.sum()\n" + str(CELLS["answer"])},
    "child_processes": {
        "answer": "import multiprocessing\nwith multiprocessing.get_context('fork').Pool(2) as pool:\n"
        "    print(pool.map(abs, [-1, -2]))\n" + str(CELLS["answer"])
    },
    "threads": {
        "answer": "from concurrent.futures import ThreadPoolExecutor\nwith ThreadPoolExecutor(8) as pool:\n"
        "    print(list(pool.map(abs, range(-20, 0))))\n" + str(CELLS["answer"])
    },
    "scratch_file": {
        "answer": "np.save('points.npy', points); np.save('/tmp/big.npy', np.ones(4_000_000))\n"
        "points_again = np.load('points.npy')\n" + str(CELLS["answer"])
    },
    "long_output": {"answer": "for n in range(5_000): print('row', n, 'of the table')\n" + str(CELLS["answer"])},
    "own_data_file": {
        "answer": "from pathlib import Path\nif Path('../data/hidden.csv').exists():\n    print('mine')\n"
        + str(CELLS["answer"])
    },
    "sets_environment": {
        "data": "import os\nos.environ['TF_CPP_MIN_LOG_LEVEL'] = '2'\nos.environ['SECRET_TOKEN'] = 'my own'\nprint(os.environ.get('HOME'))\n"
        + str(CELLS["data"])
    },
    "tries_a_download": {
        "answer": "import urllib.request\ntry:\n    urllib.request.urlopen('http://example.org/data.csv', timeout=1)\n"
        "except OSError as error:\n    print('offline', error)\n" + str(CELLS["answer"])
    },
    "shell_magic": {"answer": "!ls -la | head -3\n%timeit -n 1 -r 1 sum(range(10))\n" + str(CELLS["answer"])},
    "saves_and_loads": {
        "answer": "network.save('mine.keras')\nagain = keras.models.load_model('mine.keras')\nprint(again.count_params())\n"
        + str(CELLS["answer"])
    },
    "own_callback": {
        "train": "class Report(keras.callbacks.Callback):\n    def on_epoch_end(self, epoch, logs=None):\n        print(epoch, logs['loss'])\n"
        "history = network.fit(points, labels, epochs=12, batch_size=50, verbose=0, callbacks=[Report()])"
    },
    "quits_at_the_end": {"plot": str(CELLS["plot"]) + "\nimport sys; sys.exit(0)"},
    "shadows_names": {
        "answer": "import sys\nlist_ = list; type_ = type\nrandom = 3; input = None; print = print\n"
        + str(CELLS["answer"])
    },
    "html_and_colours": {
        "answer": "from IPython.display import HTML, Markdown, display\ndisplay(HTML('<b>done</b>'), Markdown('**done** <5'))\n"
        "print('\\x1b[32mgreen\\x1b[0m \\u05d0\\u05d1\\u05d2')\n" + str(CELLS["answer"])
    },
    "patches_numpy_print": {
        "answer": "np.set_printoptions(precision=2)\nimport warnings; warnings.filterwarnings('ignore')\n"
        + str(CELLS["answer"])
    },
    "handles_interrupts": {
        "answer": "import signal, faulthandler\nfaulthandler.enable() if False else None\n"
        "try:\n    sum(range(1000))\nexcept KeyboardInterrupt:\n    pass\n" + str(CELLS["answer"])
    },
    "lambda_elsewhere": {
        "answer": "toy = keras.Sequential([keras.Input((2,)), keras.layers.Lambda(lambda x: x * 2)])\nprint(toy(np.ones((1, 2))))\n"
        + str(CELLS["answer"])
    },
    "secret_of_another": {"answer": "# @other_submission@\n" + str(CELLS["answer"])},
}
"""By name, the cells that differ from the plain solution."""


def honest(name: str, grounds: Grounds):  # type: ignore[no-untyped-def]
    """One of them as a notebook."""
    sources = [str(source) for source in {**CELLS, **HONEST[name]}.values()]
    return notebook_of([s.replace("@other_submission@", grounds.canaries["other_submission"]) for s in sources])
