import { summary } from '@convnet/layers';
import { InvalidArgumentError, Option } from 'commander';

import { architectureOf, buildNetwork, type NetworkOptions } from '../architectures.ts';
import { addOptions, builderOptionOption, dimsOption, whole } from '../options.ts';
import type { AddCommand } from '../terminal.ts';

interface Given {
  readonly dims?: 1 | 2 | 3;
  readonly channels?: number;
  readonly classes: number;
  readonly input?: readonly number[];
  readonly batchSize: number;
  readonly option?: Readonly<Record<string, unknown>>;
}

/** `convnet summary resnet18`: layers, shapes, parameters, cost. */
export const addSummary: AddCommand = (program, { out }, start) => {
  const command = program
    .command('summary')
    .argument('<model>', "a network; 'convnet models' lists them")
    .summary('what a network is made of and costs')
    .description(
      'Shows the layers of a network with their shapes, parameters and multiply-accumulates.',
    );
  addOptions(command, [
    dimsOption(3),
    new Option(
      '--channels <n>',
      'channels of the input (default: those it was published for)',
    ).argParser(whole(1)),
    new Option('--input <extent>', 'extent of the input: 224, 1000, 32x64').argParser(extents),
    new Option('--classes <n>', 'classes').argParser(whole(1)).default(1000),
    new Option('--batch-size <n>', 'samples').argParser(whole(1)).default(1),
    builderOptionOption(),
  ]);
  command.action((name: string, given: Given) => {
    start(async () => {
      const { classes, batchSize, option = {} } = given;
      const architecture = architectureOf(name);
      const { ranks } = architecture;
      const dims = given.dims ?? (ranks.includes(2) ? 2 : ranks[0]!);
      const [, published, ...sides] = architecture.info.inputShape;
      const inChannels = given.channels ?? published!;
      const asked = given.input ?? (sides.length === dims ? sides : [sides[0]!]);
      const input = asked.length === 1 ? Array.from({ length: dims }, () => asked[0]!) : asked;
      const options: NetworkOptions = { dims, inChannels, numClasses: classes, own: option };
      const model = buildNetwork(architecture, options, input);
      out.write(`${String(summary(model, [batchSize, inChannels, ...input]))}\n`);
    });
  });
};

function extents(text: string): number[] {
  const sides = text.split('x').map(Number);
  if (sides.every((side) => Number.isInteger(side) && side > 0)) return sides;
  throw new InvalidArgumentError('Expected whole numbers, such as 224 or 32x64.');
}
