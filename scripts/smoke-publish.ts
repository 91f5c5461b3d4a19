/**
 * Publishes everything to a registry on this machine, from a clean checkout, with the versions that changesets gives and
 * the one command of a release, and does with it what its users do: see `release/journeys.ts`. Needs a network for npm, and
 * Chromium (see `chromium.ts`).
 *
 *     pnpm smoke:publish
 *
 * The users have the Node that CONVNET_NODE20 names, or else this one.
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { createCheckout, plainEnvironment, type Checkout } from './release/checkout.ts';
import { createCustomer } from './release/customer.ts';
import { journeys, type World } from './release/journeys.ts';
import { startRegistry } from './release/local-registry.ts';
import { publishingCommands } from './release/workflow.ts';
import { report } from './workspace.ts';

/** Stands for the host of the sources, which only a release from there knows. */
const repository = 'https://example.com/convnet/convnet';

const problems: string[] = [];

/** Runs something, says how long it took, and goes on where it fails. */
async function step(name: string, work: () => void | Promise<void>): Promise<boolean> {
  const started = performance.now();
  let failure: string | null = null;
  try {
    await work();
  } catch (error) {
    failure = error instanceof Error ? error.message : String(error);
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`publish: ${name}: ${failure === null ? 'ok' : 'FAILED'} in ${seconds} s`);
  if (failure !== null) {
    console.error(failure);
    problems.push(`${name}: failed`);
  }
  return failure === null;
}

/**
 * Brings a checkout to the versions that its changesets ask for, and publishes what is new, with the commands of the
 * workflow that releases. Here nobody can sign: instead of provenance they get the registry.
 */
function publish(checkout: Checkout, registry: string): void {
  checkout.pnpm('run', 'version-packages');
  checkout.commit('Version packages');
  for (const command of publishingCommands()) {
    const parameters = command.flatMap((each) =>
      each === '--provenance' ? ['--registry', registry, '--repository', repository] : [each],
    );
    checkout.pnpm(...parameters);
  }
}

async function main(): Promise<void> {
  const plain = plainEnvironment();
  const upstream = execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8' }).trim();
  await using registry = await startRegistry(upstream);
  using checkout = createCheckout({ ...plain, TURBO_TELEMETRY_DISABLED: '1' });
  using customer = createCustomer(
    registry.url,
    process.env['CONVNET_NODE20'] ?? process.execPath,
    plain,
  );
  // Who writes a family has a newer Node: vitest needs it.
  using author = createCustomer(registry.url, process.execPath, plain);
  const world: World = {
    registry: registry.url,
    repository,
    customer,
    author,
    checkout: checkout.folder,
    release: (changeset) => {
      appendFileSync(join(checkout.folder, '.changeset/journey.md'), changeset);
      checkout.commit('A change');
      publish(checkout, registry.url);
    },
  };
  const published = await step('publishing everything from a clean checkout', () => {
    // pnpm takes the token from where it is told.
    appendFileSync(
      join(checkout.folder, '.npmrc'),
      `${registry.url.replace(/^https?:/, '')}:_authToken=anybody\n`,
    );
    checkout.commit('The working tree');
    publish(checkout, registry.url);
  });
  if (!published) return;
  for (const [name, journey] of Object.entries(journeys)) await step(name, () => journey(world));
}

await step('registry', main);
report('publish', problems);
