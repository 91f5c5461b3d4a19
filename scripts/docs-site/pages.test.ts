import { describe, expect, it } from 'vitest';

import { siteMarkdown, type Places } from './pages.ts';

function places(): Places & { readonly files: string[] } {
  const files: string[] = [];
  const slugs = new Map([
    ['README.md', ''],
    ['docs/signals.md', 'signals'],
    ['packages/data/README.md', 'packages/data'],
  ]);
  return { slugs, base: '/convnet/', files, onFile: (path) => files.push(path) };
}

const page = (text: string, on = places()): string =>
  siteMarkdown({ slug: 'weights', text, path: 'docs/weights.md' }, on);

describe('siteMarkdown', () => {
  it('takes the heading as the title and the first paragraph as the description', () => {
    expect(page('# Bring `your` weights\n\nThey work\nas they are.\n\nMore.\n')).toBe(
      '---\ntitle: "Bring your weights"\ndescription: "They work as they are."\n---\n\nThey work\nas they are.\n\nMore.\n',
    );
  });

  it('leaves the front matter of a page that has its own, and leads its links to the site', () => {
    const text = '---\ntitle: convnet\ndescription: nets\nlink: signals.md\n---\n\nText.\n';
    expect(page(text)).toBe(
      '---\ntitle: convnet\ndescription: nets\nlink: /convnet/signals/\n---\n\nText.\n',
    );
  });

  it.each([
    ['[signals](signals.md)', '[signals](/convnet/signals/)'],
    ['[`data`](../packages/data/README.md#wav)', '[`data`](/convnet/packages/data/#wav)'],
    ['[data](../packages/data)', '[data](/convnet/packages/data/)'],
    ['[home](../README.md)', '[home](/convnet/)'],
    ['[above](#above)', '[above](#above)'],
    ['[node](https://nodejs.org)', '[node](https://nodejs.org)'],
    ['[a source](../scripts/docs-site/pages.ts)', 'a source'],
    ['[a folder](../scripts)', 'a folder'],
  ])('makes %s into %s', (link, expected) => {
    expect(page(`# T\n\n${link}\n`)).toContain(`\n\n${expected}\n`);
  });

  it('carries pictures along', () => {
    const on = places();
    const picture = 'benchmarks/results/committed/architectures-full.svg';
    expect(page(`# T\n\n![chart](../${picture})\n`, on)).toContain(
      `![chart](/convnet/files/${picture})`,
    );
    expect(on.files).toEqual([picture]);
  });

  it('leaves code as it is', () => {
    const code = '```ts\nconst [a](signals.md)\n```\n';
    expect(page(`# T\n\n${code}`)).toContain(code);
  });

  it('refuses a link to a file that is not there, and says where it stands', () => {
    expect(() => page('# T\n\n[gone](gone.md)\n')).toThrow(
      'docs/weights.md links to docs/gone.md, which is not there',
    );
  });

  it('refuses a page without a heading', () => {
    expect(() => page('Text.\n')).toThrow('docs/weights.md has no heading');
  });
});
