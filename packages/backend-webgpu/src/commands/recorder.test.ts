import { afterAll, describe, expect, test } from 'vitest';

import { tensorBuffer } from '../gpu-buffer.ts';
import { elementShader } from '../shader.ts';
import { dawn } from '../testing/dawn.ts';
import { open } from '../webgpu.ts';

const found = await dawn();

const opened = 'gpu' in found ? await open({ gpu: found.gpu }) : undefined;

describe.runIf(opened !== undefined)('the recorder', () => {
  const { device, recorder } = opened ?? ({} as NonNullable<typeof opened>);
  afterAll(() => device.dispose());

  test('a shader that does not compile is named with its shape class, at once and later', async () => {
    // `of` is a reserved word.
    const shader = elementShader(
      'example 8x8 of few',
      [{ name: 'y', type: 'f32', writes: true }],
      '  let of = 1.0; y[i] = of;',
    );
    const memory = recorder.take(16);
    const read = () =>
      device.backend.read({ shape: [4], dtype: 'float32', buffer: tensorBuffer(memory, 16) });
    recorder.dispatch(shader, [4], [memory], 4);
    const expected = expect.objectContaining({ name: 'ShaderError', kernel: 'example 8x8 of few' });
    await expect(read()).rejects.toThrow(expected);
    expect(() => recorder.dispatch(shader, [4], [memory], 4)).toThrow('does not compile: ');
    await expect(recorder.pipelines.make([{ ...shader, code: `${shader.code} ` }])).rejects.toThrow(
      expected,
    );
    // Told again where nobody waits for the pipelines; what else was asked of the device goes on.
    await expect(read()).rejects.toThrow(expected);
    expect((await read()).length).toBe(4);
  });

  test('uploads submit only where recorded work may use the buffer', async () => {
    const words = new Float32Array(1000);
    const first = recorder.upload(words);
    recorder.submit();
    const before = recorder.submissions;
    const scale = elementShader(
      'example of scaling',
      [{ name: 'y', type: 'f32', writes: true }],
      '  y[i] = 2.0 * y[i];',
    );
    recorder.dispatch(scale, [1000], [first], 1000);
    const second = recorder.upload(words);
    expect(recorder.submissions).toBe(before);
    recorder.giveBack(first);
    // It is the buffer that was given back.
    const third = recorder.upload(words);
    expect(third.buffer).toBe(first.buffer);
    expect(recorder.submissions).toBe(before + 1);
    recorder.giveBack(second);
    recorder.giveBack(third);
    await Promise.resolve();
  });
});
