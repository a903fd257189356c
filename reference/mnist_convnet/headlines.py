"""What the sources print."""

from grader.headline import Headline, kept, layer_parameters

LAYERS = (
    ("first convolution", 320, 1),
    ("second convolution", 18_496, 3),
    ("third convolution", 36_928, 5),
    ("hidden dense layer", 36_928, 7),
    ("output layer", 650, 8),
)

headlines = (
    *(
        Headline(
            what=f"parameters of the {layer}",
            printed=(count,),
            tolerance=0,
            measured=layer_parameters("network.architecture", "network", layer=place),
        )
        for layer, count, place in LAYERS
    ),
    Headline(
        what="parameters of the base",
        printed=(55_744,),
        tolerance=0,
        measured=layer_parameters("base.architecture", "network"),
    ),
    Headline(
        what="parameters of the base without pooling",
        printed=(55_744,),
        tolerance=0,
        measured=layer_parameters("pooling.architecture", "network"),
    ),
    *(
        Headline(
            what=f"{side} of the output of the base{which}",
            printed=(size,),
            tolerance=0,
            measured=kept(f"{exercise}.output_shape", "shapes", 0, place),
        )
        for exercise, which, sizes in (("base", "", (3, 3, 64)), ("pooling", " without pooling", (22, 22, 64)))
        for place, (side, size) in enumerate(zip(("height", "width", "channels"), sizes, strict=True), start=1)
    ),
    Headline(
        what="parameters",
        printed=(93_322,),
        tolerance=0,
        measured=layer_parameters("network.architecture", "network"),
    ),
    Headline(
        what="accuracy on the test pictures",
        printed=(0.99,),
        tolerance=0.005,
        measured=kept("evaluation.accuracy", "mean"),
    ),
)
