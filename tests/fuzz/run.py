"""Coverage-guided fuzzing with atheris: `python tests/fuzz/run.py TARGET SECONDS`, or `all` to share them out.

With GRADER_FUZZ_RUNS it makes so many runs from a fixed seed, within the seconds: the same ones each time.

Starts from `corpus/TARGET` and what earlier runs found new, which is kept in `out/fuzz`. An input that gets an exception
out of a target is kept in `out/fuzz/found`; when the fault is mended, it goes into the corpus.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
OUT = HERE.parents[1] / "out" / "fuzz"
MOST_BYTES = 40_000
SLOWEST_SECONDS = 30


def fuzz(name: str, seconds: int, out: Path) -> None:
    """Fuzzes one target in this process, which ends with it."""
    import atheris

    sys.path.insert(0, str(HERE))
    with atheris.instrument_imports(include=["grader"]):
        from mutation import changed
        from targets import TARGETS

        target = TARGETS[name]
        # Some modules are imported when they are needed: they count, and their time is not that of an input.
        for seed in sorted((HERE / "corpus" / name).iterdir()):
            target(seed.read_bytes())
    work, found = out / "corpus" / name, out / "found"
    work.mkdir(parents=True, exist_ok=True)
    found.mkdir(exist_ok=True)
    flags = [
        f"-max_total_time={seconds}", f"-timeout={SLOWEST_SECONDS}", f"-max_len={MOST_BYTES}", "-rss_limit_mb=3000",
        f"-artifact_prefix={found}/{name}-", "-verbosity=1", "-print_final_stats=1",
    ]  # fmt: skip
    if runs := os.environ.get("GRADER_FUZZ_RUNS"):
        flags += [f"-runs={runs}", "-seed=1"]

    def mutated(data: bytes, most: int, seed: int) -> bytes:
        return changed(data, most, seed, atheris.Mutate)

    atheris.Setup([sys.argv[0], *flags, str(work), str(HERE / "corpus" / name)], target, custom_mutator=mutated)
    atheris.Fuzz()


def main() -> int:
    """One target here, or all of them one after another, each in a process of its own."""
    name, seconds = sys.argv[1], int(float(sys.argv[2]))
    out = Path(os.environ.get("GRADER_FUZZ_OUT", OUT))
    if name != "all":
        fuzz(name, seconds, out)
        return 0
    names = sorted(folder.name for folder in (HERE / "corpus").iterdir())
    failed = []
    for one in names:
        sys.stdout.write(f"== {one}\n")
        sys.stdout.flush()
        command = [sys.executable, str(Path(__file__)), one, str(max(2, seconds // len(names)))]
        if subprocess.run(command, check=False).returncode:
            failed.append(one)
    if failed:
        sys.stderr.write(f"Exceptions in: {', '.join(failed)}. Inputs: {out / 'found'}\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
