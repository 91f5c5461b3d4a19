import {
  featureMapGrid,
  featureMaps,
  filterGrid,
  filters,
  gradCam,
  relevancePicture,
} from '@convnet/explain';
import { tensor, type Tensor } from '@convnet/tensor-core';
import { predict } from '@convnet/train';

import type { Classification } from './api.ts';
import type { Session } from './session.ts';

/** The samples as a batch, for as long as `body` runs. */
async function withInput<T>(
  { task, device }: Session,
  samples: readonly Float32Array[],
  body: (input: Tensor) => Promise<T>,
): Promise<T> {
  const shape = task.test.inputShape;
  const size = shape.reduce((product, extent) => product * extent, 1);
  const values = new Float32Array(samples.length * size);
  samples.forEach((sample, i) => values.set(task.normalise(sample), i * size));
  const input = tensor(values, [samples.length, ...shape], { device });
  try {
    return await body(input);
  } finally {
    input.dispose();
  }
}

/** What the network says: the mean over the samples, which are pieces of one. */
export function classify(
  session: Session,
  samples: readonly Float32Array[],
): Promise<Classification> {
  return withInput(session, samples, async (input) => {
    const predictions = await predict(session.model, input);
    const { numClasses } = predictions;
    const probabilities = new Array<number>(numClasses).fill(0);
    predictions.probabilities.forEach((probability, i) => {
      probabilities[i % numClasses]! += probability / samples.length;
    });
    return { probabilities };
  });
}

/** Where in the sample the network sees what it says, as SVG. */
export function explain(session: Session, sample: Float32Array): Promise<string> {
  return withInput(session, [sample], async (input) => {
    const map = await gradCam(session.model, input);
    try {
      const shape = [1, ...session.task.test.inputShape];
      return await relevancePicture({ data: sample, shape }, map);
    } finally {
      map.dispose();
    }
  });
}

/** The filters of the first convolution, as SVG. */
export function filtersPicture({ model }: Session): Promise<string> {
  return filterGrid(filters(model), { most: 32, columns: 8 });
}

/** What a layer makes of a sample, as SVG. */
export function featureMapsPicture(
  session: Session,
  sample: Float32Array,
  layer: string,
): Promise<string> {
  return withInput(session, [sample], async (input) => {
    const maps = featureMaps(session.model, input, layer);
    try {
      return await featureMapGrid(maps, { most: 32 });
    } finally {
      maps.dispose();
    }
  });
}
