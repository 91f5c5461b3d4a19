import { basename } from 'node:path';

import {
  build,
  comparedRanks,
  inputShapeOf,
  type Family,
} from '../../packages/models/testing/src/family.ts';
import type { Rank } from '../../packages/layers/src/index.ts';
import { costRows, modelFamilies, ranksLine } from '../model-costs.ts';
import { publicPackages } from '../workspace.ts';
import { blockPicture } from './block-picture.ts';
import { filePage, type Page } from './pages.ts';
import { isFamily } from './sections.ts';

/** The layers that make a family what it is, by builder and path. */
const blocks: Readonly<Record<string, readonly (readonly [builder: string, path: string])[]>> = {
  alexnet: [['alexnet', 'features']],
  capsnet: [['capsnet', 'primary_capsules']],
  densenet: [['densenet121', 'features.denseblock1.denselayer2']],
  efficientnet: [
    ['efficientnet_b0', 'features.3.1'],
    ['efficientnet_v2_s', 'features.2.1'],
  ],
  inception: [
    ['googlenet', 'inception3a'],
    ['inception_v3', 'Mixed_6b'],
  ],
  lenet: [['lenet5', 'features']],
  mnasnet: [['mnasnet1_0', 'layers.8.1']],
  mobilenet: [
    ['mobilenet_v1', 'features.1'],
    ['mobilenet_v2', 'features.3'],
    ['mobilenet_v3_large', 'features.5'],
  ],
  nin: [['nin', 'features']],
  resnet: [
    ['resnet18', 'layer1.0'],
    ['resnet50', 'layer2.0'],
    ['resnext50_32x4d', 'layer1.1'],
  ],
  shufflenet: [['shufflenet_v2_x1_0', 'stage2.1']],
  squeezenet: [['squeezenet1_0', 'features.3']],
  'time-series': [
    ['resnet_wang', 'resblock1'],
    ['inception_time', 'inceptionblock.inception.1'],
  ],
  vgg: [['vgg11', 'features']],
  video: [
    ['r3d_18', 'layer2.0'],
    ['mc3_18', 'layer2.0'],
    ['r2plus1d_18', 'layer2.0'],
  ],
  zfnet: [['zfnet', 'features']],
};

/** Draws a graph in Graphviz's language as SVG. */
export type Drawer = (dot: string) => string;

/**
 * A page for each family: its README, its blocks as pictures, and what each builder costs, from the code. What has no
 * facts of its architectures in code, such as detectors, whose cost follows from what they see, has its README.
 */
export async function familyPages(draw: Drawer): Promise<readonly Page[]> {
  const families = await modelFamilies();
  return publicPackages()
    .filter(({ path }) => isFamily(path))
    .map(({ path }) => {
      const name = basename(path);
      const family = families.get(name);
      const readme = filePage(`${path}/README.md`, `families/${name}`);
      if (family === undefined) return readme;
      const parts = [readme.text.trimEnd(), pictures(name, family, draw), costs(family)];
      return { ...readme, text: parts.join('\n\n') };
    });
}

function pictures(name: string, family: Family, draw: Drawer): string {
  const chosen = blocks[name];
  if (chosen === undefined)
    throw new Error(`scripts/docs-site/families.ts names no block of ${name}`);
  const figures = chosen.map(([builder, path]) => {
    const rank = comparedRanks(family).at(-1) as Rank;
    const input = inputShapeOf(family, builder, rank);
    const { dot, description } = blockPicture(build(family, builder), path, input);
    const svg = draw(dot)
      .replace('<svg ', `<svg role="img" aria-label="${description}" `)
      .replaceAll(/\s*\n\s*/g, ' ');
    return `<figure class="block not-content">${svg}<figcaption><code>${path}</code> of <code>${builder}</code></figcaption></figure>`;
  });
  return `## What its blocks do\n\nDrawn from the operations that the code applies; extents are those of the default input.\n\n<div class="blocks">${figures.join('')}</div>`;
}

function costs(family: Family): string {
  const header =
    '| builder | rank | input | parameters | MACs | memory, MB |\n|---|---|---|--:|--:|--:|';
  const lines = costRows(family).map(
    ({ builder, dims, input, parameters, macs, memory }) =>
      `| \`${builder}\` | ${rank(dims)} | ${input} | ${parameters} | ${macs} | ${memory} |`,
  );
  return `## What each builder costs\n\n${ranksLine(family)} 1 MAC is 2 FLOPs; memory is that of a forward and a backward pass. How far the\nnumbers are from PyTorch's stands in [the table of models](../../../docs/models.md).\n\n${header}\n${lines.join('\n')}`;
}

const rank = (dims: Rank): string => `${dims}D`;
