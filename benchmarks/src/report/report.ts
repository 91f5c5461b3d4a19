import type { Profile } from '../profile.ts';
import type { Machine } from './machine.ts';
import type { Row } from './row.ts';

/** Where the samples of a run come from; shown with the results, as the licences ask. */
export interface Attribution {
  readonly name: string;
  readonly origin: string;
  readonly licence: string;
}

/** A process that took part in a run of several. */
export interface Session {
  readonly id: string;
  /** When it began, ISO 8601 in UTC. */
  readonly date: string;
  readonly machine: Machine;
  readonly node: string;
  readonly device: string;
  readonly threads: number;
  /** The commit of the checkout, with a + where files differ from it; null where that is not known. */
  readonly commit: string | null;
  readonly packages: Readonly<Record<string, string>>;
}

/** Everything a run found out, as `--json` writes it; `report.schema.json` describes it. */
export interface Report {
  readonly format: 'convnet-bench-1';
  readonly suite: string;
  readonly profile: Profile;
  readonly seed: number;
  /** When the run began, ISO 8601 in UTC. */
  readonly date: string;
  /** Of the whole run. */
  readonly seconds: number;
  /** Whether it was stopped before its end; the rows are those that were finished. */
  readonly interrupted: boolean;
  readonly machine: Machine;
  /** Version of Node, without the v. */
  readonly node: string;
  /** What the backend says of itself, such as 'wasm (relaxed SIMD, 2 threads)'. */
  readonly device: string;
  /** Versions of convnet's packages. */
  readonly packages: Readonly<Record<string, string>>;
  /** Where rows come from several processes: what each of them ran on. */
  readonly sessions?: readonly Session[];
  /** Where one recipe holds for all rows: what it is. */
  readonly recipe?: Readonly<Record<string, unknown>>;
  readonly attributions: readonly Attribution[];
  /** What the reader must know, such as a peer that was not found; one sentence each. */
  readonly notes: readonly string[];
  readonly rows: readonly Row[];
}
