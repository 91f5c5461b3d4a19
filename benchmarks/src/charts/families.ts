/**
 * A colour for each family, in the order of their families on the chart: hues far apart beside each other, each
 * readable on white and on near-black.
 */
const colours = [
  '#2f7de1',
  '#e0662b',
  '#17966b',
  '#9a63e0',
  '#c8910c',
  '#d8457f',
  '#0e9fb5',
  '#7c8f1c',
  '#b0563a',
  '#5a6be8',
  '#c05bc4',
  '#4d9d2d',
  '#8a7a6a',
  '#e04545',
  '#2b8a80',
  '#a8577e',
];

/** For series that are no families, such as peers. */
export const seriesColours: readonly string[] = colours.slice(0, 6);

/** The families of convnet: each keeps its colour, whichever of them a chart shows. */
const known = [
  'alexnet',
  'capsnet',
  'densenet',
  'efficientnet',
  'inception',
  'lenet',
  'mnasnet',
  'mobilenet',
  'nin',
  'resnet',
  'shufflenet',
  'squeezenet',
  'vgg',
  'zfnet',
  'time-series',
  'video',
];

/** A colour for each of the names; names that are no family's take what is left, in their order. */
export function coloursOf(names: readonly string[]): ReadonlyMap<string, string> {
  const all = [...known, ...names.filter((name) => !known.includes(name))];
  return new Map(names.map((name) => [name, colours[all.indexOf(name) % colours.length]!]));
}

/** Builders whose names do not begin with that of their family. */
const unlikeTheirFamily: Readonly<Record<string, string>> = { googlenet: 'inception' };

/** The family of a builder's name or label, such as 'vgg' of 'vgg11_bn (width 16)'. */
export function familyOfModel(model: string): string {
  const [first] = model.split(/[_\d ]/, 1);
  return unlikeTheirFamily[first!] ?? first!;
}
