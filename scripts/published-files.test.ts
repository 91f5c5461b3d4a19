import { expect, test } from 'vitest';

import { publishedFiles } from './published-files.ts';
import { publicPackages } from './workspace.ts';

test('commands are among the files that must be built', () => {
  const cli = publicPackages().find(({ json }) => json.name === '@convnet/cli')!;
  expect(publishedFiles(cli.json)).toEqual([
    './dist/index.js',
    './dist/index.d.ts',
    './package.json',
    './dist/bin.js',
  ]);
});

test('every command that a package has in the repository is published, as what is built of it', () => {
  const commands = publicPackages().filter(({ json }) => json.bin !== undefined);
  expect(commands.map(({ json }) => json.name)).toContain('@convnet/cli');
  for (const { json } of commands) {
    const built = Object.entries(json.bin!).map(([name, source]) => [
      name,
      source.replace('./src/', './dist/').replace(/\.ts$/, '.js'),
    ]);
    expect(json.publishConfig?.bin).toEqual(Object.fromEntries(built));
  }
});
