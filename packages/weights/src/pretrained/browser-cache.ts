import { download, type Wanted } from './download.ts';
import { notCached, type PretrainedOptions } from './options.ts';
import { MemorySink } from './memory-sink.ts';

/**
 * A file from the browser's cache, downloaded where it is not there. Only what was found right is kept. Where a page has no
 * cache, or no room in it, the file is downloaded each time.
 */
export async function fetchIntoBrowser(file: Wanted, options: PretrainedOptions): Promise<Blob> {
  const { cache: name = 'convnet-weights', offline = false } = options;
  const cache = await openCache(name);
  // A key of its own, which no mirror changes.
  const key = `https://weights.convnet.invalid/${file.file}`;
  const found = await cache?.match(key);
  if (found !== undefined) return found.blob();
  if (offline) throw notCached(file, `the cache ${name}`);
  const sink = new MemorySink();
  await download(file, sink, options);
  const blob = sink.blob();
  await cache?.put(key, new Response(blob)).catch(() => undefined);
  return blob;
}

/** Pages without a secure context have no caches. */
async function openCache(name: string): Promise<Cache | undefined> {
  const { caches } = globalThis as { readonly caches?: CacheStorage };
  return caches?.open(name).catch(() => undefined);
}
