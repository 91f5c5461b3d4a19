import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { reference } from '@convnet/tensor-core/reference';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { PlainModel } from '../../testing/plain-model.ts';
import { publish, type PublishOptions } from './publish.ts';

/** Number of the file that cannot be written; -1 for none. */
const broken = vi.hoisted(() => ({ at: -1, count: 0 }));

vi.mock('../write-file-atomic.ts', async (original) => {
  const actual = await original<{ writeFileAtomic: (path: string, text: string) => unknown }>();
  return {
    writeFileAtomic: (path: string, text: string) => {
      if (broken.count++ === broken.at) throw new Error('killed');
      return actual.writeFileAtomic(path, text);
    },
  };
});

const options: PublishOptions = {
  name: '@me/weights',
  licence: 'CC-BY-4.0',
  builder: { package: '@me/networks', name: 'small', options: { width: 2 } },
  inputShape: [1, 3],
};
let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'convnet-again-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test.each(Array.from({ length: 8 }, (_, i) => i))(
  'a package that was left after %d files is made whole by another call',
  async (count) => {
    const model = new PlainModel({ 'a.weight': [2] }, reference());
    Object.assign(broken, { at: count, count: 0 });
    await expect(publish(folder, model, options)).rejects.toThrow('killed');
    expect(await readdir(folder)).toHaveLength(count);
    broken.at = -1;
    await publish(folder, model, options);
    expect(await readdir(folder)).toHaveLength(8);
  },
);
