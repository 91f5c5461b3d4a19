import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { snippetsOf } from './snippets.ts';
import { publicPackages, root } from './workspace.ts';

/** Packages that nobody installs by their own name, and what brings them. */
const broughtBy = new Map([['@convnet/backend-cuda-linux-x64', '@convnet/backend-cuda']]);

const packages = publicPackages().map(({ folder, json }) => ({
  name: json.name,
  readme: existsSync(join(folder, 'README.md'))
    ? readFileSync(join(folder, 'README.md'), 'utf8')
    : '',
}));

test('the README of the repository says of each package but the families what it is', () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const rows = Array.from(readme.matchAll(/^\| `(@convnet\/[\w-]+)` \| /gm), ([, name]) => name!);
  const wanted = publicPackages()
    .filter(({ path, json }) => !path.startsWith('packages/models/') && !broughtBy.has(json.name))
    .map(({ json }) => json.name);
  expect(rows).toEqual(expect.arrayContaining(wanted));
});

/** The packages that a page's commands install or run. */
function installed(readme: string): string[] {
  const commands = readme.matchAll(/^(?:npm install|npx|npm create|pnpm create) .*$/gm);
  return [...commands].flatMap(([line]) => line.split('#')[0]!.split(' ').slice(1));
}

test.each(packages)(
  'the README of $name stands alone: its name, a link to convnet',
  ({ name, readme }) => {
    expect(readme).toMatch(new RegExp(`^# ${name}\n`));
    const about = ['https://www.npmjs.com/package/@convnet/tensor-core', '../README.md'];
    expect(about.some((link) => readme.includes(link))).toBe(true);
  },
);

test('what comes with another package says with which', () => {
  for (const [name, bringer] of broughtBy) {
    expect(packages.find((each) => each.name === name)!.readme).toContain(bringer);
  }
});

test.each(packages.filter(({ name }) => !broughtBy.has(name)))(
  'the README of $name says how to install what its first example imports',
  ({ name, readme }) => {
    const [first] = snippetsOf(readme);
    const imported = Array.from(
      first?.code.matchAll(/from '(@convnet\/[\w-]+)/g) ?? [],
      ([, other]) => other!,
    );
    const own = name === '@convnet/create-family' ? '@convnet/family' : name;
    expect(installed(readme)).toEqual(expect.arrayContaining([own, ...imported]));
  },
);
