import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isolation } from '../../benchmarks/src/browser/static-server.ts';

/** An application and the bundler that builds it. */
export interface Recipe {
  /** The name of its folder. */
  readonly name: string;
  /** The package of `package.json` whose version is reported. */
  readonly bundler: string;
  readonly mode: 'build' | 'dev';
  /** The program below `node_modules`, and its parameters. */
  readonly command: readonly [string, ...string[]];
  /** Where the built application lies, relative to its folder. */
  readonly output: string;
  /** Sources that the application has besides `app`, where it needs any. */
  readonly sources?: string;
  /** Writes what belongs to the application and not to its bundler. */
  prepare?(folder: string): void;
  /**
   * What the bundler asks of its user beyond its default configuration, as the package's README says. Without it the
   * application must fail with an error that says the same.
   */
  readonly advice?: Advice;
  /** How it is told that the page only infers, as `docs/browser.md` says. */
  readonly inference?: InferenceBuild;
}

/** What a page that only infers tells its bundler. */
interface InferenceBuild {
  /** Writes its configuration. */
  configure?(folder: string): void;
  /** Parameters besides those of the recipe. */
  readonly parameters?: readonly string[];
}

/** A line for the bundler or the application. */
interface Advice {
  readonly line: string;
  follow(folder: string): void;
}

/** A page that loads one script, for bundlers that do not read pages. */
function writePage(folder: string, script: string): void {
  writeFileSync(
    join(folder, 'index.html'),
    `<!doctype html>\n<title>convnet</title>\n<script type="module" src="./${script}"></script>\n`,
  );
}

/** These bundlers leave `new URL(…, import.meta.url)` as it is, so the files are copied and named by `wasmUrl`. */
const hosted = "wasmUrl: '/wasm/'";
const placesNoFiles: Pick<Recipe, 'output' | 'prepare' | 'advice'> = {
  output: '.',
  prepare: (folder) => writePage(folder, 'dist/index.js'),
  advice: {
    line: hosted,
    follow(folder) {
      const source = join(folder, 'node_modules/@convnet/backend-wasm/wasm');
      cpSync(source, join(folder, 'wasm'), { recursive: true });
      writeFileSync(join(folder, 'src/options.js'), `export const options = { ${hosted} };\n`);
    },
  },
};

function vite(major: number, mode: Recipe['mode']): Recipe {
  const bundler = `vite-${major}`;
  const program = `${bundler}/bin/vite.js`;
  return {
    name: `${bundler}-${mode}`,
    bundler,
    mode,
    command: mode === 'build' ? [program, 'build'] : [program, '--host', '127.0.0.1'],
    output: 'dist',
    ...(mode === 'dev'
      ? {}
      : { inference: { configure: (folder) => configureVite(folder, defined) } }),
  };
}

const defined = 'define: { __CONVNET_INFERENCE__: true }';

/** Writes the configuration of a bundler that has none otherwise. */
const configured = (file: string, text: string): InferenceBuild => ({
  configure: (folder) => writeFileSync(join(folder, file), text),
});

function next(flag: '--turbopack' | '--webpack'): Recipe {
  return {
    name: `next${flag.replace('-', '')}`,
    bundler: 'next',
    mode: 'build',
    command: ['next/dist/bin/next', 'build', flag],
    output: 'out',
    sources: 'app-next',
    // For the web server of the test; the bundlers of Next are as they come.
    prepare: (folder) =>
      writeFileSync(join(folder, 'next.config.mjs'), "export default { output: 'export' };\n"),
  };
}

/** Vite's dev server, where its modules do not lie beside the packages. */
function movedVite(major: number): Recipe {
  const line = "optimizeDeps: { exclude: ['@convnet/backend-wasm'] }";
  const moved = "cacheDir: '.cache'";
  return {
    ...vite(major, 'dev'),
    name: `vite-${major}-moved`,
    prepare: (folder) => configureVite(folder, moved),
    advice: { line, follow: (folder) => configureVite(folder, `${moved}, ${line}`) },
  };
}

function configureVite(folder: string, options: string): void {
  writeFileSync(join(folder, 'vite.config.js'), `export default { ${options} };\n`);
}

/** Vite's dev server sends the headers of isolation only where it is told to. */
export function isolateVite(folder: string): void {
  const file = join(folder, 'vite.config.js');
  const options = existsSync(file) ? readFileSync(file, 'utf8') : 'export default {};\n';
  const headers = `server: { headers: ${JSON.stringify(isolation)} }, `;
  writeFileSync(file, options.replace('{', `{ ${headers}`));
}

export const recipes: readonly Recipe[] = [
  ...[5, 6, 7, 8].flatMap((major) => [vite(major, 'dev'), vite(major, 'build')]),
  movedVite(7),
  {
    name: 'webpack',
    bundler: 'webpack',
    mode: 'build',
    command: ['webpack-cli/bin/cli.js', '--mode', 'production'],
    output: '.',
    prepare: (folder) => writePage(folder, 'dist/main.js'),
    inference: configured(
      'webpack.config.js',
      "import webpack from 'webpack';\n" +
        'export default { plugins: [new webpack.DefinePlugin({ __CONVNET_INFERENCE__: true })] };\n',
    ),
  },
  {
    name: 'rollup',
    bundler: 'rollup',
    mode: 'build',
    command: ['rollup/dist/bin/rollup', 'src/index.js', '-p', 'node-resolve', '-d', 'dist'],
    ...placesNoFiles,
    inference: {
      ...configured(
        'rollup.config.js',
        "import replace from '@rollup/plugin-replace';\n" +
          "export default { plugins: [replace({ preventAssignment: true, values: { __CONVNET_INFERENCE__: 'true' } })] };\n",
      ),
      parameters: ['-c'],
    },
  },
  {
    name: 'rolldown',
    bundler: 'rolldown',
    mode: 'build',
    command: ['rolldown/bin/cli.mjs', 'src/index.js', '-d', 'dist'],
    ...placesNoFiles,
    inference: {
      ...configured(
        'rolldown.config.js',
        "export default { transform: { define: { __CONVNET_INFERENCE__: 'true' } } };\n",
      ),
      parameters: ['-c'],
    },
  },
  {
    name: 'esbuild',
    bundler: 'esbuild',
    mode: 'build',
    command: ['esbuild/bin/esbuild', 'src/index.js', '--bundle', '--outdir=dist'],
    ...placesNoFiles,
    inference: { parameters: ['--minify', '--define:__CONVNET_INFERENCE__=true'] },
  },
  {
    name: 'parcel',
    bundler: 'parcel',
    mode: 'build',
    command: ['parcel/lib/bin.js', 'build', 'index.html'],
    output: 'dist',
  },
  next('--turbopack'),
  next('--webpack'),
];
