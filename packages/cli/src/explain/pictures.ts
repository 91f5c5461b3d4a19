import {
  featureMapGrid,
  featureMaps,
  filterGrid,
  filters,
  gradCam,
  integratedGradients,
  relevancePicture,
  saliency,
  sampleGrid,
  smoothGrad,
  type Theme,
} from '@convnet/explain';
import type { AnyModule } from '@convnet/layers';
import type { Tensor } from '@convnet/tensor-core';

import type { Preprocessing } from '../data/preprocessing.ts';
import { outputNames, type Task } from '../task.ts';
import { captionsOf, type ExplainedSamples } from './samples.ts';

/** What pictures are made of. */
export interface PictureContext {
  readonly model: AnyModule;
  readonly task: Task;
  readonly preprocessing: Preprocessing;
  readonly theme: Theme;
  /** Path of the layer to look at, where one was named. */
  readonly layer?: string;
  /** Number of the output to explain, where one was named; by default the greatest of each sample. */
  readonly target?: number;
}

/** A picture of a network and of samples, as SVG. */
type SamplePicture = (context: PictureContext, samples: ExplainedSamples) => Promise<string>;

/** What is shown of samples. */
export type SamplePictureName =
  | 'samples'
  | 'grad-cam'
  | 'saliency'
  | 'smooth-grad'
  | 'integrated-gradients'
  | 'feature-maps';

type Attribution = (
  model: AnyModule,
  input: Tensor,
  options: { readonly target?: number; readonly layer?: string },
) => Promise<Tensor>;

/** Samples with what of them speaks for the network's answer, by one of the methods. */
function relevance(name: string, attribution: Attribution): SamplePicture {
  return async (context, samples) => {
    const { model, theme, target, layer, task } = context;
    const { inputs } = samples;
    const map = await attribution(model, inputs, {
      ...(target === undefined ? {} : { target }),
      ...(layer === undefined ? {} : { layer }),
    });
    try {
      const captions = captionsOf(task, samples);
      return await relevancePicture(inputs, map, {
        title: target === undefined ? name : `${name} of ${outputNames(task)[target]!}`,
        theme,
        captions,
        ...brightness(context),
      });
    } finally {
      map.dispose();
    }
  };
}

/** Pictures were normalised; what is drawn is not. */
function brightness({ preprocessing }: PictureContext): {
  mean?: readonly number[];
  std?: readonly number[];
} {
  if (preprocessing.kind !== 'image') return {};
  const { mean, std } = preprocessing;
  return { mean, std };
}

/** Pictures that need samples, by their names on the command line. */
export const samplePictures: Readonly<Record<SamplePictureName, SamplePicture>> = {
  samples: async (context, { inputs, labels, predicted, probabilities }) => {
    const { task, theme } = context;
    const classes = task.kind === 'classification' ? { classes: task.classes } : {};
    return sampleGrid(inputs, {
      title: 'Samples',
      theme,
      ...brightness(context),
      ...classes,
      ...(task.kind === 'classification' ? { predicted, probabilities } : {}),
      ...(labels === null ? {} : { labels }),
    });
  },
  'grad-cam': relevance('Grad-CAM', gradCam),
  saliency: relevance('Saliency', (model, input, { target }) =>
    saliency(model, input, target === undefined ? {} : { target }),
  ),
  'smooth-grad': relevance('SmoothGrad', (model, input, { target }) =>
    smoothGrad(model, input, target === undefined ? {} : { target }),
  ),
  'integrated-gradients': relevance('Integrated gradients', (model, input, { target }) =>
    integratedGradients(model, input, target === undefined ? {} : { target }),
  ),
  'feature-maps': async ({ model, layer, theme }, { inputs, names }) => {
    const maps = featureMaps(model, inputs, layer);
    try {
      return await featureMapGrid(maps, { title: `Feature maps of ${names[0]!}`, theme });
    } finally {
      maps.dispose();
    }
  },
};

/** The filters of a convolution, by default of the first. */
export async function filterPicture({ model, layer, theme }: PictureContext): Promise<string> {
  const title = layer === undefined ? 'Filters of the first convolution' : `Filters of ${layer}`;
  return filterGrid(filters(model, layer), { title, theme });
}
