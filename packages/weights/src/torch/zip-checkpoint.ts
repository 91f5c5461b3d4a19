import type { ByteSource } from '../bytes/byte-source.ts';
import { TorchFileError, type TorchFileFault } from '../errors.ts';
import { readEntry, storedOffset } from '../zip/content.ts';
import { readDirectory, type ZipEntry } from '../zip/directory.ts';
import { AllowList } from './allow-list.ts';
import { storageOf } from './persistent.ts';
import { OutOfBytes } from './pickle/byte-reader.ts';
import { unpickle } from './pickle/machine.ts';
import type { Storages } from './tensors.ts';

/** The longest pickle that is read: it has no tensors in it. */
const longestPickle = 256 * 2 ** 20;

/**
 * What a file holds that `torch.save` of PyTorch 1.6 or newer wrote: a zip archive of one folder, with `data.pkl` and a
 * stored entry for each storage in `data/`.
 * @throws TorchFileError, ZipError, SourceError.
 */
export async function readZipCheckpoint(source: ByteSource): Promise<unknown> {
  const fail = (fault: TorchFileFault, message: string): TorchFileError =>
    new TorchFileError(fault, source.name, message);
  const entries = await readDirectory(source);
  const pickle = pickleOf(entries);
  if (pickle === undefined) {
    throw fail('format', 'a zip archive without data.pkl, so torch.save did not write it');
  }
  const folder = pickle.name.slice(0, -'data.pkl'.length);
  if (entries.has(`${folder}constants.pkl`)) {
    throw fail(
      'format',
      'a TorchScript archive, which holds code: save model.state_dict() instead',
    );
  }
  const storages = new ZipStorages(source, entries, folder);
  const order = entries.get(`${folder}byteorder`);
  if (order !== undefined) {
    const text = new TextDecoder().decode(await readEntry(source, order, 64)).trim();
    if (text !== 'little' && text !== 'big') {
      throw fail(
        'format',
        `expected the order of bytes as little or big, got ${JSON.stringify(text)}`,
      );
    }
    storages.isBigEndian = text === 'big';
  }
  const allowed = new AllowList(storages);
  const bytes = await readEntry(source, pickle, longestPickle);
  try {
    const { value } = unpickle(bytes, {
      find: (module, name) => allowed.find(module, name),
      persistent: (id) => storageOf(id, source.name),
      fail,
    });
    return value;
  } catch (error) {
    if (error instanceof OutOfBytes) throw fail('truncated', error.message);
    throw error;
  }
}

/** The pickle of the outermost folder. */
function pickleOf(entries: ReadonlyMap<string, ZipEntry>): ZipEntry | undefined {
  const found = [...entries.values()].filter(({ name }) => /^(?:[^/]+\/)?data\.pkl$/.test(name));
  return found.length === 1 ? found[0] : undefined;
}

class ZipStorages implements Storages {
  readonly source: ByteSource;
  isBigEndian = false;
  readonly #entries: ReadonlyMap<string, ZipEntry>;
  readonly #folder: string;

  constructor(source: ByteSource, entries: ReadonlyMap<string, ZipEntry>, folder: string) {
    this.source = source;
    this.#entries = entries;
    this.#folder = folder;
  }

  #entry(key: string): ZipEntry | undefined {
    return this.#entries.get(`${this.#folder}data/${key}`);
  }

  sizeOf(key: string): number | undefined {
    return this.#entry(key)?.size;
  }

  positionOf(key: string): number {
    return this.#entry(key)?.headerOffset ?? 0;
  }

  startOf(key: string): Promise<number> {
    return storedOffset(this.source, this.#entry(key)!);
  }
}
