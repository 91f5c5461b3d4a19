import {
  anyNumbers,
  ArgumentError,
  instanceOf,
  integerFrom,
  requireKind,
  ShapeError,
} from '@convnet/tensor-core';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';

/** A linear classifier: logits are `weight` x + `bias`. */
export interface LinearClassifier {
  /** [classes, features], flat. */
  readonly weight: Float32Array;
  /** [classes]. */
  readonly bias: Float32Array;
  /** The strength of the penalty that was chosen. */
  readonly alpha: number;
}

const where = 'ridgeClassifier';
const someFeatures = instanceOf('a Float32Array', Float32Array);
/** More would take memory for ever. */
const someClasses = integerFrom(1, 2 ** 20);

/** Ten strengths from a thousandth to a thousand, as the authors of MiniRocket try. */
export const ridgeAlphas: readonly number[] = Array.from(
  { length: 10 },
  (_, i) => 10 ** (-3 + (6 * i) / 9),
);

/**
 * Ridge regression of each class, 1 for its samples and -1 for others, on features over their deviations. The strength is
 * the one with the least squared error of leaving each sample out, which follows from one eigendecomposition of the samples'
 * products: what scikit-learn's `RidgeClassifierCV` does behind a `StandardScaler` without means. Takes memory of the
 * square of the samples, and time of their cube: meant for some thousands.
 *
 * @param features [samples, …], flat
 * @param labels the class of each sample
 * @throws ShapeError where features are no multiple of the samples, or there are less than two of these; ArgumentError for
 *   labels that are no classes, and strengths that are not above 0.
 */
export function ridgeClassifier(
  features: Float32Array,
  labels: ArrayLike<number>,
  numClasses: number,
  alphas: readonly number[] = ridgeAlphas,
): LinearClassifier {
  requireKind(where, 'features', features, someFeatures);
  requireKind(where, 'labels', labels, anyNumbers);
  requireKind(where, 'numClasses', numClasses, someClasses);
  const samples = labels.length;
  const width = features.length / samples;
  if (samples < 2 || !Number.isInteger(width)) {
    throw new ShapeError(
      `ridgeClassifier: expected the features of at least 2 samples, got ${features.length} numbers for ${samples} labels`,
    );
  }
  requireAlphas(alphas);
  const { centred, means, deviations } = standardised(features, samples, width);
  const { targets, targetMeans } = targetsOf(labels, numClasses);
  const { alpha, dual } = leaveOneOut(gramOf(centred, samples, width), targets, alphas);
  const outputs = dual.columns;
  const weight = new Float32Array(numClasses * width);
  const bias = new Float32Array(numClasses);
  for (let k = 0; k < numClasses; k++) {
    // Of two classes one is fitted; the other is its negative.
    const [output, sign] = outputs === 1 ? [0, k === 1 ? 1 : -1] : [k, 1];
    let offset = targetMeans[output]!;
    for (let j = 0; j < width; j++) {
      let coefficient = 0;
      for (let i = 0; i < samples; i++)
        coefficient += centred[i * width + j]! * dual.get(i, output);
      offset -= coefficient * means[j]!;
      weight[k * width + j] = (sign * coefficient) / deviations[j]!;
    }
    bias[k] = sign * offset;
  }
  return { weight, bias, alpha };
}

function requireAlphas(alphas: readonly number[]): void {
  if (Array.isArray(alphas) && alphas.length > 0 && alphas.every((alpha) => alpha > 0)) return;
  throw new ArgumentError(
    `ridgeClassifier: expected alphas as numbers above 0, got [${String(alphas)}]`,
  );
}

/** Features over their deviations, then without their means. */
function standardised(
  features: Float32Array,
  samples: number,
  width: number,
): { centred: Float64Array; means: Float64Array; deviations: Float64Array } {
  const [centred, means, deviations] = [samples * width, width, width].map(
    (n) => new Float64Array(n),
  );
  for (let j = 0; j < width; j++) {
    let sum = 0;
    for (let i = 0; i < samples; i++) sum += features[i * width + j]!;
    const mean = sum / samples;
    let squares = 0;
    for (let i = 0; i < samples; i++) squares += (features[i * width + j]! - mean) ** 2;
    const deviation = Math.sqrt(squares / samples) || 1;
    deviations![j] = deviation;
    means![j] = mean / deviation;
    for (let i = 0; i < samples; i++) {
      centred![i * width + j] = (features[i * width + j]! - mean) / deviation;
    }
  }
  return { centred: centred!, means: means!, deviations: deviations! };
}

/** 1 and -1 for each class, or for the second of two, without their means. */
function targetsOf(
  labels: ArrayLike<number>,
  numClasses: number,
): { targets: Matrix; targetMeans: readonly number[] } {
  const outputs = numClasses === 2 ? 1 : numClasses;
  const targets = Matrix.zeros(labels.length, outputs);
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    if (!Number.isInteger(label) || label < 0 || label >= numClasses) {
      throw new ArgumentError(
        `ridgeClassifier: expected labels from 0 to ${numClasses - 1}, got ${label} for sample ${i}`,
      );
    }
    for (let k = 0; k < outputs; k++) {
      targets.set(i, k, label === (outputs === 1 ? 1 : k) ? 1 : -1);
    }
  }
  const targetMeans = targets.mean('column');
  return { targets: targets.subRowVector(targetMeans), targetMeans };
}

/** Products of the samples with each other. */
function gramOf(centred: Float64Array, samples: number, width: number): Matrix {
  const gram = Matrix.zeros(samples, samples);
  for (let a = 0; a < samples; a++) {
    for (let b = a; b < samples; b++) {
      let product = 0;
      const [first, second] = [a * width, b * width];
      for (let j = 0; j < width; j++) product += centred[first + j]! * centred[second + j]!;
      gram.set(a, b, product);
      gram.set(b, a, product);
    }
  }
  return gram;
}

/**
 * The strength with the least mean squared error of leaving each sample out, and the weights of the samples with it. With
 * G the inverse of the products plus alpha, but for the direction of the intercept, the weights are c = G y and the error
 * of sample i is c_i / G_ii.
 */
function leaveOneOut(
  gram: Matrix,
  targets: Matrix,
  alphas: readonly number[],
): { alpha: number; dual: Matrix } {
  const { realEigenvalues, eigenvectorMatrix: vectors } = new EigenvalueDecomposition(gram, {
    assumeSymmetric: true,
  });
  const intercept = interceptOf(vectors);
  const turned = vectors.transpose().mmul(targets);
  const tried = alphas.map((alpha) => {
    const inverse = realEigenvalues.map((value, i) => (i === intercept ? 0 : 1 / (value + alpha)));
    const dual = vectors.mmul(turned.clone().mulColumnVector(inverse));
    let squares = 0;
    for (let i = 0; i < gram.rows; i++) {
      const diagonal = inverse.reduce((sum, value, k) => sum + value * vectors.get(i, k) ** 2, 0);
      for (let k = 0; k < targets.columns; k++) squares += (dual.get(i, k) / diagonal) ** 2;
    }
    return { alpha, dual, squares };
  });
  return tried.reduce((best, one) => (one.squares < best.squares ? one : best));
}

/** The eigenvector that is most like a constant one: features without their means have nothing along it. */
function interceptOf(vectors: Matrix): number {
  let best = 0;
  let largest = -1;
  for (let k = 0; k < vectors.columns; k++) {
    const sum = Math.abs(vectors.getColumn(k).reduce((total, value) => total + value, 0));
    if (sum > largest) [best, largest] = [k, sum];
  }
  return best;
}
