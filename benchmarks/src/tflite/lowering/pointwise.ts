import { channelsLast } from '../channels-last.ts';
import { Inexpressible } from '../errors.ts';
import { activations } from '../operators.ts';
import { activationOf } from '../fuse-activations.ts';
import { operand, resultOf, type Lowering } from './site.ts';

const add: Lowering = (site) => {
  const { shape } = resultOf(site);
  if (
    site.step.inputs.length !== 2 ||
    [0, 1].some((i) => !isAlike(operand(site, i).shape, shape))
  ) {
    throw new Inexpressible('operands of different shapes');
  }
  return site.graph.operator('ADD', [site.place(0), site.place(1)], channelsLast(shape), {
    activation: activations[site.activation],
  });
};

function isAlike(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((extent, axis) => extent === b[axis]);
}

/** An activation that no step before it has taken in. */
const activation: Lowering = (site) => {
  const name = activationOf(site.step);
  if (name === null) throw new Inexpressible('bounds other than 0 and 6');
  const shape = channelsLast(resultOf(site).shape);
  const y = site.graph.operator(name === 'relu' ? 'RELU' : 'RELU6', [site.place(0)], shape, {});
  site.graph.markNonNegative(y);
  return y;
};

export const pointwiseLowerings: Readonly<Record<string, Lowering>> = {
  add,
  relu: activation,
  hardtanh: activation,
};
