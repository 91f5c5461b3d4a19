"""Writes fixtures/ridge/*.json: what scikit-learn's ridge classifier gives, for the tests of `ridgeClassifier`.

Needs scikit-learn (written with 1.9.1) and numpy; `python ridge.py`.
"""

import json
import pathlib
import sys

import numpy as np
from sklearn.linear_model import RidgeClassifierCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / 'testing/python'))

from hashed import uniform  # noqa: E402

# More features than samples, as of MiniRocket, and fewer; two classes, of which one is fitted, and three.
CASES = {'two-classes': (14, 30, 2), 'three-classes': (15, 40, 3), 'many-samples': (40, 6, 3)}


def main():
    folder = HERE.parent / 'fixtures' / 'ridge'
    folder.mkdir(parents=True, exist_ok=True)
    for name, (samples, features, classes) in CASES.items():
        labels = np.arange(samples) % classes
        x = uniform(name, samples * features).reshape(samples, features)
        # Something to find, a feature that says nothing, and deviations that differ.
        x[:, 0] += 0.5 * labels
        x[:, 1] = 0.25
        x = (x * (1 + np.arange(features))).astype(np.float32)
        model = make_pipeline(StandardScaler(with_mean=False), RidgeClassifierCV(alphas=np.logspace(-3, 3, 10)))
        model.fit(x.astype(np.float64), labels)
        fixture = {
            'samples': samples,
            'features': features,
            'classes': classes,
            'alpha': float(model[-1].alpha_),
            'decision': [float(f'{v:.7g}') for v in model.decision_function(x.astype(np.float64)).reshape(-1)],
        }
        (folder / f'{name}.json').write_text(json.dumps(fixture) + '\n')
        print(name, fixture['alpha'])


main()
