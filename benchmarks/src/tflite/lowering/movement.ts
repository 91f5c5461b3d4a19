import { channelsLast } from '../channels-last.ts';
import { Inexpressible } from '../errors.ts';
import { activations } from '../operators.ts';
import { operand, resultOf, type Lowering } from './site.ts';

/** Where the axes of `[N, C, H, W]` are with the channels last. */
const axisOfImages = [0, 3, 1, 2] as const;

const concat: Lowering = (site) => {
  const { axis } = site.step.attributes as { readonly axis: number };
  const { shape } = resultOf(site);
  const places = site.step.inputs.map((_, i) => site.place(i));
  const joined = site.graph.operator('CONCATENATION', places, channelsLast(shape), {
    axis: shape.length === 4 ? axisOfImages[axis]! : axis,
    activation: activations.none,
  });
  if (places.every((place) => site.graph.isNonNegative(place))) site.graph.markNonNegative(joined);
  return joined;
};

const reshape: Lowering = (site) => {
  const [from, to] = [operand(site, 0).shape, resultOf(site).shape];
  if ([from, to].some((shape) => shape.length === 4 && !keepsOrder(shape))) {
    throw new Inexpressible('with the channels last, elements would be in another order');
  }
  const extents = site.graph.list(channelsLast(to));
  return site.graph.operator('RESHAPE', [site.place(0), extents], channelsLast(to), {});
};

/** Whether the elements of images are in the same order with the channels last. */
function keepsOrder([, channels, height, width]: readonly number[]): boolean {
  return channels === 1 || (height === 1 && width === 1);
}

export const movementLowerings: Readonly<Record<string, Lowering>> = { concat, reshape };
