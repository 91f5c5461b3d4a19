/**
 * Builds the documentation as a site: `pnpm docs:site [--out <folder>] [--base /convnet/] [--tools <folder>]`. Its pages are the Markdown
 * files of the repository, the families drawn and counted from their code, and the reference from the docstrings. A link
 * that leads nowhere fails it, and so does an export without a docstring.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { installTools } from '../npm-workspace.ts';
import { runPnpm } from '../pnpm.ts';
import { publicPackages, root } from '../workspace.ts';
import { apiPages } from './api.ts';
import { familyPages, type Drawer } from './families.ts';
import { filePage, siteMarkdown, type Page } from './pages.ts';
import { derivedSections, guides, isFamily } from './sections.ts';
import { standAloneCommand } from '../../benchmarks/src/stand-alone-command.ts';

const values = standAloneCommand('pnpm docs:site')
  .description('Builds the documentation as a site.')
  .option('--out <folder>', 'where to', join(root, 'docs/dist'))
  .option('--base <path>', 'where the site stands on its server', '/')
  .option('--tools <folder>', 'has what package-lock.json lists, for who builds often')
  .parse()
  .opts<{ readonly out: string; readonly base: string; readonly tools?: string }>();

/** The files in `docs/`, the notes on decisions, and the READMEs of what is no family. */
function repositoryPages(): readonly Page[] {
  const guidePages = globSync('docs/*.md', { cwd: root }).map((file) => {
    const name = basename(file, '.md');
    return filePage(file, name);
  });
  const notes = notePaths().map((file) => filePage(file, `decisions/${basename(file, '.md')}`));
  const readmes = publicPackages()
    .filter(({ path }) => !isFamily(path))
    .map(({ path, json }) =>
      filePage(`${path}/README.md`, `packages/${json.name.replace('@convnet/', '')}`),
    );
  return [
    ...guidePages,
    ...notes,
    ...readmes,
    filePage('CONTRIBUTING.md', 'contributing'),
    filePage('examples/README.md', 'examples'),
    filePage('examples/playground/README.md', 'examples/playground'),
    filePage('benchmarks/README.md', 'bench'),
  ];
}

function notePaths(): readonly string[] {
  return globSync('docs/decisions/*.md', { cwd: root }).toSorted();
}

/** What is used of `@viz-js/viz`. */
interface Viz {
  renderString(dot: string, options: { readonly format: 'svg' }): string;
}

async function drawerOf(tools: string): Promise<Drawer> {
  const entry = createRequire(join(tools, 'package.json')).resolve('@viz-js/viz');
  const { instance } = (await import(pathToFileURL(entry).href)) as { instance(): Promise<Viz> };
  const viz = await instance();
  return (dot) => {
    const svg = viz.renderString(dot, { format: 'svg' });
    return svg.slice(svg.indexOf('<svg'));
  };
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

using workspace =
  values.tools === undefined
    ? installTools('docs-site')
    : { folder: resolve(values.tools), [Symbol.dispose]: (): void => undefined };
const site = workspace.folder;
rmSync(join(site, 'src'), { recursive: true, force: true });
rmSync(join(site, 'public'), { recursive: true, force: true });
for (const file of ['astro.config.mjs', 'src']) {
  cpSync(join(import.meta.dirname, file), join(site, file), { recursive: true });
}

const draw = await drawerOf(site);
const pages = [...repositoryPages(), ...(await familyPages(draw)), ...apiPages(site)];
const slugs = new Map(pages.map(({ path, slug }) => [path, slug === 'index' ? '' : slug]));
const files = new Set<string>();
const places = { slugs, base: values.base, onFile: (path: string): unknown => files.add(path) };
const written = new Set<string>();
for (const page of pages) {
  if (written.has(page.slug)) throw new Error(`two pages are called '${page.slug}'`);
  written.add(page.slug);
  write(join(site, 'src/content/docs', `${page.slug}.md`), siteMarkdown(page, places));
}
for (const file of files) cpSync(join(root, file), join(site, 'public/files', file));
if (!runPnpm(['--filter', '@convnet/playground', 'run', 'bundle'])) {
  throw new Error('the playground could not be built');
}
cpSync(join(root, 'examples/playground/dist'), join(site, 'public/playground'), {
  recursive: true,
});
cpSync(join(root, 'examples/playground/public/icon.svg'), join(site, 'public/favicon.svg'));

const sections = [
  ...guides,
  ...derivedSections(notePaths().map((file) => `decisions/${basename(file, '.md')}`)),
];
write(join(site, 'sections.json'), JSON.stringify(sections));
execFileSync(process.execPath, [join(site, 'node_modules/astro/bin/astro.mjs'), 'build'], {
  cwd: site,
  stdio: 'inherit',
  env: { ...process.env, SITE_BASE: values.base, ASTRO_TELEMETRY_DISABLED: '1' },
});
const out = resolve(values.out);
rmSync(out, { recursive: true, force: true });
cpSync(join(site, 'dist'), out, { recursive: true });
console.log(`documentation: ${pages.length} pages in ${out}`);
