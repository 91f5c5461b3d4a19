import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { root } from '../workspace.ts';

/** The parts of a step of GitHub Actions that are looked at. */
export interface WorkflowStep {
  readonly run?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

export interface WorkflowJob {
  readonly needs?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly steps: readonly WorkflowStep[];
}

export interface Workflow {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, WorkflowJob>>;
}

/** The workflow that releases, as GitHub reads it. */
export function releaseWorkflow(): Workflow {
  const file = join(root, '.github/workflows/release.yml');
  return parse(readFileSync(file, 'utf8')) as Workflow;
}

/**
 * What its job `publish` runs of pnpm, in order, each as a list of parameters.
 *
 * @throws Where a command begins in another way than `npx -y pnpm@12`, but for the push of the tags.
 */
export function publishingCommands(): readonly (readonly string[])[] {
  const commands = releaseWorkflow().jobs['publish']?.steps.flatMap(({ run }) => run ?? []) ?? [];
  return commands
    .filter((command) => command !== 'git push --tags')
    .map((command) => {
      const [npx, yes, pnpm, ...parameters] = command.split(' ');
      if ([npx, yes, pnpm].join(' ') === 'npx -y pnpm@12') return parameters;
      throw new Error(`.github/workflows/release.yml: expected npx -y pnpm@12, got ${command}`);
    });
}
