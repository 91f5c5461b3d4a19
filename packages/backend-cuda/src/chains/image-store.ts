import { KeptFiles, type EntryKind, type Identity } from '../libraries/kept-files.ts';

/** A kernel that was compiled, as it is kept. */
export interface StoredImage {
  /** What the driver loads, in base64. */
  readonly image: string;
}

const imageKind: EntryKind<StoredImage> = {
  title: 'compiled kernel',
  format: 'convnet CUDA kernel 2',
  isEntry: ({ image }) => typeof image === 'string' && image !== '',
};

/** Compiled kernels on disk, by the hash of their source; the identity tells compiler and architecture. */
export class ImageStore extends KeptFiles<StoredImage> {
  constructor(folder: string, identity: Identity, warn: (text: string) => void) {
    super(folder, imageKind, identity, warn);
  }
}
