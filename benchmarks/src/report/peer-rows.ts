import { digits, fixed } from './format.ts';
import type { Row, Timing } from './row.ts';
import { timingOfTurns, type Turns } from './timing.ts';

/** A row with what ran beside it. */
export type ComparedRow = Row & Required<Pick<Row, 'peer' | 'ratio'>>;

interface NamedPeer {
  readonly name: string;
  readonly version: string;
}

/** A timed row beside each peer, of which `turns` has the milliseconds in the same order, turn by turn. */
export function peerRows(
  row: Row & { readonly ms: Timing },
  peers: readonly NamedPeer[],
  turns: readonly Turns[],
): (Row & Required<Pick<Row, 'peer' | 'ratio' | 'ratioOfMinima'>>)[] {
  return peers.map(({ name, version }, i) => {
    const ms = timingOfTurns(turns[i]!);
    return {
      ...row,
      peer: { name, version, ms },
      ratio: ms.median / row.ms.median,
      ratioOfMinima: ms.min / row.ms.min,
    };
  });
}

/** The times of the peers beside those of ours, for a line of progress: ', pytorch 2.9 3.1 ms (ratio 1.2)'. */
export function besides(rows: readonly Row[]): string {
  return rows
    .map(({ peer, ratio }) =>
      peer === undefined
        ? ''
        : `, ${peer.name} ${peer.version} ${digits(peer.ms.median)} ms (ratio ${fixed(ratio)})`,
    )
    .join('');
}

/** The rows that have a peer, by its name and version. */
export function rowsByPeer(rows: readonly Row[]): ReadonlyMap<string, readonly ComparedRow[]> {
  const peers = new Map<string, ComparedRow[]>();
  for (const row of rows) {
    const { peer, ratio } = row;
    if (peer === undefined || ratio === undefined) continue;
    const name = `${peer.name} ${peer.version}`;
    peers.set(name, [...(peers.get(name) ?? []), { ...row, peer, ratio }]);
  }
  return peers;
}
