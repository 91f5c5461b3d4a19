import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import type { PublishedManifest } from './packed.ts';

/** What a command printed, and whether it succeeded. */
export interface Outcome {
  readonly status: number | null;
  /** Standard output, then errors. */
  readonly output: string;
}

/** Somebody who has Node, npm and a registry, and nothing else. */
export interface Customer extends Disposable {
  readonly environment: NodeJS.ProcessEnv;
  /** Makes an empty folder. */
  folder(name: string): string;
  /** Runs a program of Node's there. @throws With what it printed where it fails. */
  run(folder: string, command: string, ...parameters: readonly string[]): string;
  /** As `run`, for what may fail. */
  tryRun(folder: string, command: string, ...parameters: readonly string[]): Outcome;
}

/** Longest time in milliseconds for one command. */
const patience = 300_000;

/**
 * Makes a customer whose npm asks one registry and begins with an empty cache.
 *
 * @param node The program that runs npm and what is installed.
 */
export function createCustomer(registry: string, node: string, plain: NodeJS.ProcessEnv): Customer {
  const home = mkdtempSync(join(tmpdir(), 'convnet-customer-'));
  using cleanUp = new DisposableStack();
  cleanUp.defer(() => rmSync(home, { recursive: true, force: true }));
  const userConfig = join(home, '.npmrc');
  // The registry lets anybody publish, and npm wants to have been given a token all the same.
  const token = `${registry.replace(/^https?:/, '')}:_authToken=anybody`;
  writeFileSync(
    userConfig,
    [`registry=${registry}`, token, 'fund=false', 'audit=false', ''].join('\n'),
  );
  const environment = {
    ...plain,
    PATH: [dirname(node), plain['PATH']].join(delimiter),
    npm_config_userconfig: userConfig,
    npm_config_cache: join(home, 'cache'),
    npm_config_update_notifier: 'false',
  };
  const tryRun: Customer['tryRun'] = (folder, command, ...parameters) => {
    const { status, stdout, stderr, error } = spawnSync(command, parameters, {
      cwd: folder,
      env: environment,
      encoding: 'utf8',
      timeout: patience,
    });
    return { status, output: `${stdout}${stderr}${error?.message ?? ''}` };
  };
  const owned = cleanUp.move();
  return {
    environment,
    folder: (name) => {
      const folder = join(home, name);
      mkdirSync(folder);
      return folder;
    },
    tryRun,
    run: (folder, command, ...parameters) => {
      const { status, output } = tryRun(folder, command, ...parameters);
      if (status === 0) return output;
      throw new Error(`${[command, ...parameters].join(' ')} ended with ${status}:\n${output}`);
    },
    [Symbol.dispose]: () => owned.dispose(),
  };
}

/** The package.json of a package that is installed in a folder. */
export function installedManifest(folder: string, name: string): PublishedManifest {
  const file = join(folder, 'node_modules', name, 'package.json');
  return JSON.parse(readFileSync(file, 'utf8')) as PublishedManifest;
}

/** Bytes that a folder takes on the disk, in blocks. */
export function bytesOnDisk(folder: string): number {
  return Number(execFileSync('du', ['-sk', folder], { encoding: 'utf8' }).split('\t')[0]) * 1024;
}
