import type { CommandSink } from '../../commands/command-sink.ts';
import type { Memory } from '../../gpu-buffer.ts';
import { elementShader, shaderCache } from '../../shader.ts';
import { quietNaN } from '../kernel-support.ts';
import {
  endingClass,
  endingMemories,
  endingParameters,
  endingText,
  type Ending,
} from './epilogue.ts';

/**
 * Adds up the parts of sums that were divided, in order, so that each run gives the same bits. Parameters: elements,
 * bits of NaN, parts, channels, elements of a channel, and the ending's.
 */
const partsShader = shaderCache((ending: string) => {
  const { bindings, functions, statements } = endingText(ending);
  return elementShader(
    `sum of parts ${ending}`.trim(),
    [{ name: 'parts', type: 'f32' }, ...bindings, { name: 'y', type: 'f32', writes: true }],
    `  var v = 0.0;
  for (var k = 0; k < p[2]; k++) { v += parts[k * p[0] + i]; }
  ${statements('i / p[4] % p[3]', 'i', '5')}
  y[i] = v;`,
    functions,
  );
});

/** @param channels of the output and how many elements of one stand together, for the bias. */
export function addParts(
  sink: CommandSink,
  parts: Memory,
  out: Memory,
  size: {
    readonly elements: number;
    readonly parts: number;
    readonly channels: number;
    readonly inner: number;
  },
  ending: Ending,
): void {
  sink.dispatch(
    partsShader(endingClass(ending)),
    [size.elements, quietNaN, size.parts, size.channels, size.inner, ...endingParameters(ending)],
    [parts, ...endingMemories(ending), out],
    size.elements,
  );
}
