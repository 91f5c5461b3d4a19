/** Functions that expressions call. WGSL has no error function, and is free with sin, cos and small numbers. */
const functions = `
fn erf(x: f32) -> f32 {
  let t = abs(x);
  if (t > 4.0) { return sign(x); }
  if (t < 2.0) {
    var term = x; var sum = x;
    for (var n = 1.0; n < 32.0; n += 1.0) { term *= -x * x / n; sum += term / (2.0 * n + 1.0); }
    return 1.1283791670955126 * sum;
  }
  var fraction = 0.0;
  for (var n = 24.0; n > 0.0; n -= 1.0) { fraction = n * 0.5 / (t + fraction); }
  return sign(x) * (1.0 - exp(-t * t) / (1.7724538509055159 * (t + fraction)));
}
fn expm1(x: f32) -> f32 {
  if (abs(x) < 0.3) { return x * (1.0 + x * (0.5 + x * (1.0 / 6.0 + x * (1.0 / 24.0 + x * (1.0 / 120.0 + x / 720.0))))); }
  return exp(x) - 1.0;
}
fn ln(x: f32) -> f32 { if (x < 0.0) { return bitcast<f32>(p[1]); } if (x == 0.0) { return bitcast<f32>(p[1] ^ ${0x80400000 | 0}); } return log(x); }
fn log1p(x: f32) -> f32 {
  if (abs(x) > 0.25) { return ln(1.0 + x); }
  let s = x / (2.0 + x);
  let q = s * s;
  return 2.0 * s * (1.0 + q * (1.0 / 3.0 + q * (0.2 + q * (1.0 / 7.0 + q / 9.0))));
}
fn quarter_turns(quarter: i32, r: f32) -> f32 {
  let q = r * r;
  let quadrant = quarter & 3;
  var value = r * (1.0 + q * (-1.0 / 6.0 + q * (1.0 / 120.0 + q * (-1.0 / 5040.0 + q / 362880.0))));
  if ((quadrant & 1) == 1) {
    value = 1.0 + q * (-0.5 + q * (1.0 / 24.0 + q * (-1.0 / 720.0 + q / 40320.0)));
  }
  return select(value, -value, quadrant >= 2);
}
fn sine(x: f32, quarter: i32) -> f32 {
  if (is_infinite(x) || is_nan(x)) { return bitcast<f32>(p[1]); }
  if (quarter == 0 && x == 0.0) { return x; }
  if (abs(x) > 1000.0) { return far_sine(x, quarter); }
  let turns = round(x * 0.6366197723675814);
  let r = ((x - turns * 1.5703125) - turns * 0.0004837512969970703) - turns * 7.549790126404332e-8;
  return quarter_turns(i32(turns) + quarter, r);
}
// Payne and Hanek: of 2 / pi in binary only those places count that make less than a whole turn.
fn far_sine(x: f32, quarter: i32) -> f32 {
  let bits = bitcast<u32>(x);
  let mantissa = (bits & 0x7fffffu) | 0x800000u;
  let skipped = ((bits >> 23u) & 0xffu) - 120u;
  let high = two_by_pi(skipped);
  let low = two_by_pi(skipped + 32u);
  // Of a turn, in units of 2^-32.
  let turn = mantissa * high + upper(mantissa, low);
  let quadrant = (turn + 0x20000000u) >> 30u;
  let rest = f32(bitcast<i32>(turn - (quadrant << 30u))) * 1.4629180792671596e-9;
  let negative = bits >> 31u == 1u;
  return quarter_turns(select(i32(quadrant), -i32(quadrant), negative) + quarter, select(rest, -rest, negative));
}
fn two_by_pi(first: u32) -> u32 {
  var words = array<u32, 8>(0u, 0xa2f9836eu, 0x4e441529u, 0xfc2757d1u, 0xf534ddc0u, 0xdb629599u, 0x3c439041u, 0xfe5163abu);
  let word = words[first / 32u] << (first % 32u);
  return word | ((words[first / 32u + 1u] >> 1u) >> (31u - first % 32u));
}
// The upper word of a product.
fn upper(a: u32, b: u32) -> u32 {
  let low = (a & 0xffffu) * (b & 0xffffu);
  let middle = (a >> 16u) * (b & 0xffffu) + (low >> 16u);
  let other = (a & 0xffffu) * (b >> 16u) + (middle & 0xffffu);
  return (a >> 16u) * (b >> 16u) + (middle >> 16u) + (other >> 16u);
}
fn modulo(a: f32, b: f32) -> f32 {
  if (is_nan(a) || is_nan(b) || b == 0.0 || is_infinite(a)) { return bitcast<f32>(p[1]); }
  if (is_infinite(b)) { return select(a, b, a != 0.0 && (a < 0.0) != (b < 0.0)); }
  // Long division in binary: each difference is exact.
  let divisor = abs(b);
  var rest = abs(a);
  for (var e = i32(clamp(log2(rest) - log2(divisor), -1.0, 280.0)) + 1; e >= 0; e--) {
    let multiple = ldexp(divisor, min(e, 127)) * select(1.0, ldexp(1.0, e - 127), e > 127);
    if (rest >= multiple) { rest -= multiple; }
  }
  rest = select(rest, -rest, a < 0.0);
  return select(rest, rest + b, rest != 0.0 && (rest < 0.0) != (b < 0.0));
}
fn tanh_(x: f32) -> f32 {
  if (abs(x) > 9.0) { return sign(x); }
  let e = expm1(2.0 * x);
  return e / (e + 2.0);
}
fn sigmoid(x: f32) -> f32 { return 1.0 / (1.0 + exp(-x)); }
fn softplus(x: f32) -> f32 { if (x > 30.0) { return x; } return log1p(exp(x)); }
fn root(x: f32) -> f32 { if (x < 0.0) { return bitcast<f32>(p[1]); } return select(sqrt(x), x, x == 0.0); }
fn magnitude(a: f32, b: f32) -> f32 {
  if (is_infinite(a)) { return select(0.0, a, b > 0.0); }
  let exponent = b * log2(a);
  if (exponent < -150.0) { return 0.0; }
  if (exponent >= 128.0) { return bitcast<f32>(p[1] ^ 0x00400000); }
  return pow(a, b);
}
fn power(a: f32, b: f32) -> f32 {
  if (b == 0.0 || a == 1.0 || (a == -1.0 && is_infinite(b))) { return 1.0; }
  if (is_nan(a) || is_nan(b)) { return bitcast<f32>(p[1]); }
  if (is_infinite(b)) {
    return select(0.0, abs(b), (abs(a) > 1.0) == (b > 0.0));
  }
  let whole = floor(b) == b;
  let odd = whole && floor(b * 0.5) * 2.0 != b;
  if (a == 0.0) {
    let size = select(0.0, bitcast<f32>(p[1] ^ 0x00400000), b < 0.0);
    return select(size, -size, odd && bitcast<u32>(a) >> 31u == 1u);
  }
  if (a > 0.0) { return magnitude(a, b); }
  if (!whole && !is_infinite(a)) { return bitcast<f32>(p[1]); }
  let size = magnitude(-a, b);
  return select(size, -size, odd);
}
fn power_of(a: f32, b: f32) -> f32 {
  if (b == 0.5) { return root(a); }
  if (b == -0.5) { return 1.0 / root(a); }
  return power(a, b);
}
// Infinite, it would make NaN of the 0 that it is multiplied with by then.
fn gelu_slope(x: f32) -> f32 { return 0.7978845608028654 * (1.0 + 0.134145 * min(x * x, 1e30)); }
fn gelu_inner(x: f32) -> f32 { return 0.7978845608028654 * (x + 0.044715 * x * x * x); }
`;

/** Each function with the comments in front of it, by its name. */
const sources: ReadonlyMap<string, string> = new Map(
  Array.from(
    functions.matchAll(/((?:\/\/.*\n)*fn (\w+)\([^]*?)(?=\n(?:\/\/.*\n)*fn |\n$)/g),
    ([, source, name]) => [name!, source!],
  ),
);

/** The functions that an expression calls, and those that they call. They take the bits of NaN from p[1]. */
export function functionsFor(expression: string): string {
  const found = new Map<string, string>();
  const look = (text: string): void => {
    for (const [, name] of text.matchAll(/\b(\w+)\(/g)) {
      const source = sources.get(name!);
      if (source === undefined || found.has(name!)) continue;
      found.set(name!, source);
      look(source);
    }
  };
  look(expression);
  return Array.from(found.values(), (source) => `${source}\n`).join('');
}
