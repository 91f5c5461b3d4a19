import { rowError } from '../report/failures.ts';

interface ClosingPeer {
  close(): void;
}

/** Peers that could be opened; disposing of them closes them. */
export class OpenPeers<Peer extends ClosingPeer> implements Disposable {
  readonly list: readonly Peer[];

  constructor(list: readonly Peer[]) {
    this.list = list;
  }

  [Symbol.dispose](): void {
    for (const peer of this.list) peer.close();
  }
}

/** How a peer is had. */
export interface PeerToOpen<Peer> {
  /** What the reader knows it by, such as 'onnxruntime-web on wasm'. */
  readonly title: string;
  /** @throws Error where it cannot be had. */
  readonly open: () => Promise<Peer>;
}

/**
 * Opens peers one after the other; one that cannot be had is named in one line.
 * @param note is told of those.
 */
export async function openPeers<Peer extends ClosingPeer>(
  wanted: readonly PeerToOpen<Peer>[],
  note: (sentence: string) => void,
): Promise<OpenPeers<Peer>> {
  const list: Peer[] = [];
  for (const { title, open } of wanted) {
    try {
      list.push(await open());
    } catch (error) {
      note(`Not run: ${title}. It can't be had: ${firstLine(rowError(error).message)}`);
    }
  }
  return new OpenPeers(list);
}

const firstLine = (text: string): string => text.split('\n', 1)[0]!;
