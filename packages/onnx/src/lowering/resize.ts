import { Inexpressible } from '../errors.ts';
import { operand, text, type Lowering } from './site.ts';

interface InterpolateAttributes {
  readonly mode: 'nearest' | 'nearest-exact' | 'linear' | 'cubic';
  readonly size: readonly number[];
  readonly alignCorners: boolean;
  readonly scaleFactor: readonly number[] | null;
}

const interpolate: Lowering = (site) => {
  const { mode, size, alignCorners, scaleFactor } = site.step.attributes as InterpolateAttributes;
  const { shape } = operand(site, 0);
  if (mode === 'cubic' && shape.length !== 4) {
    throw new Inexpressible(
      `mode 'cubic' of ${shape.length - 2} spatial axes: runtimes have it for 2`,
    );
  }
  const isSmooth = mode === 'linear' || mode === 'cubic';
  const attributes = {
    mode: text(isSmooth ? mode : 'nearest'),
    coordinate_transformation_mode: text(
      alignCorners ? 'align_corners' : mode === 'nearest' ? 'asymmetric' : 'half_pixel',
    ),
    // Exact: floor((o + 1/2) · step), which is half a position back and then the nearest one, halves up.
    ...(!isSmooth && {
      nearest_mode: text(mode === 'nearest' ? 'floor' : 'round_prefer_ceil'),
    }),
  };
  const [, , ...spatial] = shape;
  const isExact = scaleFactor?.every((factor, i) => spatial[i]! * factor === size[i]) ?? true;
  if (!isExact) {
    const fits = scaleFactor!.every(
      (factor, i) => Math.floor(Math.fround(spatial[i]! * Math.fround(factor))) === size[i],
    );
    if (!fits) {
      throw new Inexpressible(
        `scaleFactor ${scaleFactor!.join()} gives other extents in single precision: give size`,
      );
    }
  }
  const sizes = isExact
    ? ['', '', site.extents(site.extentsOf(site.step.outputs[0]!))]
    : ['', site.graph.constant('float32', [shape.length], [1, 1, ...scaleFactor!])];
  // Runtimes resize lines linearly only as planes with one row.
  if (mode !== 'linear' || shape.length !== 3) {
    return site.node('Resize', [site.inputs[0]!, ...sizes], attributes);
  }
  const axis = site.graph.list([2]);
  const [batch, channels, length] = site.extentsOf(site.step.outputs[0]!);
  const planeSizes = isExact
    ? ['', '', site.extents([batch!, channels!, 1, length!])]
    : ['', site.graph.constant('float32', [4], [1, 1, 1, ...scaleFactor!])];
  const plane = site.node('Unsqueeze', [site.inputs[0]!, axis]);
  return site.node('Squeeze', [site.node('Resize', [plane, ...planeSizes], attributes), axis]);
};

export const resizeLowerings: Readonly<Record<string, Lowering>> = { interpolate };
