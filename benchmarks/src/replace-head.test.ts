import { headPaths, replaceHead } from '@convnet/layers';
import { buildersByRank, build, evalShape, familyOf, inputShapeOf } from '@convnet/model-testing';
import { inferShapes, meta, noGrad, Tensor, zeros } from '@convnet/tensor-core';
import { describe, expect, test } from 'vitest';

const families = {
  alexnet: await import('@convnet/alexnet'),
  capsnet: await import('@convnet/capsnet'),
  densenet: await import('@convnet/densenet'),
  efficientnet: await import('@convnet/efficientnet'),
  inception: await import('@convnet/inception'),
  lenet: await import('@convnet/lenet'),
  mnasnet: await import('@convnet/mnasnet'),
  mobilenet: await import('@convnet/mobilenet'),
  nin: await import('@convnet/nin'),
  resnet: await import('@convnet/resnet'),
  shufflenet: await import('@convnet/shufflenet'),
  squeezenet: await import('@convnet/squeezenet'),
  'time-series': await import('@convnet/time-series'),
  vgg: await import('@convnet/vgg'),
  video: await import('@convnet/video'),
  zfnet: await import('@convnet/zfnet'),
};

/** Shapes of all tensors that come out in training: logits, and those of auxiliary classifiers. */
function trainingShapes(model: ReturnType<typeof build>, shape: readonly number[]): number[][] {
  model.train();
  const output = inferShapes(() =>
    noGrad(() => model.forward(zeros(shape, { device: meta })) as unknown),
  );
  const tensors = output instanceof Tensor ? [output] : Object.values(output as object);
  return tensors.map((tensor) => [...(tensor as Tensor).shape]);
}

describe.each(Object.entries(families))('%s', (_, exported) => {
  const family = familyOf('', exported);
  test.each(buildersByRank(family))('%s in %iD has a head for 7 classes', (name, dims) => {
    const options = { dims, ...(dims === 1 && { device: meta }) };
    const model = build(family, name, options);
    const shape = [2, ...inputShapeOf(family, name, dims).slice(1)];
    const before = new Map(Array.from(model.stateDict(), ([key, { shape: of }]) => [key, of]));
    const paths = replaceHead(model, 7);
    expect(paths).toEqual(headPaths(model));
    expect(evalShape(model, shape)).toEqual([2, 7]);
    // All but the capsules, which have a length as well.
    for (const outputs of trainingShapes(model, shape)) expect(outputs.slice(0, 2)).toEqual([2, 7]);
    const after = model.stateDict();
    expect([...after.keys()]).toEqual([...before.keys()]);
    for (const [key, { shape: of }] of after) {
      if (paths.some((path) => key.startsWith(`${path}.`))) continue;
      expect([key, of]).toEqual([key, before.get(key)]);
    }
  });
});
