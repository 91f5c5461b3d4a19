import { digits, fixed } from './format.ts';
import type { Row, Timing } from './row.ts';
import { timingOf } from './timing.ts';

interface NamedPeer {
  readonly name: string;
  readonly version: string;
}

/** A timed row beside each peer, of which `times` has the milliseconds in the same order. */
export function peerRows(
  row: Row & { readonly ms: Timing },
  peers: readonly NamedPeer[],
  times: readonly (readonly number[])[],
): (Row & Required<Pick<Row, 'peer' | 'ratio' | 'ratioOfMinima'>>)[] {
  return peers.map(({ name, version }, i) => {
    const ms = timingOf(times[i]!);
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
