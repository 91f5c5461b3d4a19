#!/usr/bin/env node
import { parseArgs } from 'node:util';

import { createFamily } from './create-family.ts';
import { CreateFamilyError } from './errors.ts';

const usage = `pnpm create @convnet/family <folder> [--name @you/wave-net]

Writes the package of a new family of convolutional networks into a folder: the network, its tests, its README.

  --name NAME   of the package; by default that of the folder
  --workspace   for a family in the repository of convnet itself
  --help        this text
`;

interface Command {
  readonly values: {
    readonly name?: string;
    readonly workspace?: boolean;
    readonly help?: boolean;
  };
  readonly positionals: readonly string[];
}

/** What the command line asks for. @throws CreateFamilyError where it cannot be read. */
function readCommand(): Command {
  try {
    return parseArgs({
      options: {
        name: { type: 'string' },
        workspace: { type: 'boolean' },
        help: { type: 'boolean' },
      },
      allowPositionals: true,
    });
  } catch (error) {
    throw new CreateFamilyError(error instanceof Error ? error.message : String(error));
  }
}

function main(): void {
  const { values, positionals } = readCommand();
  const { help, ...given } = values;
  if (help === true) {
    process.stdout.write(usage);
    return;
  }
  if (positionals.length !== 1) {
    throw new CreateFamilyError(`expected one folder, got ${positionals.length}`);
  }
  const folder = positionals[0]!;
  const files = createFamily(folder, given);
  const next =
    given.workspace === true
      ? 'CONTRIBUTING.md says what is next'
      : `cd ${folder} && npm install && npm test`;
  process.stdout.write(`${files.map((file) => `  ${file}\n`).join('')}\n${next}\n`);
}

try {
  main();
} catch (error) {
  if (!(error instanceof CreateFamilyError)) throw error;
  // What the file system says is not helped by how the command is used.
  process.stderr.write(`${error.message}\n${error.cause === undefined ? `\n${usage}` : ''}`);
  process.exitCode = 1;
}
