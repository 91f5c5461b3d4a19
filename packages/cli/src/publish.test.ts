import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { convnet, writeRecordings, type Ended } from './testing/command.ts';

const packages = join(import.meta.dirname, '../..');
let folder = '';
let app = '';
let made: Ended;

/** Runs a program to its end. */
function run(program: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, encoding: 'utf8' });
  expect(stderr).not.toContain('Error');
  expect(status).toBe(0);
  return stdout;
}

/** A line of a program. */
const importing = (names: string, from: string): string =>
  `import { ${names} } from ${JSON.stringify(from)};`;

/** What a network is published with. */
const published = ['publish', 'runs/a', '--name', '@me/tones', '--licence', 'MIT'].concat([
  '--author',
  'A. Maker',
  '--trained-on',
  'sines of two frequencies',
]);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'convnet-publish-'));
  await writeRecordings(join(folder, 'recordings'));
  const train = ['train', '--data', 'recordings', '--out', 'runs/a', '--epochs', '2'];
  await convnet(folder, [...train, '--option', 'width=8', '--threads', '1', '--device', 'wasm']);
  made = await convnet(folder, published);

  // What npm makes of the folder, installed where the packages of convnet are.
  app = join(folder, 'app');
  await mkdir(join(app, 'node_modules/@convnet'), { recursive: true });
  await writeFile(
    join(app, 'package.json'),
    '{ "name": "app", "private": true, "type": "module" }',
  );
  const packed = JSON.parse(run('npm', ['pack', '--json'], join(folder, 'published'))) as unknown;
  const file = JSON.stringify(packed).match(/me-tones-1\.0\.0\.tgz/)![0];
  const install = ['install', '--offline', '--legacy-peer-deps', '--no-audit', '--no-fund'];
  run('npm', [...install, join(folder, 'published', file)], app);
  for (const name of ['backend-wasm', 'tensor-core', 'weights', 'models/resnet']) {
    const short = name.slice(name.lastIndexOf('/') + 1);
    await mkdir(join(app, 'node_modules/@convnet'), { recursive: true });
    await symlink(join(packages, name), join(app, 'node_modules/@convnet', short));
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('the package holds weights, what is known of them, the licence and an example', async () => {
  expect(made).toMatchObject({ code: 0 });
  expect(made.out).toContain('npm publish published --access public');
  const installed = join(app, 'node_modules/@me/tones');
  expect((await readdir(installed)).sort()).toEqual([
    'LICENSE',
    'README.md',
    'example.js',
    'index.d.ts',
    'index.js',
    'model.json',
    'model.safetensors',
    'package.json',
  ]);
  const card = JSON.parse(await readFile(join(folder, 'runs/a/model.json'), 'utf8')) as {
    readonly test: { readonly accuracy: number };
  };
  const readme = await readFile(join(installed, 'README.md'), 'utf8');
  expect(readme).toContain(`| accuracy | ${card.test.accuracy} |`);
  expect(readme).toContain('| trained on | sines of two frequencies |');
  expect(await readFile(join(installed, 'LICENSE'), 'utf8')).toMatch(
    /^MIT License\n\nCopyright .* A\. Maker\n/,
  );
  expect(JSON.parse(await readFile(join(installed, 'model.json'), 'utf8'))).toMatchObject({
    builder: { package: '@convnet/resnet', name: 'resnet18', options: { width: 8, dims: 1 } },
    inputShape: [1, 1, 64],
    classes: ['high', 'low'],
    metrics: card.test,
    preprocessing: { kind: 'signal', length: 64 },
  });
  const own = await readFile(join(folder, 'runs/a/model.safetensors'));
  expect((await readFile(join(installed, 'model.safetensors'))).length).toBe(own.length);
});

test('its example runs', () => {
  const said = run(process.execPath, ['node_modules/@me/tones/example.js'], app);
  expect(said).toMatch(/^(high|low): -?[\d.]+\n$/);
});

test('loadWeights finds it by its name, and the network says what it said before', async () => {
  await writeFile(
    join(app, 'ask.js'),
    `${importing('wasm', '@convnet/backend-wasm')}
${importing('resnet18', '@convnet/resnet')}
${importing('arange, reshape', '@convnet/tensor-core')}
${importing('loadWeights', '@convnet/weights')}
${importing('inputShape, options', '@me/tones')}

const device = await wasm();
const x = reshape(arange(0, 64, 1, { device, dtype: 'float32' }), inputShape);
const said = [];
for (const source of ['npm:@me/tones', '../published', '../runs/a/model.safetensors']) {
  const model = resnet18({ ...options, device }).eval();
  await loadWeights(model, source);
  said.push([...(await model.forward(x).data())]);
}
console.log(JSON.stringify(said));
device.dispose();
`,
  );
  const [byName, byFolder, own] = JSON.parse(run(process.execPath, ['ask.js'], app)) as number[][];
  expect(byName).toEqual(own);
  expect(byFolder).toEqual(own);
  expect(byName).toHaveLength(2);
});

test('the command line uses the package as it uses the run, by its folder and by its name', async () => {
  const device = ['--device', 'wasm', '--threads', '1'];
  const recordings = join(folder, 'recordings');
  const predict = (network: string): Promise<Ended> =>
    convnet(app, ['predict', network, recordings, '--json', ...device]);
  const own = await predict('../runs/a');
  expect(own).toMatchObject({ code: 0 });
  expect(JSON.parse(own.out)).not.toEqual([]);
  const places = ['../published', 'npm:@me/tones'];
  for (const place of places) expect((await predict(place)).out).toBe(own.out);

  const evaluate = (network: string): Promise<Ended> =>
    convnet(app, ['eval', network, '--data', recordings, '--part', 'all', '--json', ...device]);
  const measured = await evaluate('../runs/a');
  expect(measured).toMatchObject({ code: 0 });
  for (const place of places) expect((await evaluate(place)).out).toBe(measured.out);

  // Where the files were that it learned from is nobody's business.
  const model = await readFile(join(folder, 'published/model.json'), 'utf8');
  expect(model).not.toContain('recordings');
  const without = await convnet(app, ['eval', '../published', ...device]);
  expect(without.code).not.toBe(0);
  expect(without.error).toContain('--data');
  expect((await convnet(app, ['predict', 'npm:@me/none', recordings])).error).toContain(
    'no such package is installed',
  );
});

test.each(['../published', 'npm:@me/tones'])(
  'explain, features and finetune take %s as the run',
  async (place) => {
    const device = ['--device', 'wasm', '--threads', '1'];
    const data = ['--data', join(folder, 'recordings'), ...device];
    const out = join(app, place.replace(/\W/g, ''));
    const show = ['--show', 'grad-cam,filters', '--out', join(out, 'pictures')];
    expect(await convnet(app, ['explain', place, ...show, ...data])).toMatchObject({ code: 0 });
    expect((await readdir(join(out, 'pictures'))).sort()).toEqual(['filters.svg', 'grad-cam.svg']);

    const ask = (network: string, file: string): Promise<Ended> =>
      convnet(app, ['features', network, '--out', file, ...data]);
    expect(await ask(place, join(out, 'f.npz'))).toMatchObject({ code: 0 });
    expect(await ask('../runs/a', join(out, 'own.npz'))).toMatchObject({ code: 0 });
    expect(await readFile(join(out, 'f.npz'))).toEqual(await readFile(join(out, 'own.npz')));

    for (const learn of ['head', 'all']) {
      const run = ['--learn', learn, '--epochs', '1', '--out', join(out, learn)];
      const tuned = await convnet(app, ['finetune', '--from', place, ...run, ...data]);
      expect(tuned).toMatchObject({ code: 0 });
      const said = await convnet(app, ['eval', join(out, learn), '--json', ...device]);
      expect(JSON.parse(said.out)).toMatchObject({ accuracy: expect.any(Number) as number });
    }
  },
  180_000,
);

test('what npm would not take is refused in a line', async () => {
  const named = await convnet(folder, ['publish', 'runs/a', '--name', 'Me', '--licence', 'MIT']);
  expect(named).toMatchObject({ code: 1 });
  expect(named.error).toContain('a name that npm takes');
  const other = [...published.slice(0, 3), '@me/other', ...published.slice(4)];
  const { code, error } = await convnet(folder, other);
  expect(code).toBe(1);
  expect(error).toContain('expected a new folder, an empty one or that of @me/other');
  expect((await convnet(folder, ['publish', 'runs/a'])).code).toBe(2);
  expect((await convnet(folder, published)).code).toBe(0);
});
