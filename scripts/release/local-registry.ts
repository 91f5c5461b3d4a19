import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../free-port.ts';
import { installTools } from '../npm-workspace.ts';

/** A registry on this machine that begins without any package of convnet. */
export interface LocalRegistry extends AsyncDisposable {
  /** Ends with a slash. */
  readonly url: string;
}

/** Longest time in milliseconds until it answers. */
const patience = 120_000;

/**
 * Packages of convnet and of strangers live here only; whatever they depend on comes through from the registry that npm is
 * set up with. Anybody may publish.
 */
function configuration(storage: string, upstream: string): string {
  const here = ['@convnet/*', '@stranger/*'].map(
    (pattern) => `  '${pattern}': { access: $all, publish: $all }`,
  );
  return [
    `storage: ${JSON.stringify(storage)}`,
    `uplinks: { upstream: { url: ${JSON.stringify(upstream)}, timeout: 60s, maxage: 60m } }`,
    'packages:',
    ...here,
    "  '**': { access: $all, proxy: upstream }",
    'max_body_size: 50mb',
    'web: { enable: false }',
    'log: { type: stdout, format: pretty, level: warn }',
    '',
  ].join('\n');
}

/**
 * Starts verdaccio, at the version of `scripts/registry`, on a free port.
 *
 * @param upstream The registry that third-party packages come from.
 * @throws Where it does not answer.
 */
export async function startRegistry(upstream: string): Promise<LocalRegistry> {
  await using cleanUp = new AsyncDisposableStack();
  const tools = cleanUp.use(installTools('registry'));
  const folder = mkdtempSync(join(tmpdir(), 'convnet-registry-'));
  cleanUp.defer(() => rmSync(folder, { recursive: true, force: true }));
  const config = join(folder, 'config.yaml');
  writeFileSync(config, configuration(join(folder, 'storage'), upstream));
  const port = await freePort();
  const program = join(tools.folder, 'node_modules/verdaccio/bin/verdaccio');
  const listen = `127.0.0.1:${port}`;
  const server = spawn(process.execPath, [program, '--config', config, '--listen', listen], {
    cwd: folder,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  cleanUp.defer(async () => {
    if (server.exitCode !== null) return;
    const ended = new Promise((resolve) => server.once('exit', resolve));
    server.kill('SIGKILL');
    await ended;
  });
  const url = `http://${listen}/`;
  const answers = (): Promise<boolean> =>
    fetch(`${url}-/ping`).then(
      ({ ok }) => ok,
      () => false,
    );
  for (const last = performance.now() + patience; !(await answers()); await sleep(100)) {
    if (server.exitCode !== null || performance.now() > last) {
      throw new Error(`verdaccio did not answer on ${url}`);
    }
  }
  const owned = cleanUp.move();
  return { url, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
