import { publicPackages } from '../workspace.ts';

/** An entry of the site's table of contents. */
export type Entry = string | { readonly label: string; readonly slug: string };

/** A part of the table of contents. */
export interface Section {
  readonly label: string;
  readonly collapsed?: boolean;
  readonly items: readonly Entry[];
}

/** The pages in `docs/`, in the order in which they are listed. */
export const guides: readonly Section[] = [
  { label: 'Start here', items: ['first-steps', 'browser', 'from-pytorch'] },
  { label: 'Jobs', items: ['signals', 'images', 'weights'] },
  {
    label: 'How it works',
    items: ['backends', 'memory', 'capture', 'accuracy', 'models', 'benchmarks'],
  },
  { label: 'Build on it', items: ['writing-a-family', 'writing-a-backend', 'releasing'] },
];

const short = (name: string): string => name.replace('@convnet/', '');

/** Whether a package is a family of architectures. */
export const isFamily = (path: string): boolean => path.startsWith('packages/models/');

/** The parts that follow from what is in the repository. */
export function derivedSections(notes: readonly string[]): readonly Section[] {
  const packages = publicPackages();
  const names = (families: boolean): readonly string[] =>
    packages.filter(({ path }) => isFamily(path) === families).map(({ json }) => short(json.name));
  return [
    {
      label: 'Families',
      items: names(true).map((name) => ({ label: name, slug: `families/${name}` })),
    },
    {
      label: 'Packages',
      items: names(false).map((name) => ({ label: name, slug: `packages/${name}` })),
    },
    {
      label: 'Reference',
      collapsed: true,
      items: packages
        .filter(({ path }) => path !== 'packages/cli')
        .map(({ json }) => ({ label: short(json.name), slug: `api/${short(json.name)}` })),
    },
    { label: 'Why it is so', collapsed: true, items: notes },
  ];
}
