import { DTypeError } from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { describe, expect, it } from 'vitest';

import { concatenate } from '../bytes/concatenate.ts';
import { SafetensorsError, SourceError, type SafetensorsFault } from '../errors.ts';
import { openSafetensors } from './open.ts';
import { encodeSafetensors } from './write.ts';

const device = reference();

/** A file with this header, and so many bytes behind it. */
function file(header: unknown, dataBytes = 0): Uint8Array<ArrayBuffer> {
  const text = typeof header === 'string' ? header : JSON.stringify(header);
  const bytes = new TextEncoder().encode(text);
  const length = new Uint8Array(8);
  new DataView(length.buffer).setUint32(0, bytes.length, true);
  return concatenate([length, bytes, new Uint8Array(dataBytes)]);
}

const entry = (dtype: string, shape: number[], begin: number, end: number): object => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

async function faultOf(bytes: Uint8Array): Promise<readonly [SafetensorsFault, string]> {
  try {
    await openSafetensors(bytes, { name: 'model.safetensors' });
  } catch (error) {
    if (error instanceof SafetensorsError) return [error.fault, error.message];
    throw error;
  }
  throw new Error('it was read');
}

describe('openSafetensors', () => {
  it.each<[string, SafetensorsFault, string, Uint8Array]>([
    ['no bytes', 'truncated', 'expected 8 bytes', new Uint8Array()],
    ['seven bytes', 'truncated', 'the file has 7', new Uint8Array(7)],
    [
      'a length beyond the file',
      'truncated',
      'takes 16 bytes, the file has 2',
      file('{}').map((byte, i) => (i === 0 ? 16 : byte)),
    ],
    [
      'a length beyond the format',
      'header length',
      'more than the 100000000',
      Uint8Array.of(1, 0xe1, 0xf5, 5, 0, 0, 0, 0),
    ],
    ['a length beyond all', 'header length', 'more than', new Uint8Array(8).fill(0xff)],
    ['no header', 'header', 'expected an object', file('')],
    ['no JSON', 'header', 'expected a string at character 1', file('{a:1}')],
    ['an array', 'header', 'expected an object', file([])],
    ['something behind the header', 'header', 'expected the end', file('{}{}')],
    [
      'a name twice',
      'duplicate',
      'the name "a" stands twice',
      file(
        '{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}',
      ),
    ],
    [
      'a field twice',
      'duplicate',
      'the name "dtype"',
      file('{"a":{"dtype":"U8","dtype":"U8","shape":[0],"data_offsets":[0,0]}}'),
    ],
    [
      'metadata twice',
      'duplicate',
      'the name "__metadata__"',
      file('{"__metadata__":{},"__metadata__":{}}'),
    ],
    ['metadata that are no texts', 'header', 'expected a string', file({ __metadata__: { a: 1 } })],
    [
      'no dtype',
      'header',
      'expected dtype, shape',
      file({ a: { shape: [], data_offsets: [0, 0] } }),
    ],
    [
      'one offset',
      'header',
      'expected dtype, shape',
      file({ a: { dtype: 'U8', shape: [], data_offsets: [0] } }),
    ],
    ['a negative extent', 'header', 'expected an integer', file({ a: entry('U8', [-1], 0, 1) }, 1)],
    [
      'an unknown type',
      'dtype',
      '"a" has the element type "F7"',
      file({ a: entry('F7', [1], 0, 1) }, 1),
    ],
    [
      'a type that objects have',
      'dtype',
      '"constructor"',
      file({ a: entry('constructor', [1], 0, 1) }, 1),
    ],
    [
      'fewer bytes than the shape',
      'size',
      'F32 [2], takes 8, its offsets 0 to 4 are 4 apart',
      file({ a: entry('F32', [2], 0, 4) }, 4),
    ],
    [
      'offsets that go back',
      'size',
      '8 to 0 are -8 apart',
      file({ a: entry('F32', [2], 8, 0) }, 8),
    ],
    [
      'a shape beyond counting',
      'size',
      'no whole number',
      file({ a: entry('F32', [2 ** 52, 2 ** 52], 0, 8) }, 8),
    ],
    ['half a byte', 'size', 'no whole number', file({ a: entry('F4', [3], 0, 2) }, 2)],
    [
      'an overlap',
      'overlap',
      '"b" begins at byte 2',
      file({ a: entry('U8', [4], 0, 4), b: entry('U8', [4], 2, 6) }, 6),
    ],
    [
      'the same bytes twice',
      'overlap',
      'begins at byte 0',
      file({ a: entry('U8', [4], 0, 4), b: entry('U8', [4], 0, 4) }, 4),
    ],
    [
      'a hole',
      'hole',
      'bytes 4 to 6, before "b"',
      file({ a: entry('U8', [4], 0, 4), b: entry('U8', [2], 6, 8) }, 8),
    ],
    ['a hole in front', 'hole', 'bytes 0 to 1, before "a"', file({ a: entry('U8', [4], 1, 5) }, 5)],
    ['bytes left over', 'hole', 'bytes 4 to 5, at the end', file({ a: entry('U8', [4], 0, 4) }, 5)],
    ['bytes of no tensor', 'hole', 'bytes 0 to 1, at the end', file({}, 1)],
    [
      'offsets beyond the file',
      'truncated',
      '"a" ends at byte 4, the file has 3',
      file({ a: entry('U8', [4], 0, 4) }, 3),
    ],
    [
      'text that is no UTF-8',
      'header',
      'not UTF-8',
      Uint8Array.of(4, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x22, 0xff, 0x22),
    ],
  ])('refuses %s', async (_, fault, message, bytes) => {
    const [found, text] = await faultOf(bytes);
    expect(text).toContain(message);
    expect(text).toMatch(/^model\.safetensors: /);
    expect(found).toBe(fault);
  });

  it('refuses a file cut at any byte, and one with a byte more', async () => {
    const whole = await encodeSafetensors({
      a: { dtype: 'float32', shape: [2], data: Float32Array.of(1, 2) },
      b: { dtype: 'uint8', shape: [3], data: Uint8Array.of(1, 2, 3) },
    });
    for (let length = 0; length < whole.length; length++) {
      await expect(faultOf(whole.subarray(0, length))).resolves.toBeDefined();
    }
    await expect(faultOf(concatenate([whole, new Uint8Array(1)]))).resolves.toContain('hole');
  });

  it('reads what older writers left: another order, spaces, fields that are not known', async () => {
    const text = ` {"b":{"shape":[2],"data_offsets":[4,6],"dtype":"U8","note":[{"x":null}]},"a":{"dtype":"I32","shape":[],"data_offsets":[0,4]}}\n  `;
    await using read = await openSafetensors(file(text, 6));
    expect([...read.tensors.keys()]).toEqual(['a', 'b']);
  });

  it('gives tensors on a device, half as half and bfloat16 as float32', async () => {
    await using read = await openSafetensors(
      await encodeSafetensors({
        half: { dtype: 'float16', shape: [2], data: Uint16Array.of(0x3c00, 0xfe00) },
        brain: { dtype: 'bfloat16', shape: [1, 2], data: Uint16Array.of(0x3f80, 0xc000) },
        long: { dtype: 'int64', shape: [], data: BigInt64Array.of(-7n) },
        huge: { dtype: 'int64', shape: [1], data: BigInt64Array.of(2n ** 40n) },
        flags: { dtype: 'bool', shape: [2], data: Uint8Array.of(1, 0) },
        double: { dtype: 'float64', shape: [1], data: Float64Array.of(0.1) },
      }),
    );
    const get = async (name: string) => read.tensors.get(name)!.tensor({ device });
    const half = await get('half');
    expect([half.dtype, half.shape]).toEqual(['float16', [2]]);
    expect(await half.data()).toEqual(Float32Array.of(1, Number.NaN));
    const brain = await get('brain');
    expect([brain.dtype, brain.shape]).toEqual(['float32', [1, 2]]);
    expect(await brain.data()).toEqual(Float32Array.of(1, -2));
    const long = await get('long');
    expect([long.dtype, await long.item()]).toEqual(['int32', -7]);
    await expect(get('huge')).rejects.toThrow(DTypeError);
    expect((await get('flags')).dtype).toBe('bool');
    expect(await (await get('double')).data()).toEqual(Float64Array.of(0.1));
    const wide = await read.tensors.get('half')!.tensor({ device, dtype: 'float32' });
    expect(wide.dtype).toBe('float32');
  });

  it('says where a source gives less than it was asked for', async () => {
    const bytes = await encodeSafetensors({
      a: { dtype: 'float64', shape: [2], data: Float64Array.of(1, 2) },
    });
    const short = {
      name: 'short',
      size: bytes.length,
      // The last bytes never come.
      read: (start: number, end: number): Promise<Uint8Array> =>
        Promise.resolve(bytes.slice(start, Math.min(end, bytes.length - 3))),
      close: (): Promise<void> => Promise.resolve(),
    };
    await using read = await openSafetensors(short);
    await expect(read.tensors.get('a')!.data()).rejects.toThrow(
      'short, a: expected 16 bytes, 13 came',
    );
    await expect(read.tensors.get('a')!.data()).rejects.toThrow(SourceError);
  });

  it('names an option that does not exist', async () => {
    const wrong = { shards: 1 } as object;
    await expect(openSafetensors(new Uint8Array(), wrong)).rejects.toThrow(
      "openSafetensors: there is no option 'shards' (did you mean 'shard'?)",
    );
  });
});

