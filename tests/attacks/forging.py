"""Forged results: what a notebook may say about itself, and what is believed."""

from attacks.attack import DIED, ERROR, GRADED, TIMEOUT, Attack

WRONG = """network = keras.Sequential([keras.layers.Input((2,)), keras.layers.Dense(3), keras.layers.Dense(1)])
network.compile("sgd", "mse")"""
WRITE = """
import json, os
def write(name, record):
    path = os.path.join(os.environ["GRADER_EVIDENCE"], name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as f: f.write(record if isinstance(record, str) else json.dumps(record))
"""
NETWORK = ("network.architecture", "network.parameters", "network.secret_accuracy")
SESSION = """
import time
kernel = get_ipython().kernel
def send(kind, content, parent=None, socket=None):
    kernel.session.send(socket or kernel.iopub_socket, kind, content, parent=parent or kernel.get_parent(), ident=b"x")
"""

ATTACKS = (
    Attack(
        name="patches_keras",
        tries="replaces count_params, evaluate and fit of Keras",
        trains=True,
        changed={
            "network": """
import keras.src.models.model as inner
keras.Model.count_params = inner.Model.count_params = lambda self: 65
keras.Model.evaluate = lambda self, *a, **k: [0.0, 1.0]
class H:
    history = {'accuracy': [1.0] * 12, 'loss': [0.0] * 12}
    epoch = list(range(12))
keras.Model.fit = keras.Sequential.fit = lambda self, *a, **k: H()
"""
            + WRONG
        },
        cells=("print(network.evaluate(1, 1))",),
        status=(GRADED,),
        least=2,
        most=5,
        loses=(*NETWORK, "network.trained"),
        shows=("1.0",),
        outcome="the network is rebuilt and measured elsewhere; it fails",
        look_alike="shadows_names",
    ),
    Attack(
        name="patches_predictions",
        tries="replaces call, predict and the weights of a network by a lookup of right answers",
        trains=True,
        changed={
            "train": """
class Oracle(keras.Sequential):
    def predict(self, x, **k): return (x[:, :1] * x[:, 1:] > 0).astype('float32')
    def predict_on_batch(self, x): return self.predict(x)
    def __call__(self, x, **k): return self.predict(np.asarray(x))
class H: history = {'loss': [0.0] * 12, 'accuracy': [1.0] * 12}
history = H()
network.__class__ = Oracle"""
        },
        least=2,
        most=9,
        loses=("network.trained", "network.secret_accuracy"),
        outcome="its weights are put into a network of Keras' own; it is untrained and fails",
    ),
    Attack(
        name="invents_a_history",
        tries="a History object that shows a perfect training without one",
        trains=True,
        changed={
            "train": r"""
history = keras.callbacks.History(); history.set_model(network)
history.epoch = list(range(12))
history.history = {'loss': [1 - n / 12 for n in range(12)], 'accuracy': [n / 11 for n in range(12)]}
for n in range(12): print(f'Epoch {n + 1}/12\n20/20 - 0s - accuracy: {n / 11:.4f}')"""
        },
        least=4,
        most=8,
        loses=("network.trained", "network.secret_accuracy"),
        outcome="no training was seen, and the weights are random",
    ),
    Attack(
        name="patches_numpy_equality",
        tries="arrays and numbers that are equal to everything",
        changed={
            "scale": """
class Same(np.ndarray):
    __eq__ = __le__ = __lt__ = lambda self, other: True
    def __ne__(self, other): return False
    __hash__ = None
def scale(x):
    return np.zeros((1, 1)).view(Same)
np.allclose = np.array_equal = np.testing.assert_allclose = lambda *a, **k: True
import builtins, math; math.isclose = np.allclose""",
            "answer": """
class Number(float):
    __eq__ = lambda self, other: True
    __hash__ = float.__hash__
    def __sub__(self, other): return 0.0
    __rsub__ = __sub__
    def __abs__(self): return 0.0
weights = Number(1)""",
        },
        least=0,
        most=0,
        loses=("scale.scale", "answer.weights"),
        outcome="values are written down as plain data and compared outside",
    ),
    Attack(
        name="patches_the_collector",
        tries="replaces the collector's own functions and the JSON encoder",
        changed={
            "scale": """
import sys, json
for name, module in list(sys.modules.items()):
    if name.startswith('inside'):
        for key, value in list(vars(module).items()):
            if callable(value) and getattr(value, '__module__', '') == name and key in ('described', 'plain', 'finite'):
                setattr(module, key, lambda *a, **k: {'kind': 'array', 'value': 65})
def scale(x): return x""",
            "answer": "weights = 1",
        },
        status=(GRADED, ERROR),
        least=0,
        most=0,
        loses=("scale.scale", "answer.weights"),
        outcome="its own records become damaged ones, which are left out",
    ),
    Attack(
        name="turns_the_collector_off",
        tries="unregisters the collector's callbacks",
        cells=("for name in ('pre_run_cell', 'post_run_cell'): get_ipython().events.callbacks[name].clear()",),
        least=2,
        most=2,
        loses=("answer.weights",),
        outcome="what came later was never seen and earns nothing",
    ),
    Attack(
        name="writes_evidence_first",
        tries="writes records of a perfect training, values and notices before the collector does",
        trains=True,
        changed={
            "train": WRITE
            + """
for n in range(1, 5):
    write(f'fits/{n:04d}.json', {'fit': n, 'model': 1, 'cell': 3, 'epochs': 12, 'epochs_run': 12, 'samples': 1000, 'batch_size': 50,
        'history': {'loss': [0.5 - n / 30 for n in range(12)], 'accuracy': [1.0] * 12}, 'snapshot': 1, 'weights_before': 'a', 'weights_after': 'b'})
write('examined/0001.json', {'snapshot': 1, 'parameters': 65, 'trainable_parameters': 65})
write('held_out/0001-corners-test.npy', 'x')
write('measurements/0001.json', {'snapshot': 1, 'held_out': 'corners-test', 'metric': 'accuracy', 'value': 1.0, 'count': 1000})
write('evidence.json', {'status': 'graded'}); write('outcome.json', {'how': 'completed'}); write('cells/0009.json', {'index': 9})
class H: history = {'loss': [0.5] * 12, 'accuracy': [1.0] * 12}
history = H()"""
        },
        least=2,
        most=9,
        loses=("network.secret_accuracy",),
        outcome="no verified point: measurements can't be sent from there; a forged fit can earn its claimed point",
        undefended="A process can lie about what happened inside it: points of claimed checks follow forged records.",
    ),
    Attack(
        name="points_to_nothing",
        tries="records of the best network of all, whose numbers lead to no file or to another's",
        trains=True,
        changed={"network": WRONG, "train": "", "answer": "weights = 1", "plot": ""},
        cells=(
            WRITE
            + """
config = {"class_name": "Sequential", "config": {"layers": []}}
for n, snapshot in enumerate((4242, 8001, 1, 2 ** 40, -7)):
    write(f"models/{8500 + n}.json", {"model": 70 + n, "snapshot": snapshot, "cell": 5, "names": ["network"], "built": True,
                                      "config": config, "weights": "0001.npz"})
    write(f"fits/{8500 + n}.json", {"fit": 8500 + n, "model": 70 + n, "cell": 5, "epochs": 12, "epochs_run": 12, "snapshot": snapshot,
                                    "samples": 1000, "batch_size": 50, "weights_before": "a", "weights_after": "b"})
""",
        ),
        before="",
        least=2,
        most=4,
        loses=NETWORK,
        says=(r"calls itself number 4242",),
        outcome="left out and said so: a record that can't be looked up was once the machine's fault, with full points",
    ),
    Attack(
        name="forges_values",
        tries="writes a record of a value and of a function's result that it doesn't have",
        changed={"scale": "def scale(x): return x", "answer": "weights = 1"},
        cells=(
            WRITE
            + """
for serial in (3, 4, 5, 6):
    write(f'values/{serial:04d}.json', {'name': 'weights', 'cell': 3, 'kind': 'number', 'type_name': 'int', 'value': 65})""",
        ),
        before="",
        least=0,
        most=1,
        loses=("scale.scale",),
        outcome="a forged value is taken like an assigned one: it had to be known",
        undefended="An answer is an answer, however it is given.",
    ),
    Attack(
        name="damaged_evidence",
        tries="writes records of wrong types, sizes, nesting and names",
        cells=(
            WRITE
            + r"""
deep = '[' * 5000 + ']' * 5000
for kind in ('models', 'fits', 'evaluations', 'predictions', 'figures', 'values', 'functions', 'notices'):
    for n, record in enumerate(('', '{', '[]', deep, 'null', '{"model": 1e999}', '{"cell": -5}', '{"name": "\\ud800"}', '{"cell": 1, "text": ' + deep + '}', '\x00' * 100)):
        write(f'{kind}/{8000 + n}.json', record)
for name in ('../x.json', 'models/0001.json.sh', 'models/..json', 'fits/' + '9' * 30 + '.json', 'cells/0001.json', 'notices/0001.npz'):
    try: write(name, '{}')
    except OSError: pass
base = os.environ['GRADER_EVIDENCE']
os.symlink('/etc/passwd', base + '/notices/7001.json'); os.mkfifo(base + '/notices/7002.json'); os.mkdir(base + '/notices/7003.json'); os.link(base + '/notices/8000.json', base + '/notices/7004.json')""",
        ),
        least=3,
        says=(r"was dropped|Left out",),
        outcome="left out and said so",
    ),
    Attack(
        name="absurd_evidence",
        tries="writes well-formed records with absurd contents",
        cells=(
            WRITE
            + r"""
big, wild = 2 ** 62, {'shape': [2 ** 40, 2 ** 40], 'dtype': 'float32', 'mean': 1e308, 'rows': [-1]}
for n in range(20):
    write(f'fits/{8000 + n}.json', {'fit': n - 5, 'model': n - 7, 'cell': -n, 'epochs': big, 'epochs_run': big, 'batch_size': 0, 'samples': -1, 'x': wild, 'y': wild,
        'history': {'loss': [None] * n, 'accuracy': [], '': [1e308]}, 'compile': {'optimizer': 'x' * 5000, 'optimizer_config': {'learning_rate': [[]]}, 'loss': '\x1b[2J'}})
    write(f'models/{8000 + n}.json', {'model': n - 7, 'snapshot': [0, -1, big, 8000 + n][n % 4], 'cell': n, 'names': ['<script>', 'network'], 'class_name': '../..', 'built': True,
        'config': {'class_name': 'Sequential', 'config': {'layers': [{'class_name': 'Dense', 'config': {'units': big}}] * 50}}, 'weights': ['', '../../x.npz', '0001.npz', '/etc/passwd'][n % 4]})
    write(f'figures/{8000 + n}.json', {'figure': n, 'cell': n, 'axes': [{'lines': [{'label': 'loss', 'x': [1e308, None], 'y': []}] * 50}]})
    write(f'values/{8000 + n}.json', {'name': 'weights', 'cell': big, 'kind': ['array', 'model', 'number', 'x'][n % 4], 'value': {'a': [[]]}, 'summary': wild})
    write(f'functions/{8000 + n}.json', {'name': 'scale', 'case': 'rows', 'cell': -1, 'kind': ['array', 'error', 'model', 'x'][n % 4], 'value': 'x', 'summary': wild})""",
        ),
        status=(GRADED, ERROR, TIMEOUT),
        least=0,
        most=3,
        outcome="judged like any other record: wrong; nothing breaks",
    ),
    Attack(
        name="breaks_a_check",
        tries="a record of a training without a loss, which an instructor's check doesn't expect",
        trains=True,
        cells=(
            WRITE
            + """
write('fits/8001.json', {'fit': 8001, 'model': 99, 'cell': 4, 'epochs': 1, 'epochs_run': 1, 'samples': 1000, 'history': {'accuracy': [1.0]}})""",
        ),
        least=9,
        most=9.4,
        held=("network.@hidden_name@",),
        outcome="earns nothing and loses nothing: the points of that check wait for a human, who is called",
    ),
    Attack(
        name="forged_kernel_messages",
        tries="signed kernel messages with missing and wrong fields",
        cells=(
            SESSION
            + """
for kind, content in [('status', {}), ('status', {'execution_state': 5}), ('stream', {}), ('stream', {'name': 5, 'text': [1]}), ('error', {}), ('display_data', {'data': 5}),
    ('display_data', {'data': {}, 'metadata': [], 'transient': 7}), ('execute_result', {'data': {'text/plain': {'a': 1}}}), ('update_display_data', {'transient': {'display_id': [1]}}),
    ('clear_output', {'wait': 'x'}), ('clear_output', {}), ('comm_open', {}), ('', {}), ('x' * 100_000, {}), ('execute_input', {'execution_count': 'x'})]:
    send(kind, content)
time.sleep(1)
print('sent')""",
        ),
        status=(GRADED, ERROR),
        outcome="dropped; the notebook goes on",
    ),
    Attack(
        name="garbage_on_kernel_sockets",
        tries="unsigned and broken multipart messages on the kernel's sockets",
        cells=(
            SESSION
            + r"""
import zmq, json
print(type(kernel.iopub_socket).__name__)
raw = [b'<IDS|MSG>', b'0' * 64, b'{}', b'{}', b'{}', b'{}']
thread = kernel.iopub_thread
for parts in ([b'x'], [b''], raw, raw[:3], [b'<IDS|MSG>'], [b'<IDS|MSG>', b'', b'\xff', b'[', b'5', b'null'], [b'a' * 1000] * 50):
    thread.send_multipart(parts)
key = kernel.session.auth
def signed(*frames):
    h = key.copy()
    for f in frames: h.update(f)
    return [b'x', b'<IDS|MSG>', h.hexdigest().encode(), *frames]
header = json.dumps({'msg_id': '1', 'msg_type': 'status'}).encode()
parent = json.dumps(kernel.get_parent()['header'], default=str).encode()
for frames in ((b'[]', b'[]', b'[]', b'[]'), (b'5', b'5', b'5', b'5'), (header, parent, b'{}', b'[]'), (header, parent, b'{}', b'5'), (header, b'[]', b'{}', b'{}'), (b'{}', parent, b'{}', b'{}'), (header, b'{', b'{}', b'{}')):
    thread.send_multipart(signed(*frames))
time.sleep(1)
print('sent')""",
        ),
        status=(GRADED, ERROR),
        outcome="dropped; the notebook goes on",
    ),
    Attack(
        name="forged_end_of_cell",
        tries="tells the runner that the cell is over, and goes on in the background",
        cells=(
            SESSION
            + """
import threading
def later():
    time.sleep(1)
    get_ipython().user_ns['weights'] = 65
parent = kernel.get_parent()
send('status', {'execution_state': 'idle'})
kernel.session.send(kernel.shell_stream if hasattr(kernel, 'shell_stream') else kernel.iopub_socket, 'execute_reply', {'status': 'ok', 'execution_count': 1}, parent=parent, ident=kernel._parent_ident.get('shell') if isinstance(kernel._parent_ident, dict) else None)
threading.Thread(target=later).start()
while True: time.sleep(1)""",
        ),
        status=(TIMEOUT, GRADED),
        least=2,
        outcome="the cell is over when its code is, or its time",
    ),
    Attack(
        name="forged_reply",
        tries="replies with an error record of wrong types",
        cells=(
            SESSION
            + """
def show(*a, **k): pass
get_ipython().showtraceback = show
original = kernel.session.send
def lying(stream, kind, content=None, *rest, **k):
    if kind == 'execute_reply': content = {'status': 'error', 'ename': ['x'], 'evalue': {'a': 1}, 'traceback': 5}
    return original(stream, kind, content, *rest, **k)
kernel.session.send = lying""",
        ),
        status=(TIMEOUT,),
        least=2,
        outcome="no reply that counts comes, so its time is over; what came before counts",
    ),
    Attack(
        name="shadowing_modules",
        tries="writes numpy.py, json.py and inside/ into its folder",
        cells=(
            r"""
for name in ('numpy', 'json', 'nbformat', 'keras', 'inside', 'grader', 'socket', 'signal'):
    open(name + '.py', 'w').write('raise SystemExit("shadowed")\n')
os.makedirs('inside/probe', exist_ok=True); open('inside/__init__.py', 'w').write('1/0')
sys.path.insert(0, os.getcwd())""",
            """
import subprocess, json
print(subprocess.run([sys.executable, '-c', 'import json'], capture_output=True, text=True).returncode)""",
        ),
        status=(GRADED, ERROR),
        outcome="only its own children see them",
        look_alike="shadows_names",
    ),
    Attack(
        name="rewrites_itself",
        tries="rewrites every notebook and every job file it can find with stored outputs of full marks",
        changed={"scale": "def scale(x): return x"},
        cells=(
            """
import glob, json
done = 0
for path in glob.glob('*.ipynb') + glob.glob('/work/*') + glob.glob('/evidence/*/*') + glob.glob('/run/kernel/*'):
    try: open(path, 'w').write('{"cells": []}'); done += 1
    except OSError: pass
print('rewrote', done)""",
        ),
        status=(GRADED, ERROR, DIED),
        least=0,
        most=1,
        loses=("scale.scale",),
        unsafe="rewrites files of the machine wherever it may",
        outcome="what is graded is the copy taken before the run",
    ),
    Attack(
        name="poisons_trainings",
        tries="sends forged requests and files on the line for trainings",
        trains=True,
        cells=(
            """
import gc, socket, array, json
lines = [o for o in gc.get_objects() if isinstance(o, socket.socket) and o.family == socket.AF_UNIX]
print(len(lines))
for line in lines:
    for message in (b'{', b'{}', b'[]', b'null', json.dumps({'number': 1, 'kind': 'fit', 'seconds': 1e308}).encode(), json.dumps({'number': 'x', 'kind': [], 'seconds': None}).encode(), b'{"number": 1e999, "kind": "fit", "seconds": NaN}'):
        for fds in ([], [os.memfd_create('x')], [os.open('/etc/passwd', os.O_RDONLY)], [0, 1]):
            try: line.setblocking(False); socket.send_fds(line, [message], fds)
            except (OSError, ValueError): pass""",
        ),
        status=(GRADED, TIMEOUT),
        least=8,
        outcome="only sealed memory files are looked at; nobody is given another's training",
    ),
    Attack(
        name="claims_no_training",
        tries="weights computed by hand, without training",
        trains=True,
        changed={
            "train": """
from keras import ops
directions = [(1, 1), (-1, -1), (1, -1), (-1, 1)]
kernel = np.zeros((2, 16), 'float32'); out = np.zeros((16, 1), 'float32')
for n, (a, b) in enumerate(directions): kernel[:, n] = (a, b); out[n] = 20 if a == b else -20
network.set_weights([kernel, np.zeros(16, 'float32'), out, np.zeros(1, 'float32')])
class H: history = {'loss': [0.5] * 12, 'accuracy': [1.0] * 12}
history = H()"""
        },
        least=5,
        most=9,
        loses=("network.trained",),
        outcome="the accuracy is real and counts; the training was not seen and doesn't; flagged for a human",
        undefended="Weights that were made elsewhere measure what they measure.",
    ),
)
