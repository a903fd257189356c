"""Honest notebooks that do by accident what attacks do on purpose; all of them are right."""

from attacks.attack import notebook_of
from attacks.course import CELLS, Grounds
from nbformat import NotebookNode

HONEST: dict[str, dict[str, str]] = {
    "plain": {},
    "slow_cell": {
        "answer": """
import time; time.sleep(3)
"""
        + str(CELLS["answer"])
    },
    "large_array": {
        "answer": """
big = np.ones((10_000, 4_000), 'float32'); total = big.sum()
"""
        + str(CELLS["answer"])
    },
    "child_processes": {
        "answer": """
import multiprocessing
with multiprocessing.get_context('fork').Pool(2) as pool:
    print(pool.map(abs, [-1, -2]))
"""
        + str(CELLS["answer"])
    },
    "threads": {
        "answer": """
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(8) as pool:
    print(list(pool.map(abs, range(-20, 0))))
"""
        + str(CELLS["answer"])
    },
    "scratch_file": {
        "answer": """
np.save('points.npy', points); np.save('/tmp/big.npy', np.ones(4_000_000))
points_again = np.load('points.npy')
"""
        + str(CELLS["answer"])
    },
    "long_output": {
        "answer": """
for n in range(5_000): print('row', n, 'of the table')
"""
        + str(CELLS["answer"])
    },
    "own_data_file": {
        "answer": """
from pathlib import Path
if Path('../data/hidden.csv').exists():
    print('mine')
"""
        + str(CELLS["answer"])
    },
    "sets_environment": {
        "data": """
import os
os.environ['TF_CPP_MIN_LOG_LEVEL'] = '2'
os.environ['SECRET_TOKEN'] = 'my own'
print(os.environ.get('HOME'))
"""
        + str(CELLS["data"])
    },
    "tries_a_download": {
        "answer": """
import urllib.request
try:
    urllib.request.urlopen('http://example.org/data.csv', timeout=1)
except OSError as error:
    print('offline', error)
"""
        + str(CELLS["answer"])
    },
    "shell_magic": {
        "answer": """
!ls -la | head -3
%timeit -n 1 -r 1 sum(range(10))
"""
        + str(CELLS["answer"])
    },
    "saves_and_loads": {
        "answer": """
network.save('mine.keras')
again = keras.models.load_model('mine.keras')
print(again.count_params())
"""
        + str(CELLS["answer"])
    },
    "own_callback": {
        "train": """
class Report(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        print(epoch, logs['loss'])
history = network.fit(points, labels, epochs=12, batch_size=50, verbose=0, callbacks=[Report()])"""
    },
    "quits_at_the_end": {
        "plot": str(CELLS["plot"])
        + """
import sys; sys.exit(0)"""
    },
    "shadows_names": {
        "answer": """
import sys
list_ = list; type_ = type
random = 3; input = None; print = print
"""
        + str(CELLS["answer"])
    },
    "html_and_colours": {
        "answer": r"""
from IPython.display import HTML, Markdown, display
display(HTML('<b>done</b>'), Markdown('**done** <5'))
print('\x1b[32mgreen\x1b[0m \u05d0\u05d1\u05d2')
"""
        + str(CELLS["answer"])
    },
    "patches_numpy_print": {
        "answer": """
np.set_printoptions(precision=2)
import warnings; warnings.filterwarnings('ignore')
"""
        + str(CELLS["answer"])
    },
    "handles_interrupts": {
        "answer": """
try:
    sum(range(1000))
except KeyboardInterrupt:
    pass
"""
        + str(CELLS["answer"])
    },
    "lambda_elsewhere": {
        "answer": """
toy = keras.Sequential([keras.Input((2,)), keras.layers.Lambda(lambda x: x * 2)])
print(toy(np.ones((1, 2))))
"""
        + str(CELLS["answer"])
    },
    "secret_of_another": {
        "answer": """
# @other_submission@
"""
        + str(CELLS["answer"])
    },
}
"""By name, the cells that differ from the plain solution."""

LOSES_UNDER: dict[str, dict[str, str]] = {
    "landlock": {
        "scratch_file": "`/tmp` by its path is the machine's own, and Landlock moves no paths; the report says so beside the cell "
        "that was refused. `tempfile` and relative paths work",
    }
}
"""Honest notebooks that a level can't run to their end, with or without attacks beside them, and why."""


def honest(name: str, grounds: Grounds) -> NotebookNode:
    """One of them as a notebook."""
    sources = [str(source) for source in {**CELLS, **HONEST[name]}.values()]
    return notebook_of([s.replace("@other_submission@", grounds.canaries["other_submission"]) for s in sources])
