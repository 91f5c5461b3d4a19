/**
 * Builds one small application, which trains LeNet, with every bundler of `bundlers/recipes.ts` in its default
 * configuration, from the packages as they would be published, and runs each in headless Chromium: on one thread on an
 * ordinary page, and on two on a cross-origin isolated one; then, where the bundler can be told that a page only infers, built
 * so. Needs a build, a network for npm, and Chromium (see
 * `chromium.ts`).
 *
 *     pnpm smoke:bundlers [part of a name]
 */
import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { isolateVite, recipes, type Recipe } from './bundlers/recipes.ts';
import { launchChromium } from './chromium.ts';
import { createConsumer } from './consumer.ts';
import { freePort } from './free-port.ts';
import { installTools } from './npm-workspace.ts';
import { serveFolder, type StaticServer } from '../benchmarks/src/browser/static-server.ts';
import type { PackageJson } from './workspace.ts';

const here = join(import.meta.dirname, 'bundlers');

/** Longest time in milliseconds for one build, for a dev server to answer, and for one training. */
const limits = { build: 600_000, start: 300_000, run: 300_000 };

/** What `app/src/run.js` leaves. */
interface Outcome {
  readonly device?: string;
  readonly said?: string;
  readonly error?: string;
}

/** An application that is ready to be built. */
interface App {
  readonly recipe: Recipe;
  readonly folder: string;
  /** The program of the bundler, and its parameters. */
  readonly command: readonly string[];
  readonly version: string;
}

interface Result {
  readonly seconds: number;
  /** Null where it trained, else what was wrong; undefined where it did not come to that. */
  readonly oneThread?: string | null;
  readonly twoThreads?: string | null;
  /** Null where the page that only infers does so, and nothing more. */
  readonly inference?: string | null;
  readonly failure?: string;
}

/** Makes the application below `workspace`, with the packages in a `node_modules` of its own. */
function createApp(recipe: Recipe, workspace: string, packages: string): App {
  const folder = join(workspace, recipe.name);
  mkdirSync(folder);
  cpSync(join(here, 'app'), folder, { recursive: true });
  if (recipe.sources !== undefined) {
    cpSync(join(here, recipe.sources), folder, { recursive: true });
  }
  copyFileSync(join(import.meta.dirname, 'smoke/learn-bars.js'), join(folder, 'src/learn-bars.js'));
  cpSync(packages, join(folder, 'node_modules/@convnet'), { recursive: true });
  writeFileSync(join(folder, 'src/options.js'), 'export const options = {};\n');
  const manifest = { name: recipe.name, private: true, type: 'module' };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  recipe.prepare?.(folder);
  const [program, ...parameters] = recipe.command;
  const bundlers = join(workspace, 'node_modules');
  const { version } = JSON.parse(
    readFileSync(join(bundlers, recipe.bundler, 'package.json'), 'utf8'),
  ) as PackageJson;
  return { recipe, folder, command: [join(bundlers, program), ...parameters], version };
}

const environment = { ...process.env, CI: '1', NEXT_TELEMETRY_DISABLED: '1', NO_COLOR: '1' };

/** Returns what the bundler printed where it failed. */
function build({ folder, command }: App, parameters: readonly string[] = []): string | null {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...command, ...parameters], {
    cwd: folder,
    encoding: 'utf8',
    env: environment,
    timeout: limits.build,
  });
  return status === 0 ? null : `exit code ${status}\n${stdout}${stderr}`;
}

