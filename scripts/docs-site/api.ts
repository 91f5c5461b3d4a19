import { execFileSync } from 'node:child_process';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import { publicPackages, root } from '../workspace.ts';
import type { Page } from './pages.ts';

/** The sources that a package exports, by the file that `exports` names. */
function entryPoints(): readonly string[] {
  return publicPackages().flatMap(({ folder, path, json }) =>
    path === 'packages/cli'
      ? []
      : Object.values(json.exports ?? {})
          .filter((file) => file.endsWith('.ts'))
          .map((file) => join(folder, file)),
  );
}

/**
 * The reference of everything exported, by typedoc from the docstrings. It fails where an export has none.
 * @param tools folder in which typedoc is installed.
 */
export function apiPages(tools: string): readonly Page[] {
  const out = join(tools, 'api');
  const options = {
    entryPoints: entryPoints(),
    basePath: root,
    tsconfig: join(root, 'tsconfig.json'),
    // `tsc` checks them, of another version than typedoc takes.
    skipErrorChecking: true,
    excludeInternal: true,
    excludePrivate: true,
    readme: 'none',
    name: 'Reference',
    disableSources: true,
    plugin: ['typedoc-plugin-markdown'],
    hidePageHeader: true,
    hideBreadcrumbs: true,
    useCodeBlocks: true,
    // Names with the first paragraph of what is said of them.
    indexFormat: 'table',
    expandParameters: true,
    parametersFormat: 'table',
    interfacePropertiesFormat: 'table',
    pageTitleTemplates: { member: '{name}' },
    packagesRequiringDocumentation: publicPackages().map(({ json }) => json.name),
    requiredToBeDocumented: ['Enum', 'Variable', 'Function', 'Class', 'Interface', 'TypeAlias'],
    validation: { notExported: false, invalidLink: true, notDocumented: true },
    treatWarningsAsErrors: true,
    out,
  };
  const config = join(tools, 'typedoc.json');
  writeFileSync(config, JSON.stringify(options));
  execFileSync(
    process.execPath,
    [join(tools, 'node_modules/typedoc/bin/typedoc'), '--options', config],
    {
      cwd: tools,
      stdio: 'inherit',
    },
  );
  // A package need not be called as its folder is.
  const names = new Map(
    publicPackages().map(({ path, json }) => [basename(path), json.name.replace('@convnet/', '')]),
  );
  return globSync('**/*.md', { cwd: out })
    .filter((file) => file !== 'README.md')
    .map((file) => {
      const [, folder = '', rest = ''] =
        /^(?:packages\/)?(?:models\/)?([\w-]+)\/src\/(.*)\.md$/.exec(file) ?? [];
      const at = `${names.get(folder) ?? folder}/${rest}`.replace(/\/README$/, '');
      const text = readFileSync(join(out, file), 'utf8');
      return {
        slug: `api/${at.toLowerCase()}`,
        text: rest.endsWith('README') ? text.replace(/^# .*/m, `# @convnet/${at}`) : text,
        path: `api/${file}`,
      };
    });
}
