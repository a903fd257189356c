"""What the sources print. Their accuracy, about 96 % on cats and dogs, needs pictures and weights that are not here."""

from grader.headline import Headline, kept, layer_parameters

COUNTS = (
    ("parameters of the base", 14_714_688, layer_parameters("base.architecture", "network")),
    ("height and width of the base's output", 4, kept("base.output_shape", "shapes", 0, 1)),
    ("channels of the base's output", 512, kept("base.output_shape", "shapes", 0, 3)),
    ("parameters of the hidden layer", 2_097_408, layer_parameters("features.architecture", "network", layer=1)),
    ("parameters of the last layer", 257, layer_parameters("features.architecture", "network", layer=3)),
    ("parameters of the classifier", 2_097_665, layer_parameters("features.architecture", "network")),
    ("parameters of the network", 16_812_353, layer_parameters("frozen.architecture", "network")),
    ("trainable with the base frozen", 2_097_665, kept("frozen.trainable_parameters", "count")),
    ("trainable with block 5", 9_177_089, kept("tuning.trainable_parameters", "count")),
)

headlines = tuple(
    Headline(what=what, printed=(count,), tolerance=0, measured=measured) for what, count, measured in COUNTS
)
