"""Model files and configs that attack whoever loads them: the shapes of Keras' published weaknesses."""

from attacks.attack import ERROR, GRADED, MEMORY, TIMEOUT, Attack

RECORD = """
import json
base = os.environ["GRADER_EVIDENCE"] + "/models"
os.makedirs(base, exist_ok=True)
def claim(config, weights="", serial=8001, cell=2):
    record = {"model": 7, "snapshot": serial, "cell": cell, "names": ["network"], "class_name": "Sequential", "built": True, "config": config, "weights": weights}
    with open(f"{base}/{serial}.json", "w") as f: f.write(json.dumps(record))
def sequential(*layers):
    first = {"module": "keras.layers", "class_name": "InputLayer", "config": {"batch_shape": [None, 2], "dtype": "float32", "name": "i"}, "registered_name": None}
    return {"module": "keras", "class_name": "Sequential", "config": {"name": "s", "layers": [first, *layers]}, "registered_name": None}
def layer(kind, module="keras.layers", **config):
    return {"module": module, "class_name": kind, "config": {"name": "l", **config}, "registered_name": None}
"""


def _claims(name: str, tries: str, code: str, **more: object) -> Attack:
    """A notebook that hands the examiner a forged model record."""
    given = {"least": 3, "status": (GRADED,), "outcome": "refused by the allow-list; nothing of it runs"} | more
    return Attack(name=name, tries=tries, cells=(RECORD + code,), before="", **given)  # type: ignore[arg-type]