/** Starts a bundler's own server; resolves when it answers. */
async function startDevServer({ folder, command }: App): Promise<StaticServer> {
  const port = String(await freePort());
  const server = spawn(process.execPath, [...command, '--strictPort', '--port', port], {
    cwd: folder,
    env: environment,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const stop = async (): Promise<void> => {
    if (server.exitCode !== null) return;
    const ended = new Promise((resolve) => server.once('exit', resolve));
    server.kill('SIGKILL');
    await ended;
  };
  const url = `http://127.0.0.1:${port}/`;
  const last = performance.now() + limits.start;
  while (
    !(await fetch(url).then(
      (answer) => answer.ok,
      () => false,
    ))
  ) {
    if (server.exitCode !== null || performance.now() > last) {
      await stop();
      throw new Error('the dev server did not start');
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return { url, [Symbol.asyncDispose]: stop };
}

/** Opens the application and returns what it leaves. */
async function open(browser: Browser, url: string, query: string): Promise<Outcome> {
  const page = await browser.newPage();
  const heard: string[] = [];
  page.on('pageerror', (error) => heard.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') heard.push(message.text());
  });
  try {
    await page.goto(`${url}?${query}`);
    await page.waitForFunction(() => 'outcome' in globalThis, undefined, { timeout: limits.run });
    const outcome = await page.evaluate(() => (globalThis as { outcome?: Outcome }).outcome);
    return outcome ?? { error: 'no outcome' };
  } catch (error) {
    return { error: [String(error), ...heard].join('\n') };
  } finally {
    await page.close();
  }
}

/** Runs the application, isolated where it has two threads; returns null where it trained, else what was wrong. */
async function train(app: App, browser: Browser, threads: 1 | 2): Promise<string | null> {
  const isolated = threads === 2;
  const { recipe, folder } = app;
  if (recipe.mode === 'dev' && isolated) isolateVite(folder);
  await using server =
    recipe.mode === 'build'
      ? await serveFolder(join(folder, recipe.output), isolated)
      : await startDevServer(app);
  const { device, error } = await open(browser, server.url, `threads=${threads}`);
  if (error !== undefined) return error;
  return device?.endsWith(isolated ? '2 threads)' : '1 thread)') ? null : `ran on ${device}`;
}

/** Where a bundler asks for more than its default configuration, an application without it must say so. */
async function withoutAdvice(app: App, browser: Browser, line: string): Promise<string | null> {
  const failure = app.recipe.mode === 'build' ? build(app) : null;
  if (failure !== null) return failure;
  const error = await train(app, browser, 1);
  return error?.includes(line) ? null : `expected an error that advises ${line}, got ${error}`;
}

/** Builds a page that only infers: it must say what the other one says, and that it cannot train. */
async function infer(app: App, browser: Browser): Promise<string | null> {
  const { recipe, folder } = app;
  const opened = async (query: string): Promise<Outcome> => {
    await using server = await serveFolder(join(folder, recipe.output), false);
    return await open(browser, server.url, `threads=1${query}`);
  };
  const { said, error } = await opened('&infer');
  if (said === undefined) return error ?? 'no outcome';
  recipe.inference!.configure?.(folder);
  const failure = build(app, recipe.inference!.parameters);
  if (failure !== null) return failure;
  const inference = await opened('&infer');
  if (inference.said !== said) return `said ${inference.said ?? inference.error}, not ${said}`;
  const training = await opened('');
  const isRefused = training.error?.includes('was built for inference') === true;
  return isRefused ? null : `expected that it cannot train, got ${training.error ?? training.said}`;
}

async function check(app: App, browser: Browser): Promise<Partial<Result>> {
  const { recipe, folder } = app;
  if (recipe.advice !== undefined) {
    const failure = await withoutAdvice(app, browser, recipe.advice.line);
    if (failure !== null) return { failure };
    recipe.advice.follow(folder);
  }
  const failure = recipe.mode === 'build' ? build(app) : null;
  if (failure !== null) return { failure };
  return {
    oneThread: await train(app, browser, 1),
    twoThreads: await train(app, browser, 2),
    ...(recipe.inference === undefined ? {} : { inference: await infer(app, browser) }),
  };
}

function print({ recipe, version }: App, { seconds, ...found }: Result): void {
  const word = (problem: string | null | undefined, good = 'trained', none = 'not run'): string => {
    if (problem === undefined) return none;
    return problem === null ? good : 'FAILED';
  };
  const cells = [
    recipe.name,
    version,
    recipe.mode,
    word(found.oneThread),
    word(found.twoThreads),
    word(found.inference, 'inferred', ''),
  ];
  const widths = [18, 9, 6, 11, 12, 10];
  const line = cells.map((cell, i) => cell.padEnd(widths[i]!)).join('');
  console.log(`${line}${seconds.toFixed(1).padStart(6)} s`);
  for (const problem of [found.failure, found.oneThread, found.twoThreads, found.inference]) {
    if (typeof problem === 'string') console.error(`${problem}\n`);
  }
}

await using browser = await launchChromium();
if (browser !== null) {
  using consumer = createConsumer();
  const packages = join(consumer.folder, 'node_modules/@convnet');
  using workspace = installTools('bundlers');
  console.log('bundler           version  mode  one thread two threads infers only');
  for (const recipe of recipes.filter(({ name }) => name.includes(process.argv[2] ?? ''))) {
    const started = performance.now();
    const app = createApp(recipe, workspace.folder, packages);
    const found = await check(app, browser);
    print(app, { seconds: (performance.now() - started) / 1000, ...found });
    const { oneThread, twoThreads, inference = null } = found;
    const isGood = oneThread === null && twoThreads === null && inference === null;
    if (!isGood) process.exitCode = 1;
  }
}
