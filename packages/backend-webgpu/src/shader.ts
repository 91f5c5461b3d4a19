import type { Access } from './gpu-buffer.ts';

/** Invocations of one workgroup, where a kernel has no reason for another number. */
export const workgroupSize = 64;

/** WGSL with an entry point `main`. Parameters are bound as array<i32> `p`, buffers in the order of the bindings. */
export interface Shader {
  /** The kernel and its shape class, for errors and for tools that show labels. */
  readonly name: string;
  readonly code: string;
  /** The `Access` to each buffer: 'r' where it is read only, 'h' where in halves, else 'w'. */
  readonly layout: string;
}

/** What a shader does with one of its buffers. */
export interface Binding {
  readonly name: string;
  readonly type: 'f32' | 'i32' | 'vec4f' | 'f16' | 'vec4h';
  readonly writes?: boolean;
}

/**
 * A shader of one invocation per element: `body` computes element `i`, below `p[0]`. Parameters are `p[…]`,
 * floats among them `pf(…)`.
 */
export function elementShader(
  name: string,
  bindings: readonly Binding[],
  body: string,
  helpers = '',
): Shader {
  const code = `${head(bindings)}${helpers}
@compute @workgroup_size(${workgroupSize})
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = i32(id.y * groups.x * ${workgroupSize}u + id.x);
  if (i >= p[0]) { return; }
${body}
}
`;
  return { name, code, layout: layoutOf(bindings) };
}

export interface GroupShaderOptions {
  /** How two values a and b are joined. Default: their sum. */
  readonly combine?: string;
  /** What joining starts with. */
  readonly start?: string;
  /** Functions that the body calls. */
  readonly helpers?: string;
}

/**
 * A shader of one workgroup per result: `body` computes result `i`, below `p[0]`, all invocations together;
 * each is numbered `lane`. `total(value)` adds up over the group and gives all of them the sum. Of many values
 * each invocation keeps a `Tally`: `count_in(&tally, value)` adds one to what `new_tally()` made, and
 * `tallied(tally)` adds up over the group. Its sums are of sums of 32: what rounding does to values that repeat,
 * always the same, does not add up.
 */
export function groupShader(
  name: string,
  bindings: readonly Binding[],
  body: string,
  options: GroupShaderOptions = {},
): Shader {
  const { combine = 'a + b', start = '0.0', helpers = '' } = options;
  const code = `${head(bindings)}${helpers}
var<workgroup> shared_values: array<f32, ${workgroupSize}>;
var<workgroup> shared_few: array<f32, 8>;
var<private> lane: i32;
fn join(a: f32, b: f32) -> f32 { return ${combine}; }
struct Tally { count: i32, ones: f32, few: f32, many: f32, most: f32 }
fn new_tally() -> Tally { let start: f32 = ${start}; return Tally(0, start, start, start, start); }
fn count_in(tally: ptr<function, Tally>, value: f32) {
  let start: f32 = ${start};
  (*tally).ones = join((*tally).ones, value);
  (*tally).count += 1;
  if (((*tally).count & 31) != 0) { return; }
  (*tally).few = join((*tally).few, (*tally).ones);
  (*tally).ones = start;
  if (((*tally).count & 1023) != 0) { return; }
  (*tally).many = join((*tally).many, (*tally).few);
  (*tally).few = start;
  if (((*tally).count & 32767) != 0) { return; }
  (*tally).most = join((*tally).most, (*tally).many);
  (*tally).many = start;
}
fn tallied(tally: Tally) -> f32 {
  return total(join(join(tally.most, tally.many), join(tally.few, tally.ones)));
}
${overWorkgroup('total', 'join')}
@compute @workgroup_size(${workgroupSize})
fn main(@builtin(local_invocation_index) index: u32, @builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  lane = i32(index);
  let i = i32(id.y * groups.x + id.x);
  let inside = i < p[0];
${body}
}
`;
  return { name, code, layout: layoutOf(bindings) };
}

/**
 * A function of WGSL that joins the values of all invocations of a `groupShader` by a function of two, and gives all of them
 * the result. In two rounds of eight: each barrier costs more than the eighth value.
 */
