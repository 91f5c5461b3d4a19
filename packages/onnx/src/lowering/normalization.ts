import { Inexpressible } from '../errors.ts';
import { reduced } from './reduce.ts';
import { dtypeOf, float, int, number, operand, type Lowering, type Site } from './site.ts';

const batchNormInference: Lowering = (site) => {
  const { epsilon } = site.step.attributes as { readonly epsilon: number };
  const [x, weight, bias, mean, variance] = site.inputs as [string, string, string, string, string];
  const channels = operand(site, 0).shape[1]!;
  const full = (value: number): string =>
    site.graph.constant(
      dtypeOf(site),
      [channels],
      Array.from({ length: channels }, () => value),
    );
  return site.node('BatchNormalization', [x, weight || full(1), bias || full(0), mean, variance], {
    epsilon: float(epsilon),
  });
};

/** By the statistics of the input, as layers without running ones do; also layer, group and instance norm. */
const batchNorm: Lowering = (site) => {
  const { epsilon, activation } = site.step.attributes as {
    readonly epsilon: number;
    readonly activation: unknown;
  };
  if (activation !== null) throw new Inexpressible('with an activation in the same pass');
  const [x, weight, bias] = site.inputs as [string, string | undefined, string | undefined];
  const { shape } = operand(site, 0);
  const axes = shape.map((_, axis) => axis).filter((axis) => axis !== 1);
  const centred = site.node('Sub', [x, reduced(site, 'ReduceMean', x, axes, true)]);
  const squares = site.node('Mul', [centred, centred]);
  const variance = reduced(site, 'ReduceMean', squares, axes, true);
  const deviation = site.node('Sqrt', [site.node('Add', [variance, number(site, epsilon)])]);
  let y = site.node('Div', [centred, deviation]);
  if (weight) y = site.node('Mul', [y, perChannel(site, weight)]);
  if (bias) y = site.node('Add', [y, perChannel(site, bias)]);
  return y;
};

/** A list for the channels with an axis of extent 1 for each axis of x but these. */
function perChannel(site: Site, values: string): string {
  const shape = operand(site, 0).shape.map((_, axis) => (axis === 1 ? -1 : 1));
  return site.node('Reshape', [values, site.graph.list(shape)]);
}

const softmax: Lowering = (site) => {
  const { axis, log } = site.step.attributes as { readonly axis: number; readonly log: boolean };
  return site.node(log ? 'LogSoftmax' : 'Softmax', [site.inputs[0]!], { axis: int(axis) });
};

export const normalizationLowerings: Readonly<Record<string, Lowering>> = {
  batchNormInference,
  batchNorm,
  softmax,
};
