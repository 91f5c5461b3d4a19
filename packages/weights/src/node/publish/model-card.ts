import { descriptionOf, weightsName, type WeightFacts } from './package-files.ts';
import type { PublishOptions } from './options.ts';

/** README.md: what the network is, what was measured, and how it is used. */
export function modelCardOf(options: PublishOptions, facts: WeightFacts, example: string): string {
  const {
    name,
    licence,
    builder,
    inputShape,
    classes,
    metrics = {},
    measuredOn,
    trainedOn,
  } = options;
  const { preprocessing } = options;
  const code = (text: string): string => `\`${text}\``;
  const rows: [string, string][] = [
    ['network', `${code(builder.name)} of ${code(builder.package)}`],
    ['built with', code(JSON.stringify(builder.options ?? {}))],
    ['input', `[${inputShape.join(', ')}]`],
    [
      'weights',
      `${code(weightsName)}, ${facts.elements} numbers, ${facts.bytes} bytes, SHA-256 ${code(facts.sha256)}`,
    ],
    ...(trainedOn === undefined ? [] : [['trained on', trainedOn] as [string, string]]),
    ['licence', licence],
  ];
  const measured = Object.entries(metrics).map(([key, value]): [string, string] => [
    key,
    String(value),
  ]);
  return (
    [
      `# ${name}`,
      `${descriptionOf(options)}.`,
      table(['', ''], rows),
      ...(measured.length === 0
        ? []
        : [
            '## Measured',
            ...(measuredOn === undefined ? [] : [`On ${measuredOn}.`]),
            table(['', 'value'], measured),
          ]),
      ...(classes === undefined ? [] : ['## Classes', classes.map(code).join(', ')]),
      ...(preprocessing === undefined
        ? []
        : ['## Inputs', fenced('json', JSON.stringify(preprocessing, undefined, 2))]),
      '## Use',
      fenced('sh', `npm install ${name}`),
      fenced('js', example.trimEnd()),
      `In Node ${code(`loadWeights(model, 'npm:${name}')`)} finds the weights by the name of the package.`,
      '',
    ]
      .join('\n\n')
      .trimEnd() + '\n'
  );
}

function table(head: [string, string], rows: readonly [string, string][]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  return [line(head), '|---|---|', ...rows.map(line)].join('\n');
}

const fenced = (language: string, text: string): string => `\`\`\`${language}\n${text}\n\`\`\``;
