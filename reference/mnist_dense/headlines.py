"""What the sources print."""

from grader.headline import Headline, kept, layer_parameters

headlines = (
    Headline(
        what="parameters of the hidden layer",
        printed=(401_920,),
        tolerance=0,
        measured=layer_parameters("network.architecture", "network", layer=1),
    ),
    Headline(
        what="parameters of the output layer",
        printed=(5_130,),
        tolerance=0,
        measured=layer_parameters("network.architecture", "network", layer=2),
    ),
    Headline(
        what="parameters",
        printed=(407_050,),
        tolerance=0,
        measured=layer_parameters("network.architecture", "network"),
    ),
    Headline(
        what="accuracy on the test pictures",
        printed=(0.9778, 0.9785),
        tolerance=0.005,
        measured=kept("evaluation.accuracy", "mean"),
    ),
    Headline(
        what="accuracy on the training pictures, fifth epoch",
        printed=(0.989,),
        tolerance=0.003,
        measured=kept("training.accuracy_curve", "epochs", 4, "mean"),
    ),
)
