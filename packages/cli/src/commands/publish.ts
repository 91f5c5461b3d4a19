import { publish } from '@convnet/weights/node';
import { Option } from 'commander';

import { architectureOf, builderOptions } from '../architectures.ts';
import { inputShapeOf } from '../data/preprocessing.ts';
import { withDevice } from '../device/open-device.ts';
import { CliError } from '../errors.ts';
import { addOptions } from '../options.ts';
import { requireOutFolder } from '../out-place.ts';
import { readConfig } from '../run/config.ts';
import { loadModel, readCard } from '../run/model-folder.ts';
import { publishedRun } from '../run/published.ts';
import { outputNames } from '../task.ts';
import type { AddCommand } from '../terminal.ts';

interface Given {
  readonly name: string;
  readonly out: string;
  readonly licence: string;
  readonly packageVersion: string;
  readonly author?: string;
  readonly about?: string;
  readonly trainedOn?: string;
}

/** `convnet publish runs/a --name @me/gestures --licence MIT`: a trained network as a package of npm. */
export const addPublish: AddCommand = (program, terminal, start) => {
  const command = program
    .command('publish')
    .argument('<run>', 'folder of a trained network')
    .summary('write a trained network as a package of npm')
    .description(
      'Writes a folder that npm publish takes: weights, model card with what was measured, licence and an example. Who ' +
        "has installed it loads it by name: loadWeights(model, 'npm:@me/gestures').",
    );
  addOptions(command, [
    new Option(
      '--name <package>',
      'what the package is called, such as @me/gestures',
    ).makeOptionMandatory(),
    new Option('--licence <identifier>', 'an SPDX identifier, such as MIT').makeOptionMandatory(),
    new Option('--out <folder>', 'where to').default('published'),
    new Option('--package-version <version>', 'of the package').default('1.0.0'),
    new Option('--author <name>', 'who made it'),
    new Option('--about <text>', 'one line on what it does'),
    new Option('--trained-on <text>', 'what it learned from'),
  ]);
  command.action((folder: string, given: Given) => {
    start(async (interruption) => {
      const [card, config] = [await readCard(folder), await readConfig(folder)];
      const { architecture, options, preprocessing, task, test } = card;
      const found = architectureOf(architecture);
      if (options.twin !== undefined) {
        throw new CliError(
          `${folder}: its network was built as that of Keras, which the page of a package cannot say; publish it by ` +
            `publish of @convnet/weights/node, from a program that builds it`,
        );
      }
      await requireOutFolder('the package', given.out);
      const inputShape = inputShapeOf(preprocessing);
      await withDevice({ device: 'wasm' }, terminal, async (device) => {
        const model = await loadModel(folder, card, device);
        interruption.leaves(`${given.out} may lack files; the same command makes it whole`);
        await publish(given.out, model, {
          name: given.name,
          version: given.packageVersion,
          licence: given.licence,
          ...(given.author !== undefined && { author: given.author }),
          ...(given.about !== undefined && { description: given.about }),
          ...(given.trainedOn !== undefined && { trainedOn: given.trainedOn }),
          builder: {
            package: `@convnet/${found.family}`,
            name: found.name,
            options: builderOptions(found, options, inputShape.slice(1)),
          },
          inputShape: [1, ...inputShape],
          classes: outputNames(task),
          metrics: test,
          measuredOn: 'the test samples of its run',
          preprocessing,
          run: publishedRun(card, config),
        });
      });
      terminal.out.write(
        `${given.out}: ${given.name} ${given.packageVersion}; publish it with npm publish ${given.out} --access public\n`,
      );
    });
  });
};
