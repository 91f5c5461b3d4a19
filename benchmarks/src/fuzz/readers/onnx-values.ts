/** The fields of each message that are messages of their own. Numbers of onnx.proto. */
const messages: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  model: { 7: 'graph', 8: 'opset' },
  graph: { 1: 'node', 5: 'tensor', 11: 'value', 12: 'value' },
  node: { 5: 'attribute' },
  attribute: { 5: 'tensor' },
  value: { 2: 'type' },
  type: { 1: 'tensorType' },
  tensorType: { 2: 'shape' },
  shape: { 1: 'extent' },
};

/** Places of the bytes of an ONNX file that are values, not numbers of fields or lengths: any change leaves a message. */
export function valuePlaces(file: Uint8Array): {
  readonly numbers: number[];
  readonly bytes: number[];
} {
  const numbers: number[] = [];
  const bytes: number[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = file[at++]!;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  };
  const fields = (message: string, end: number): void => {
    while (at < end) {
      const tag = varint();
      const inner = messages[message]?.[tag >> 3];
      const type = tag & 7;
      const start = at;
      if (type === 0) {
        varint();
        for (let place = start; place < at; place++) numbers.push(place);
        continue;
      }
      const length = type === 2 ? varint() : type === 5 ? 4 : 8;
      if (inner !== undefined) fields(inner, at + length);
      else for (let i = 0; i < length; i++) bytes.push(at++);
    }
  };
  fields('model', file.length);
  return { numbers, bytes };
}
