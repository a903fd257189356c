"""What the sources print."""

from grader.headline import Headline, layer_parameters

headlines = tuple(
    Headline(
        what=what,
        printed=(count,),
        tolerance=0,
        measured=layer_parameters("network.architecture", "network", layer=layer),
    )
    for what, count, layer in (
        ("parameters of the first layer", 9, 1),
        ("parameters of the second layer", 20, 2),
        ("parameters of the output layer", 12, 3),
        ("parameters", 41, None),
    )
)
