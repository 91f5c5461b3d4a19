"""Networks of keras.applications and what they compute, with weights that follow from the names of their variables.

    python keras_twins.py [builder ...]

Needs Keras 3 with TensorFlow (`pip install keras tensorflow-cpu`). Writes packages/models/<family>/fixtures/keras/<builder>.json:
the variables by the names that their files have them under, with their shapes, and the outputs for a hashed input. The
weights are computed anew by packages/models/testing/src/describe-keras.ts.
"""

import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import keras
import numpy as np

from hashed import uniform

packages = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
apps = keras.applications

# Family, builder, the network of Keras, side of the input, what Keras divides the input by.
networks = [
    ("vgg", "vgg16", lambda **o: apps.VGG16(include_top=False, **o), 32, 1),
    ("vgg", "vgg19", lambda **o: apps.VGG19(include_top=False, **o), 32, 1),
    ("resnet", "resnet50", lambda **o: apps.ResNet50(classes=7, **o), 50, 1),
    ("densenet", "densenet121", lambda **o: apps.DenseNet121(classes=7, **o), 50, 1),
    ("mobilenet", "mobilenet_v1", lambda **o: apps.MobileNet(classes=7, **o), 64, 1),
    ("mobilenet", "mobilenet_v2", lambda **o: apps.MobileNetV2(classes=7, **o), 50, 1),
    ("mobilenet", "mobilenet_v3_small",
     lambda **o: apps.MobileNetV3Small(classes=7, include_preprocessing=False, **o), 50, 1),
    ("mobilenet", "mobilenet_v3_large",
     lambda **o: apps.MobileNetV3Large(classes=7, include_preprocessing=False, **o), 64, 1),
    ("efficientnet", "efficientnet_b0", lambda **o: apps.EfficientNetB0(classes=7, **o), 50, 255),
    ("efficientnet", "efficientnet_v2_s",
     lambda **o: apps.EfficientNetV2S(classes=7, include_preprocessing=False, **o), 50, 1),
    ("inception", "inception_v3", lambda **o: apps.InceptionV3(classes=7, **o), 90, 1),
]


def value_of(name, shape):
    """The float32 value of a variable. The ranges are those of hashed.py, whose reasons hold here too."""
    values = uniform(name, int(np.prod(shape)))
    last = name.rpartition("/")[2]
    if last == "kernel":
        fan_in = int(np.prod(shape[:-1]))
        values *= float(np.sqrt((6 if len(shape) > 2 else 3) / fan_in))
    elif last == "depthwise_kernel":
        values *= float(np.sqrt(6 / int(np.prod(shape[:-2]))))
    elif last == "moving_variance":
        values = 1 + 0.25 * values
    elif last == "gamma":
        values = 0.65 * (1 + 0.2 * values)
    elif last == "beta":
        values = 1 + 0.2 * values
    else:
        values *= 0.1
    return values.astype(np.float32).reshape(shape)


def name_of(layer, variable):
    is_depthwise = isinstance(layer, keras.layers.DepthwiseConv2D) and variable.name == "kernel"
    return f"{layer.name}/{'depthwise_kernel' if is_depthwise else variable.name}"


wanted = sys.argv[1:]
for family, builder, build, side, divisor in networks:
    if wanted and builder not in wanted:
        continue
    keras.utils.clear_session()
    network = build(weights=None, input_shape=(side, side, 3),
                    **({} if family == "vgg" else {"classifier_activation": None}))
    variables = []
    for layer in network.layers:
        if isinstance(layer, keras.layers.Normalization):
            variables += [[f"{layer.name}/{v.name}", list(v.shape)] for v in layer.weights]
            continue
        for variable in layer.weights:
            name = name_of(layer, variable)
            variables.append([name, list(variable.shape)])
            variable.assign(value_of(name, variable.shape))
    inputs = uniform(f"input {builder}", 3 * side * side).astype(np.float32).reshape(1, 3, side, side)
    outputs = network.predict(divisor * inputs.transpose(0, 2, 3, 1), verbose=0)
    if outputs.ndim == 4:
        outputs = outputs.transpose(0, 3, 1, 2)
    folder = os.path.join(packages, family, "fixtures/keras")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, f"{builder}.json"), "w") as file:
        json.dump({"keras": keras.__version__, "side": side, "shape": list(outputs.shape),
                   "outputs": [float(v) for v in outputs.reshape(-1)],
                   "variables": variables}, file, separators=(",", ":"))
        file.write("\n")
    print(builder, len(variables), outputs.reshape(-1)[:3], flush=True)
