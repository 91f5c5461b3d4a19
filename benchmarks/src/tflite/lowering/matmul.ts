import { Inexpressible } from '../errors.ts';
import { activations } from '../operators.ts';
import { operand, resultOf, type Lowering } from './site.ts';

/** A linear layer: rows of x times the rows of a weight `[out, in]`. */
const matmul: Lowering = (site) => {
  const { graph, step } = site;
  const { a, b } = step.attributes as { readonly a: boolean; readonly b: boolean };
  const [x, weight] = [operand(site, 0), operand(site, 1)];
  if (a || !b || x.shape.length !== 2 || weight.shape.length !== 2) {
    throw new Inexpressible('a product that is no linear layer of [N, C]');
  }
  const inputs = [
    site.place(0),
    graph.constant(weight.shape, site.constant(1)!),
    graph.constant([weight.shape[0]!], site.constant(2) ?? new Float32Array(weight.shape[0]!)),
  ];
  return graph.operator('FULLY_CONNECTED', inputs, resultOf(site).shape, {
    activation: activations[site.activation],
  });
};

export const matmulLowerings: Readonly<Record<string, Lowering>> = { matmul };
