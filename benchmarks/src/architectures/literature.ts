import { architectures as densenet } from '@convnet/densenet';
import { architectures as efficientnet } from '@convnet/efficientnet';
import { architectures as inception } from '@convnet/inception';
import { BatchNorm, type ArchitectureInfo } from '@convnet/layers';
import { architectures as mnasnet } from '@convnet/mnasnet';
import { architectures as mobilenet } from '@convnet/mobilenet';
import { architectures as resnet } from '@convnet/resnet';
import { architectures as shufflenet } from '@convnet/shufflenet';
import { architectures as squeezenet } from '@convnet/squeezenet';
import { architectures as vgg } from '@convnet/vgg';

import { percent } from '../report/format.ts';
import type { Row } from '../report/row.ts';
import type { PlannedNetwork } from './plan.ts';
import type { Recipe } from './recipe.ts';

const facts: Readonly<Record<string, ArchitectureInfo>> = {
  ...densenet,
  ...efficientnet,
  ...inception,
  ...mnasnet,
  ...mobilenet,
  ...resnet,
  ...shufflenet,
  ...squeezenet,
  ...vgg,
};

/** Accuracies of ImageNet that differ by less say nothing about an order, in points. */
const leastPublished = 2;

/** Accuracies of this run that differ by less do not: a seed alone moves some by 3 points. */
const leastHere = 0.05;

/** Families whose first layers shrink 224x224, and which offer no other. */
const shrinking: ReadonlySet<string> = new Set(['inception', 'squeezenet', 'alexnet', 'zfnet']);

/** A row, with what was published of its builder. */
interface Placed {
  readonly row: Row & { readonly accuracy: number };
  readonly network: PlannedNetwork;
  /** Share of ImageNet's validation images, in percent, of the first weights that were published. */
  readonly top1: number;
}

/**
 * Top-1 accuracy on ImageNet of a builder at its published width, in percent; null where no weights are published. The LeNets
 * count as 0: all others are meant to surpass them.
 */
export function publishedTop1(label: string): number | null {
  if (label.startsWith('lenet')) return 0;
  return Object.values(factsOf(label)?.weights ?? {})[0]?.accuracy?.top1 ?? null;
}

/** Of the builder in a label. The scaled EfficientNets begin with the blocks of b0. */
function factsOf(label: string): ArchitectureInfo | undefined {
  const builder = label.split(' ')[0]!;
  return facts[builder] ?? facts[`${builder}_b0`];
}

/**
 * For each set: the networks that stand below others which they surpass on ImageNet, and what of their training or their build
 * tells why.
 */
export function literatureNotes(
  rows: readonly Row[],
  networks: readonly PlannedNetwork[],
  recipe: Recipe,
): string[] {
  const placed = rows.flatMap((row): Placed[] => {
    const network = networks.find(
      ({ set, member }) => set.name === row.dataset && member.label === row.model,
    );
    const top1 = publishedTop1(row.model);
    const { accuracy } = row;
    if (network === undefined || top1 === null || accuracy === null) return [];
    return [{ row: { ...row, accuracy }, network, top1 }];
  });
  return [...new Set(placed.map(({ row }) => row.dataset))].flatMap((set) => {
    const own = placed.filter(({ row }) => row.dataset === set);
    const texts = own.flatMap((one) => {
      const above = surpassedYetAbove(one, own);
      return above.length === 0 ? [] : [textOf(one, above, recipe)];
    });
    if (texts.length === 0) return [];
    return [
      `On ${set} the order is not that of ImageNet, where networks have their published widths and 1.28 million pictures: ` +
        `${texts.join('; ')}.`,
    ];
  });
}

/** The networks that are worse by publication and better here, the best first. */
function surpassedYetAbove(one: Placed, all: readonly Placed[]): Placed[] {
  return all
    .filter(({ top1 }) => top1 <= one.top1 - leastPublished)
    .filter(({ row }) => row.accuracy >= one.row.accuracy + leastHere)
    .toSorted((a, b) => b.row.accuracy - a.row.accuracy);
}

const mostNames = 3;

function textOf({ row, network }: Placed, above: readonly Placed[], recipe: Recipe): string {
  const reasons = reasonsOf(row, network, recipe);
  const why = reasons.length === 0 ? lossText(row, above[0]!.row) : reasons.join(', ');
  const names = above.slice(0, mostNames).map((other) => other.row.model);
  const rest = above.length - mostNames;
  const more = rest > 0 ? ` and ${rest} ${rest === 1 ? 'other' : 'others'}` : '';
  return `${row.model} is below ${names.join(', ')}${more} (${why})`;
}

/** Losses that differ by a smaller factor say nothing. */
const leastLossFactor = 1.2;

/** What the losses on the training samples say of a network below another: whether it learned too little, or too much. */
function lossText({ training: below }: Row, { model, training: above }: Row): string {
  const [loss, other] = [below!.loss, above!.loss];
  const beside = `${loss.toFixed(2)}, where ${model} has ${other.toFixed(2)}`;
  if (loss > leastLossFactor * other) {
    return `the passes are too few for it: its loss on the training samples is still ${beside}`;
  }
  return leastLossFactor * loss < other
    ? `it has learned its training samples by heart: its loss on them is ${beside}`
    : 'no cause was found';
}

/** What is unlike the training behind the published accuracy. */
function reasonsOf(
  { comparison, training, params, inputShape }: Row,
  { set, member }: PlannedNetwork,
  recipe: Recipe,
): string[] {
  const [inChannels, ...inputSize] = inputShape!;
  const { dims, stem } = set;
  const model = member.build({ dims, inChannels: inChannels!, numClasses: 10, inputSize, stem });
  const hasBatchNorm = [...model.namedModules()].some(([, layer]) => layer instanceof BatchNorm);
  const isSmall = stem === 'cifar' && shrinking.has(member.family);
  const rates = recipe.rates.toSorted((a, b) => a - b);
  const info = factsOf(member.label);
  // Others lack parameters only in what they have for fewer classes, or for training alone.
  const differs = member.label.includes('(');
  const share = info === undefined || !differs ? 1 : params! / info.parameters;
  return [
    ...(hasBatchNorm
      ? []
      : ['without batch norm it learns slowly from its first values, and the passes are few']),
    ...(isSmall
      ? [`its first layers are made for 224x224 and shrink ${inputSize.join('x')} at once`]
      : []),
    ...(comparison?.rate === rates[0] ? ['its rate is the least that was tried'] : []),
    ...(comparison?.rate === rates.at(-1) ? ['its rate is the greatest that was tried'] : []),
    ...(training!.epochs < comparison!.recipeEpochs
      ? ['it made fewer passes, for the budget']
      : []),
    ...(share < 0.5
      ? [
          `it is narrow, with ${share < 0.01 ? 'less than 1 %' : percent(share, 0)} of the published parameters`,
        ]
      : []),
  ];
}