export function overWorkgroup(name: string, join: string): string {
  return `fn ${name}(value: f32) -> f32 {
  workgroupBarrier();
  shared_values[lane] = value;
  workgroupBarrier();
  if (lane < 8) {
    var some = shared_values[lane];
    for (var k = 8; k < ${workgroupSize}; k += 8) { some = ${join}(some, shared_values[k + lane]); }
    shared_few[lane] = some;
  }
  workgroupBarrier();
  var all = shared_few[0];
  for (var k = 1; k < 8; k++) { all = ${join}(all, shared_few[k]); }
  return all;
}`;
}

/** Makes each shader once, by what it is made of. */
export function shaderCache<Key extends readonly (string | number | boolean)[]>(
  make: (...key: Key) => Shader,
): (...key: Key) => Shader {
  const made = new Map<string, Shader>();
  return (...key) => {
    const name = key.join();
    let shader = made.get(name);
    if (shader === undefined) made.set(name, (shader = make(...key)));
    return shader;
  };
}

/** Fills a buffer with the word p[1]. */
export const fillWords: Shader = elementShader(
  'fill',
  [{ name: 'y', type: 'i32', writes: true }],
  '  y[i] = p[1];',
);

export function layoutOf(bindings: readonly Binding[]): string {
  return bindings.map((binding) => accessOf(binding)).join('');
}

function accessOf(binding: Binding): Access {
  if (binding.writes === true) return 'w';
  return isInHalves(binding) ? 'h' : 'r';
}

function isInHalves({ type }: Binding): boolean {
  return type === 'f16' || type === 'vec4h';
}

/** The type of a buffer of floats, in vectors of four or not, in halves or not. */
export function floatType(isVector: boolean, inHalves: boolean): Binding['type'] {
  if (isVector) return inHalves ? 'vec4h' : 'vec4f';
  return inHalves ? 'f16' : 'f32';
}

/** An element of a buffer as f32: all arithmetic is in float32. */
export function asFloat(element: string, inHalves: boolean): string {
  return inHalves ? `f32(${element})` : element;
}

/** A vector of a buffer as vec4f. */
export function asVector(vector: string, inHalves: boolean): string {
  return inHalves ? `vec4f(${vector})` : vector;
}

/** Four elements of a buffer as vec4f. */
export function vectorOf(elements: readonly string[], inHalves: boolean): string {
  const list = elements.join(', ');
  return inHalves ? `vec4f(vec4h(${list}))` : `vec4f(${list})`;
}

/** Four elements of a buffer from `first` on as vec4f: read as one where the buffer `isVector`. */
export function fourFrom(
  buffer: string,
  first: string,
  isVector: boolean,
  inHalves: boolean,
): string {
  if (isVector) return asVector(`${buffer}[(${first}) / 4]`, inHalves);
  return vectorOf(
    [0, 1, 2, 3].map((i) => `${buffer}[${first} + ${i}]`),
    inHalves,
  );
}

/** Declarations of the parameters, the buffers, and functions that all shaders may call. */
export function head(bindings: readonly Binding[]): string {
  const lines = bindings.map(
    ({ name, type, writes }, i) =>
      `@group(1) @binding(${i}) var<storage, ${writes ? 'read_write' : 'read'}> ${name}: array<${type}>;`,
  );
  const directive = bindings.some(isInHalves) ? 'enable f16;\n' : '';
  return `${directive}@group(0) @binding(0) var<storage, read> p: array<i32>;
${lines.join('\n')}
fn pf(i: i32) -> f32 { return bitcast<f32>(p[i]); }
fn is_finite(x: f32) -> bool { return (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u; }
fn is_infinite(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) == 0x7f800000u; }
fn greater(a: f32, b: f32) -> f32 { if (is_nan(a)) { return a; } if (is_nan(b)) { return b; } return max(a, b); }
fn lesser(a: f32, b: f32) -> f32 { if (is_nan(a)) { return a; } if (is_nan(b)) { return b; } return min(a, b); }
fn within(x: f32, low: f32, high: f32) -> f32 { if (is_nan(x)) { return x; } let raised = select(x, low, x < low); return select(raised, high, raised > high); }
fn exp_(x: f32) -> f32 { return select(exp(x), x, is_nan(x)); }
fn truth(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) != 0u; }
fn is_nan(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }
`;
}