ATTACKS = (
    _claims(
        "lambda_in_config",
        "a Lambda layer with marshalled code in a recorded config",
        """
import base64, marshal
code = base64.b64encode(marshal.dumps(compile('__import__("os").system("touch /tmp/grader-decoy-model")', 'x', 'eval'))).decode()
claim(sequential(layer('Lambda', function={'class_name': '__lambda__', 'config': {'code': code, 'defaults': None, 'closure': None}})))
claim(sequential(layer('Lambda', function=[code, None, None])), serial=8002)""",
        look_alike="lambda_elsewhere",
    ),
    _claims(
        "function_in_config",
        "configs that name os.system, eval, exec and subprocess (CVE-2024-3660, CVE-2025-1550)",
        """
for n, (module, kind) in enumerate((('os', 'system'), ('builtins', 'eval'), ('builtins', 'exec'), ('subprocess', 'Popen'), ('keras.src.utils.file_utils', 'get_file'), ('keras.config', 'enable_unsafe_deserialization'), ('numpy', 'load'))):
    claim(sequential(layer(kind, module=module, command='touch /tmp/grader-decoy-model')), serial=8001 + n)
    claim(sequential(layer('Dense', units=1, activation={'module': module, 'class_name': 'function', 'config': kind, 'registered_name': kind})), serial=8101 + n)""",
    ),
    _claims(
        "custom_objects",
        "registered names and packages that don't exist or shadow Keras' own",
        """
@keras.saving.register_keras_serializable(package='keras.layers', name='Dense')
class Dense(keras.layers.Layer):
    def call(self, x): os.system('touch /tmp/grader-decoy-model'); return x
claim(sequential({'module': '__main__', 'class_name': 'Dense', 'config': {'units': 1}, 'registered_name': 'keras.layers>Dense'}))
claim(sequential(layer('Evil', module='__main__')), serial=8002)""",
        look_alike="saves_and_loads",
    ),
    _claims(
        "wrapped_gadget",
        "gadgets hidden in wrappers, initializers, regularizers and nested models",
        """
evil = layer('Lambda', function={'class_name': 'function', 'config': 'os.system'})
claim(sequential(layer('TimeDistributed', layer=evil)))
claim(sequential(layer('Bidirectional', layer=evil)), serial=8002)
claim(sequential(sequential(evil)), serial=8003)
claim(sequential(layer('Dense', units=1, kernel_initializer={'module': 'os', 'class_name': 'system', 'config': {'command': 'touch /tmp/grader-decoy-model'}})), serial=8004)
claim(sequential(layer('Dense', units=1, kernel_regularizer={'module': 'builtins', 'class_name': 'function', 'config': 'eval'})), serial=8005)""",
    ),
    _claims(
        "reading_layers",
        "layers that read files and the network: StringLookup, TextVectorization, TFSMLayer, TorchModuleWrapper, get_file (CVE-2025-12058, CVE-2025-9906)",
        """
for n, (kind, config) in enumerate((('StringLookup', {'vocabulary': '/etc/passwd'}), ('TextVectorization', {'vocabulary': 'http://127.0.0.1:@tcp@/x'}), ('IntegerLookup', {'vocabulary': '/proc/self/environ'}),
    ('TFSMLayer', {'filepath': '/tmp/x'}), ('TorchModuleWrapper', {'module': 'x'}), ('Hashing', {'num_bins': 1}), ('Embedding', {'input_dim': 10, 'output_dim': 1, 'weights': '/etc/passwd'}))):
    claim(sequential(layer(kind, **config)), serial=8001 + n)""",
    ),
    _claims(
        "oversized_layers",
        "configs of two billion units, huge kernels and 5,000 layers",
        """
claim(sequential(layer('Dense', units=2_000_000_000)))
claim(sequential(layer('Dense', units=10 ** 30)), serial=8002)
claim(sequential(layer('Dense', units=-1)), serial=8003)
claim(sequential(layer('RepeatVector', n=2 ** 40)), serial=8004)
claim(sequential(*[{**layer('Dense', units=1), 'config': {'units': 1, 'name': f'd{n}'}} for n in range(5000)]), serial=8005)
claim(sequential(layer('Reshape', target_shape=[1, 1, 2]), layer('Conv2D', filters=2, kernel_size=[1, 1], padding='same', dilation_rate=[2 ** 31, 2 ** 31]), layer('UpSampling2D', size=[2 ** 20, 2 ** 20])), serial=8006)""",
    ),
    _claims(
        "circular_config",
        "configs nested 200 deep, functional graphs that refer to themselves or to nothing",
        """
deep = layer('Dense', units=1)
for _ in range(60): deep = sequential(deep)
claim(deep)
claim({'module': 'keras', 'class_name': 'Functional', 'registered_name': None, 'config': {'name': 'f', 'layers': [{**layer('Dense', units=1), 'name': 'a', 'inbound_nodes': [{'args': [{'class_name': '__keras_tensor__', 'config': {'shape': [None, 2], 'dtype': 'float32', 'keras_history': ['a', 0, 0]}}], 'kwargs': {}}]}], 'input_layers': [['a', 0, 0]], 'output_layers': [['a', 5, -1]]}}, serial=8002)
claim({'module': 'keras', 'class_name': 'Functional', 'registered_name': None, 'config': {'name': 'f', 'layers': [], 'input_layers': [], 'output_layers': []}}, serial=8003)
claim('x', serial=8004); claim([], serial=8005); claim({}, serial=8006)""",
    ),
    _claims(
        "pickled_weights",
        "weights as pickles and arrays of objects",
        """
import numpy as np
class Evil:
    def __reduce__(self): return os.system, ('touch /tmp/grader-decoy-model',)
np.savez(f'{base}/8001.npz', w0000=np.array([Evil()], dtype=object), w0001=np.array([None], dtype=object))
claim(sequential(layer('Dense', units=1)), weights='8001.npz')
import pickle; open(f'{base}/8002.npz', 'wb').write(pickle.dumps(Evil())); claim(sequential(layer('Dense', units=1)), weights='8002.npz', serial=8002)""",
    ),
    _claims(
        "weights_bomb",
        "weight archives that inflate to gigabytes, or whose headers promise them",
        r"""
import io, zipfile, numpy as np
with zipfile.ZipFile(f'{base}/8001.npz', 'w', zipfile.ZIP_DEFLATED) as z:
    with z.open('w0000.npy', 'w', force_zip64=True) as f:
        f.write(b'\x93NUMPY\x01\x00v\x00' + repr({'descr': '<f4', 'fortran_order': False, 'shape': (2 ** 28,)}).ljust(117).encode() + b'\n')
        for _ in range(300): f.write(bytes(1 << 20))
claim(sequential(layer('Dense', units=1)), weights='8001.npz')
header = b'\x93NUMPY\x01\x00v\x00' + repr({'descr': '<f8', 'fortran_order': False, 'shape': (2 ** 40, 2 ** 20)}).ljust(117).encode() + b'\n'
with zipfile.ZipFile(f'{base}/8002.npz', 'w') as z: z.writestr('w0000.npy', header); z.writestr('../../w0001.npy', header)
claim(sequential(layer('Dense', units=1)), weights='8002.npz', serial=8002)""",
    ),
    _claims(
        "linked_weights",
        "weights that are a link, a path out of the folder, or another's file",
        """
os.symlink('/etc/passwd', f'{base}/8001.npz')
for n, name in enumerate(('8001.npz', '../../../etc/passwd', '/proc/self/mem', '..', '0001.npz', 'x' * 5000)):
    claim(sequential(layer('Dense', units=1)), weights=name, serial=8001 + n)""",
    ),
    Attack(
        name="saved_gadgets",
        tries="model.keras and .h5 files with a Lambda, left where a grader might load them",
        cells=(
            """
keras.config.enable_unsafe_deserialization()
x = keras.Input((2,))
y = keras.layers.Lambda(lambda z: z * 1, output_shape=(2,))(x)
m = keras.Model(x, keras.layers.Dense(1)(y))
for name in ('model.keras', 'network.keras', 'model.h5', 'weights.weights.h5'):
    (m.save if 'weights' not in name else m.save_weights)(name)
print(sorted(os.listdir('.')))""",
        ),
        status=(GRADED, ERROR, TIMEOUT),
        outcome="no file of a student's is ever loaded",
        look_alike="saves_and_loads",
    ),
    Attack(
        name="lying_get_config",
        tries="a network whose get_config says Dense(16) and whose layers are others",
        trains=True,
        changed={
            "network": """
class Small(keras.layers.Dense):
    def get_config(self): return super().get_config() | {'units': 16}
    @classmethod
    def from_config(cls, config): return cls(**config)
network = keras.Sequential([keras.layers.Input((2,)), Small(900, activation='relu'), keras.layers.Dense(1, activation='sigmoid')])
network.compile(optimizer=keras.optimizers.Adam(0.05), loss='binary_crossentropy', metrics=['accuracy'])""",
            "answer": "weights = 65",
        },
        least=3,
        most=9,
        loses=("network.architecture", "network.secret_accuracy"),
        outcome="weights that don't fit the config, and layers of one's own, are told apart",
    ),
    Attack(
        name="endless_get_config",
        tries="get_config that never returns, or returns itself",
        trains=True,
        changed={
            "network": """
class Loop(keras.layers.Dense):
    def get_config(self):
        while True: pass
class Self(keras.layers.Dense):
    def get_config(self):
        c = {}; c['c'] = c; return c
other = keras.Sequential([keras.layers.Input((2,)), Self(1)])
network = keras.Sequential([keras.layers.Input((2,)), Loop(16)])""",
            "train": None,
            "check": None,
            "answer": "",
            "plot": None,
        },
        status=(TIMEOUT, ERROR, GRADED, MEMORY),
        least=0,
        most=5,
        loses=("network.secret_accuracy",),
        outcome="the cell's time is over; it fails",
    ),
)
