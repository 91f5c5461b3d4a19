import { Conv, inEvaluation, outputShape, type AnyModule, type Layer } from '@convnet/layers';
import { ArgumentError, formatValue, nearestName, noGrad, Tensor } from '@convnet/tensor-core';

/** @throws ArgumentError that names the path most like it, where the model has no module there. */
export function moduleAt(where: string, model: AnyModule, path: unknown): AnyModule {
  if (typeof path !== 'string' || path === '') {
    throw new ArgumentError(
      `${where}: expected layer as a path such as 'layer4.1.conv2', got ${path === '' ? "''" : formatValue(path)}`,
    );
  }
  const modules = new Map(model.namedModules());
  const found = modules.get(path);
  if (found !== undefined) return found;
  const paths = [...modules.keys()].filter((known) => known !== '');
  const nearest = nearestName(path, paths) ?? paths.find((known) => known.endsWith(`.${path}`));
  const hint =
    nearest === undefined
      ? `its layers are ${paths.slice(0, 12).join(', ')}${paths.length > 12 ? ', …' : ''}`
      : `did you mean '${nearest}'?`;
  throw new ArgumentError(`${where}: ${nameOf(model)} has no layer '${path}'; ${hint}`);
}

/** A convolution that a forward pass runs, and the shape that it gives for one sample. */
interface ConvolutionRun {
  readonly path: string;
  readonly shape: readonly number[];
}

/** The convolutions of a network in the order in which they run, without computing anything. */
function convolutionsRun(model: AnyModule, inputShape: readonly number[]): ConvolutionRun[] {
  const runs: ConvolutionRun[] = [];
  const removals: (() => void)[] = [];
  for (const [path, module] of model.namedModules()) {
    if (!(module instanceof Conv)) continue;
    removals.push(
      module.onForward((_, __, output) => {
        if (output instanceof Tensor) runs.push({ path, shape: output.shape });
      }),
    );
  }
  try {
    const one = [1, ...inputShape.slice(1)];
    inEvaluation(model, () => noGrad(() => outputShape(model as Layer, one)));
  } finally {
    for (const remove of removals) remove();
  }
  return runs;
}

/**
 * Path of the last convolution, in the order of a forward pass, whose output still has more than one position.
 * Those within squeeze and excitation, which see the mean of all positions, are passed over so.
 * @throws ArgumentError where there is none.
 */
export function lastSpatialConvolution(
  where: string,
  model: AnyModule,
  inputShape: readonly number[],
): string {
  const runs = convolutionsRun(model, inputShape);
  const spatial = runs.filter(({ shape }) => shape.slice(2).some((extent) => extent > 1));
  const last = spatial[spatial.length - 1];
  if (last !== undefined) return last.path;
  const reason =
    runs.length === 0
      ? 'runs no convolution'
      : 'runs no convolution that leaves more than one position; use a larger input';
  throw new ArgumentError(
    `${where}: ${nameOf(model)} ${reason}. Name the layer to look at with the option layer`,
  );
}

/** Path of the convolution that runs first. @throws ArgumentError where the model has none. */
export function firstConvolution(where: string, model: AnyModule): string {
  for (const [path, module] of model.namedModules()) if (module instanceof Conv) return path;
  throw new ArgumentError(`${where}: ${nameOf(model)} has no convolution`);
}

export function nameOf(model: AnyModule): string {
  return model.architecture || model.typeName;
}
