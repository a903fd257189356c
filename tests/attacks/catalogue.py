"""All attacks by family."""

from __future__ import annotations

from attacks import escape, files, forging, lifecycle, model_files, rendering, resources
from attacks.attack import Attack

FAMILIES: dict[str, tuple[Attack, ...]] = {
    "resources": resources.ATTACKS,
    "escape and reach": escape.ATTACKS,
    "forging": forging.ATTACKS,
    "lifecycle": lifecycle.ATTACKS,
    "files": files.ATTACKS,
    "rendering": rendering.ATTACKS,
    "model files": model_files.ATTACKS,
}
ALL: tuple[Attack, ...] = tuple(attack for attacks in FAMILIES.values() for attack in attacks)
