import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';
import { publicPackages, root } from '../workspace.ts';
import { guardTraining, inferenceFlag } from './guards.ts';

/** An application that was built twice, as a module each. */
export interface BuiltTwice<Application> extends Disposable {
  readonly ordinary: Application;
  readonly inference: Application;
  /** Bytes of the two. */
  readonly bytes: { readonly ordinary: number; readonly inference: number };
}

/** The sources that the names of the packages stand for. */
function sources(): Record<string, string> {
  return Object.fromEntries(
    publicPackages().flatMap(({ folder, json }) =>
      Object.entries(json.exports ?? {})
        .filter(([, file]) => file.endsWith('.ts'))
        .map(([path, file]) => [`${json.name}${path.slice(1)}`, join(folder, file)])
        // The longer name first: aliases are also taken for beginnings.
        .toReversed(),
    ),
  );
}

/**
 * Builds an application from the sources: the packages as they are published, in one module, and then the application of it
 * twice, without the flag and with it.
 *
 * @param code The module of the application; paths are relative to the root of the repository.
 */
export async function buildTwice<Application>(code: string): Promise<BuiltTwice<Application>> {
  const folder = mkdtempSync(join(tmpdir(), 'convnet-inference-'));
  using cleanUp = new DisposableStack();
  cleanUp.defer(() => rmSync(folder, { recursive: true, force: true }));
  // Where modules of the backend look for its binaries.
  symlinkSync(join(root, 'packages/backend-wasm/wasm'), join(folder, 'wasm'));
  mkdirSync(join(folder, 'dist'));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
  const entry = '\0application';
  const published = join(folder, 'dist/published.js');
  await using packages = await rolldown({
    input: entry,
    platform: 'node',
    resolve: { alias: sources() },
    plugins: [
      {
        name: 'application',
        resolveId: (id) =>
          id === entry ? entry : id.startsWith('./packages/') ? join(root, id) : null,
        load: (id) => (id === entry ? code : null),
        renderChunk: (chunk) => guardTraining(chunk),
      },
    ],
  });
  await packages.write({ file: published, format: 'esm', codeSplitting: false });
  const build = async (name: string, define: Record<string, string>): Promise<number> => {
    await using bundle = await rolldown({
      input: published,
      platform: 'node',
      transform: { define },
    });
    const file = join(folder, `dist/${name}.js`);
    const { output } = await bundle.write({ file, format: 'esm', minify: { mangle: false } });
    return output[0].code.length;
  };
  const bytes = {
    ordinary: await build('ordinary', {}),
    inference: await build('inference', { [inferenceFlag]: 'true' }),
  };
  const load = (name: string): Promise<Application> =>
    import(pathToFileURL(join(folder, `dist/${name}.js`)).href) as Promise<Application>;
  const ordinary = await load('ordinary');
  const inference = await load('inference');
  const owned = cleanUp.move();
  return { ordinary, inference, bytes, [Symbol.dispose]: () => owned.dispose() };
}
