import type { PublishOptions } from './options.ts';

/** The files of a package beside its weights, by their names. */
export type PackageFiles = Readonly<Record<string, string>>;

/** What is measured of the weights themselves. */
export interface WeightFacts {
  /** Numbers in all tensors. */
  readonly elements: number;
  readonly bytes: number;
  readonly sha256: string;
}

export const weightsName = 'model.safetensors';

const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;

/** package.json, which npm and `loadWeights` read. */
export function manifestOf(options: PublishOptions): string {
  const { name, version = '1.0.0', licence, author, repository, builder, versions = {} } = options;
  const needed = [
    '@convnet/backend-wasm',
    '@convnet/tensor-core',
    '@convnet/weights',
    builder.package,
  ].sort();
  return json({
    name,
    version,
    description: descriptionOf(options),
    keywords: ['convnet', 'pretrained', 'weights', builder.name],
    license: licence,
    ...(author !== undefined && { author }),
    ...(repository !== undefined && { repository }),
    type: 'module',
    sideEffects: false,
    exports: {
      '.': { types: './index.d.ts', default: './index.js' },
      './model.json': './model.json',
      './model.safetensors': './model.safetensors',
      './package.json': './package.json',
    },
    files: ['index.js', 'index.d.ts', 'example.js', 'model.json', weightsName],
    convnet: { weights: weightsName },
    peerDependencies: Object.fromEntries(needed.map((need) => [need, versions[need] ?? '*'])),
  });
}

export function descriptionOf({ description, builder, classes }: PublishOptions): string {
  if (description !== undefined) return description;
  return `Weights of ${builder.name}${classes === undefined ? '' : ` for ${classes.length} classes`}`;
}

/** model.json: all that is known, for programs. */
export function metadataOf(options: PublishOptions, facts: WeightFacts): string {
  const { builder, inputShape, classes, metrics, measuredOn, trainedOn, preprocessing, run } =
    options;
  return json({
    builder: { options: {}, ...builder },
    inputShape,
    ...facts,
    classes,
    metrics,
    measuredOn,
    trainedOn,
    preprocessing,
    run,
  });
}

/** index.js: the weights as a URL, which bundlers follow, and what is needed to use them. */
export function entryOf({ builder, inputShape, classes = [] }: PublishOptions): string {
  return [
    '/** Where the weights are: `loadWeights(model, weights)`. */',
    `export const weights = new URL('./${weightsName}', import.meta.url);`,
    `/** What ${builder.name} of ${builder.package} is called with. */`,
    `export const options = ${JSON.stringify(builder.options ?? {}, undefined, 2)};`,
    '/** What the outputs are called. */',
    `export const classes = ${JSON.stringify(classes, undefined, 2)};`,
    '/** [N, C, …] of what the network takes. */',
    `export const inputShape = ${JSON.stringify(inputShape)};`,
    '',
  ].join('\n');
}

/** index.d.ts. */
export function typesOf({ builder }: PublishOptions): string {
  const typed = Object.entries(builder.options ?? {}).map(
    ([name, value]) => `  ${JSON.stringify(name)}: ${typeOf(value)};`,
  );
  return [
    'export declare const weights: URL;',
    `export declare const options: {${typed.length === 0 ? '' : `\n${typed.join('\n')}\n`}};`,
    'export declare const classes: readonly string[];',
    'export declare const inputShape: number[];',
    '',
  ].join('\n');
}

/** The type of a value that stays as it is. */
function typeOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(typeOf).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(
    ([name, of]) => `${JSON.stringify(name)}: ${typeOf(of)}`,
  );
  return `{ ${members.join('; ')} }`;
}

/** example.js: from the package to an answer. */
export function exampleOf({ name, builder, classes }: PublishOptions): string {
  const used = [...(classes === undefined ? [] : ['classes']), 'inputShape', 'options', 'weights'];
  const imports: readonly (readonly [names: string, from: string])[] = [
    ['wasm', '@convnet/backend-wasm'],
    ['noGrad, zeros', '@convnet/tensor-core'],
    ['loadWeights', '@convnet/weights'],
    [builder.name, builder.package],
    [used.join(', '), name],
  ];
  const answer =
    classes === undefined
      ? ['console.log(outputs);']
      : [
          'const best = outputs.indexOf(Math.max(...outputs));',
          'console.log(`${classes[best]}: ${outputs[best].toFixed(3)}`);',
        ];
  return [
    '// node example.js: the network and its weights, asked about an input of zeros.',
    ...imports.map(([names, from]) => `import { ${names} } from ${quoted(from)};`),
    '',
    'const device = await wasm();',
    `const model = ${builder.name}({ ...options, device }).eval();`,
    'await loadWeights(model, weights);',
    'const outputs = await noGrad(() => model.forward(zeros(inputShape, { device }))).data();',
    ...answer,
    'device.dispose();',
    '',
  ].join('\n');
}

const quoted = (text: string): string => `'${text}'`;