describe('an index of shards', () => {
  const text = (value: unknown): Blob => new Blob([JSON.stringify(value)]);
  const one = (value: number): Promise<Uint8Array<ArrayBuffer>> =>
    encodeSafetensors(
      {
        [`t${value}`]: { dtype: 'uint8', shape: [1], data: Uint8Array.of(value) },
        [`spare${value}`]: { dtype: 'uint8', shape: [], data: Uint8Array.of(0) },
      },
      { metadata: { format: 'pt' } },
    );

  it('reads the tensors that it names from its shards', async () => {
    const shards = new Map([
      ['model-00001-of-00002.safetensors', await one(1)],
      ['model-00002-of-00002.safetensors', await one(2)],
    ]);
    const index = text({
      metadata: { total_size: 2 },
      weight_map: {
        t2: 'model-00002-of-00002.safetensors',
        t1: 'model-00001-of-00002.safetensors',
      },
    });
    await using read = await openSafetensors(index, { shard: (file) => shards.get(file)! });
    expect([...read.tensors.keys()]).toEqual(['t2', 't1']);
    expect(await read.tensors.get('t1')!.data()).toEqual(Uint8Array.of(1));
    expect(await read.tensors.get('t2')!.data()).toEqual(Uint8Array.of(2));
    expect(read.metadata.get('format')).toBe('pt');
  });

  it('says which tensor a shard lacks', async () => {
    const shard = await one(1);
    const index = text({ weight_map: { t2: 'a.safetensors' } });
    await expect(openSafetensors(index, { name: 'i.json', shard: () => shard })).rejects.toThrow(
      'i.json: expected "t2" in a.safetensors, which does not have it',
    );
  });

  it.each(['../a.safetensors', '/etc/passwd', 'https://x.org/a', 'a/b', '..', '', 'C:\\a', 'a\0b'])(
    'leads nowhere else: %j',
    async (file) => {
      const opened: string[] = [];
      const shard = (name: string): Uint8Array => {
        opened.push(name);
        return new Uint8Array();
      };
      const index = text({ weight_map: { t: file } });
      const error = await openSafetensors(index, { shard }).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(SourceError);
      expect((error as SourceError).fault).toBe('reference');
      expect(opened).toEqual([]);
    },
  );

  it('asks for the place of shards where it has no folder', async () => {
    const index = text({ weight_map: { t: 'a.safetensors' } });
    await expect(openSafetensors(index)).rejects.toThrow(/with the option `shard`/);
  });

  it.each([['{}'], ['{"weight_map":[]}'], ['{"weight_map":{"a":"b","a":"c"}}']])(
    'refuses %s',
    async (json) => {
      await expect(openSafetensors(new Blob([json]))).rejects.toThrow(SafetensorsError);
    },
  );
});
